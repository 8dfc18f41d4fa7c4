//! Tests of the command as a program, in one binary so that tests that wait run side by side.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a failed expectation is a failed test"
)]

mod archive;
mod calls;
mod command_line;
mod container;
mod draw;
mod ending;
mod exec;
mod first_minutes;
mod flow;
mod listen;
mod output;
mod rehearse;
mod released;
mod stack;
mod test_cases;

#[path = "../support/mod.rs"]
mod support;
