//! Checks files with flows of Amazon Connect, without the rest of the product.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use connect_flow_check::command::{CheckOptions, RuleOptions, check, rule};
use connect_flow_check::render::Format;

/// Check files with flows of Amazon Connect: what the service would refuse, and what calls meet later.
///
/// The exit code is 0 without findings, 1 with findings, and 2 if something cannot be read.
#[derive(Debug, Parser)]
#[command(name = "connect-flow-check", version, about, max_term_width = 100)]
struct Options {
    /// The command to run.
    #[command(subcommand)]
    command: Command,

    /// Output format of findings
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check flows
    Check(CheckOptions),
    /// Describe a rule, or list all
    Rule(RuleOptions),
}

fn main() -> ExitCode {
    let options: Options = match local_terminal::parse() {
        Ok(options) => options,
        Err(code) => return code,
    };
    match options.command {
        Command::Check(check_options) => check(&check_options, options.format),
        Command::Rule(rule_options) => rule(&rule_options, options.format),
    }
}
