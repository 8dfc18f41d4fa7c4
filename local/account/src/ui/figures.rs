//! Figures of the account: metrics as series, and alarms with their states.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use local_wire::{Request, Service};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::Ui;
use super::tables::answered;

/// The seconds of a point of a series.
const PERIOD: i64 = 60;
/// The minutes of a series.
const MINUTES: i64 = 60;
/// The most series of a Region, and the most that GetMetricData takes without expressions.
const MOST_SERIES: usize = 40;
/// The namespace of the account's own services, whose metrics are many; the product's are elsewhere.
const OF_AWS: &str = "AWS/";

/// Answers with the metrics of the last hour that are not of AWS's own namespaces, as sums of each minute, and the
/// alarms, of the Regions that have an instance of Amazon Connect.
pub(super) async fn figures(State(ui): State<Arc<Ui>>) -> Response {
    let now = OffsetDateTime::now_utc();
    let end = now.unix_timestamp() / PERIOD * PERIOD + PERIOD;
    let mut regions: Vec<String> = ui
        .connect
        .instances()
        .into_iter()
        .map(|at| at.region)
        .collect();
    regions.sort_unstable();
    regions.dedup();
    let (mut series, mut alarms) = (Vec::new(), Vec::new());
    for region in &regions {
        let read = async {
            series.extend(series_of(&ui, region, end).await?);
            let described = ask(&ui, region, "DescribeAlarms", json!({})).await?;
            let found = described["MetricAlarms"].as_array().into_iter().flatten();
            alarms.extend(found.map(|alarm| {
                json!({
                    "region": region, "name": alarm["AlarmName"], "state": alarm["StateValue"],
                    "reason": alarm["StateReason"], "description": alarm["AlarmDescription"],
                })
            }));
            Ok::<_, Response>(())
        };
        if let Err(refusal) = read.await {
            return refusal;
        }
    }
    let from = end - Duration::minutes(MINUTES).whole_seconds();
    let body = json!({ "from": from, "period": PERIOD, "points": MINUTES, "series": series, "alarms": alarms });
    Json(body).into_response()
}

async fn series_of(ui: &Ui, region: &str, end: i64) -> Result<Vec<Value>, Response> {
    let listed = ask(ui, region, "ListMetrics", json!({})).await?;
    let metrics: Vec<Value> = listed["Metrics"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|metric| {
            let namespace = metric["Namespace"].as_str().unwrap_or_default();
            !namespace.starts_with(OF_AWS)
        })
        .take(MOST_SERIES)
        .cloned()
        .collect();
    if metrics.is_empty() {
        return Ok(Vec::new());
    }
    let queries: Vec<Value> = metrics
        .iter()
        .enumerate()
        .map(|(index, metric)| {
            json!({
                "Id": format!("m{index}"),
                "MetricStat": { "Metric": metric, "Period": PERIOD, "Stat": "Sum" },
            })
        })
        .collect();
    let start = end - Duration::minutes(MINUTES).whole_seconds();
    let input = json!({
        "MetricDataQueries": queries, "StartTime": start, "EndTime": end,
        "ScanBy": "TimestampAscending",
    });
    let data = ask(ui, region, "GetMetricData", input).await?;
    let results = data["MetricDataResults"].as_array().into_iter().flatten();
    let series = results.filter_map(|result| {
        let index: usize = result["Id"].as_str()?.strip_prefix('m')?.parse().ok()?;
        let metric = metrics.get(index)?;
        Some(json!({
            "region": region, "namespace": metric["Namespace"], "name": metric["MetricName"],
            "dimensions": metric["Dimensions"], "times": result["Timestamps"], "values": result["Values"],
        }))
    });
    Ok(series.collect())
}

async fn ask(ui: &Ui, region: &str, operation: &str, input: Value) -> Result<Value, Response> {
    let target = format!("GraniteServiceVersion20100801.{operation}");
    let request = Request::own(region, "monitoring", &target, &input);
    let answer = ui.cloudwatch.handle(request).await;
    answered(answer.status(), answer.body())
}
