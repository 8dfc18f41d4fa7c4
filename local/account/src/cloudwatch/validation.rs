//! Validates alarms, with AWS's error messages where they are known.

use local_wire::Fault;

use super::alarm_settings::{MetricDataQuery, Settings};
use super::input::{check_count, validation};
use super::metric_key::MAX_DIMENSIONS;
use super::statistics::Statistic;

const COMPARISONS: [&str; 4] = [
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanThreshold",
];
/// The comparisons of anomaly detection, whose threshold is a metric.
const BAND_COMPARISONS: [&str; 3] = [
    "GreaterThanUpperThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
];
/// The most queries of an alarm.
const MAX_QUERIES: usize = 20;
/// The most actions of each state of an alarm.
const MAX_ACTIONS: usize = 5;
const MAX_NAME_LENGTH: usize = 255;
const MAX_DESCRIPTION_LENGTH: usize = 1_024;
/// The most bytes of an alarm's settings as JSON; more than AWS's limits on each of them allow.
const MAX_BYTES: usize = 64 * 1_024;
/// The most characters of an expression.
const MAX_EXPRESSION_LENGTH: usize = 2_048;
const MISSING_DATA: [&str; 4] = ["breaching", "ignore", "missing", "notBreaching"];
/// "1 day" and, for periods of an hour and more, "7 days".
const MAX_EVALUATION_SECONDS: (i64, i64) = (86_400, 604_800);

/// Validates an alarm's settings.
pub(super) fn check(settings: &Settings) -> Result<(), Fault> {
    check_sizes(settings)?;
    let comparison = &settings.comparison_operator;
    let band = BAND_COMPARISONS.contains(&comparison.as_str());
    if !band && !COMPARISONS.contains(&comparison.as_str()) {
        return Err(not_in_set("comparisonOperator", comparison, &COMPARISONS));
    }
    if let Some(treatment) = &settings.treat_missing_data
        && !MISSING_DATA.contains(&treatment.as_str())
    {
        return Err(not_in_set("treatMissingData", treatment, &MISSING_DATA));
    }
    if settings.evaluation_periods < 1 {
        return Err(at_least_one(
            "evaluationPeriods",
            settings.evaluation_periods,
        ));
    }
    match settings.datapoints_to_alarm {
        Some(points) if points < 1 => return Err(at_least_one("datapointsToAlarm", points)),
        Some(points) if points > settings.evaluation_periods => {
            return Err(validation(
                "DatapointsToAlarm must be less than or equal to EvaluationPeriods",
            ));
        }
        _ => {}
    }
    if settings.threshold.is_none() && settings.threshold_metric_id.is_none() {
        return Err(validation(
            "Either the parameter Threshold or ThresholdMetricId must be specified",
        ));
    }
    let period = if settings.metrics.is_empty() {
        check_metric(settings)?
    } else {
        check_queries(settings)?
    };
    let (short, long) = MAX_EVALUATION_SECONDS;
    let longest = if period >= 3_600 { long } else { short };
    if period.saturating_mul(settings.evaluation_periods) > longest {
        return Err(validation(format!(
            "Metrics cannot be checked across more than {}.",
            if longest == short { "a day" } else { "7 days" }
        )));
    }
    Ok(())
}

/// Refuses settings that are longer or more numerous than the service's model allows.
fn check_sizes(settings: &Settings) -> Result<(), Fault> {
    let description = settings.alarm_description.as_deref().unwrap_or_default();
    for (member, text, shortest, longest) in [
        (
            "alarmName",
            settings.alarm_name.as_str(),
            1,
            MAX_NAME_LENGTH,
        ),
        ("alarmDescription", description, 0, MAX_DESCRIPTION_LENGTH),
    ] {
        let length = text.chars().count();
        if !(shortest..=longest).contains(&length) {
            return Err(validation(format!(
                "1 validation error detected: Value at '{member}' failed to satisfy constraint: \
                 Member must have length between {shortest} and {longest}, not {length}"
            )));
        }
    }
    for (member, count, most) in [
        ("OKActions", settings.ok_actions.len(), MAX_ACTIONS),
        ("AlarmActions", settings.alarm_actions.len(), MAX_ACTIONS),
        (
            "InsufficientDataActions",
            settings.insufficient_data_actions.len(),
            MAX_ACTIONS,
        ),
        ("Dimensions", settings.dimensions.len(), MAX_DIMENSIONS),
        ("Metrics", settings.metrics.len(), MAX_QUERIES),
    ] {
        check_count(member, count, most)?;
    }
    for query in &settings.metrics {
        if let Some(expression) = &query.expression {
            check_expression(&query.id, expression)?;
        }
    }
    let bytes = serde_json::to_vec(settings).map_or(0, |json| json.len());
    if bytes > MAX_BYTES {
        return Err(validation(format!(
            "An alarm's settings must have at most {MAX_BYTES} bytes, not {bytes}"
        )));
    }
    Ok(())
}

