//! The function behind the line.
//!
//! A contact flow asks for one of two things: the caller's member id (`getMemberId`), or an SMS with
//! the page of the campaign whose PIN the caller entered (`sendSms`).
//!
//! - [`event`] reads the event that Amazon Connect sends, and [`answer`] writes the flow's answer.
//! - [`rules`] decides. It uses tables and services through traits ([`rules::ports`]) and does not depend
//!   on AWS.
//! - [`aws`] implements these traits with AWS's SDK, and contains the program. It comes with the feature
//!   `aws`; without the feature no SDK is compiled.
//! - [`rows`] reads rows of the tables. It comes with the feature `rows`, which `aws` includes.
//! - [`config`] reads the environment; [`telemetry`] writes the log, and [`metrics`] the metrics.
//! - [`handler`] handles one invocation with these.
//!
//! A result that a flow can branch on is a value ([`rules::outcome::Outcome`]). An error
//! ([`rules::failure::Failure`]) needs an operator's attention.
//!
//! A phone number and a PIN have types of their own ([`rules::phone::PhoneNumber`],
//! [`rules::pin::Pin`]) that do not print their content. Text from outside goes through
//! [`rules::cause::Cause`] before it is logged.

pub mod answer;
#[cfg(feature = "aws")]
pub mod aws;
pub mod config;
pub mod event;
pub mod handler;
pub mod metrics;
#[cfg(feature = "rows")]
pub mod rows;
pub mod rules;
pub mod telemetry;
