//! Measurements: PutMetricData, ListMetrics, and the periods that other operations read.

use std::collections::BTreeMap;
use std::sync::Arc;

use local_wire::{Declared, Fault, MetricDatum, named, page};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Serve;
use super::clock::now;
use super::input::{self, check_count, invalid, missing};
use super::measured::Measured;
use super::metric_key::{Dimension, MAX_DIMENSIONS, MAX_NAME_LENGTH, MAX_VALUE_LENGTH, MetricKey};
use super::span::Span;
use super::statistics::{Statistic, Summary};

/// The operations that this module serves.
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    named("PutMetricData", |scope, input| scope.metrics.put(input)),
    named("ListMetrics", |scope, input| scope.metrics.list(input)),
];

/// The most metrics in a page of ListMetrics.
const PAGE: usize = 500;
/// The most data of a PutMetricData request, and the most values of each.
const MAX_DATA: usize = 1_000;
const MAX_VALUES: usize = 150;
/// "Values must be in the range of -2^360 to 2^360."
const MAX_VALUE: f64 = 2.348_542_582_773_833e108;
/// The units of CloudWatch.
pub(crate) const UNITS: [&str; 27] = [
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
    pub(super) fn put(&mut self, input: Value) -> Result<Value, Fault> {
        let input: Put = input::parse(input)?;
        let namespace = input.namespace.ok_or_else(|| missing("Namespace"))?;
        if namespace.starts_with("AWS/") {
            return Err(invalid(
                "The value AWS/ for parameter Namespace is invalid.",
            ));
        }
        check_name("Namespace", &namespace)?;
        check_count("MetricData", input.metric_data.len(), MAX_DATA)?;
        // Either all of the data is stored or none.
        let mut measured = Vec::new();
        for (index, datum) in input.metric_data.into_iter().enumerate() {
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
    pub(super) fn list(&self, input: Value) -> Result<Value, Fault> {
        let input: List = input::parse(input)?;
        let matches = |key: &&MetricKey| {
            input.namespace.as_ref().is_none_or(|n| *n == key.namespace)
                && input.metric_name.as_ref().is_none_or(|n| *n == key.name)
                && input.dimensions.iter().all(|wanted| {
                    key.dimensions.get(&wanted.name).is_some_and(|found| {
                        wanted.value.as_ref().is_none_or(|value| value == found)
                    })
                })
        };
        let from = input::page_start(input.next_token.as_deref())?;
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
        check_count(&dimensions, self.dimensions.len(), MAX_DIMENSIONS)?;
        for dimension in &self.dimensions {
            check_name(&format!("{dimensions}.Name"), &dimension.name)?;
            let value = dimension.value.as_deref().unwrap_or_default();
            check_length(&format!("{dimensions}.Value"), value, MAX_VALUE_LENGTH)?;
        }
        check_count(&format!("{member}.Values"), self.values.len(), MAX_VALUES)?;
        check_count(&format!("{member}.Counts"), self.counts.len(), MAX_VALUES)?;
        let set = self.statistic_values.iter();
        let numbers = set
            .flat_map(|set| [set.sample_count, set.sum, set.minimum, set.maximum])
            .chain(self.value)
            .chain(self.values.iter().copied())
            .chain(self.counts.iter().copied());
        for number in numbers {
            if !(-MAX_VALUE..=MAX_VALUE).contains(&number) {
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
                "A metric datum must have a Value, Values with as many Counts, or StatisticValues.",
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
    check_length(member, name, MAX_NAME_LENGTH)
}

fn check_length(member: &str, text: &str, longest: usize) -> Result<(), Fault> {
    match text.chars().count() > longest {
        true => Err(invalid(format!(
            "The value for parameter {member} must have at most {longest} characters."
        ))),
        false => Ok(()),
    }
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
    fn metrics_are_listed_by_the_given_members() {
        let listed = |input: Value| {
            let answer = metrics().list(input).unwrap();
            answer["Metrics"].as_array().unwrap().len()
        };
        assert_eq!(listed(json!({})), 2);
        assert_eq!(listed(json!({ "MetricName": "Other" })), 0);
        assert_eq!(listed(json!({ "Dimensions": [{ "Name": "Outcome" }] })), 1);
    }

    #[test]
    fn data_that_cloudwatch_refuses_change_nothing() {
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
    fn clients_cannot_write_into_the_namespaces_of_aws() {
        let refused = Metrics::default()
            .put(json!({ "Namespace": "AWS/Lambda", "MetricData": [] }))
            .unwrap_err();
        assert_eq!(refused.code, "InvalidParameterValueException");
    }
}
