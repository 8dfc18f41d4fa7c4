//! The function without AWS, from the event to the answer and the line in the log.
#![cfg(feature = "aws")]
#![allow(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not their helpers"
)]

mod answers;
mod book;
mod campaigns;
mod failures;
mod guessing;
mod ledger;
mod midnight;
mod model;
mod once;
mod scale;
mod support;
mod time;
