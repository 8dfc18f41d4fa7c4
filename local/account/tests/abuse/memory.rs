//! Stored data is limited, and does not slow down further requests.

use std::time::{Duration, Instant};

use super::*;
use serde_json::json;

/// Returns the median duration of these requests.
async fn median(world: &TestWorld, asks: impl Iterator<Item = Ask>) -> Duration {
    let mut times = Vec::new();
    for ask in asks {
        let begun = Instant::now();
        world.done(&ask).await;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    times[times.len() / 2]
}

/// Sends `many` requests, and compares the durations of the first and the last hundred.
async fn must_not_get_slower(name: &str, many: usize, ask: impl Fn(usize) -> Ask) {
    const SAMPLE: usize = 100;
    let world = TestWorld::start().await;
    let first = median(&world, (0..SAMPLE).map(&ask)).await;
    median(&world, (SAMPLE..many - SAMPLE).map(&ask)).await;
    let last = median(&world, (many - SAMPLE..many).map(&ask)).await;
    // An implementation that copies all stored data takes ten times as long or more.
    assert!(
        last < first * 5,
        "{name}: {first:?} at first, {last:?} at last"
    );
    world.stop().await;
}

#[tokio::test]
async fn put_parameter_does_not_get_slower() {
    must_not_get_slower("PutParameter", 2_000, |n| {
        let body = json!({
            "Name": format!("/p/{}", n % 1_000), "Value": "v".repeat(4_096), "Type": "String",
            "Overwrite": true,
        });
        Ask::json("ssm", "AmazonSSM.PutParameter", body.to_string())
    })
    .await;
}

#[tokio::test]
async fn assume_role_does_not_get_slower() {
    must_not_get_slower("AssumeRole", 2_000, |n| {
        let session = format!("session-{n}");
        let arn = "arn:aws:iam::123456789012:role/r";
        Ask::form(
            "sts",
            &[
                ("Action", "AssumeRole"),
                ("RoleArn", arn),
                ("RoleSessionName", &session),
            ],
        )
    })
    .await;
}

/// "PutRetentionPolicy … 1, 3, 5, 7, 14, 30, …": older events are removed, and new events that are
/// older are reported as expired.
#[tokio::test]
async fn retention_removes_events() {
    let world = TestWorld::start().await;
    let logs = |operation: &str, body: serde_json::Value| {
        Ask::json(
            "logs",
            &format!("Logs_20140328.{operation}"),
            body.to_string(),
        )
    };
    let day = 24 * 60 * 60 * 1_000_i64;
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_millis() as i64;
    let with = |members: serde_json::Value| {
        let mut body = json!({ "logGroupName": "g", "logStreamName": "s" });
        body.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        body
    };
    let event = |time: i64, message: &str| json!({ "timestamp": time, "message": message });
    world
        .done(&logs("CreateLogGroup", json!({ "logGroupName": "g" })))
        .await;
    world.done(&logs("CreateLogStream", with(json!({})))).await;
    for events in [
        json!([event(now - 4 * day, "old")]),
        json!([event(now, "new")]),
    ] {
        world
            .done(&logs("PutLogEvents", with(json!({ "logEvents": events }))))
            .await;
    }
    for (days, status) in [(0, 400), (2, 400), (-1, 400), (3, 200)] {
        let body = json!({ "logGroupName": "g", "retentionInDays": days });
        let answer = world.send(&logs("PutRetentionPolicy", body)).await.unwrap();
        assert_eq!(answer.status, status, "{days}: {answer:?}");
    }
    let late = json!([
        event(now - 4 * day, "late"),
        event(now - 4 * day + 1, "late")
    ]);
    let put = world
        .done(&logs("PutLogEvents", with(json!({ "logEvents": late }))))
        .await;
    assert_eq!(
        put.json()["rejectedLogEventsInfo"]["expiredLogEventEndIndex"],
        2
    );
    for operation in ["GetLogEvents", "FilterLogEvents"] {
        let body = match operation {
            "GetLogEvents" => with(json!({ "startFromHead": true })),
            _ => json!({ "logGroupName": "g" }),
        };
        let answer = world.done(&logs(operation, body)).await.json();
        let events = answer["events"].as_array().unwrap();
        assert_eq!(events.len(), 1, "{operation}: {answer}");
        assert_eq!(events[0]["message"], "new");
    }
    world.stop().await;
}
