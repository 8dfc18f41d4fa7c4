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
mod chain;
mod command_line;
mod container;
mod dev;
mod draw;
mod elsewhere;
mod ending;
mod exec;
mod first_minutes;
mod flow;
mod kept;
mod listen;
mod output;
mod rehearse;
mod released;
mod stack;
mod support;
mod test_cases;
