//! GetMetricStatistics.

use std::collections::BTreeMap;

use local_wire::{Declared, Fault, named};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Serve;
use super::input::{self, Instant, missing};
use super::metric_key::{Dimension, MetricKey};
use super::metrics::Metrics;
use super::span::span;
use super::statistics::Statistic;

/// The operations that this module serves.
pub(super) const OPERATIONS: &[Declared<Serve>] =
    &[named("GetMetricStatistics", |scope, input| {
        get(scope.metrics, input)
    })];

/// "1,440 data points" are the most that GetMetricStatistics returns.
const MAX_DATAPOINTS: i64 = 1_440;
/// The most statistics of each kind that one request names.
const MAX_STATISTICS: usize = 5;
const MAX_EXTENDED_STATISTICS: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Get {
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    start_time: Option<Instant>,
    end_time: Option<Instant>,
    period: Option<i64>,
    #[serde(default)]
    statistics: Vec<String>,
    #[serde(default)]
    extended_statistics: Vec<String>,
    unit: Option<String>,
}

/// Handles GetMetricStatistics.
pub(super) fn get(metrics: &Metrics, input: Value) -> Result<Value, Fault> {
    let input: Get = input::parse(input)?;
    let namespace = input.namespace.ok_or_else(|| missing("Namespace"))?;
    let name = input.metric_name.ok_or_else(|| missing("MetricName"))?;
    let period = input.period.ok_or_else(|| missing("Period"))?;
    let span = span(
        input.start_time.ok_or_else(|| missing("StartTime"))?,
        input.end_time.ok_or_else(|| missing("EndTime"))?,
        period,
    )?;
    if input.statistics.is_empty() && input.extended_statistics.is_empty() {
        return Err(missing("Statistics"));
    }
    input::check_count("Statistics", input.statistics.len(), MAX_STATISTICS)?;
    input::check_count(
        "ExtendedStatistics",
        input.extended_statistics.len(),
        MAX_EXTENDED_STATISTICS,
    )?;
    input::check_datapoints(span.count(), MAX_DATAPOINTS)?;
    let statistics = |names: &[String]| {
        names
            .iter()
            .map(|name| Ok((name.clone(), Statistic::parse(name)?)))
            .collect::<Result<BTreeMap<_, _>, Fault>>()
    };
    let plain = statistics(&input.statistics)?;
    let extended = statistics(&input.extended_statistics)?;
    let key = MetricKey::new(&namespace, &name, &input.dimensions);
    let unit = input.unit.as_deref();
    let datapoints: Vec<Value> = metrics
        .periods(&key, unit, span)
        .into_iter()
        .map(|(start, summaries)| {
            let mut point = json!({
                "Timestamp": start as f64,
                "Unit": unit.unwrap_or_else(|| metrics.unit(&key)),
            });
            for (name, statistic) in &plain {
                point[name] = json!(statistic.of(&summaries));
            }
            if !extended.is_empty() {
                point["ExtendedStatistics"] = extended
                    .iter()
                    .map(|(name, statistic)| (name.clone(), json!(statistic.of(&summaries))))
                    .collect();
            }
            point
        })
        .collect();
    Ok(json!({ "Label": name, "Datapoints": datapoints }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_for_centuries_is_counted_and_refused() {
        let error_of = |period: i64, start: Value, end: Value| {
            let input = json!({
                "Namespace": "N", "MetricName": "M", "Statistics": ["Sum"],
                "Period": period, "StartTime": start, "EndTime": end,
            });
            get(&Metrics::default(), input).map_or_else(|fault| fault.message, |_| String::new())
        };
        assert_eq!(error_of(60, json!(0), json!(86_400)), "");
        let day_and_minute = error_of(60, json!(0), json!(86_460));
        assert!(
            day_and_minute.contains("up to 1,441 datapoints, which exceeds the limit of 1,440."),
            "{day_and_minute}"
        );
        let centuries = error_of(
            1,
            json!("0001-01-01T00:00:00Z"),
            json!("9999-12-31T23:59:59Z"),
        );
        assert!(
            centuries.contains("up to 315,537,897,599 datapoints"),
            "{centuries}"
        );
    }
}
