//! AWS Lambda in the local account: the control plane and real function processes.
//!
//! The crate has two halves that meet in one type, the description of a function version:
//!
//! * `api` serves Lambda's operations and keeps functions, versions, aliases and policies. It
//!   knows nothing of processes.
//! * `environment` runs a described version: one process per execution environment, polling a
//!   private Runtime API on the loopback interface, with its output in CloudWatch Logs.
//!
//! [`LambdaService`] ties them together.

#![allow(
    clippy::result_large_err,
    reason = "faults are answers of a service, made once per request and passed up a few calls"
)]

mod api;
mod code;
mod environment;
mod faults;
mod function;
mod logs;
mod metrics;
mod names;
mod platform;
mod policy;
mod service;
mod trace;

pub use api::DIALECT;
pub use environment::{Hosting, IdleLimits, StartObserver};
pub use service::{LambdaConfig, LambdaPorts, LambdaService};
