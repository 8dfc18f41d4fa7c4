//! Metric math, and the three protocols of CloudWatch.

use super::*;

fn cloudwatch(operation: &str, body: &Value) -> Ask {
    let target = format!("GraniteServiceVersion20100801.{operation}");
    Ask::json("monitoring", &target, body.to_string())
}

/// "Length Constraints: Minimum length of 1. Maximum length of 2048." of an expression.
#[tokio::test]
async fn metric_math_is_limited_before_it_is_parsed() {
    const LENGTH: &str = "between 1 and 2048";
    let mut rows = Vec::new();
    for (expression, words) in [
        (vec!["1"; 1_000].join(" + "), LENGTH),
        (vec!["1"; 100_000].join("+"), LENGTH),
        (format!("TIME_SERIES({})", vec!["1"; 1_000].join("+")), ""),
        (nested("(", "1", ")", 1_000), "too deeply"),
        (nested("[", "m1", "]", 1_000), "too deeply"),
        (nested("ABS(", "m1", ")", 300), "too deeply"),
        (format!("TIME_SERIES({}1)", "-".repeat(2_000)), ""),
        ("(".repeat(2_048), "too deeply"),
        ("'".repeat(2_047), ""),
        (format!("SEARCH('{}', 'Sum')", "{".repeat(2_000)), ""),
        (format!("SEARCH('{}', 'Sum')", "(".repeat(2_000)), ""),
        (format!("SEARCH('{{N{}}}', 'Sum')", ",D".repeat(900)), ""),
        (
            format!("SEARCH('{{N}}{}', 'Sum')", " MetricName=\"M\"".repeat(100)),
            "",
        ),
    ] {
        let query = json!({ "Id": "e1", "Expression": expression, "Period": 60 });
        let metric = json!({ "Id": "m1", "ReturnData": false, "MetricStat": {
            "Metric": { "Namespace": "N", "MetricName": "M" }, "Period": 60, "Stat": "Sum",
        }});
        let data = json!({
            "StartTime": 0, "EndTime": 3_600, "MetricDataQueries": [query, metric],
        });
        rows.push(row(
            "GetMetricData",
            cloudwatch("GetMetricData", &data),
            words,
        ));
        let alarm = json!({
            "AlarmName": "a", "EvaluationPeriods": 1, "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold", "Metrics": [query, metric],
        });
        let words = if words == LENGTH { words } else { "" };
        rows.push(row(
            "PutMetricAlarm",
            cloudwatch("PutMetricAlarm", &alarm),
            words,
        ));
        rows.push(row(
            "DescribeAlarms",
            cloudwatch("DescribeAlarms", &json!({})),
            "",
        ));
    }
    let stacked: Vec<Value> = (0..500)
        .map(
            |n| json!({ "Id": format!("e{n}"), "Expression": format!("e{}", n + 1), "Period": 60 }),
        )
        .collect();
    let data = json!({ "StartTime": 0, "EndTime": 60, "MetricDataQueries": stacked });
    rows.push(row(
        "queries",
        cloudwatch("GetMetricData", &data),
        "e500 is not defined",
    ));
    all(rows).await;
}

#[tokio::test]
async fn the_three_protocols_of_cloudwatch_are_limited() {
    let mut rows = Vec::new();
    let form = |body: String| {
        Ask::new("monitoring", "POST", "/")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    };
    for dots in [1_000, 100_000, 1_000_000] {
        let key = "a.".repeat(dots);
        rows.push(row(
            format!("{dots} dots"),
            form(format!("Action=PutMetricData&{key}a=1")),
            "",
        ));
    }
    let member = ".member.1".repeat(1_000);
    rows.push(row(
        "members",
        form(format!("Action=PutMetricData&MetricData{member}=1")),
        "",
    ));
    rows.push(row(
        "many",
        form(format!("Action=PutMetricData{}", "&a=1".repeat(100_000))),
        "",
    ));
    let wide: String = (0..20_000).map(|n| format!("&a.{n}.b=1")).collect();
    rows.push(row("wide", form(format!("Action=PutMetricData{wide}")), ""));
    for (name, bytes) in [
        ("arrays", vec![0x81_u8; 100_000]),
        ("maps", [0xa1, 0x61, 0x61].repeat(100_000)),
        ("tags", vec![0xc1; 100_000]),
        ("endless arrays", vec![0x9f; 100_000]),
        ("endless texts", vec![0x7f; 100_000]),
        (
            "a long array",
            vec![0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
        (
            "a long text",
            vec![0x7b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
        (
            "a long map",
            vec![0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
    ] {
        for operation in ["PutMetricData", "GetMetricData", "PutMetricAlarm"] {
            let path = format!("/service/GraniteServiceVersion20100801/operation/{operation}");
            let ask = Ask::new("monitoring", "POST", path)
                .header("content-type", "application/cbor")
                .header("smithy-protocol", "rpc-v2-cbor")
                .body(bytes.clone());
            rows.push(row(name, ask, "SerializationException"));
        }
    }
    for (name, body) in deep_json() {
        let dashboard = json!({ "DashboardName": "d", "DashboardBody": body });
        rows.push(row(name, cloudwatch("PutDashboard", &dashboard), ""));
        for operation in ["PutMetricData", "GetMetricData", "DescribeAlarms"] {
            let target = format!("GraniteServiceVersion20100801.{operation}");
            rows.push(row(
                name,
                Ask::json("monitoring", &target, body.clone()),
                "",
            ));
        }
    }
    all(rows).await;
}
