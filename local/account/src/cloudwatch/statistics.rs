//! Statistics of a period, and GetMetricStatistics.

use std::collections::BTreeMap;

use local_wire::{Declared, Fault, named};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Serve;
use super::input::{self, Instant, invalid, missing};
use super::metrics::{Dimension, MetricKey, Metrics, Span};

/// The operations that this module serves.
pub(super) const OPERATIONS: &[Declared<Serve>] = &[named("GetMetricStatistics", |here, asked| {
    get(here.metrics, asked)
})];

/// "1,440 data points" are the most that GetMetricStatistics returns.
const MOST_DATAPOINTS: i64 = 1_440;
/// The most statistics of each kind that one request names.
const MOST_STATISTICS: usize = 5;
const MOST_EXTENDED_STATISTICS: usize = 10;

/// In seconds: the largest integer of the service's model.
const LONGEST_PERIOD: i64 = i32::MAX as i64;

/// The summary of one or several equal or summarized measurements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Summary {
    pub(super) count: f64,
    pub(super) sum: f64,
    pub(super) minimum: f64,
    pub(super) maximum: f64,
}

impl Summary {
    /// Summarizes a value that was measured `count` times.
    pub(super) fn of(value: f64, count: f64) -> Self {
        Self {
            count,
            sum: value * count,
            minimum: value,
            maximum: value,
        }
    }
}

/// A statistic of the measurements in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Statistic {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
    /// `p` and a number from 0 to 100.
    Percentile(f64),
}

impl Statistic {
    /// Parses a name such as `Sum` or `p99`. Trimmed means and similar statistics are not
    /// supported.
    pub(super) fn parse(name: &str) -> Result<Self, Fault> {
        let percentile = || {
            let number: f64 = name.strip_prefix(['p', 'P'])?.parse().ok()?;
            (0.0..=100.0).contains(&number).then_some(number)
        };
        match name {
            "SampleCount" => Ok(Self::SampleCount),
            "Average" => Ok(Self::Average),
            "Sum" => Ok(Self::Sum),
            "Minimum" => Ok(Self::Minimum),
            "Maximum" => Ok(Self::Maximum),
            _ => percentile()
                .map(Self::Percentile)
                .ok_or_else(|| invalid(format!("The value {name} is no statistic known here."))),
        }
    }

    /// Computes the statistic; returns `None` for a percentile of values that were summarized by
    /// the client.
    pub(super) fn of(self, summaries: &[Summary]) -> Option<f64> {
        let count: f64 = summaries.iter().map(|summary| summary.count).sum();
        let sum: f64 = summaries.iter().map(|summary| summary.sum).sum();
        match self {
            Self::SampleCount => Some(count),
            Self::Sum => Some(sum),
            Self::Average => Some(sum / count),
            Self::Minimum => summaries
                .iter()
                .map(|summary| summary.minimum)
                .min_by(f64::total_cmp),
            Self::Maximum => summaries
                .iter()
                .map(|summary| summary.maximum)
                .max_by(f64::total_cmp),
            Self::Percentile(percent) => percentile(percent, count, summaries),
        }
    }
}

