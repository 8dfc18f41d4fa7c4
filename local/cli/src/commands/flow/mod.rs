//! Checks and draws flows.

mod account;
mod draw;
mod input;
mod way;

use std::process::ExitCode;

use connect_flow_check::command::{check, rule};
use local_terminal::{Unwritten, fail};

use crate::options::{FlowCommand, FlowOptions, FormatOption};
use crate::screen::Screen;

/// The exit code if a file, the account or the command line cannot be read.
const UNREADABLE: u8 = 2;

/// Runs the command and returns its exit code: 0 without findings, 1 with findings, 2 if something cannot
/// be read.
pub async fn run(options: &FlowOptions, format: FormatOption) -> ExitCode {
    match &options.command {
        FlowCommand::Check(options) => check(options, format.of_findings()),
        FlowCommand::Rule(options) => rule(options, format.of_findings()),
        FlowCommand::Draw(options) => {
            let screen = format.of_results().map(Screen::new);
            let drawn = match screen {
                Ok(screen) => draw::run(options, screen).await,
                Err(error) => Err(error),
            };
            match drawn {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    let code = fail(&error);
                    let mut causes = error.chain();
                    let unwritten = causes.find_map(|cause| cause.downcast_ref::<Unwritten>());
                    match unwritten.is_some_and(Unwritten::reader_has_ended) {
                        true => code,
                        false => ExitCode::from(UNREADABLE),
                    }
                }
            }
        }
    }
}