/// Validates an alarm on one metric; returns its period.
fn check_metric(settings: &Settings) -> Result<i64, Fault> {
    for (member, present) in [
        ("metricName", settings.metric_name.is_some()),
        ("namespace", settings.namespace.is_some()),
        ("period", settings.period.is_some()),
    ] {
        if !present {
            return Err(null(member));
        }
    }
    match (&settings.statistic, &settings.extended_statistic) {
        (Some(name), None) => match Statistic::parse(name) {
            Ok(Statistic::Percentile(_)) | Err(_) => {
                return Err(not_in_set(
                    "statistic",
                    name,
                    &["SampleCount", "Average", "Sum", "Minimum", "Maximum"],
                ));
            }
            Ok(_) => {}
        },
        (None, Some(_)) => {}
        _ => {
            return Err(validation(
                "One and only one of Statistic and ExtendedStatistic must be specified",
            ));
        }
    }
    let period = settings.period.unwrap_or_default();
    check_period(period)?;
    Ok(period)
}

/// Validates an alarm on metric math; returns the period of its result.
fn check_queries(settings: &Settings) -> Result<i64, Fault> {
    let single = settings.metric_name.is_some()
        || settings.namespace.is_some()
        || settings.period.is_some()
        || settings.statistic.is_some()
        || settings.extended_statistic.is_some()
        || !settings.dimensions.is_empty();
    if single {
        return Err(validation(
            "The parameters Metrics and MetricName, Namespace, Period, Statistic, \
             ExtendedStatistic or Dimensions are mutually exclusive",
        ));
    }
    let queries = &settings.metrics;
    let returned = queries.iter().filter(|query| query.return_data).count();
    if settings.threshold_metric_id.is_none() && returned != 1 {
        return Err(validation(
            "Exactly one element of the metrics list should return data.",
        ));
    }
    if queries.iter().filter(|q| q.metric_stat.is_some()).count() > 10 {
        return Err(validation(
            "Alarms on math expressions cannot contain more than 10 individual metrics",
        ));
    }
    for (at, query) in queries.iter().enumerate() {
        check_id(&query.id)?;
        if queries[..at].iter().any(|other| other.id == query.id) {
            return Err(validation(format!("The id {} is not unique", query.id)));
        }
        check_query(query, queries)?;
    }
    Ok(queries.iter().filter_map(period_of).max().unwrap_or(60))
}

fn check_query(query: &MetricDataQuery, all: &[MetricDataQuery]) -> Result<(), Fault> {
    match (&query.metric_stat, &query.expression) {
        (Some(stat), None) => check_period(stat.period),
        (None, Some(expression)) => {
            check_expression(&query.id, expression)?;
            // Dashboards and GetMetricData support SEARCH, alarms do not.
            if calls(expression, "SEARCH") {
                return Err(validation("SEARCH is not supported on Metric Alarms"));
            }
            let has_metrics = all.iter().any(|query| query.metric_stat.is_some());
            if !has_metrics && query.period.is_none() {
                return Err(validation("Period must not be null"));
            }
            query.period.map_or(Ok(()), check_period)
        }
        _ => Err(validation(format!(
            "The query {} must have one of MetricStat and Expression",
            query.id
        ))),
    }
}

/// Refuses an expression that is longer than the service's model allows, before it is parsed.
pub(super) fn check_expression(id: &str, expression: &str) -> Result<(), Fault> {
    let length = expression.chars().count();
    match (1..=MAX_EXPRESSION_LENGTH).contains(&length) {
        true => Ok(()),
        false => Err(validation(format!(
            "1 validation error detected: The Expression of query {id} failed to satisfy \
             constraint: Member must have length between 1 and {MAX_EXPRESSION_LENGTH}, not {length}"
        ))),
    }
}

/// Returns the seconds between two results of a query.
pub(super) fn period_of(query: &MetricDataQuery) -> Option<i64> {
    query
        .metric_stat
        .as_ref()
        .map_or(query.period, |stat| Some(stat.period))
}

