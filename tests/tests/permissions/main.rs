//! What functions may do: their roles' policies, as the AWS SDKs meet them and as real calls do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test says what it expects"
)]

mod delivery;
mod exact;
mod keys;
mod line;
mod refusals;
mod role;
mod services;
mod traces;
