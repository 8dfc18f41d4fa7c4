//! GetMetricData.

use std::collections::HashMap;

use local_wire::{Declared, Fault, named};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Serve;
use super::alarm_settings::MetricDataQuery;
use super::input::{self, Instant, check_count, check_datapoints, missing, validation};
use super::math::{Budget, Queries};
use super::metrics::Metrics;
use super::span::span;
use super::validation::period_of;

/// The operations that this module serves.
pub(super) const OPERATIONS: &[Declared<Serve>] = &[named("GetMetricData", |scope, input| {
    get(scope.metrics, input)
})];

/// The most queries of a request.
const MAX_QUERIES: usize = 500;
/// The most data points of a page, and the most periods of a query.
const MAX_DATAPOINTS: usize = 100_800;
/// The most values that are computed for a request.
const MAX_VALUES: usize = 5_000_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Get {
    metric_data_queries: Vec<MetricDataQuery>,
    start_time: Option<Instant>,
    end_time: Option<Instant>,
    scan_by: Option<String>,
    max_datapoints: Option<i64>,
    next_token: Option<String>,
}

/// The part of the data points that a page has: how many are skipped, and how many fit.
struct Page {
    passed: usize,
    room: usize,
    from: usize,
}

impl Page {
    fn read(input: &Get) -> Result<Self, Fault> {
        let most = MAX_DATAPOINTS as i64;
        let room = input.max_datapoints.unwrap_or(most);
        if !(1..=most).contains(&room) {
            return Err(validation(format!(
                "MaxDatapoints must be from 1 to {most}, not {room}"
            )));
        }
        Ok(Self {
            passed: 0,
            room: room as usize,
            from: input::page_start(input.next_token.as_deref())?,
        })
    }

    /// Returns those of the points that are on the page.
    fn of(&mut self, points: Vec<(i64, f64)>) -> Vec<(i64, f64)> {
        let before = self.from.saturating_sub(self.passed).min(points.len());
        self.passed += points.len();
        let on: Vec<_> = points.into_iter().skip(before).take(self.room).collect();
        self.room -= on.len();
        on
    }
}

/// Handles GetMetricData. The token of the next page is the index of its first data point, counted
/// through all results.
pub(super) fn get(metrics: &Metrics, input: Value) -> Result<Value, Fault> {
    let input: Get = input::parse(input)?;
    let start = input.start_time.ok_or_else(|| missing("StartTime"))?;
    let end = input.end_time.ok_or_else(|| missing("EndTime"))?;
    let queries = &input.metric_data_queries;
    let longest = queries.iter().filter_map(period_of).max();
    let oldest_first = match input.scan_by.as_deref() {
        None | Some("TimestampDescending") => false,
        Some("TimestampAscending") => true,
        Some(other) => return Err(validation(format!("ScanBy cannot be {other}"))),
    };
    check_count("MetricDataQueries", queries.len(), MAX_QUERIES)?;
    let mut page = Page::read(&input)?;
    let most = page.from.saturating_add(page.room);
    let budget = Budget::new(MAX_VALUES);
    let mut by_period = HashMap::new();
    let mut results = Vec::new();
    for query in queries.iter().filter(|query| query.return_data) {
        let period = period_of(query)
            .or(longest)
            .ok_or_else(|| validation("Period must not be null"))?;
        let span = span(start, end, period)?;
        check_datapoints(span.count(), MAX_DATAPOINTS as i64)?;
        let all = by_period
            .entry(period)
            .or_insert_with(|| Queries::new(queries, metrics, span, &budget));
        for series in all.result(&query.id)? {
            let mut points: Vec<(i64, f64)> = series.into_iter().collect();
            if !oldest_first {
                points.reverse();
            }
            let count = points.len();
            let points = page.of(points);
            // Results that are on another page are left out of this one.
            if points.is_empty() && count > 0 {
                continue;
            }
            let complete = points.len() == count;
            let (times, values): (Vec<f64>, Vec<f64>) = points
                .into_iter()
                .map(|(at, value)| (at as f64, value))
                .unzip();
            results.push(json!({
                "Id": query.id,
                "Label": label(query),
                "Timestamps": times,
                "Values": values,
                "StatusCode": if complete { "Complete" } else { "PartialData" },
            }));
        }
    }
    let mut answer = json!({ "MetricDataResults": results, "Messages": [] });
    if page.passed > most {
        answer["NextToken"] = most.to_string().into();
    }
    Ok(answer)
}

