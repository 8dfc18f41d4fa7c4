//! GetMetricData.

use local_aws::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

use super::alarms::MetricDataQuery;
use super::input::{self, Instant, missing, validation};
use super::math::Queries;
use super::metrics::Metrics;
use super::statistics::span;
use super::validation::period_of;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Get {
    metric_data_queries: Vec<MetricDataQuery>,
    start_time: Option<Instant>,
    end_time: Option<Instant>,
    scan_by: Option<String>,
}

/// GetMetricData. All that is asked for is in the first page.
pub(super) fn get(metrics: &Metrics, asked: Value) -> Result<Value, Fault> {
    let asked: Get = input::parse(asked)?;
    let start = asked.start_time.ok_or_else(|| missing("StartTime"))?;
    let end = asked.end_time.ok_or_else(|| missing("EndTime"))?;
    let queries = &asked.metric_data_queries;
    let longest = queries.iter().filter_map(period_of).max();
    let oldest_first = match asked.scan_by.as_deref() {
        None | Some("TimestampDescending") => false,
        Some("TimestampAscending") => true,
        Some(other) => return Err(validation(format!("ScanBy cannot be {other}"))),
    };
    let mut results = Vec::new();
    for query in queries.iter().filter(|query| query.return_data) {
        let period = period_of(query)
            .or(longest)
            .ok_or_else(|| validation("Period must not be null"))?;
        let all = Queries {
            queries,
            metrics,
            span: span(start, end, period)?,
        };
        for series in all.result(&query.id)? {
            let mut points: Vec<(i64, f64)> = series.into_iter().collect();
            if !oldest_first {
                points.reverse();
            }
            let (times, values): (Vec<f64>, Vec<f64>) = points
                .into_iter()
                .map(|(at, value)| (at as f64, value))
                .unzip();
            results.push(json!({
                "Id": query.id,
                "Label": label(query),
                "Timestamps": times,
                "Values": values,
                "StatusCode": "Complete",
            }));
        }
    }
    Ok(json!({ "MetricDataResults": results, "Messages": [] }))
}

fn label(query: &MetricDataQuery) -> &str {
    let metric = query
        .metric_stat
        .as_ref()
        .map(|stat| stat.metric.metric_name.as_str());
    query.label.as_deref().or(metric).unwrap_or(&query.id)
}
