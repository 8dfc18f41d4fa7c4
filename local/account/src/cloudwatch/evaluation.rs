//! Evaluates whether an alarm's metric is beyond its threshold.

use super::alarm_settings::{Metric, MetricDataQuery, MetricStat, Settings};
use super::math::{Budget, Queries};
use super::metrics::Metrics;
use super::span::Span;
use super::validation::period_of;

/// The `StateValue` of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Ok,
    Alarm,
    InsufficientData,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        [Self::Ok, Self::Alarm, Self::InsufficientData]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// Returns the state that the data of the latest periods require, with the reason; `None` if the
/// alarm keeps its state.
///
/// The periods end with the current minute, so that events of that minute count. Missing data that
/// are treated as missing are ignored: the existing data decide.
pub(super) fn evaluate(
    settings: &Settings,
    metrics: &Metrics,
    now: f64,
    budget: &Budget,
) -> Option<(State, String)> {
    let (queries, id) = queries(settings)?;
    let period = queries.iter().filter_map(period_of).max().unwrap_or(60);
    let grid = period.min(60);
    let end = (now as i64).div_euclid(grid) * grid + grid;
    let span = Span {
        start: end - settings.evaluation_periods * period,
        end,
        period,
    };
    let mut all = Queries::new(&queries, metrics, span, budget);
    let series = match all.result(&id) {
        Ok(results) => results.into_iter().next().unwrap_or_default(),
        // A query that is not supported here, such as one over many metrics, is named in the
        // reason.
        Err(fault) => return Some((State::InsufficientData, fault.message)),
    };
    let threshold = settings.threshold?;
    let needed = settings
        .datapoints_to_alarm
        .unwrap_or(settings.evaluation_periods) as usize;
    let treatment = settings.treat_missing_data.as_deref().unwrap_or("missing");
    let points: Vec<bool> = span
        .starts()
        .filter_map(|start| match series.get(&start) {
            Some(value) => Some(beyond(&settings.comparison_operator, *value, threshold)),
            None if treatment == "breaching" => Some(true),
            None if treatment == "notBreaching" => Some(false),
            None => None,
        })
        .collect();
    let breaching = points.iter().filter(|beyond| **beyond).count();
    let state = match treatment {
        "ignore" if points.len() < needed => return None,
        _ if points.is_empty() => State::InsufficientData,
        _ if breaching >= needed.min(points.len()) => State::Alarm,
        _ => State::Ok,
    };
    let reason = match state {
        State::InsufficientData => "Insufficient Data: no datapoints were received.".to_owned(),
        _ => format!(
            "Threshold Crossed: {breaching} out of the last {} datapoints were beyond the \
             threshold ({threshold:?}); {needed} are needed for ALARM.",
            points.len()
        ),
    };
    Some((state, reason))
}

/// Returns the alarm's metric as a query, or its metric math, with the id of the query that returns
/// data.
fn queries(settings: &Settings) -> Option<(Vec<MetricDataQuery>, String)> {
    if let Some(query) = settings.metrics.iter().find(|query| query.return_data) {
        return Some((settings.metrics.clone(), query.id.clone()));
    }
    let stat = settings
        .statistic
        .as_ref()
        .or(settings.extended_statistic.as_ref())?;
    let query = MetricDataQuery {
        id: "m1".into(),
        metric_stat: Some(MetricStat {
            metric: Metric {
                namespace: settings.namespace.clone()?,
                metric_name: settings.metric_name.clone()?,
                dimensions: settings.dimensions.clone(),
            },
            period: settings.period?,
            stat: stat.clone(),
            unit: settings.unit.clone(),
        }),
        expression: None,
        label: None,
        return_data: true,
        period: None,
        account_id: None,
    };
    Some((vec![query], "m1".into()))
}

fn beyond(comparison: &str, value: f64, threshold: f64) -> bool {
    match comparison {
        "GreaterThanOrEqualToThreshold" => value >= threshold,
        "GreaterThanThreshold" => value > threshold,
        "LessThanOrEqualToThreshold" => value <= threshold,
        "LessThanThreshold" => value < threshold,
        // The comparisons of anomaly detection, for which the account has no band.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: f64 = 1_000_030.0;

    /// Returns the state after three periods of a minute, oldest first; `None` is a minute without
    /// data.
    fn state(values: [Option<i64>; 3], needed: i64, treatment: &str) -> Option<State> {
        let mut metrics = Metrics::default();
        let minute = (NOW as i64).div_euclid(60) * 60;
        for (at, value) in values.into_iter().enumerate() {
            let Some(value) = value else { continue };
            let time = minute - 60 * (2 - at as i64) + 1;
            metrics
                .put(json!({ "Namespace": "N", "MetricData": [
                    { "MetricName": "M", "Timestamp": time, "Value": value },
                ]}))
                .unwrap();
        }
        let settings: Settings = serde_json::from_value(json!({
            "AlarmName": "a", "Namespace": "N", "MetricName": "M", "Statistic": "Sum",
            "Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": needed, "Threshold": 5,
            "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": treatment,
        }))
        .unwrap();
        evaluate(&settings, &metrics, NOW, &Budget::new(100)).map(|(state, _)| state)
    }

    #[test]
    fn the_number_of_breaching_periods_decides() {
        let high = Some(6);
        let low = Some(5);
        for (values, needed, treatment, expected) in [
            ([high, high, high], 3, "missing", Some(State::Alarm)),
            ([high, low, high], 3, "missing", Some(State::Ok)),
            ([high, low, high], 2, "missing", Some(State::Alarm)),
            ([None, None, high], 2, "notBreaching", Some(State::Ok)),
            ([None, None, high], 1, "notBreaching", Some(State::Alarm)),
            ([None, None, None], 1, "notBreaching", Some(State::Ok)),
            (
                [None, None, None],
                1,
                "missing",
                Some(State::InsufficientData),
            ),
            ([None, None, high], 3, "missing", Some(State::Alarm)),
            ([None, None, low], 3, "breaching", Some(State::Ok)),
            ([None, None, high], 3, "ignore", None),
        ] {
            assert_eq!(
                state(values, needed, treatment),
                expected,
                "{values:?} {needed} {treatment}"
            );
        }
    }
}
