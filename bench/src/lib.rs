//! Compares the product with the alternatives that a user would choose.
//!
//! * [`functions`] runs the line's function, functions that a user would write instead, and the minimal
//!   function, in turn and in one Lambda of one local account.
//! * [`calls`] places calls: with the flow engine, with Amazon Connect, and with a line that Terraform deployed.
//! * [`cargo_run`] measures the command that a new user runs first.
//! * [`report`] prints the figures, compares them with the targets, and writes the document.
//!
//! The figures belong to one machine; the ratios of one run carry over to others.

pub mod calls;
pub mod cargo_run;
pub mod functions;
pub mod machine;
pub mod options;
pub mod report;
pub mod statistics;
