//! Metric filters. The lines, patterns and values are those of the user guide of CloudWatch Logs, in
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html>.

use super::*;

/// Returns a request for the filter `f` of the group `g`.
fn filter(pattern: &str, members: Value) -> Value {
    let transformation = with(
        json!({ "metricName": "M", "metricNamespace": "N", "metricValue": "1" }),
        members,
    );
    json!({
        "logGroupName": "g", "filterName": "f", "filterPattern": pattern,
        "metricTransformations": [transformation],
    })
}

/// Returns the values of the namespace `N` that lines with these times publish through a filter.
async fn measured(pattern: &str, members: Value, events: &[(i64, &str)]) -> Vec<MetricDatum> {
    let published = Arc::new(Published::default());
    let logs = Logs::new(Arc::clone(&published) as _);
    done(&logs, "CreateLogGroup", json!({ "logGroupName": "g" })).await;
    done(&logs, "CreateLogStream", of("s", json!({}))).await;
    done(&logs, "PutMetricFilter", filter(pattern, members)).await;
    put(&logs, "s", events).await;
    let published = published.0.lock().unwrap();
    let of_filter = published.iter().filter(|datum| datum.namespace == "N");
    of_filter.cloned().collect()
}

fn values(data: &[MetricDatum]) -> Vec<(i64, f64)> {
    let value = |datum: &MetricDatum| (datum.timestamp_ms, datum.value);
    data.iter().map(value).collect()
}

const LATENCY: &str = r#"{ "latency": 50, "requestType": "GET" }"#;
const TRAIL: &str = r#"{ "eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111" }"#;

/// "The example metric filter … publishes a numeric value of 50 to the metric."
#[tokio::test]
async fn a_metric_filter_publishes_the_number_of_a_property() {
    let lines = [
        (1, LATENCY),
        (2, r#"{ "latency": "slow" }"#),
        (3, "latency"),
    ];
    let value = json!({ "metricValue": "$.latency", "unit": "Milliseconds" });
    let data = measured("{ $.latency = * }", value, &lines).await;
    assert_eq!(values(&data), [(1, 50.0)]);
    assert_eq!(
        (data[0].name.as_str(), data[0].unit.as_str()),
        ("M", "Milliseconds")
    );
    assert!(data[0].dimensions.is_empty());
}

/// "The example metric contains a dimension that's named eventType, and the dimension's value in the
/// example log event is UpdateTrail."
#[tokio::test]
async fn the_dimensions_of_a_metric_filter_are_properties_of_the_line() {
    let pattern = r#"{ $.eventType = "*" && $.sourceIPAddress != 123.123.* }"#;
    let dimensions = json!({ "dimensions": { "eventType": "$.eventType" } });
    let data = measured(pattern, dimensions, &[(1, TRAIL), (2, LATENCY)]).await;
    assert_eq!(values(&data), [(1, 1.0)]);
    assert_eq!(data[0].dimensions["eventType"], "UpdateTrail");
    assert_eq!(data[0].unit, "None");
}

/// "If your metric filter finds matches in both log records within the first minute, the metric value for
/// that minute is 2. If your metric filter doesn't find matches in either records during the second minute,
/// the default value for that minute is 0."
#[tokio::test]
async fn a_minute_without_a_match_has_the_default_value() {
    let lines = [
        (0, "ERROR a"),
        (59_999, "ERROR b"),
        (60_001, "c"),
        (60_002, "d"),
    ];
    let data = measured("ERROR", json!({ "defaultValue": 0 }), &lines).await;
    assert_eq!(values(&data), [(0, 1.0), (59_999, 1.0), (60_000, 0.0)]);
    let data = measured("ERROR", json!({}), &lines).await;
    assert_eq!(values(&data), [(0, 1.0), (59_999, 1.0)]);
}

#[tokio::test]
async fn metric_filters_are_described_replaced_and_deleted() {
    let logs = logs_with(&[]).await;
    let pattern = "{ $.latency = * }";
    let members = json!({ "dimensions": { "l": "$.latency" }, "unit": "Count" });
    done(&logs, "PutMetricFilter", filter("first", json!({}))).await;
    done(&logs, "PutMetricFilter", filter(pattern, members)).await;
    let mut second = filter(
        "ERROR",
        json!({ "metricName": "Other", "defaultValue": 0.5 }),
    );
    second["filterName"] = "e".into();
    done(&logs, "PutMetricFilter", second).await;
    let described = async |input: Value| {
        let answer = done(&logs, "DescribeMetricFilters", input).await;
        let filters = answer["metricFilters"].as_array().unwrap().clone();
        let name = |filter: &Value| filter["filterName"].as_str().unwrap().to_owned();
        (filters.iter().map(name).collect::<Vec<_>>(), answer)
    };
    let (names, answer) = described(json!({})).await;
    assert_eq!(names, ["e", "f"]);
    let found = &answer["metricFilters"];
    assert_eq!(
        found[1]["metricTransformations"],
        json!([{
            "metricName": "M", "metricNamespace": "N", "metricValue": "1",
            "dimensions": { "l": "$.latency" }, "unit": "Count",
        }])
    );
    assert_eq!(found[1]["filterPattern"], pattern);
    assert_eq!(found[0]["metricTransformations"][0]["defaultValue"], 0.5);
    let (names, answer) = described(json!({ "limit": 1 })).await;
    assert_eq!(names, ["e"]);
    let next = answer["nextToken"].clone();
    assert_eq!(described(json!({ "nextToken": next })).await.0, ["f"]);
    let by_metric = json!({ "metricName": "Other", "metricNamespace": "N" });
    assert_eq!(described(by_metric).await.0, ["e"]);
    let by_prefix = json!({ "logGroupName": "g", "filterNamePrefix": "f" });
    assert_eq!(described(by_prefix).await.0, ["f"]);
    let groups = done(&logs, "DescribeLogGroups", json!({})).await;
    assert_eq!(groups["logGroups"][0]["metricFilterCount"], 2);

    let named = json!({ "logGroupName": "g", "filterName": "f" });
    done(&logs, "DeleteMetricFilter", named.clone()).await;
    let (code, _) = refusal(&logs, "DeleteMetricFilter", named).await;
    assert_eq!(code, "ResourceNotFoundException");
    done(&logs, "DeleteLogGroup", json!({ "logGroupName": "g" })).await;
    assert_eq!(described(json!({})).await.0, Vec::<String>::new());
}

/// The bounds are those of the service's model and of the user guide; a property that no condition reads
/// cannot be extracted: "the field value must have been matched using the pattern"
/// (<https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_logs.MetricFilterProps.html>).
#[tokio::test]
async fn invalid_metric_filters_are_refused() {
    let logs = logs_with(&[]).await;
    let json = "{ $.a = * && $.b = * && $.c = * && $.d = * }";
    let four = json!({ "a": "$.a", "b": "$.b", "c": "$.c", "d": "$.d" });
    for (pattern, members, sentence) in [
        ("{ $.a", json!({}), "a comparison"),
        (json, json!({ "dimensions": four }), "at most 3 dimensions"),
        (
            json,
            json!({ "dimensions": { "a": "$.a" }, "defaultValue": 0 }),
            "either dimensions or a default value",
        ),
        (
            "ERROR",
            json!({ "dimensions": { "a": "$.a" } }),
            "filter pattern for JSON",
        ),
        (
            json,
            json!({ "metricValue": "$.e" }),
            "condition on the property $.e",
        ),
        (json, json!({ "metricValue": "one" }), "must be a number"),
        (json, json!({ "metricName": "a$b" }), "[^:*$]*"),
        (json, json!({ "unit": "Hours" }), "enum value set"),
    ] {
        refuse_as_invalid(&logs, "PutMetricFilter", filter(pattern, members), sentence).await;
    }
    let mut none = filter("a", json!({}));
    none["metricTransformations"] = json!([]);
    refuse_as_invalid(&logs, "PutMetricFilter", none, "greater than or equal to 1").await;
    let mut elsewhere = filter("a", json!({}));
    elsewhere["logGroupName"] = "other".into();
    let (code, message) = refusal(&logs, "PutMetricFilter", elsewhere).await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("ResourceNotFoundException", NO_GROUP)
    );
}

