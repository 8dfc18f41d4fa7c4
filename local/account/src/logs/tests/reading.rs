//! GetLogEvents and FilterLogEvents.

use std::collections::BTreeSet;

use super::*;

const ARN: &str = "arn:aws:logs:ap-northeast-1:123456789012:log-group:g";

#[tokio::test]
async fn a_range_includes_its_start_but_not_its_end() {
    let logs = logs_with(&["s"]).await;
    put(&logs, "s", &[(1, "a"), (2, "b"), (3, "c")]).await;
    for (members, found) in [
        (json!({}), vec!["a", "b", "c"]),
        (json!({ "startTime": 2 }), vec!["b", "c"]),
        (json!({ "endTime": 2 }), vec!["a"]),
        (json!({ "startTime": 2, "endTime": 3 }), vec!["b"]),
        (json!({ "startTime": 3, "endTime": 2 }), vec![]),
    ] {
        assert_eq!(got(&logs, members.clone()).await, found, "{members}");
        assert_eq!(filtered(&logs, members.clone()).await, found, "{members}");
    }
}

#[tokio::test]
async fn events_are_sorted_by_time_and_then_as_they_were_written() {
    let logs = logs_with(&["s", "t"]).await;
    put(&logs, "s", &[(2, "b"), (2, "c")]).await;
    put(&logs, "t", &[(2, "d"), (3, "f")]).await;
    put(&logs, "s", &[(1, "a"), (2, "e")]).await;
    let found = filtered(&logs, json!({})).await;
    assert_eq!(found, ["a", "b", "c", "d", "e", "f"]);
    assert_eq!(got(&logs, json!({})).await, ["a", "b", "c", "e"]);
}

#[tokio::test]
async fn a_group_is_read_by_name_or_arn() {
    let logs = logs_with(&["s"]).await;
    put(&logs, "s", &[(1, "line")]).await;
    for operation in ["GetLogEvents", "FilterLogEvents"] {
        for group in [
            json!({ "logGroupName": "g" }),
            json!({ "logGroupIdentifier": "g" }),
            json!({ "logGroupIdentifier": ARN }),
            json!({ "logGroupIdentifier": format!("{ARN}:*") }),
        ] {
            let input = with(group, json!({ "logStreamName": "s" }));
            let found = done(&logs, operation, input.clone()).await;
            assert_eq!(messages(&found), ["line"], "{operation} {input}");
        }
        for group in [
            json!({}),
            json!({ "logGroupName": "g", "logGroupIdentifier": ARN }),
        ] {
            let input = with(group, json!({ "logStreamName": "s" }));
            refuse_as_invalid(&logs, operation, input, "logGroupIdentifier").await;
        }
        let elsewhere = ARN.replace(REGION, "us-east-1");
        let input = json!({ "logGroupIdentifier": elsewhere, "logStreamName": "s" });
        let (_, message) = refusal(&logs, operation, input).await;
        assert_eq!(message, NO_GROUP);
    }
}

#[tokio::test]
async fn members_out_of_bounds_are_refused() {
    let logs = logs_with(&["s"]).await;
    for operation in ["GetLogEvents", "FilterLogEvents"] {
        for (members, sentence) in [
            (json!({ "limit": 0 }), "value greater than or equal to 1"),
            (
                json!({ "limit": 10_001 }),
                "value less than or equal to 10000",
            ),
            (json!({ "startTime": -1 }), "'startTime'"),
            (json!({ "endTime": -1 }), "'endTime'"),
            (json!({ "nextToken": "next" }), "nextToken is invalid"),
            (json!({ "nextToken": "f/next" }), "nextToken is invalid"),
        ] {
            refuse_as_invalid(&logs, operation, of("s", members), sentence).await;
        }
    }
}

/// Follows a token until it repeats; returns the lines of each page.
async fn follow(logs: &Logs, mut members: Value, token: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    loop {
        let page = done(logs, "GetLogEvents", of("s", members.clone())).await;
        if page[token] == members["nextToken"] {
            assert_eq!(page["events"], json!([]));
            return pages;
        }
        pages.push(messages(&page));
        members["nextToken"] = page[token].clone();
    }
}

#[tokio::test]
async fn a_stream_is_read_from_either_end_until_the_token_repeats() {
    let logs = logs_with(&["s", "other"]).await;
    put(
        &logs,
        "s",
        &[(1, "a"), (1, "b"), (1, "c"), (2, "d"), (3, "e")],
    )
    .await;
    put(&logs, "other", &[(1, "other")]).await;

    let from_head = json!({ "limit": 2, "startFromHead": true });
    let pages = follow(&logs, from_head.clone(), "nextForwardToken").await;
    assert_eq!(pages, [vec!["a", "b"], vec!["c", "d"], vec!["e"]]);
    let pages = follow(&logs, json!({ "limit": 2 }), "nextBackwardToken").await;
    assert_eq!(pages, [vec!["d", "e"], vec!["b", "c"], vec!["a"]]);
    let range = with(from_head.clone(), json!({ "startTime": 1, "endTime": 3 }));
    let pages = follow(&logs, range, "nextForwardToken").await;
    assert_eq!(pages, [vec!["a", "b"], vec!["c", "d"]]);

    // Backward from the second page to the first.
    let first = done(&logs, "GetLogEvents", of("s", from_head)).await;
    let token = |page: &Value, token: &str| json!({ "nextToken": page[token], "limit": 2 });
    let second = token(&first, "nextForwardToken");
    let second = done(&logs, "GetLogEvents", of("s", second)).await;
    assert_eq!(messages(&second), ["c", "d"]);
    assert_eq!(
        got(&logs, token(&second, "nextBackwardToken")).await,
        ["a", "b"]
    );
    for (member, way) in [("nextForwardToken", "f/"), ("nextBackwardToken", "b/")] {
        assert!(second[member].as_str().unwrap().starts_with(way));
    }
}

