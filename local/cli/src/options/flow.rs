//! The options of `flow`.

use clap::{Args, Subcommand};
use connect_flow_check::command::{CheckOptions, RuleOptions};

use super::FlowDraw;

/// Options of the checks of flows.
#[derive(Debug, Args, Clone)]
pub struct FlowOptions {
    /// The command to run.
    #[command(subcommand)]
    pub command: FlowCommand,
}

#[derive(Debug, Subcommand, Clone)]
pub enum FlowCommand {
    /// Report what Amazon Connect would refuse of a flow, and what calls meet later
    ///
    /// Reads exported or rendered flows, and answers of `aws connect describe-contact-flow`; it needs no
    /// account. Each finding names its rule, which `flow rule ID` explains. Beside text and json, --format
    /// may be concise (a line for each finding), sarif (SARIF 2.1.0) or github (annotations of a pull
    /// request). The exit code is 0 without findings, 1 with findings, and 2 if something cannot be read.
    #[command(after_help = "Example:\n  cargo run -- flow check flow.json")]
    Check(CheckOptions),
    /// Explain a rule of the check with a bad and a good example, or list all
    #[command(after_help = "Example:\n  cargo run -- flow rule lint/loop-without-exit")]
    Rule(RuleOptions),
    /// Draw a flow as SVG or Mermaid
    ///
    /// Reads the same files as `flow check`, whether Amazon Connect would publish them or not. Each block has
    /// its name, its type and the beginning of its text. The exit code is 0, or 2 if something cannot be read
    /// or written. With --format json and -o, a line tells what was written; without -o, it has the picture.
    #[command(after_help = "Example:\n  cargo run -- flow draw flow.json -o flow.svg")]
    Draw(FlowDraw),
}
