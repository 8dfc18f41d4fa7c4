//! The function behind the line.
//!
//! A contact flow asks one of two things about the person who is calling: *which member is this?*
//! (`getMemberId`) and *send me the page behind this PIN* (`sendSms`).
//!
//! The rules ([`mod@line`], with [`campaign`], [`attempts`] and what they are made of) know a few ports
//! ([`ports`]) and no AWS. The adapters ([`dynamodb`], [`keys`], [`sns`], [`end_user_messaging`])
//! know AWS and no rules; they, the [`handler`] and the [`program`] come with the feature `aws`, and without it no SDK
//! is compiled. What a flow can branch on is a value ([`outcome::Outcome`]); an error
//! ([`failure::Failure`]) is something an operator has to see.
//!
//! A phone number and a PIN have types of their own ([`phone::PhoneNumber`], [`pin::Pin`]), which do
//! not print what they hold; text that comes from somewhere else goes through [`cause::Cause`]
//! before it is logged.

pub mod answer;
pub mod attempts;
pub mod attributes;
pub mod campaign;
pub mod cause;
pub mod config;
pub mod destination;
#[cfg(feature = "aws")]
pub mod dynamodb;
#[cfg(feature = "aws")]
pub mod end_user_messaging;
#[cfg(feature = "aws")]
pub mod environment;
pub mod event;
pub mod failure;
#[cfg(feature = "aws")]
pub mod handler;
pub mod hour;
#[cfg(feature = "aws")]
pub mod https;
pub mod invocation;
#[cfg(feature = "aws")]
pub mod keys;
pub mod line;
pub mod message;
pub mod metrics;
pub mod outcome;
pub mod phone;
pub mod pin;
pub mod ports;
#[cfg(feature = "aws")]
pub mod program;
mod redemption;
#[cfg(feature = "aws")]
pub mod sdk;
pub mod secret;
pub mod segments;
mod send;
#[cfg(feature = "aws")]
pub mod sender;
pub mod sms;
#[cfg(feature = "aws")]
pub mod sns;
pub mod tally;
pub mod telemetry;
pub mod unsettled;
pub mod url;
#[cfg(feature = "aws")]
mod user_agent;
