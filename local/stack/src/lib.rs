//! Stacks that use the module: reads their HCL and names what Terraform does not.
//!
//! Terraform drops a field that a typed object does not have, without a word, and offers a module no
//! way to see that it did: `guessing = { wrong_pin_per_hour = 100 }` plans, and the limit stays what
//! it was. So the files themselves are read: [`Interface`] is what a module takes, by its own
//! `variable` blocks, and [`Stack::check`] compares a `module` block with it, at any depth.
//!
//! Beside such fields it names what works and is seldom meant: alarms without a topic, a fallback that
//! a new instance does not dial, a message of more parts than the function sends, a voice that is not
//! known here.
//!
//! This crate does no IO: whoever calls it reads the files, and says which `module` blocks use which
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
