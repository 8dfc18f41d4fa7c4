//! Groups, and the streams that belong to them.

use super::*;

#[tokio::test]
async fn groups_that_aws_refuses_are_refused() {
    let logs = logs();
    for group in [
        json!({ "logGroupName": "with space" }),
        json!({ "logGroupName": "g", "logGroupClass": "CHEAP" }),
        json!({ "logGroupName": "g", "kmsKeyId": "alias/line" }),
    ] {
        let (code, _) = refusal(&logs, "CreateLogGroup", group).await;
        assert_eq!(code, "InvalidParameterException");
    }
}

#[tokio::test]
async fn groups_are_listed_with_all_their_settings() {
    let logs = logs_with(&["s"]).await;
    put(&logs, "s", &[(1, "line")]).await;
    let key = "arn:aws:kms:ap-northeast-1:123456789012:key/k";
    let key = json!({ "logGroupName": "g", "kmsKeyId": key });
    done(&logs, "AssociateKmsKey", key.clone()).await;
    let listed = done(&logs, "DescribeLogGroups", json!({})).await;
    let group = &listed["logGroups"][0];
    assert_eq!(group["logGroupClass"], "STANDARD");
    assert_eq!(group["kmsKeyId"], key["kmsKeyId"]);
    assert_eq!(group["storedBytes"], 0);
    // The group with the key still has its streams.
    assert_eq!(filtered(&logs, json!({})).await, ["line"]);
}

#[tokio::test]
async fn every_operation_requires_an_existing_group() {
    let logs = logs_with(&[]).await;
    let elsewhere = request(
        "us-east-1",
        "CreateLogStream",
        of("s", json!({})).to_string(),
    );
    assert_eq!(logs.handle(elsewhere).await.status(), 400);
    done(&logs, "DeleteLogGroup", json!({ "logGroupName": "g" })).await;
    for operation in [
        "CreateLogStream",
        "DeleteLogStream",
        "DescribeLogStreams",
        "PutLogEvents",
        "GetLogEvents",
        "FilterLogEvents",
    ] {
        let input = of("s", json!({ "logEvents": lines(&[(1, "line")]) }));
        let (code, message) = refusal(&logs, operation, input).await;
        assert_eq!(code, "ResourceNotFoundException", "{operation}");
        assert_eq!(message, NO_GROUP);
    }
}

#[tokio::test]
async fn deleting_a_group_deletes_its_streams() {
    let logs = logs_with(&["s"]).await;
    put(&logs, "s", &[(1, "line")]).await;
    let group = json!({ "logGroupName": "g" });
    done(&logs, "DeleteLogGroup", group.clone()).await;
    done(&logs, "CreateLogGroup", group.clone()).await;
    let listed = done(&logs, "DescribeLogStreams", group).await;
    assert_eq!(listed["logStreams"], json!([]));
    assert!(filtered(&logs, json!({})).await.is_empty());
}

#[tokio::test]
async fn a_stream_is_created_once_and_deleted_with_its_events() {
    let logs = logs_with(&["s", "t"]).await;
    let (code, message) = refusal(&logs, "CreateLogStream", of("s", json!({}))).await;
    assert_eq!(code, "ResourceAlreadyExistsException");
    assert_eq!(message, "The specified log stream already exists");

    put(&logs, "s", &[(1, "of s")]).await;
    put(&logs, "t", &[(1, "of t")]).await;
    done(&logs, "DeleteLogStream", of("s", json!({}))).await;
    assert_eq!(filtered(&logs, json!({})).await, ["of t"]);
    for operation in ["DeleteLogStream", "GetLogEvents", "PutLogEvents"] {
        let input = of("s", json!({ "logEvents": lines(&[(1, "line")]) }));
        let (code, message) = refusal(&logs, operation, input).await;
        assert_eq!(code, "ResourceNotFoundException", "{operation}");
        assert_eq!(message, NO_STREAM);
    }
}

#[tokio::test]
async fn streams_that_aws_refuses_are_refused() {
    let logs = logs_with(&[]).await;
    let create = "CreateLogStream";
    for (name, sentence) in [
        ("a:b", "regular expression pattern: [^:*]*"),
        ("a*", "regular expression pattern: [^:*]*"),
        ("", "length greater than or equal to 1"),
        (&"長".repeat(513), "length less than or equal to 512"),
    ] {
        refuse_as_invalid(&logs, create, of(name, json!({})), sentence).await;
    }
    done(&logs, create, of(&"長".repeat(512), json!({}))).await;
    let nameless = json!({ "logGroupName": "g" });
    refuse_as_invalid(&logs, create, nameless, "logStreamName").await;
    let answer = logs.handle(request(REGION, create, "{".into())).await;
    assert_eq!(
        answer.headers()["x-amzn-errortype"],
        "SerializationException"
    );
}

