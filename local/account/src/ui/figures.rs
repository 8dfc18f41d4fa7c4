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
/// The most series of a Region, as many as a page of ListMetrics has:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html>.
const MOST_SERIES: usize = 500;
/// The namespace of the account's own services, whose metrics are many; the product's are elsewhere.
const OF_AWS: &str = "AWS/";

/// Answers with the metrics of the last hour that are not of AWS's own namespaces, as sums and counts of each
/// minute, and the alarms, of the Regions that have an instance of Amazon Connect.
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
    let metrics = listed["Metrics"].as_array().into_iter().flatten();
    let of_product = metrics.filter(|metric| {
        let namespace = metric["Namespace"].as_str().unwrap_or_default();
        !namespace.starts_with(OF_AWS)
    });
    let start = end - Duration::minutes(MINUTES).whole_seconds();
    let mut series = Vec::new();
    for metric in of_product.take(MOST_SERIES) {
        let input = json!({
            "Namespace": metric["Namespace"], "MetricName": metric["MetricName"],
            "Dimensions": metric["Dimensions"], "StartTime": start, "EndTime": end, "Period": PERIOD,
            "Statistics": ["Sum", "SampleCount"],
        });
        let answer = ask(ui, region, "GetMetricStatistics", input).await?;
        let points = answer["Datapoints"].as_array();
        let Some(points) = points.filter(|points| !points.is_empty()) else {
            continue;
        };
        let each =
            |name: &str| -> Vec<&Value> { points.iter().map(|point| &point[name]).collect() };
        series.push(json!({
            "region": region, "namespace": metric["Namespace"], "name": metric["MetricName"],
            "dimensions": metric["Dimensions"], "unit": points[0]["Unit"],
            "times": each("Timestamp"), "values": each("Sum"), "counts": each("SampleCount"),
        }));
    }
    Ok(series)
}

async fn ask(ui: &Ui, region: &str, operation: &str, input: Value) -> Result<Value, Response> {
    let target = format!("GraniteServiceVersion20100801.{operation}");
    let request = Request::own(region, "monitoring", &target, &input);
    let answer = ui.cloudwatch.handle(request).await;
    answered(answer.status(), answer.body())
}
