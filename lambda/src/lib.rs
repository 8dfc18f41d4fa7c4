//! The function behind the line.
//!
//! A contact flow asks one of two things about the person who is calling: *which member is this?*
//! (`getMemberId`) and *send me the page behind this PIN* (`sendSms`).
//!
//! The rules ([`line`]) know three ports ([`ports`]) and no AWS. The adapters ([`dynamodb`],
//! [`sns`]) know AWS and no rules. What a flow can branch on is a value ([`line::Outcome`]); an
//! error ([`failure::Failure`]) is something an operator has to see.
//!
//! A phone number and a PIN have types of their own ([`phone::PhoneNumber`], [`pin::Pin`]), which do
//! not print what they hold; text that comes from somewhere else goes through [`cause::Cause`]
//! before it is logged.

pub mod answer;
pub mod campaign;
pub mod cause;
pub mod config;
pub mod dynamodb;
pub mod event;
pub mod failure;
pub mod handler;
pub mod line;
pub mod message;
pub mod phone;
pub mod pin;
pub mod ports;
pub mod sdk;
pub mod sns;
pub mod telemetry;
