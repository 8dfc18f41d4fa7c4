//! Tests of the command as a program, in one binary so that those that wait do so side by side.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test says what it expects"
)]

mod chain;
mod command_line;
mod dev;
mod elsewhere;
mod ending;
mod listen;
mod stack;
mod support;
