//! The commands, each of which finds the line, asks the core and prints.

pub mod campaigns;
pub mod explain;
pub mod forget;
pub mod members;
pub mod pins;
pub mod rows;

use anyhow::Context;

use crate::load;
use crate::options::Command;
use crate::rows::phone::{Country, Phone};
use crate::screen::Screen;

/// The end of a command that did what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nothing is left to do.
    Done,
    /// The command found rows that an operator must correct.
    Findings,
}

/// Runs a command.
///
/// # Errors
/// When it cannot be carried out.
pub async fn run(command: &Command, screen: Screen) -> anyhow::Result<End> {
    match command {
        Command::Load(options) => load::run(options, screen).await?,
        Command::Members(options) => members::run(options, screen).await?,
        Command::Campaigns(options) => campaigns::run(options, screen).await?,
        Command::Pins(options) => pins::run(options, screen).await?,
        Command::Rows(options) => return rows::run(options, screen).await,
        Command::Explain(options) => explain::run(options, screen).await?,
        Command::Forget(options) => forget::run(options, screen).await?,
    }
    Ok(End::Done)
}

/// Reads a number from the command line, as people write it.
fn number(text: &str, country: &Country) -> anyhow::Result<Phone> {
    Phone::read(text, country).context("the number cannot be used")
}
