//! The memory of deleted log groups: this program is a process of its own, whose memory tells.
#![allow(clippy::unwrap_used, reason = "a broken fixture is a failed test")]
#![allow(clippy::print_stdout, reason = "figures are read where it fails")]

#[allow(dead_code, reason = "other tests use more of the module")]
mod common;

use common::{Ask, TestWorld, resident};
use serde_json::json;

/// Kilobytes of messages that all groups have when they are full.
const KILOBYTES: u64 = 100_000;
/// Percent of the memory that came with the data and is returned with it.
const RETURNED: u64 = 80;
const GROUPS: usize = 2;
/// Bytes of messages in a request; AWS takes 1 MiB, of which each message counts 26 bytes more.
const BATCH: usize = 800_000;

fn logs(operation: &str, body: String) -> Ask {
    let target = format!("Logs_20140328.{operation}");
    Ask::json("logs", &target, body)
}

/// Puts as many kilobytes of messages, each of so many bytes, into groups.
async fn fill_groups(world: &TestWorld, message: usize, kilobytes: u64) {
    let batches = kilobytes as usize * 1_000 / GROUPS / BATCH;
    for group in 0..GROUPS {
        let group = format!("g{group}");
        world.make_log_stream(&group, "s").await;
        for time in 0..batches {
            let event = json!({ "timestamp": time, "message": "x".repeat(message) });
            // As text: a JSON value of as many events takes longer to make than to store.
            let events = vec![event.to_string(); BATCH / message].join(",");
            let put = format!(
                r#"{{ "logGroupName": "{group}", "logStreamName": "s", "logEvents": [{events}] }}"#
            );
            world.done(&logs("PutLogEvents", put)).await;
        }
    }
}

async fn delete_groups(world: &TestWorld) {
    for group in 0..GROUPS {
        let group = json!({ "logGroupName": format!("g{group}") });
        world.done(&logs("DeleteLogGroup", group.to_string())).await;
    }
}

/// Fails unless the data came with its memory and went with most of it.
fn must_be_returned(name: &str, before: u64, full: u64, after: u64) {
    let percent = full.saturating_sub(after) * 100 / full.saturating_sub(before).max(1);
    println!("{name}: {before} kB before, {full} kB full, {after} kB deleted: {percent} %");
    assert!(full > before + KILOBYTES * 9 / 10, "{name}: it is not kept");
    assert!(percent >= RETURNED, "{name}: {percent} % were returned");
}

/// One test, since all tests of a process share its memory.
#[tokio::test]
async fn memory_of_deleted_log_groups_is_returned_to_the_system() {
    let Some(_) = resident() else {
        println!("skipped: this system does not report how much memory a process takes");
        return;
    };
    let world = TestWorld::start().await;
    for message in [100, 1_000] {
        // The first requests take memory for what every request needs.
        fill_groups(&world, message, KILOBYTES / 20).await;
        delete_groups(&world).await;
        let before = resident().unwrap();
        fill_groups(&world, message, KILOBYTES).await;
        let full = resident().unwrap();
        delete_groups(&world).await;
        let after = resident().unwrap();
        let name = format!("log events of {message} bytes");
        must_be_returned(&name, before, full, after);
    }
    world.stop().await;
}
