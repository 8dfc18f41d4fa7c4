//! Deleting frees memory. This program is a process of its own, so that its memory can be measured.
#![allow(clippy::unwrap_used, reason = "a broken fixture is a failed test")]

#[allow(dead_code, reason = "other tests use more of the module")]
mod common;

use common::{Ask, TestWorld, resident};
use serde_json::json;

/// The number of groups, and the number of requests that fill each with a megabyte.
const GROUPS: usize = 2;
const MEGABYTES: i64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn memory_of_deleted_log_groups_is_used_again() {
    let world = TestWorld::start().await;
    let logs = |operation: &str, body: serde_json::Value| {
        let target = format!("Logs_20140328.{operation}");
        Ask::json("logs", &target, body.to_string())
    };
    let fill = async || {
        for group in 0..GROUPS {
            let group = format!("g{group}");
            world.make_log_stream(&group, "s").await;
            for time in 0..MEGABYTES {
                let event = json!({ "timestamp": time, "message": "x".repeat(1_000) });
                let put = json!({
                    "logGroupName": group, "logStreamName": "s", "logEvents": vec![event; 1_000],
                });
                world.done(&logs("PutLogEvents", put)).await;
            }
        }
    };
    let empty = async || {
        for group in 0..GROUPS {
            let group = json!({ "logGroupName": format!("g{group}") });
            world.done(&logs("DeleteLogGroup", group)).await;
        }
    };
    let Some(before) = resident() else {
        println!("skipped: this system does not report the memory of a process");
        return;
    };
    fill().await;
    let full = resident().unwrap();
    empty().await;
    let after = resident().unwrap();
    // Memory that the allocator keeps is used again.
    fill().await;
    let again = resident().unwrap();
    println!("kilobytes: {before} before, {full} full, {after} deleted, {again} full again");
    let stored = u64::try_from(MEGABYTES).unwrap() * GROUPS as u64 * 1_000;
    assert!(full > before + stored, "the events are not stored");
    assert!(
        again < full + stored / 2,
        "deleted groups still take memory"
    );
    world.stop().await;
}
