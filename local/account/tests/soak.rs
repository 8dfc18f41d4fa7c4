//! Sends requests of all kinds at full speed for `SOAK_MINUTES`, and verifies that the account's
//! memory stays within its limits.
//!
//! `SOAK_MINUTES=30 cargo test -p local-account --test soak -- --nocapture`
#![allow(clippy::unwrap_used, reason = "a broken fixture is a failed test")]

#[allow(dead_code, reason = "other tests use more of the module")]
mod common;

use std::time::{Duration, Instant};

use common::{Ask, TestWorld, resident};
use serde_json::json;

/// The number of parallel clients.
const CLIENTS: usize = 8;
/// The most memory at the end, in tenths of the memory at half time: an account without limits
/// grows to nearly twice as much.
const MAX_GROWTH: u64 = 15;
/// The minutes from which on all limits are reached in the first half.
const MINUTES_TO_FILL: f64 = 10.0;

/// Returns the `n`th request of a client. Names repeat after a while, as they do on a real line,
/// but not so soon that no data is ever dropped.
fn ask(client: usize, n: usize) -> Ask {
    let dynamodb = |operation: &str, body: serde_json::Value| {
        Ask::json(
            "dynamodb",
            &format!("DynamoDB_20120810.{operation}"),
            body.to_string(),
        )
    };
    let logs = |operation: &str, body: serde_json::Value| {
        Ask::json(
            "logs",
            &format!("Logs_20140328.{operation}"),
            body.to_string(),
        )
    };
    let cloudwatch = |operation: &str, body: serde_json::Value| {
        let target = format!("GraniteServiceVersion20100801.{operation}");
        Ask::json("monitoring", &target, body.to_string())
    };
    let key = format!("{client}-{}", n % 5_000);
    match n % 20 {
        0 | 1 => {
            let item = json!({ "k": { "S": key }, "v": { "S": "x".repeat(500) } });
            dynamodb("PutItem", json!({ "TableName": "table", "Item": item }))
        }
        2 => dynamodb(
            "UpdateItem",
            json!({
                "TableName": "table", "Key": { "k": { "S": key } }, "UpdateExpression": "ADD n :one",
                "ConditionExpression": "attribute_not_exists(gone) OR n < :one",
                "ExpressionAttributeValues": { ":one": { "N": "1" } },
            }),
        ),
        3 => dynamodb(
            "Query",
            json!({
                "TableName": "table", "KeyConditionExpression": "k = :k",
                "ExpressionAttributeValues": { ":k": { "S": key } },
            }),
        ),
        4..=7 => {
            let events = vec![
                json!({ "timestamp": 1_767_225_600_000_i64 + n as i64, "message": "x".repeat(2_000) });
                20
            ];
            logs(
                "PutLogEvents",
                json!({ "logGroupName": format!("g{}", n % 8), "logStreamName": "s", "logEvents": events }),
            )
        }
        8 => {
            let stream = format!("{client}-{n}");
            logs(
                "CreateLogStream",
                json!({ "logGroupName": "g0", "logStreamName": stream }),
            )
        }
        9 => logs(
            "FilterLogEvents",
            json!({ "logGroupName": "g1", "filterPattern": "y", "limit": 10 }),
        ),
        10 | 11 => cloudwatch(
            "PutMetricData",
            json!({
                "Namespace": "N", "MetricData": [{ "MetricName": format!("m{client}-{n}"), "Value": n }],
            }),
        ),
        12 => cloudwatch(
            "GetMetricStatistics",
            json!({
                "Namespace": "N", "MetricName": "M", "Statistics": ["Sum"], "Period": 60,
                "StartTime": 0, "EndTime": 3_600,
            }),
        ),
        13 => Ask::json(
            "ssm",
            "AmazonSSM.PutParameter",
            json!({
                "Name": format!("/p/{}", n % 200), "Value": "v".repeat(4_000), "Type": "String",
                "Overwrite": true,
            })
            .to_string(),
        ),
        14 => Ask::form(
            "sts",
            &[
                ("Action", "AssumeRole"),
                ("RoleArn", "arn:aws:iam::123456789012:role/r"),
                ("RoleSessionName", &key),
            ],
        ),
        15 => Ask::form(
            "sns",
            &[
                ("Action", "Publish"),
                ("PhoneNumber", "+819012345678"),
                ("Message", &"x".repeat(300)),
            ],
        ),
        16 => {
            let segment = json!({
                "name": "n", "id": format!("{n:016x}"), "trace_id": format!("1-{n:08x}-{client:024x}"),
                "start_time": n, "end_time": n + 1, "metadata": "x".repeat(5_000),
            });
            let body = json!({ "TraceSegmentDocuments": [segment.to_string()] });
            Ask::new("xray", "POST", "/TraceSegments").body(body.to_string())
        }
        17 => Ask::new("s3", "PUT", format!("/bucket/{key}")).body("x".repeat(5_000)),
        18 => Ask::form(
            "iam",
            &[
                ("Action", "CreateRole"),
                ("RoleName", &format!("r{}", n % 100)),
                ("AssumeRolePolicyDocument", "{}"),
            ],
        ),
        _ => Ask::json(
            "kms",
            "TrentService.GenerateRandom",
            json!({ "NumberOfBytes": 32 }).to_string(),
        ),
    }
}

