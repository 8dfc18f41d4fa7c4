//! JSON and Query requests. The end-to-end tests cover CBOR, which their SDK speaks.

use serde_json::json;

use super::*;
use crate::test_requests::{ask, send_form};

const REGION: &str = "ap-northeast-1";

async fn ask_json(cloudwatch: &CloudWatch, operation: &str, body: Value) -> (u16, Value) {
    let target = format!("GraniteServiceVersion20100801.{operation}");
    ask(cloudwatch, REGION, "monitoring", &target, body).await
}

async fn ask_form(cloudwatch: &CloudWatch, parameters: &[(&str, &str)]) -> (u16, String) {
    send_form(cloudwatch, REGION, "monitoring", parameters).await
}

fn alarm() -> Value {
    json!({
        "AlarmName": "no more SMS",
        "AlarmDescription": "上限",
        "Namespace": "AWS/SNS",
        "MetricName": "SMSMonthToDateSpentUSD",
        "Statistic": "Maximum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 0.8,
        "ComparisonOperator": "GreaterThanThreshold",
    })
}

#[tokio::test]
async fn json_requests_are_answered_in_json() {
    let cloudwatch = CloudWatch::default();
    let (status, _) = ask_json(&cloudwatch, "PutMetricAlarm", alarm()).await;
    assert_eq!(status, 200);
    let (status, found) = ask_json(&cloudwatch, "DescribeAlarms", json!({})).await;
    assert_eq!(status, 200);
    let alarm = &found["MetricAlarms"][0];
    assert_eq!(alarm["AlarmDescription"], "上限");
    assert_eq!(alarm["Threshold"], 0.8);
    assert_eq!(alarm["StateValue"], "INSUFFICIENT_DATA");

    let (status, refused) = ask_json(&cloudwatch, "NoSuchThing", json!({})).await;
    assert_eq!(status, 501);
    assert!(refused.to_string().contains("NoSuchThing"), "{refused}");
}

#[tokio::test]
async fn query_requests_are_answered_in_xml() {
    let cloudwatch = CloudWatch::default();
    ask_json(&cloudwatch, "PutMetricAlarm", alarm()).await;
    let names = [
        ("Action", "DescribeAlarms"),
        ("AlarmNames.member.1", "no more SMS"),
    ];
    let (status, found) = ask_form(&cloudwatch, &names).await;
    assert_eq!(status, 200);
    assert!(
        found.contains("<AlarmName>no more SMS</AlarmName>"),
        "{found}"
    );
    assert!(found.contains("<Threshold>0.8</Threshold>"), "{found}");

    let names = [("Action", "GetDashboard"), ("DashboardName", "nothing")];
    let (status, refused) = ask_form(&cloudwatch, &names).await;
    assert_eq!(status, 404);
    assert!(
        refused.contains("<Code>ResourceNotFound</Code>"),
        "{refused}"
    );
}
