//! The queries of Logs Insights.

use std::time::Duration;

use super::*;

/// Starts a query over the group `g` and all times; returns its id.
async fn start(logs: &Logs, query: &str, members: Value) -> String {
    let input = json!({ "startTime": 0, "endTime": 4_000_000_000_i64, "queryString": query });
    let input = with(input, json!({ "logGroupName": "g" }));
    let started = done(logs, "StartQuery", with(input, members)).await;
    started["queryId"].as_str().unwrap().to_owned()
}

/// Polls until a query has ended, as clients do; returns the last answer.
async fn ended(logs: &Logs, id: &str) -> Value {
    let polled = async {
        loop {
            let answer = done(logs, "GetQueryResults", json!({ "queryId": id })).await;
            match answer["status"].as_str().unwrap() {
                "Scheduled" | "Running" => {
                    assert_eq!(answer["results"], json!([]));
                    tokio::task::yield_now().await;
                }
                _ => return answer,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), polled)
        .await
        .expect("the query must end")
}

async fn asked(logs: &Logs, query: &str, members: Value) -> Value {
    let id = start(logs, query, members).await;
    let answer = ended(logs, &id).await;
    assert_eq!(answer["status"], "Complete", "{query}");
    answer
}

/// Returns the values of each result but for `@ptr`.
fn values(answer: &Value) -> Vec<Vec<&str>> {
    let rows = answer["results"].as_array().unwrap().iter();
    rows.map(|row| {
        let fields = row.as_array().unwrap().iter();
        let fields = fields.filter(|field| field["field"] != "@ptr");
        fields
            .map(|field| field["value"].as_str().unwrap())
            .collect()
    })
    .collect()
}

/// The members are those of the service model, and the times those of
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html>: "The range is
/// inclusive", "the number of seconds since January 1, 1970".
#[tokio::test]
async fn a_query_finds_the_events_of_its_groups_and_times() {
    let logs = logs_with(&["s", "t"]).await;
    done(&logs, "CreateLogGroup", json!({ "logGroupName": "h" })).await;
    let other = json!({ "logGroupName": "h", "logStreamName": "u" });
    done(&logs, "CreateLogStream", other.clone()).await;
    let events = json!({ "logEvents": lines(&[(2_500, "h 1")]) });
    done(&logs, "PutLogEvents", with(other, events)).await;
    put(
        &logs,
        "s",
        &[(1_000, "s 1"), (3_000, "s 2"), (3_001, "s 3")],
    )
    .await;
    put(&logs, "t", &[(2_000, "t 1")]).await;

    let arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:g";
    let none = json!(null);
    for (members, found) in [
        (json!({}), vec!["s 3", "s 2", "t 1", "s 1"]),
        (json!({ "startTime": 2, "endTime": 3 }), vec!["s 2", "t 1"]),
        (json!({ "limit": 1 }), vec!["s 3"]),
        (
            json!({ "logGroupName": none, "logGroupNames": ["g", "h"], "endTime": 3 }),
            vec!["s 2", "h 1", "t 1", "s 1"],
        ),
        (
            json!({ "logGroupName": none, "logGroupIdentifiers": [arn, "g"], "startTime": 3 }),
            vec!["s 3", "s 2"],
        ),
    ] {
        let answer = asked(&logs, "fields @message", members.clone()).await;
        assert_eq!(values(&answer).concat(), found, "{members}");
    }

    let answer = asked(
        &logs,
        "filter @message like 's' | stats count(*) as n",
        json!({}),
    )
    .await;
    assert_eq!(values(&answer), [["3"]]);
    assert_eq!(
        answer["statistics"],
        json!({
            "recordsMatched": 3.0, "recordsScanned": 4.0, "bytesScanned": 12.0,
            "logGroupsScanned": 1.0, "estimatedRecordsSkipped": 0.0, "estimatedBytesSkipped": 0.0,
        })
    );
    assert_eq!(answer["queryLanguage"], "CWLI");

    let answer = asked(&logs, "fields @log, @logStream | limit 1", json!({})).await;
    assert_eq!(values(&answer), [["123456789012:g", "s"]]);
    let last = answer["results"][0].as_array().unwrap().last().unwrap();
    assert_eq!(last["field"], "@ptr");
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html>: "with
/// each page returning up to 10,000 log events".
#[tokio::test]
async fn results_are_read_in_pages() {
    let logs = logs_with(&["s"]).await;
    let many: Vec<_> = (0..10_000).map(|n| (n, "line")).collect();
    put(&logs, "s", &many).await;
    put(&logs, "s", &[(1, "one more")]).await;
    let answer = asked(&logs, "fields @message", json!({})).await;
    assert_eq!(values(&answer).len(), 10_000);
    assert!(answer.get("nextToken").is_none());

    let id = start(&logs, "fields @message | limit 10001", json!({})).await;
    let first = ended(&logs, &id).await;
    assert_eq!(values(&first).len(), 10_000);
    let mut next = json!({ "queryId": id, "nextToken": first["nextToken"] });
    let last = done(&logs, "GetQueryResults", next.clone()).await;
    assert_eq!(values(&last), [["line"]]);
    assert!(last.get("nextToken").is_none());
    next["nextToken"] = json!("x");
    refuse_as_invalid(&logs, "GetQueryResults", next, "nextToken").await;
    let page = json!({ "queryId": id, "maxItems": 2 });
    assert_eq!(values(&done(&logs, "GetQueryResults", page).await).len(), 2);
}

#[tokio::test]
async fn a_malformed_query_is_refused_with_its_place() {
    let logs = logs_with(&["s"]).await;
    let input = json!({
        "logGroupName": "g", "startTime": 0, "endTime": 1, "queryString": "fields a\n| sort bin(1m)",
    });
    let (status, answer) = ask(&logs, "StartQuery", input).await;
    assert_eq!(status, 400);
    assert_eq!(answer["__type"], "MalformedQueryException");
    let sentence = "unexpected symbol found ( at line 2 and position 10";
    assert_eq!(answer["message"], sentence);
    assert_eq!(
        answer["queryCompileError"],
        json!({ "location": { "startCharOffset": 19, "endCharOffset": 20 }, "message": sentence })
    );
}

#[tokio::test]
async fn requests_that_aws_refuses_are_refused() {
    let logs = logs_with(&["s"]).await;
    let whole = json!({ "startTime": 0, "endTime": 1, "queryString": "fields a" });
    let many: Vec<String> = (0..51).map(|n| format!("g{n}")).collect();
    for (members, sentence) in [
        (json!({}), "Exactly one of logGroupName"),
        (
            json!({ "logGroupName": "g", "logGroupNames": ["g"] }),
            "Exactly one of logGroupName",
        ),
        (json!({ "logGroupNames": [] }), "'logGroupNames'"),
        (json!({ "logGroupNames": many }), "less than or equal to 50"),
        (json!({ "logGroupName": "g", "limit": 0 }), "'limit'"),
        (
            json!({ "logGroupName": "g", "limit": 100_001 }),
            "less than or equal to 100000",
        ),
        (
            json!({ "logGroupName": "g", "startTime": 2 }),
            "endTime must not be before startTime",
        ),
        (
            json!({ "logGroupName": "g", "startTime": -1 }),
            "'startTime'",
        ),
        (
            json!({ "logGroupName": "g", "queryLanguage": "SQL" }),
            "language CWLI, not SQL",
        ),
        (
            json!({ "logGroupName": "g", "queryString": "a".repeat(10_001) }),
            "less than or equal to 10000",
        ),
    ] {
        let input = with(whole.clone(), members);
        refuse_as_invalid(&logs, "StartQuery", input, sentence).await;
    }
    let absent = with(whole, json!({ "logGroupNames": ["g", "none"] }));
    let (code, message) = refusal(&logs, "StartQuery", absent).await;
    assert_eq!(code, "ResourceNotFoundException");
    assert_eq!(
        message,
        "Log group 'none' does not exist for account ID '123456789012'"
    );
    for operation in ["GetQueryResults", "StopQuery"] {
        let (code, _) = refusal(&logs, operation, json!({ "queryId": "none" })).await;
        assert_eq!(code, "ResourceNotFoundException", "{operation}");
        refuse_as_invalid(&logs, operation, json!({ "queryId": "" }), "'queryId'").await;
    }
}

/// "If the query has already ended, the operation returns an error indicating that the specified query
/// is not running":
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StopQuery.html>
#[tokio::test]
async fn a_query_can_be_stopped_until_it_ends() {
    let logs = logs_with(&["s"]).await;
    put(&logs, "s", &[(1, "line")]).await;
    // This test has a single thread, so no query begins before it waits.
    let mut ids = Vec::new();
    let input = json!({
        "logGroupName": "g", "startTime": 0, "endTime": 1, "queryString": "fields @message",
    });
    for _ in 0..100 {
        let request = request(REGION, "StartQuery", input.to_string());
        let request = ApiRequest::new(&DIALECT, request);
        let Value::Object(started) = logs
            .queries
            .start(
                &request.input().unwrap(),
                REGION,
                &logs.groups,
                &logs.blocking,
            )
            .unwrap()
        else {
            panic!("an object");
        };
        ids.push(started["queryId"].as_str().unwrap().to_owned());
    }
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
    let (code, _) = refusal(&logs, "StartQuery", input.clone()).await;
    assert_eq!(code, "LimitExceededException");
    let stop = json!({ "queryId": ids[99] });
    assert_eq!(
        done(&logs, "StopQuery", stop.clone()).await,
        json!({ "success": true })
    );
    assert_eq!(ended(&logs, &ids[99]).await["status"], "Cancelled");
    refuse_as_invalid(&logs, "StopQuery", stop, "is not running").await;
    for id in &ids[..99] {
        assert_eq!(ended(&logs, id).await["status"], "Complete");
    }

    let listed = |members: Value| {
        let logs = &logs;
        async move {
            let answer = done(logs, "DescribeQueries", members).await;
            let queries = answer["queries"].as_array().unwrap().clone();
            (queries, answer["nextToken"].clone())
        }
    };
    let (all, _) = listed(json!({})).await;
    let newest = all.iter().map(|query| query["queryId"].as_str().unwrap());
    assert!(newest.eq(ids.iter().rev().map(String::as_str)));
    assert_eq!(all[1]["queryString"], "fields @message");
    assert_eq!(all[1]["logGroupName"], "g");
    assert_eq!(all[1]["bytesScanned"], 4.0);
    let (cancelled, _) = listed(json!({ "status": "Cancelled" })).await;
    assert_eq!(cancelled.len(), 1);
    assert!(listed(json!({ "logGroupName": "h" })).await.0.is_empty());
    let (page, token) = listed(json!({ "maxResults": 60 })).await;
    assert_eq!(page.len(), 60);
    let (page, token) = listed(json!({ "maxResults": 60, "nextToken": token })).await;
    assert_eq!((page.len(), token), (40, Value::Null));
}

/// The rows of the whole account cannot be taken for one query.
#[tokio::test]
async fn a_query_that_takes_too_much_memory_fails() {
    let logs = logs_with(&["s"]).await;
    let line = "x".repeat(1_000_000);
    for n in 0..40 {
        put(&logs, "s", &[(n, &line)]).await;
    }
    // Each row has the text twice.
    let query =
        "fields @message, concat(@message, '') as copy | sort copy | filter strlen(copy) > 0";
    let id = start(&logs, query, json!({})).await;
    let answer = ended(&logs, &id).await;
    assert_eq!(answer["status"], "Failed");
    assert_eq!(answer["results"], json!([]));
}