/// Sends requests until `end`; returns the number of requests, and of those whose status was 500 or
/// more.
async fn ask_until(world: &TestWorld, end: Instant, from: usize) -> (usize, usize) {
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        clients.push(async move {
            let (mut n, mut faults) = (from, 0);
            while Instant::now() < end {
                let answer = world.send(&ask(client, n)).await.unwrap();
                faults += usize::from(answer.status >= 500);
                n += 1;
            }
            (n - from, faults)
        });
    }
    let counts = futures_util::future::join_all(clients).await;
    counts
        .into_iter()
        .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_within_its_bounds() {
    let Some(minutes) = std::env::var("SOAK_MINUTES").ok() else {
        println!("skipped: SOAK_MINUTES must be the number of minutes to run");
        return;
    };
    let minutes: f64 = minutes.parse().expect("SOAK_MINUTES must be a number");
    let whole = Duration::from_secs_f64(minutes * 60.0);
    let world = TestWorld::start().await;
    let table = json!({
        "TableName": "table", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "k", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "k", "KeyType": "HASH" }],
    });
    world
        .done(&Ask::json(
            "dynamodb",
            "DynamoDB_20120810.CreateTable",
            table.to_string(),
        ))
        .await;
    for n in 0..8 {
        world.make_log_stream(&format!("g{n}"), "s").await;
    }
    world.done(&Ask::new("s3", "PUT", "/bucket")).await;

    let empty = resident();
    // Limits are reached in the first half; in the second no data may grow further.
    let (first, mut faults) = ask_until(&world, Instant::now() + whole / 2, 0).await;
    let half = resident();
    let (second, more_faults) =
        ask_until(&world, Instant::now() + whole / 2, first / CLIENTS).await;
    faults += more_faults;
    let end = resident();
    println!(
        "{} requests in {minutes} minutes, {faults} faults; kilobytes: {empty:?} empty, {half:?} at \
         half, {end:?} at the end",
        first + second
    );
    world.must_be_well().await;
    assert_eq!(faults, 0);
    match (half, end) {
        _ if minutes < MINUTES_TO_FILL => {
            println!("skipped: SOAK_MINUTES must be at least {MINUTES_TO_FILL} to compare memory");
        }
        (Some(half), Some(end)) => {
            assert!(end * 10 <= half * MAX_GROWTH, "the memory keeps growing")
        }
        _ => println!("skipped: this system does not report the memory of a process"),
    }
    world.stop().await;
}