/// Returns the smallest value that at least `percent` percent of the measurements do not exceed.
fn percentile(percent: f64, count: f64, summaries: &[Summary]) -> Option<f64> {
    let exact = summaries
        .iter()
        .all(|summary| summary.minimum == summary.maximum);
    if !exact {
        return None;
    }
    let mut ordered = summaries.to_vec();
    ordered.sort_by(|one, other| one.minimum.total_cmp(&other.minimum));
    let rank = count * percent / 100.0;
    let mut passed = 0.0;
    ordered
        .iter()
        .find(|summary| {
            passed += summary.count;
            passed >= rank
        })
        .map(|summary| summary.minimum)
}

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
pub(super) fn get(metrics: &Metrics, asked: Value) -> Result<Value, Fault> {
    let asked: Get = input::parse(asked)?;
    let namespace = asked.namespace.ok_or_else(|| missing("Namespace"))?;
    let name = asked.metric_name.ok_or_else(|| missing("MetricName"))?;
    let period = asked.period.ok_or_else(|| missing("Period"))?;
    let span = span(
        asked.start_time.ok_or_else(|| missing("StartTime"))?,
        asked.end_time.ok_or_else(|| missing("EndTime"))?,
        period,
    )?;
    if asked.statistics.is_empty() && asked.extended_statistics.is_empty() {
        return Err(missing("Statistics"));
    }
    input::check_count("Statistics", asked.statistics.len(), MOST_STATISTICS)?;
    input::check_count(
        "ExtendedStatistics",
        asked.extended_statistics.len(),
        MOST_EXTENDED_STATISTICS,
    )?;
    input::check_datapoints(span.count(), MOST_DATAPOINTS)?;
    let statistics = |names: &[String]| {
        names
            .iter()
            .map(|name| Ok((name.clone(), Statistic::parse(name)?)))
            .collect::<Result<BTreeMap<_, _>, Fault>>()
    };
    let plain = statistics(&asked.statistics)?;
    let extended = statistics(&asked.extended_statistics)?;
    let key = MetricKey::new(&namespace, &name, &asked.dimensions);
    let unit = asked.unit.as_deref();
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

/// Returns a request's time range. CloudWatch ignores the seconds of both times and uses whole
/// minutes.
pub(super) fn span(start: Instant, end: Instant, period: i64) -> Result<Span, Fault> {
    let whole_minutes = (60..=LONGEST_PERIOD).contains(&period) && period % 60 == 0;
    if !whole_minutes && !matches!(period, 1 | 5 | 10 | 20 | 30) {
        return Err(invalid(
            "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.",
        ));
    }
    if start.seconds >= end.seconds {
        return Err(invalid(
            "The parameter StartTime must be less than the parameter EndTime.",
        ));
    }
    let grid = period.min(60);
    Ok(Span {
        start: (start.seconds.floor() as i64).div_euclid(grid) * grid,
        end: end.seconds.ceil() as i64,
        period,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_measured_values() {
        let values: Vec<Summary> = (1..=100).map(|n| Summary::of(f64::from(n), 1.0)).collect();
        for (name, value) in [("p0", 1.0), ("p50", 50.0), ("p99", 99.0), ("p100", 100.0)] {
            let statistic = Statistic::parse(name).unwrap();
            assert_eq!(statistic.of(&values), Some(value), "{name}");
        }
        let summarized = Summary {
            maximum: 2.0,
            ..Summary::of(1.0, 2.0)
        };
        assert_eq!(Statistic::Percentile(50.0).of(&[summarized]), None);
        assert!(Statistic::parse("tm99").is_err());
    }

    #[test]
    fn seconds_do_not_move_the_periods() {
        let at = |seconds| Instant { seconds };
        let span = span(at(119.0), at(181.0), 60).unwrap();
        assert_eq!((span.start, span.end), (60, 181));
        assert_eq!(span.starts().collect::<Vec<_>>(), [60, 120, 180]);
        assert_eq!(span.count(), 3);
        assert!(super::span(at(1.0), at(1.0), 60).is_err());
        for period in [i64::MIN, -60, 0, 2, 61, i64::MAX] {
            assert!(super::span(at(1.0), at(2.0), period).is_err(), "{period}");
        }
    }

    #[test]
    fn a_request_for_centuries_is_counted_and_refused() {
        let asked = |period: i64, start: Value, end: Value| {
            let asked = json!({
                "Namespace": "N", "MetricName": "M", "Statistics": ["Sum"],
                "Period": period, "StartTime": start, "EndTime": end,
            });
            get(&Metrics::default(), asked).map_or_else(|fault| fault.message, |_| String::new())
        };
        assert_eq!(asked(60, json!(0), json!(86_400)), "");
        let day_and_minute = asked(60, json!(0), json!(86_460));
        assert!(
            day_and_minute.contains("up to 1,441 datapoints, which exceeds the limit of 1,440."),
            "{day_and_minute}"
        );
        let centuries = asked(
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