#[tokio::test]
async fn streams_are_listed_with_their_times() {
    let logs = logs_with(&["new", "s"]).await;
    put(&logs, "s", &[(5, "a"), (7, "b")]).await;
    let token = put(&logs, "s", &[(6, "c")]).await["nextSequenceToken"].clone();
    let listed = done(&logs, "DescribeLogStreams", json!({ "logGroupName": "g" })).await;
    let [new, written] = &listed["logStreams"].as_array().unwrap()[..] else {
        panic!("{listed}");
    };
    assert_eq!(
        written["arn"],
        "arn:aws:logs:ap-northeast-1:123456789012:log-group:g:log-stream:s"
    );
    assert_eq!(written["logStreamName"], "s");
    assert_eq!(written["firstEventTimestamp"], 5);
    assert_eq!(written["lastEventTimestamp"], 7);
    assert_eq!(written["storedBytes"], 0);
    assert_eq!(written["uploadSequenceToken"], token);
    let time = |stream: &Value, member: &str| stream[member].as_i64().unwrap();
    assert!(time(written, "lastIngestionTime") >= time(written, "creationTime"));
    assert!(time(new, "creationTime") > 0);
    assert_eq!(new["lastEventTimestamp"], Value::Null);
    assert_eq!(new["lastIngestionTime"], Value::Null);
}

/// Returns the names of all streams, page by page.
async fn pages(logs: &Logs, members: Value) -> Vec<Vec<String>> {
    let mut input = with(json!({ "logGroupName": "g" }), members);
    let mut pages = Vec::new();
    loop {
        let listed = done(logs, "DescribeLogStreams", input.clone()).await;
        let streams = listed["logStreams"].as_array().unwrap().iter();
        let name = |stream: &Value| stream["logStreamName"].as_str().unwrap().to_owned();
        pages.push(streams.map(name).collect());
        match &listed["nextToken"] {
            Value::Null => return pages,
            token => input["nextToken"] = token.clone(),
        }
    }
}

#[tokio::test]
async fn streams_are_listed_in_order_and_by_pages() {
    let logs = logs_with(&["a/2", "b", "a/1", "c"]).await;
    put(&logs, "a/2", &[(3, "line")]).await;
    put(&logs, "b", &[(1, "line"), (2, "line")]).await;
    put(&logs, "a/1", &[(3, "line")]).await;
    for (members, listed) in [
        (json!({}), vec![vec!["a/1", "a/2", "b", "c"]]),
        (json!({ "limit": 4 }), vec![vec!["a/1", "a/2", "b", "c"]]),
        (
            json!({ "limit": 3 }),
            vec![vec!["a/1", "a/2", "b"], vec!["c"]],
        ),
        (
            json!({ "limit": 3, "descending": true }),
            vec![vec!["c", "b", "a/2"], vec!["a/1"]],
        ),
        (
            json!({ "logStreamNamePrefix": "a/", "limit": 1 }),
            vec![vec!["a/1"], vec!["a/2"]],
        ),
        (
            json!({ "orderBy": "LastEventTime", "limit": 1 }),
            vec![vec!["c"], vec!["b"], vec!["a/1"], vec!["a/2"]],
        ),
        (
            json!({ "orderBy": "LastEventTime", "descending": true, "limit": 3 }),
            vec![vec!["a/2", "a/1", "b"], vec!["c"]],
        ),
    ] {
        assert_eq!(pages(&logs, members.clone()).await, listed, "{members}");
    }
    for n in 0..50 {
        let stream = of(&format!("more/{n}"), json!({}));
        done(&logs, "CreateLogStream", stream).await;
    }
    let sizes: Vec<_> = pages(&logs, json!({})).await.iter().map(Vec::len).collect();
    assert_eq!(sizes, [50, 4]);
    for (members, sentence) in [
        (json!({ "limit": 51 }), "value less than or equal to 50"),
        (json!({ "nextToken": "next" }), "nextToken is invalid"),
        (json!({ "orderBy": "Size" }), "LastEventTime"),
        (
            json!({ "orderBy": "LastEventTime", "logStreamNamePrefix": "a" }),
            "Cannot order by LastEventTime",
        ),
    ] {
        let input = with(json!({ "logGroupName": "g" }), members);
        refuse_as_invalid(&logs, "DescribeLogStreams", input, sentence).await;
    }
}
