//! Checks the HCL of stacks that use the module for mistakes that Terraform does not report.
//!
//! Terraform silently drops a field that a typed object does not have, and a module has no way to
//! detect it: `guessing = { wrong_pin_per_hour = 100 }` plans, and the limit keeps its value. So
//! the files themselves are read: [`Interface`] contains the inputs of a module, from its own
//! `variable` blocks, and [`Stack::check`] compares a `module` block with it, at any depth.
//!
//! It also warns of settings that work but are rarely intended: alarms without a topic, a fallback
//! that a new instance cannot dial, a message of more parts than the function sends, an unknown
//! voice.
//!
//! This crate does no IO: the caller reads the files, and decides which `module` blocks use which
//! module.

mod advice;
mod check;
mod interface;
mod nearest;
mod source;
mod value;

#[cfg(test)]
mod tests;

pub use check::{Finding, Severity};
pub use interface::Interface;
pub use source::{ModuleCall, ParseError, Stack};
