//! What no request does: end the account or stop it.
//!
//! Every parser and evaluator that a client feeds is given what is deep and what is long, through the
//! account's door, in the build that `cargo run` makes. After each the account says that it is well.
//! Limits and words are those of AWS's documents where an expectation names them.
#![allow(clippy::unwrap_used, reason = "a broken fixture is a failed test")]

#[path = "../common/mod.rs"]
mod common;

mod deep;
mod hangs;
mod memory;
mod numbers;
mod unsigned;

use common::{Answer, Ask, TestWorld};

/// Sends what may be refused, and must not be more than that.
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
