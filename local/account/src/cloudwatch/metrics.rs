//! What has been measured: PutMetricData, ListMetrics and the periods that everything else asks for.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use local_aws::{Fault, MetricDatum};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::input::{self, invalid, missing};
use super::statistics::{Statistic, Summary};

/// How many metrics ListMetrics answers at once.
const PAGE: usize = 500;

/// Name and value, as requests have them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Dimension {
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: Option<String>,
}

/// What a metric is told by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MetricKey {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) dimensions: BTreeMap<String, String>,
}

impl MetricKey {
    pub(super) fn new(namespace: &str, name: &str, dimensions: &[Dimension]) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions: dimensions
                .iter()
                .map(|dimension| {
                    (
                        dimension.name.clone(),
                        dimension.value.clone().unwrap_or_default(),
                    )
                })
                .collect(),
        }
    }

    fn shape(&self) -> Value {
        let dimensions: Vec<Value> = self
            .dimensions
            .iter()
            .map(|(name, value)| json!({ "Name": name, "Value": value }))
            .collect();
        json!({
            "Namespace": self.namespace,
            "MetricName": self.name,
            "Dimensions": dimensions,
        })
    }
}

/// One measurement, or the summary of several.
#[derive(Debug, Clone)]
struct Datum {
    /// Seconds since the epoch.
    at: f64,
    unit: String,
    summary: Summary,
}

/// The metrics of a Region.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    data: BTreeMap<MetricKey, Vec<Datum>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    namespace: Option<String>,
    #[serde(default)]
    metric_data: Vec<PutDatum>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutDatum {
    metric_name: Option<String>,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    #[serde(default)]
    timestamp: Option<input::Instant>,
    value: Option<f64>,
    #[serde(default)]
    values: Vec<f64>,
    #[serde(default)]
    counts: Vec<f64>,
    statistic_values: Option<StatisticSet>,
    unit: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StatisticSet {
    sample_count: f64,
    sum: f64,
    minimum: f64,
    maximum: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    next_token: Option<String>,
}

impl Metrics {
    /// PutMetricData.
    pub(super) fn put(&mut self, asked: Value) -> Result<Value, Fault> {
        let asked: Put = input::parse(asked)?;
        let namespace = asked.namespace.ok_or_else(|| missing("Namespace"))?;
        if namespace.starts_with("AWS/") {
            return Err(invalid(
                "The value AWS/ for parameter Namespace is invalid.",
            ));
        }
        for datum in asked.metric_data {
            let name = datum
                .metric_name
                .as_deref()
                .ok_or_else(|| missing("MetricData.member.1.MetricName"))?;
            let key = MetricKey::new(&namespace, name, &datum.dimensions);
            let at = datum.timestamp.map_or_else(now, |time| time.seconds);
            let unit = datum.unit.clone().unwrap_or_else(|| "None".into());
            for summary in datum.summaries()? {
                self.add(key.clone(), at, &unit, summary);
            }
        }
        Ok(json!({}))
    }

    /// What a service of the account publishes.
    pub(super) fn publish(&mut self, datum: MetricDatum) {
        let key = MetricKey {
            namespace: datum.namespace,
            name: datum.name,
            dimensions: datum.dimensions,
        };
        let at = datum.timestamp_ms as f64 / 1e3;
        self.add(key, at, &datum.unit, Summary::of(datum.value, 1.0));
    }

    fn add(&mut self, key: MetricKey, at: f64, unit: &str, summary: Summary) {
        let data = match self.data.entry(key) {
            Entry::Vacant(entry) => entry.insert(Vec::new()),
            Entry::Occupied(entry) => entry.into_mut(),
        };
        data.push(Datum {
            at,
            unit: unit.to_owned(),
            summary,
        });
    }

    /// ListMetrics.
    pub(super) fn list(&self, asked: Value) -> Result<Value, Fault> {
        let asked: List = input::parse(asked)?;
        let matches = |key: &&MetricKey| {
            asked.namespace.as_ref().is_none_or(|n| *n == key.namespace)
                && asked.metric_name.as_ref().is_none_or(|n| *n == key.name)
                && asked.dimensions.iter().all(|wanted| {
                    key.dimensions.get(&wanted.name).is_some_and(|found| {
                        wanted.value.as_ref().is_none_or(|value| value == found)
                    })
                })
        };
        let from = input::page_start(asked.next_token.as_deref())?;
        let mut found = self.data.keys().filter(matches).skip(from);
        let metrics: Vec<Value> = found.by_ref().take(PAGE).map(MetricKey::shape).collect();
        let mut answer = json!({ "Metrics": metrics });
        if found.next().is_some() {
            answer["NextToken"] = (from + PAGE).to_string().into();
        }
        Ok(answer)
    }

    /// What was measured from `start` up to `end`, by the start of the period it falls into.
    /// Periods without a measurement are absent. Times are seconds since the epoch.
    pub(super) fn periods(
        &self,
        key: &MetricKey,
        unit: Option<&str>,
        span: Span,
    ) -> BTreeMap<i64, Vec<Summary>> {
        let mut periods: BTreeMap<i64, Vec<Summary>> = BTreeMap::new();
        for datum in self.data.get(key).into_iter().flatten() {
            let fits = unit.is_none_or(|unit| unit == datum.unit);
            if fits && let Some(start) = span.period_of(datum.at) {
                periods.entry(start).or_default().push(datum.summary);
            }
        }
        periods
    }

    /// Every metric that has ever been measured.
    pub(super) fn keys(&self) -> impl Iterator<Item = &MetricKey> {
        self.data.keys()
    }

    /// The unit of a metric's latest measurement.
    pub(super) fn unit(&self, key: &MetricKey) -> &str {
        self.data
            .get(key)
            .and_then(|data| data.last())
            .map_or("None", |datum| datum.unit.as_str())
    }

    /// One statistic for each period that has it.
    pub(super) fn series(
        &self,
        key: &MetricKey,
        unit: Option<&str>,
        span: Span,
        statistic: Statistic,
    ) -> BTreeMap<i64, f64> {
        self.periods(key, unit, span)
            .into_iter()
            .filter_map(|(start, summaries)| Some((start, statistic.of(&summaries)?)))
            .collect()
    }
}

impl PutDatum {
    fn summaries(&self) -> Result<Vec<Summary>, Fault> {
        let counts = self.counts.iter().copied();
        match (self.value, &self.values[..], &self.statistic_values) {
            (Some(value), [], None) => Ok(vec![Summary::of(value, 1.0)]),
            (None, [], Some(set)) => Ok(vec![Summary {
                count: set.sample_count,
                sum: set.sum,
                minimum: set.minimum,
                maximum: set.maximum,
            }]),
            (None, values @ [_, ..], None)
                if self.counts.is_empty() || self.counts.len() == values.len() =>
            {
                Ok(values
                    .iter()
                    .zip(counts.chain(std::iter::repeat(1.0)))
                    .map(|(value, count)| Summary::of(*value, count))
                    .collect())
            }
            _ => Err(Fault::new(
                400,
                "InvalidParameterCombinationException",
                "A metric datum has a Value, Values with as many Counts, or StatisticValues.",
            )),
        }
    }
}

/// A stretch of time in periods of equal length; seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) period: i64,
}

