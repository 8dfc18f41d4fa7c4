//! The function behind the line.
//!
//! A contact flow asks for one of two things: the caller's member id (`getMemberId`), or an SMS with
//! the page of the campaign whose PIN the caller entered (`sendSms`).
//!
//! - [`event`] reads what Amazon Connect sends, and [`answer`] writes what the flow gets.
//! - [`rules`] decides. It knows tables and services only as traits ([`rules::ports`]), and no AWS.
//! - [`aws`] implements these traits with AWS's SDK, and has the program. It comes with the feature
//!   `aws`; without the feature no SDK is compiled.
//! - [`config`] reads the environment; [`telemetry`] writes the log, and [`metrics`] the metrics.
//! - [`handler`] puts one invocation together from these.
//!
//! A result that a flow can branch on is a value ([`rules::outcome::Outcome`]). An error
//! ([`rules::failure::Failure`]) is something that an operator has to see.
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
pub mod rules;
pub mod telemetry;
