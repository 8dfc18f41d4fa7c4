//! What SDKs of the account's tests do not speak: JSON and forms. CBOR is theirs.

use axum::http::{HeaderMap, Method, Uri};
use local_wire::Request;
use serde_json::json;

use super::*;

async fn ask(cloudwatch: &CloudWatch, headers: HeaderMap, body: String) -> (u16, String) {
    let answer = cloudwatch
        .handle(Request {
            region: "ap-northeast-1".into(),
            service: "monitoring".into(),
            access_key_id: "local".into(),
            method: Method::POST,
            uri: Uri::from_static("/"),
            headers,
            body: body.into(),
        })
        .await;
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    (answer.status().as_u16(), text)
}

async fn ask_json(cloudwatch: &CloudWatch, operation: &str, body: Value) -> (u16, Value) {
    let target = format!("GraniteServiceVersion20100801.{operation}");
    let headers = [("x-amz-target".parse().unwrap(), target.parse().unwrap())];
    let (status, text) = ask(cloudwatch, headers.into_iter().collect(), body.to_string()).await;
    (status, serde_json::from_str(&text).unwrap())
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
async fn it_speaks_json() {
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
async fn it_speaks_forms() {
    let cloudwatch = CloudWatch::default();
    ask_json(&cloudwatch, "PutMetricAlarm", alarm()).await;
    let form = |parameters: &[(&str, &str)]| {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish()
    };
    let names = [
        ("Action", "DescribeAlarms"),
        ("AlarmNames.member.1", "no more SMS"),
    ];
    let (status, found) = ask(&cloudwatch, HeaderMap::new(), form(&names)).await;
    assert_eq!(status, 200);
    assert!(
        found.contains("<AlarmName>no more SMS</AlarmName>"),
        "{found}"
    );
    assert!(found.contains("<Threshold>0.8</Threshold>"), "{found}");

    let names = [("Action", "GetDashboard"), ("DashboardName", "nothing")];
    let (status, refused) = ask(&cloudwatch, HeaderMap::new(), form(&names)).await;
    assert_eq!(status, 404);
    assert!(
        refused.contains("<Code>ResourceNotFound</Code>"),
        "{refused}"
    );
}