impl Span {
    /// The start of the period that a time belongs to.
    fn period_of(self, at: f64) -> Option<i64> {
        let at = at.floor() as i64;
        (self.start..self.end)
            .contains(&at)
            .then(|| self.start + (at - self.start) / self.period * self.period)
    }

    /// The starts of all periods, first one first.
    pub(super) fn starts(self) -> impl DoubleEndedIterator<Item = i64> {
        let count = (self.end - self.start + self.period - 1) / self.period;
        (0..count).map(move |n| self.start + n * self.period)
    }
}

/// Seconds since the epoch.
pub(super) fn now() -> f64 {
    OffsetDateTime::now_utc().unix_timestamp_nanos() as f64 / 1e9
}

/// A time as a form writes it.
pub(super) fn seconds_of(text: &str) -> Option<f64> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    Some(time.unix_timestamp_nanos() as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> Metrics {
        let mut metrics = Metrics::default();
        metrics
            .put(json!({
                "Namespace": "Line",
                "MetricData": [
                    { "MetricName": "Sent", "Timestamp": 60, "Value": 1.0,
                      "Dimensions": [{ "Name": "Outcome", "Value": "SENT" }] },
                    { "MetricName": "Sent", "Timestamp": 119.5, "Values": [2, 3], "Counts": [1, 2],
                      "Dimensions": [{ "Name": "Outcome", "Value": "SENT" }] },
                    { "MetricName": "Sent", "Timestamp": "1970-01-01T00:02:00Z", "Value": 9,
                      "Dimensions": [{ "Name": "Outcome", "Value": "SENT" }] },
                    { "MetricName": "Sent", "Timestamp": 60, "Value": 100 },
                ],
            }))
            .unwrap();
        metrics
    }

    #[test]
    fn values_fall_into_their_period_and_metric() {
        let key = MetricKey::new(
            "Line",
            "Sent",
            &[Dimension {
                name: "Outcome".into(),
                value: Some("SENT".into()),
            }],
        );
        let span = Span {
            start: 0,
            end: 180,
            period: 60,
        };
        let sums = metrics().series(&key, None, span, Statistic::Sum);
        assert_eq!(sums, BTreeMap::from([(60, 9.0), (120, 9.0)]));
        let averages = metrics().series(&key, None, span, Statistic::Average);
        assert_eq!(averages[&60], 2.25);
        assert!(
            metrics()
                .series(&key, Some("Bytes"), span, Statistic::Sum)
                .is_empty()
        );
    }

    #[test]
    fn metrics_are_listed_by_what_is_given() {
        let listed = |asked: Value| {
            let answer = metrics().list(asked).unwrap();
            answer["Metrics"].as_array().unwrap().len()
        };
        assert_eq!(listed(json!({})), 2);
        assert_eq!(listed(json!({ "MetricName": "Other" })), 0);
        assert_eq!(listed(json!({ "Dimensions": [{ "Name": "Outcome" }] })), 1);
    }

    #[test]
    fn nobody_writes_into_the_namespaces_of_aws() {
        let refused = Metrics::default()
            .put(json!({ "Namespace": "AWS/Lambda", "MetricData": [] }))
            .unwrap_err();
        assert_eq!(refused.code, "InvalidParameterValueException");
    }
}
