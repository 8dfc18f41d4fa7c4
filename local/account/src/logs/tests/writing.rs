//! PutLogEvents, and writes of the account's own services.

use super::*;

const HOUR_MS: i64 = 60 * 60 * 1000;

#[tokio::test]
async fn only_the_standard_class_extracts_metrics() {
    let published = Arc::new(Published::default());
    let logs = Logs::new(Arc::clone(&published) as _);
    let line = json!({
        "_aws": { "Timestamp": 1, "CloudWatchMetrics": [
            { "Namespace": "N", "Metrics": [{ "Name": "M" }] },
        ]},
        "M": 1,
    });
    for (class, metrics) in [("INFREQUENT_ACCESS", 0), ("STANDARD", 2)] {
        let group = json!({ "logGroupName": class, "logGroupClass": class });
        done(&logs, "CreateLogGroup", group).await;
        let stream = json!({ "logGroupName": class, "logStreamName": "s" });
        done(&logs, "CreateLogStream", stream.clone()).await;
        let events = json!({ "logEvents": lines(&[(1, line.to_string())]) });
        done(&logs, "PutLogEvents", with(stream, events)).await;
        let event = LogEvent {
            timestamp_ms: 1,
            message: line.to_string(),
        };
        logs.write(REGION, class, "s", vec![event]).unwrap();
        let published = published.0.lock().unwrap();
        let (of_line, of_group): (Vec<_>, Vec<_>) =
            published.iter().partition(|datum| datum.namespace == "N");
        assert_eq!(of_line.len(), metrics, "{class}");
        // CloudWatch Logs counts incoming events for groups of either class.
        let of_group = of_group
            .iter()
            .filter(|datum| datum.dimensions["LogGroupName"] == class)
            .map(|datum| (datum.name.as_str(), datum.value));
        let counted = ("IncomingLogEvents", 1.0);
        assert_eq!(of_group.collect::<Vec<_>>(), [counted, counted]);
    }
}

#[tokio::test]
async fn batches_that_aws_refuses_are_refused() {
    let published = Arc::new(Published::default());
    let logs = Logs::new(Arc::clone(&published) as _);
    done(&logs, "CreateLogGroup", json!({ "logGroupName": "g" })).await;
    done(&logs, "CreateLogStream", of("s", json!({}))).await;
    // Each event counts 26 bytes beside its message, of which each of these characters takes three.
    let largest = format!("{}a", "長".repeat((1_048_576 - 26) / 3));
    assert_eq!(largest.len() + 26, 1_048_575);
    let too_large = format!("{largest}aa");
    for (events, sentence) in [
        (lines::<&str>(&[]), "length greater than or equal to 1"),
        (
            lines(&vec![(1, "line"); 10_001]),
            "length less than or equal to 10000",
        ),
        (
            lines(&[(1, &too_large)]),
            "Upload too large: 1048577 bytes exceeds limit of 1048576",
        ),
        (lines(&[(2, "b"), (1, "a")]), "in chronological order"),
        (
            lines(&[(0, "a"), (24 * HOUR_MS + 1, "b")]),
            "cannot span more than 24 hours",
        ),
        (lines(&[(-1, "a")]), "logEvents.1.member.timestamp"),
        (lines(&[(1, "a"), (1, "")]), "logEvents.2.member.message"),
    ] {
        let input = of("s", json!({ "logEvents": events }));
        refuse_as_invalid(&logs, "PutLogEvents", input, sentence).await;
    }
    assert!(filtered(&logs, json!({})).await.is_empty());
    assert!(published.0.lock().unwrap().is_empty());

    let many: Vec<_> = (0..10_000).map(|n| (n, "line")).collect();
    put(&logs, "s", &many).await;
    put(&logs, "s", &[(1, &format!("{largest}a"))]).await;
    put(&logs, "s", &[(0, "a"), (24 * HOUR_MS, "b")]).await;
}

#[tokio::test]
async fn each_upload_gets_another_token() {
    let logs = logs_with(&["s"]).await;
    let first = put(&logs, "s", &[(1, "line")]).await;
    let second = put(&logs, "s", &[(1, "line")]).await;
    assert_eq!(first["nextSequenceToken"].as_str().unwrap().len(), 56);
    assert_ne!(first["nextSequenceToken"], second["nextSequenceToken"]);
}

#[tokio::test]
async fn the_accounts_own_services_write_to_existing_groups() {
    let logs = logs();
    let events = |times: &[i64]| {
        let event = |at: &i64| LogEvent {
            timestamp_ms: *at,
            message: format!("line {at}"),
        };
        times.iter().map(event).collect::<Vec<_>>()
    };
    let refused = logs.append(REGION, "g", "s", events(&[1])).await;
    assert!(
        matches!(refused, Err(LogSinkError::NoSuchGroup(group)) if group == "g"),
        "a group was created"
    );
    for _ in 0..2 {
        logs.ensure_group(REGION, "g").await.unwrap();
    }
    // Lines from two pipes may arrive in any order.
    logs.append(REGION, "g", "s", events(&[2, 1]))
        .await
        .unwrap();
    logs.append(REGION, "g", "s", events(&[3])).await.unwrap();
    logs.append(REGION, "g", "empty", Vec::new()).await.unwrap();
    assert_eq!(
        filtered(&logs, json!({})).await,
        ["line 1", "line 2", "line 3"]
    );
    let listed = done(&logs, "DescribeLogStreams", json!({ "logGroupName": "g" })).await;
    assert_eq!(listed["logStreams"].as_array().unwrap().len(), 1);

    let refused = logs.ensure_group(REGION, "with space").await;
    assert!(
        matches!(refused, Err(LogSinkError::Refused { answer, .. }) if answer.contains("with space"))
    );
}

/// The log group of an instance has no retention, unless it was created with one before the instance:
/// flow-as-code/hollow-hour-example-typescript, VERIFY.md, H4, and flow-as-code/hollow-hour-example-terraform,
/// VERIFY.md, T1.
#[tokio::test]
async fn a_group_of_a_service_keeps_the_retention_that_it_has() {
    let logs = logs();
    let days = async |group: &str| {
        let asked = json!({ "logGroupNamePrefix": group });
        let listed = done(&logs, "DescribeLogGroups", asked).await;
        listed["logGroups"][0].get("retentionInDays").cloned()
    };
    let earlier = "/aws/connect/earlier";
    done(&logs, "CreateLogGroup", json!({ "logGroupName": earlier })).await;
    let retention = json!({ "logGroupName": earlier, "retentionInDays": 14 });
    done(&logs, "PutRetentionPolicy", retention).await;
    for (group, expected) in [(earlier, Some(json!(14))), ("/aws/connect/new", None)] {
        logs.ensure_group(REGION, group).await.unwrap();
        assert_eq!(days(group).await, expected, "{group}");
    }
}

/// The embedded service would copy the streams with all other data after each request.
#[tokio::test]
async fn no_stream_reaches_the_embedded_service() {
    let logs = logs_with(&["s"]).await;
    put(&logs, "s", &[(1, "line")]).await;
    let listing = json!({ "logGroupName": "g" }).to_string();
    let input = request(REGION, "DescribeLogStreams", listing);
    let input = ApiRequest::new(&DIALECT, input);
    let answer = logs.embedded.ask(&input).await.unwrap();
    let listed: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(listed["logStreams"], json!([]));
}