/// Reports whether an expression calls a function, in any letter case.
fn calls(expression: &str, function: &str) -> bool {
    expression
        .to_ascii_uppercase()
        .split('(')
        .rev()
        .skip(1)
        .any(|before| {
            before
                .trim_end()
                .strip_suffix(function)
                .is_some_and(|rest| {
                    !rest.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                })
        })
}

fn check_id(id: &str) -> Result<(), Fault> {
    let valid = id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match valid {
        true => Ok(()),
        false => Err(validation(format!(
            "The value {id} for parameter Id does not match ^[a-z][a-zA-Z0-9_]*$"
        ))),
    }
}

fn check_period(period: i64) -> Result<(), Fault> {
    if matches!(period, 10 | 20 | 30) || (period >= 60 && period % 60 == 0) {
        return Ok(());
    }
    Err(validation(format!(
        "Period must be 10, 20, 30 or a multiple of 60, not {period}"
    )))
}

pub(super) fn null(member: &str) -> Fault {
    let mut letters = member.chars();
    let first = letters.next().map(|c| c.to_ascii_lowercase());
    let member: String = first.into_iter().chain(letters).collect();
    validation(format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: \
         Member must not be null"
    ))
}

pub(super) fn state(value: &str) -> Fault {
    not_in_set("stateValue", value, &["INSUFFICIENT_DATA", "ALARM", "OK"])
}

fn at_least_one(member: &str, value: i64) -> Fault {
    validation(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must have value greater than or equal to 1"
    ))
}

fn not_in_set(member: &str, value: &str, set: &[&str]) -> Fault {
    validation(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must satisfy enum value set: [{}]",
        set.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn refusal(change: Value) -> String {
        let mut alarm = json!({
            "AlarmName": "errors", "Namespace": "AWS/Lambda", "MetricName": "Errors",
            "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 5, "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanThreshold",
        });
        for (name, value) in change.as_object().unwrap() {
            alarm[name] = value.clone();
        }
        let settings: Settings = serde_json::from_value(alarm).unwrap();
        check(&settings).map_or_else(|fault| fault.message, |()| String::new())
    }

    fn math(expression: &str, period: Value) -> String {
        refusal(json!({
            "Namespace": null, "MetricName": null, "Statistic": null, "Period": null,
            "Metrics": [{ "Id": "e1", "Expression": expression, "Period": period }],
        }))
    }

    #[test]
    fn alarms_are_refused_as_aws_refuses_them() {
        assert_eq!(refusal(json!({})), "");
        for (change, words) in [
            (json!({ "ComparisonOperator": "Bigger" }), "enum value set"),
            (json!({ "TreatMissingData": "zero" }), "enum value set"),
            (json!({ "DatapointsToAlarm": 6 }), "less than or equal"),
            (json!({ "Period": 61 }), "multiple of 60"),
            (json!({ "EvaluationPeriods": 1441 }), "more than a day"),
            (json!({ "EvaluationPeriods": i64::MAX }), "more than a day"),
            (
                json!({ "Period": 9_223_372_036_854_775_800_i64, "EvaluationPeriods": 2 }),
                "more than 7 days",
            ),
            (json!({ "MetricName": null }), "Value null at 'metricName'"),
            (json!({ "ExtendedStatistic": "p99" }), "One and only one"),
            (json!({ "Threshold": null }), "Threshold"),
        ] {
            let refusal = refusal(change.clone());
            assert!(refusal.contains(words), "{change}: {refusal}");
        }
    }

    #[test]
    fn metric_math_is_checked_too() {
        assert_eq!(
            math("SELECT SUM(Errors) FROM \"AWS/Lambda\"", json!(60)),
            ""
        );
        assert_eq!(
            math("TIME_SERIES(1)", Value::Null),
            "Period must not be null"
        );
        for search in [
            "SUM(search ('{A} b', 'Sum', 60))",
            "SEARCH('{A} b', 'Sum', 60)",
        ] {
            let refusal = math(search, json!(60));
            assert_eq!(refusal, "SEARCH is not supported on Metric Alarms");
        }
        assert_eq!(math("RESEARCH(1)", json!(60)), "");
        let terms = |count: usize| format!("1{}", "+1".repeat(count));
        assert_eq!(math(&terms(1_023), json!(60)), "");
        let refusal = math(&terms(1_024), json!(60));
        assert!(
            refusal.contains("between 1 and 2048, not 2049"),
            "{refusal}"
        );
    }
}
