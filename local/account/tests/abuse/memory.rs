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
    let world = TestWorld::start().await;
    must_not_get_slower_in(world, name, many, ask).await;
}

async fn must_not_get_slower_in(
    world: TestWorld,
    name: &str,
    many: usize,
    ask: impl Fn(usize) -> Ask,
) {
    const SAMPLE: usize = 100;
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
    let world = TestWorld::start().await;
    let trust = json!({ "Statement": {
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": "123456789012" },
    }});
    let role = [
        ("Action", "CreateRole"),
        ("RoleName", "r"),
        ("AssumeRolePolicyDocument", &trust.to_string()),
    ];
    world.done(&Ask::form("iam", &role)).await;
    must_not_get_slower_in(world, "AssumeRole", 2_000, |n| {
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

fn own(method: &'static str, path: &str, body: serde_json::Value) -> Ask {
    Ask::new("connect", method, path)
        .header("content-type", "application/json")
        .body(body.to_string())
}

/// `/_local/` takes Regions and numbers as texts, and keeps the lists of a Region for ever.
#[tokio::test]
async fn only_regions_of_aws_and_phone_numbers_have_opt_outs() {
    let world = TestWorld::start().await;
    for (region, number, status) in [
        ("eu-west-1", "+819012345678", 200),
        ("nowhere-1", "+819012345678", 422),
        ("eu-west-1", "x", 422),
        ("eu-west-1", "+0000", 422),
        ("eu-west-1", "+819012345678901234567890", 422),
    ] {
        let body = json!({ "region": region, "phoneNumber": number });
        let answer = world.send(&own("PUT", "/_local/sms/opt-out", body)).await;
        assert_eq!(answer.unwrap().status, status, "{region} {number}");
    }
    let body = json!({ "region": "r".repeat(100_000), "inside": true });
    let answer = world.send(&own("PUT", "/_local/sms/sandbox", body)).await;
    let answer = answer.unwrap();
    assert_eq!(answer.status, 422);
    assert!(answer.body.len() < 500, "{}", answer.body.len());
    let body = json!({ "region": "eu-west-1", "inside": true });
    world.done(&own("PUT", "/_local/sms/sandbox", body)).await;
    world.stop().await;
}

/// A client may place calls and never come back.
#[tokio::test]
async fn open_calls_are_limited() {
    let world = TestWorld::start().await;
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let new = json!({
        "InstanceAlias": "line", "IdentityManagementType": "CONNECT_MANAGED",
        "InboundCallsEnabled": true, "OutboundCallsEnabled": false,
    });
    let instance = world.done(&own("PUT", "/instance", new)).await.json();
    let error = |kind: &str| json!({ "NextAction": "bye", "ErrorType": kind });
    let content = json!({
        "Version": "2019-10-30", "StartAction": "ask", "Metadata": {},
        "Actions": [
            {
                "Identifier": "ask", "Type": "GetParticipantInput",
                "Parameters": { "Text": "Key?", "StoreInput": "False", "InputTimeLimitSeconds": "60" },
                "Transitions": {
                    "NextAction": "bye", "Conditions": [],
                    "Errors": [
                        error("InputTimeLimitExceeded"), error("NoMatchingCondition"),
                        error("NoMatchingError"),
                    ],
                },
            },
            { "Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} },
        ],
    });
    let id = text(&instance["Id"]);
    let flow = json!({ "Name": "ask", "Type": "CONTACT_FLOW", "Content": content.to_string() });
    let flow = world
        .done(&own("PUT", &format!("/contact-flows/{id}"), flow))
        .await;
    let number = "+815000000001";
    let claim = json!({ "InstanceId": id, "PhoneNumber": number });
    let claimed = world.done(&own("POST", "/phone-number/claim", claim)).await;
    let path = format!(
        "/phone-number/{}/contact-flow",
        text(&claimed.json()["PhoneNumberId"])
    );
    let flow = json!({ "InstanceId": id, "ContactFlowId": flow.json()["ContactFlowId"] });
    world.done(&own("PUT", &path, flow)).await;

    let dial = own("POST", "/_local/calls", json!({ "to": number }));
    let mut open = String::new();
    for _ in 0..1_000 {
        let turn = world.done(&dial).await.json();
        assert_eq!(turn["waiting"], true, "{turn}");
        open = text(&turn["id"]);
    }
    let refused = world.send(&dial).await.unwrap();
    assert_eq!(refused.status, 429, "{}", refused.body);
    let path = format!("/_local/calls/{open}");
    world.done(&own("POST", &path, json!("hangUp"))).await;
    let long = json!({ "to": number, "from": "9".repeat(1_000_000) });
    let refused = world.send(&own("POST", "/_local/calls", long)).await;
    assert_eq!(refused.unwrap().status, 422);
    world.done(&dial).await;
    world.stop().await;
}
