//! No request can end or block the account.
//!
//! Every parser and evaluator that clients reach is given deeply nested and long inputs, through
//! the account's door, in the build profile of `cargo run`. After each the account must report that
//! it is healthy. Limits and messages are those of AWS's documents where an expectation contains
//! them.
#![allow(clippy::unwrap_used, reason = "a broken fixture is a failed test")]

#[path = "../common/mod.rs"]
mod common;

mod deep;
mod hangs;
mod memory;
mod numbers;
mod unsigned;

use common::{Answer, Ask, TestWorld};

/// Sends a request that may be refused; fails if it has any other effect.
async fn survive(world: &TestWorld, name: &str, ask: &Ask) -> Answer {
    let shown = || format!("{name}: {} {} {:?}", ask.service, ask.method, ask.headers);
    let answer = world.send(ask).await;
    let answer = answer.unwrap_or_else(|error| panic!("{}: {error}", shown()));
    let start: String = answer.body.chars().take(300).collect();
    let is_fault = answer.status >= 500 && answer.status != 501;
    assert!(!is_fault, "{}: {} {start}", shown(), answer.status);
    world.must_be_well().await;
    answer
}