/// The quotas of PutMetricFilter: 100 filters, and five regular expressions in those of a group.
#[tokio::test]
async fn the_metric_filters_of_a_group_are_limited() {
    let logs = logs_with(&[]).await;
    let put = async |name: &str, pattern: &str| {
        let mut input = filter(pattern, json!({}));
        input["filterName"] = name.into();
        let (status, answer) = ask(&logs, "PutMetricFilter", input).await;
        (
            status,
            answer["__type"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let limit = (400, "LimitExceededException".to_owned());
    let taken = (200, String::new());
    for name in ["r1", "r2"] {
        assert_eq!(put(name, "{ $.a = %a% || $.a = %b% }").await, taken);
    }
    assert_eq!(put("r3", "{ $.a = %a% || $.a = %b% }").await, limit);
    assert_eq!(put("r3", "{ $.a = %a% }").await, taken);
    for n in 3..100 {
        assert_eq!(put(&n.to_string(), "a").await, taken, "{n}");
    }
    assert_eq!(put("more", "a").await, limit);
    assert_eq!(put("99", "b").await, taken);
}

/// The example of TestMetricFilter for "[ERROR]" counts events from 0; values are extracted from fields
/// between spaces alone.
#[tokio::test]
async fn a_pattern_is_tested_on_lines() {
    let logs = logs();
    let messages = ["02 May 2014 00:34:12,525 [INFO] Starting", TRAIL, LATENCY];
    for (pattern, numbers) in [
        ("\"[INFO]\"", vec![0]),
        ("{ $.latency >= 50 }", vec![2]),
        ("{ $.eventType = * || $.latency < 51 }", vec![1, 2]),
        ("ERROR", vec![]),
    ] {
        let input = json!({ "filterPattern": pattern, "logEventMessages": messages });
        let answer = done(&logs, "TestMetricFilter", input).await;
        let expected: Vec<Value> = numbers
            .into_iter()
            .map(|n: usize| json!({ "eventNumber": n, "eventMessage": messages[n], "extractedValues": {} }))
            .collect();
        assert_eq!(answer["matches"], json!(expected), "{pattern}");
    }
    let input = json!({ "filterPattern": "[ip, user]", "logEventMessages": messages });
    refuse_as_invalid(&logs, "TestMetricFilter", input, "does not support").await;
}

/// A stack with a kind of pattern that is not supported applies; its filter counts nothing.
#[tokio::test]
async fn a_filter_with_an_unsupported_pattern_is_kept() {
    let value = json!({ "metricValue": "$bytes", "dimensions": { "server": "$server" } });
    let data = measured(
        "[ip, server, bytes > 1000]",
        value,
        &[(1, "127.0.0.1 Prod 1534")],
    )
    .await;
    assert_eq!(values(&data), []);
}
