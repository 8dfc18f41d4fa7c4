//! Checks flows. The command uses no account, no Terraform and no cache.

use std::process::ExitCode;

use connect_flow_check::command::{check, rule};
use connect_flow_check::render::Format;

use crate::options::{FlowCommand, FlowOptions};

/// Runs the command and returns its exit code: 0 without findings, 1 with findings, 2 if something cannot
/// be read.
#[must_use]
pub fn run(options: &FlowOptions, format: Format) -> ExitCode {
    match &options.command {
        FlowCommand::Check(options) => check(options, format),
        FlowCommand::Rule(options) => rule(options, format),
    }
}