fn label(query: &MetricDataQuery) -> &str {
    let metric = query
        .metric_stat
        .as_ref()
        .map(|stat| stat.metric.metric_name.as_str());
    query.label.as_deref().or(metric).unwrap_or(&query.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends a request, with changes, for one metric with three measurements a minute apart.
    fn answered(change: Value) -> Result<Value, Fault> {
        let mut metrics = Metrics::default();
        let datum = |at: i64| json!({ "MetricName": "M", "Timestamp": at, "Value": at });
        let data = json!({ "Namespace": "N", "MetricData": [datum(0), datum(60), datum(120)] });
        metrics.put(data).unwrap();
        let mut input = json!({
            "StartTime": 0, "EndTime": 180, "ScanBy": "TimestampAscending",
            "MetricDataQueries": [
                { "Id": "m1", "MetricStat": {
                    "Metric": { "Namespace": "N", "MetricName": "M" }, "Period": 60, "Stat": "Sum",
                }},
                { "Id": "e1", "Expression": "m1 + 1" },
            ],
        });
        for (name, value) in change.as_object().unwrap() {
            input[name] = value.clone();
        }
        get(&metrics, input)
    }

    #[test]
    fn pages_follow_each_other() {
        let mut input = json!({ "MaxDatapoints": 2 });
        let mut pages = Vec::new();
        loop {
            let answer = answered(input.clone()).unwrap();
            let page: Vec<(String, Value)> = answer["MetricDataResults"]
                .as_array()
                .unwrap()
                .iter()
                .map(|result| {
                    (
                        result["Id"].as_str().unwrap().to_owned(),
                        result["Values"].clone(),
                    )
                })
                .collect();
            pages.push(page);
            match &answer["NextToken"] {
                Value::Null => break,
                token => input["NextToken"] = token.clone(),
            }
        }
        let result = |id: &str, values: Value| (id.to_owned(), values);
        assert_eq!(
            pages,
            [
                vec![result("m1", json!([0.0, 60.0]))],
                vec![result("m1", json!([120.0])), result("e1", json!([1.0]))],
                vec![result("e1", json!([61.0, 121.0]))],
            ]
        );
    }

    #[test]
    fn requests_beyond_the_limits_are_refused_before_anything_is_computed() {
        assert!(answered(json!({})).is_ok());
        let seconds = json!([{ "Id": "e1", "Expression": "TIME_SERIES(1)", "Period": 1 }]);
        let query = json!({ "Id": "e1", "Expression": "1", "Period": 60 });
        for (change, words) in [
            (
                json!({ "MetricDataQueries": seconds, "EndTime": 31_536_000 }),
                "up to 31,536,000 datapoints, which exceeds the limit of 100,800.",
            ),
            (
                json!({ "MetricDataQueries": vec![query; 501] }),
                "MetricDataQueries must not have a size greater than 500",
            ),
            (json!({ "EndTime": 0 }), "StartTime must be less than"),
            (json!({ "MaxDatapoints": 0 }), "from 1 to 100800"),
            (json!({ "MaxDatapoints": 100_801 }), "from 1 to 100800"),
            (json!({ "NextToken": "-1" }), "NextToken"),
        ] {
            let refused = answered(change.clone()).unwrap_err();
            assert!(refused.message.contains(words), "{change}: {refused}");
        }
        // A token beyond the end returns an empty page.
        let beyond = answered(json!({ "NextToken": usize::MAX.to_string() })).unwrap();
        assert_eq!(beyond["MetricDataResults"], json!([]));
    }
}
