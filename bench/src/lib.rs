//! Measures the product beside what a user would pick instead.
//!
//! * [`functions`] runs the line's function, what a user would write instead, and the least that a
//!   function can do, in one Lambda of one local account, in turn.
//! * [`calls`] makes calls: of the flow engine, of Amazon Connect, of a line that Terraform deployed.
//! * [`cargo_run`] times the command that a newcomer runs first.
//! * [`report`] prints what was found, compares it with the targets, and writes it down.
//!
//! Everything is a ratio of one run on one machine; the figures themselves are that machine's.

pub mod calls;
pub mod cargo_run;
pub mod functions;
pub mod machine;
pub mod options;
pub mod report;
pub mod statistics;