#[tokio::test]
async fn reading_on_at_the_end_of_a_stream_returns_new_events() {
    let logs = logs_with(&["s"]).await;
    let end = done(&logs, "GetLogEvents", of("s", json!({}))).await;
    let token = json!({ "nextToken": end["nextForwardToken"] });
    put(&logs, "s", &[(1, "a")]).await;
    let page = done(&logs, "GetLogEvents", of("s", token)).await;
    assert_eq!(messages(&page), ["a"]);
    put(&logs, "s", &[(1, "b")]).await;
    let token = json!({ "nextToken": page["nextForwardToken"] });
    assert_eq!(got(&logs, token).await, ["b"]);
}

/// Returns all pages of a search, with the events of each.
async fn search(logs: &Logs, members: Value) -> Vec<Vec<Value>> {
    let mut input = with(json!({ "logGroupName": "g" }), members);
    let mut pages = Vec::new();
    loop {
        let page = done(logs, "FilterLogEvents", input.clone()).await;
        pages.push(page["events"].as_array().unwrap().clone());
        match &page["nextToken"] {
            Value::Null => return pages,
            token => input["nextToken"] = token.clone(),
        }
    }
}

#[tokio::test]
async fn a_search_finds_every_event_once() {
    let logs = logs_with(&["s", "t"]).await;
    for n in 0..20 {
        let (line, also) = (format!("line {n}"), format!("also {n}"));
        put(&logs, "s", &[(n / 5, &line)]).await;
        put(&logs, "t", &[(n / 5, &also)]).await;
    }
    let whole = search(&logs, json!({})).await.concat();
    assert_eq!(whole.len(), 40);
    let ids: BTreeSet<_> = whole
        .iter()
        .map(|event| event["eventId"].as_str())
        .collect();
    assert_eq!(ids.len(), 40);
    // The ids of events are the same in every request.
    let pages = search(&logs, json!({ "limit": 8 })).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [8; 5]);
    assert_eq!(pages.concat(), whole);
    let pages = search(&logs, json!({ "limit": 7, "filterPattern": "line" })).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [7, 7, 6]);
    for event in pages.concat() {
        assert_eq!(event["logStreamName"], "s");
        assert!(event["ingestionTime"].as_i64().unwrap() > 0);
    }
}

#[tokio::test]
async fn a_page_holds_a_megabyte() {
    let logs = logs_with(&["s"]).await;
    let half = "a".repeat(500_000);
    for n in 0..3 {
        put(&logs, "s", &[(n, &half)]).await;
    }
    let sizes = search(&logs, json!({})).await;
    assert_eq!(sizes.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(got(&logs, json!({})).await.len(), 2);
}

#[tokio::test]
async fn a_search_selects_streams_and_words() {
    let logs = logs_with(&["a/1", "a/2", "b"]).await;
    put(&logs, "a/1", &[(1, "one fish")]).await;
    put(&logs, "a/2", &[(2, "two fish")]).await;
    put(&logs, "b", &[(3, "red fish")]).await;
    for (members, found) in [
        (
            json!({ "logStreamNames": ["b", "a/1"] }),
            vec!["one fish", "red fish"],
        ),
        (
            json!({ "logStreamNamePrefix": "a/" }),
            vec!["one fish", "two fish"],
        ),
        (json!({ "filterPattern": "fish two" }), vec!["two fish"]),
        (json!({ "filterPattern": "\"d fish\"" }), vec!["red fish"]),
        (json!({ "filterPattern": "{ $.fish = 1 }" }), vec![]),
        (
            json!({ "filterPattern": "" }),
            vec!["one fish", "two fish", "red fish"],
        ),
    ] {
        assert_eq!(filtered(&logs, members.clone()).await, found, "{members}");
    }
    let search = "FilterLogEvents";
    let group = json!({ "logGroupName": "g" });
    for (members, sentence) in [
        (
            json!({ "logStreamNames": ["b"], "logStreamNamePrefix": "a" }),
            "cannot be given together",
        ),
        (
            json!({ "logStreamNames": [] }),
            "greater than or equal to 1",
        ),
        (
            json!({ "filterPattern": "[ip, user]" }),
            "not support filter patterns for fields between spaces",
        ),
    ] {
        refuse_as_invalid(&logs, search, with(group.clone(), members), sentence).await;
    }
    let input = with(group, json!({ "logStreamNames": ["b", "c"] }));
    let (code, message) = refusal(&logs, search, input).await;
    assert_eq!(code, "ResourceNotFoundException");
    assert_eq!(message, NO_STREAM);
}
