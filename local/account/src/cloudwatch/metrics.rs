//! Measurements: PutMetricData, ListMetrics, and the periods that other operations read.

use std::collections::BTreeMap;
use std::sync::Arc;

use local_wire::{Declared, Fault, MetricDatum, named, page};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Serve;
use super::input::{self, check_count, invalid, missing};
use super::measured::Measured;
use super::statistics::{Statistic, Summary};

/// The operations that this module serves.
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    named("PutMetricData", |here, asked| here.metrics.put(asked)),
    named("ListMetrics", |here, asked| here.metrics.list(asked)),
];

/// The most metrics in a page of ListMetrics.
const PAGE: usize = 500;
/// The most data of a PutMetricData request, and the most dimensions and values of each.
const MOST_DATA: usize = 1_000;
const MOST_DIMENSIONS: usize = 30;
const MOST_VALUES: usize = 150;
/// The most characters in names of metrics, namespaces and dimensions, and in dimensions' values.
const LONGEST_NAME: usize = 255;
const LONGEST_VALUE: usize = 1_024;
/// "Values must be in the range of -2^360 to 2^360."
const LARGEST: f64 = 2.348_542_582_773_833e108;
/// The units of CloudWatch.
const UNITS: [&str; 27] = [
    "Bits",
    "Bits/Second",
    "Bytes",
    "Bytes/Second",
    "Count",
    "Count/Second",
    "Gigabits",
    "Gigabits/Second",
    "Gigabytes",
    "Gigabytes/Second",
    "Kilobits",
    "Kilobits/Second",
    "Kilobytes",
    "Kilobytes/Second",
    "Megabits",
    "Megabits/Second",
    "Megabytes",
    "Megabytes/Second",
    "Microseconds",
    "Milliseconds",
    NO_UNIT,
    "Percent",
    "Seconds",
    "Terabits",
    "Terabits/Second",
    "Terabytes",
    "Terabytes/Second",
];
const NO_UNIT: &str = "None";

/// A dimension's name and value, as requests have them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Dimension {
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: Option<String>,
}

/// The identity of a metric.
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

    /// Reports whether its names have lengths that CloudWatch accepts.
    fn fits(&self) -> bool {
        let short = |text: &str, longest| (1..=longest).contains(&text.chars().count());
        let dimensions = &self.dimensions;
        [&self.namespace, &self.name]
            .into_iter()
            .all(|name| short(name, LONGEST_NAME))
            && dimensions.len() <= MOST_DIMENSIONS
            && dimensions
                .iter()
                .all(|(name, value)| short(name, LONGEST_NAME) && short(value, LONGEST_VALUE))
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

/// The metrics of a Region.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    data: Measured,
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
    /// Handles PutMetricData.
    pub(super) fn put(&mut self, asked: Value) -> Result<Value, Fault> {
        let asked: Put = input::parse(asked)?;
        let namespace = asked.namespace.ok_or_else(|| missing("Namespace"))?;
        if namespace.starts_with("AWS/") {
            return Err(invalid(
                "The value AWS/ for parameter Namespace is invalid.",
            ));
        }
        check_name("Namespace", &namespace)?;
        check_count("MetricData", asked.metric_data.len(), MOST_DATA)?;
        // Either all data are stored or none.
        let mut measured = Vec::new();
        for (index, datum) in asked.metric_data.into_iter().enumerate() {
            let member = format!("MetricData.member.{}", index + 1);
            let name = datum
                .metric_name
                .as_deref()
                .ok_or_else(|| missing(&format!("{member}.MetricName")))?;
            datum.check(&member, name)?;
            let key = Arc::new(MetricKey::new(&namespace, name, &datum.dimensions));
            let at = datum.timestamp.map_or_else(now, |time| time.seconds);
            let unit = match &datum.unit {
                None => NO_UNIT,
                Some(unit) => known_unit(unit).ok_or_else(|| {
                    invalid(format!(
                        "The value {unit} for parameter {member}.Unit is invalid."
                    ))
                })?,
            };
            measured.push((key, at, unit, datum.summaries()?));
        }
        for (key, at, unit, summaries) in measured {
            for summary in summaries {
                self.data.add(&key, at, unit, summary);
            }
        }
        Ok(json!({}))
    }

    /// Stores a measurement that a service of the account publishes or that a log line contains.
    /// CloudWatch drops measurements whose names are too long, silently.
    pub(super) fn publish(&mut self, datum: MetricDatum) {
        let key = MetricKey {
            namespace: datum.namespace,
            name: datum.name,
            dimensions: datum.dimensions,
        };
        if !key.fits() {
            return;
        }
        let key = Arc::new(key);
        let at = datum.timestamp_ms as f64 / 1e3;
        let unit = known_unit(&datum.unit).unwrap_or(NO_UNIT);
        self.data.add(&key, at, unit, Summary::of(datum.value, 1.0));
    }

    /// Handles ListMetrics.
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
        let page = page::from(self.data.keys().filter(matches), from, PAGE);
        let metrics: Vec<Value> = page.items.into_iter().map(MetricKey::shape).collect();
        let mut answer = json!({ "Metrics": metrics });
        if let Some(next) = page.next {
            answer["NextToken"] = next.to_string().into();
        }
        Ok(answer)
    }

    /// Returns the measurements from `start` up to `end`, by the start of their period. Periods
    /// without a measurement are absent. Times are seconds since the epoch.
    pub(super) fn periods(
        &self,
        key: &MetricKey,
        unit: Option<&str>,
        span: Span,
    ) -> BTreeMap<i64, Vec<Summary>> {
        let mut periods: BTreeMap<i64, Vec<Summary>> = BTreeMap::new();
        for datum in self.data.of(key) {
            let fits = unit.is_none_or(|unit| unit == datum.unit);
            if fits && let Some(start) = span.period_of(datum.at) {
                periods.entry(start).or_default().push(datum.summary);
            }
        }
        periods
    }

    /// Returns every metric that has measurements.
    pub(super) fn keys(&self) -> impl Iterator<Item = &MetricKey> {
        self.data.keys()
    }

    /// Returns the unit of a metric's latest measurement.
    pub(super) fn unit(&self, key: &MetricKey) -> &str {
        self.data
            .of(key)
            .next_back()
            .map_or(NO_UNIT, |datum| datum.unit)
    }

    /// Returns the number of measurements of a metric.
    pub(super) fn count(&self, key: &MetricKey) -> usize {
        self.data.of(key).len()
    }

    /// Returns one statistic for each period that has it.
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
    /// Refuses data that CloudWatch does not accept.
    fn check(&self, member: &str, name: &str) -> Result<(), Fault> {
        check_name(&format!("{member}.MetricName"), name)?;
        let dimensions = format!("{member}.Dimensions");
        check_count(&dimensions, self.dimensions.len(), MOST_DIMENSIONS)?;
        for dimension in &self.dimensions {
            check_name(&format!("{dimensions}.Name"), &dimension.name)?;
            let value = dimension.value.as_deref().unwrap_or_default();
            check_length(&format!("{dimensions}.Value"), value, LONGEST_VALUE)?;
        }
        check_count(&format!("{member}.Values"), self.values.len(), MOST_VALUES)?;
        check_count(&format!("{member}.Counts"), self.counts.len(), MOST_VALUES)?;
        let set = self.statistic_values.iter();
        let numbers = set
            .flat_map(|set| [set.sample_count, set.sum, set.minimum, set.maximum])
            .chain(self.value)
            .chain(self.values.iter().copied())
            .chain(self.counts.iter().copied());
        for number in numbers {
            if !(-LARGEST..=LARGEST).contains(&number) {
                return Err(invalid(format!(
                    "The value {number} for parameter {member}.Value is invalid."
                )));
            }
        }
        Ok(())
    }

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

