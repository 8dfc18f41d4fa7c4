//! The ports on AWS, through the real SDK clients.
#![cfg(feature = "aws")]
#![allow(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not their helpers"
)]

mod attempts;
mod canned;
mod dynamodb;
mod end_user_messaging;
mod https;
mod pin_keys;
mod sns;
mod time_out;
