//! Every way a call can go, from the event to the answer and the line in the log.
#![cfg(feature = "aws")]
#![allow(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not their helpers"
)]

mod answers;
mod campaigns;
mod failures;
mod guessing;
mod ledger;
mod midnight;
mod once;
mod support;
mod time;