/// Returns a unit as a static string; `None` if CloudWatch does not have it.
fn known_unit(name: &str) -> Option<&'static str> {
    UNITS.into_iter().find(|unit| *unit == name)
}

fn check_name(member: &str, name: &str) -> Result<(), Fault> {
    if name.is_empty() {
        return Err(missing(member));
    }
    check_length(member, name, LONGEST_NAME)
}

fn check_length(member: &str, text: &str, longest: usize) -> Result<(), Fault> {
    match text.chars().count() > longest {
        true => Err(invalid(format!(
            "The value for parameter {member} must have at most {longest} characters."
        ))),
        false => Ok(()),
    }
}

/// A time range in periods of equal length; seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) period: i64,
}

impl Span {
    /// Returns the start of the period that a time belongs to.
    fn period_of(self, at: f64) -> Option<i64> {
        let at = at.floor() as i64;
        (self.start..self.end)
            .contains(&at)
            .then(|| self.start + (at - self.start) / self.period * self.period)
    }

    /// Returns the starts of all periods, earliest first.
    pub(super) fn starts(self) -> impl DoubleEndedIterator<Item = i64> {
        (0..self.count()).map(move |n| self.start + n * self.period)
    }

    /// Returns the number of periods.
    pub(super) fn count(self) -> i64 {
        let whole = (self.end - self.start) / self.period;
        whole + i64::from((self.end - self.start) % self.period > 0)
    }
}

/// Returns the current time, in seconds since the epoch.
pub(super) fn now() -> f64 {
    OffsetDateTime::now_utc().unix_timestamp_nanos() as f64 / 1e9
}

/// Parses a time as forms write it.
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
    fn data_that_cloudwatch_does_not_take_change_nothing() {
        let good = json!({ "MetricName": "M", "Value": 1 });
        let with = |member: &str, value: Value| {
            let mut datum = json!({ "MetricName": "M" });
            datum[member] = value;
            json!([good, datum])
        };
        let dimensions: Vec<Value> = (0..31)
            .map(|n| json!({ "Name": n.to_string(), "Value": "v" }))
            .collect();
        for (data, words) in [
            (
                json!(vec![good.clone(); 1_001]),
                "MetricData must not have a size greater than 1000",
            ),
            (
                with("Values", json!(vec![1; 151])),
                "Values must not have a size greater than 150",
            ),
            (
                with("Dimensions", json!(dimensions)),
                "must not have a size greater than 30",
            ),
            (
                with("Value", json!(1e200)),
                "for parameter MetricData.member.2.Value is invalid",
            ),
            (
                with("Unit", json!("Furlongs")),
                "The value Furlongs for parameter",
            ),
            (
                with("MetricName", json!("n".repeat(256))),
                "at most 255 characters",
            ),
            (with("MetricName", json!("")), "MetricName is required"),
        ] {
            let mut metrics = Metrics::default();
            let put = json!({ "Namespace": "N", "MetricData": data });
            let refused = metrics.put(put).unwrap_err();
            assert!(refused.message.contains(words), "{refused}");
            assert_eq!(metrics.keys().count(), 0, "{words}");
        }
    }

    #[test]
    fn nobody_writes_into_the_namespaces_of_aws() {
        let refused = Metrics::default()
            .put(json!({ "Namespace": "AWS/Lambda", "MetricData": [] }))
            .unwrap_err();
        assert_eq!(refused.code, "InvalidParameterValueException");
    }
}
