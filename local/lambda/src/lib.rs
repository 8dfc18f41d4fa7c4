//! AWS Lambda in the local account: the control plane and real function processes.
//!
//! The crate has two halves that meet in one type, the description of a function version:
//!
//! * `api` serves Lambda's operations and stores functions, versions, aliases and policies. It does not
//!   handle processes.
//! * `environment` runs a described version: each execution environment is a process that polls a private
//!   Runtime API on the loopback interface. Its output goes to CloudWatch Logs.
//!
//! [`LambdaService`] combines both.

#![allow(
    clippy::result_large_err,
    reason = "a fault is a response of the service, created once per request and returned through a few calls"
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
mod reported;
mod runtime;
mod service;
mod storage;
mod trace;

pub use api::DIALECT;
pub use environment::{Hosting, IdleLimits, StartObserver};
pub use service::{LambdaConfig, LambdaPorts, LambdaService};
