//! What an operator looks at, spoken to by the AWS SDKs and deployed by Terraform: metrics,
//! alarms, dashboards, logs, keys.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects"
)]

mod hosting;
mod logs;
mod metrics;
mod tables;
