//! The options of the command line.

mod account;
mod campaigns;
mod contacts;
mod load;
mod members;
mod pins;

use clap::{Parser, Subcommand, ValueEnum};

pub use account::LineOptions;
pub use campaigns::{
    AddCampaign, CampaignKey, CampaignsCommand, EndLineCampaign, ExportCampaigns, ImportCampaigns,
    ListCampaigns, RuleOptions, SwitchCampaign,
};
pub use contacts::{Explain, Forget, RowsCommand};
pub use load::{EndCampaign, Load, LoadCampaigns, LoadMembers, PinKeyMode, Source};
pub use members::{
    AddMember, ExportMembers, FileOptions, FindMember, ImportMembers, ListMembers, MembersCommand,
    RemoveMembers, SyncMembers,
};
pub use pins::{IssuePins, PinsCommand};

/// Manage the members, campaigns and PINs of a line, and explain its calls, in AWS or in a local account.
#[derive(Debug, Parser)]
#[command(
    name = "operator",
    bin_name = "connect-local",
    version,
    about,
    max_term_width = 100
)]
pub struct Options {
    /// The command to run.
    #[command(subcommand)]
    pub command: Command,

    /// Format of the results. Progress always goes to standard error.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Format of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Sentences.
    Text,
    /// One JSON object per line.
    Json,
}

/// The commands of the program.
#[derive(Debug, Subcommand, Clone)]
pub enum Command {
    /// Write members or campaigns from a CSV file to tables that are named one by one
    #[command(subcommand)]
    Load(Load),
    /// List, find, add, remove, import, export or synchronise the members of a line
    #[command(subcommand)]
    Members(MembersCommand),
    /// List, show, add, pause, resume, end, import, export or report the campaigns of a line
    #[command(subcommand)]
    Campaigns(CampaignsCommand),
    /// Issue PINs for a campaign
    #[command(subcommand)]
    Pins(PinsCommand),
    /// Check the rows of a line's tables
    #[command(subcommand)]
    Rows(RowsCommand),
    /// Explain why a caller got a message or none
    #[command(
        after_help = "Example:\n  connect-local explain --caller 090-1234-5678 --since 2h --line campaign-line"
    )]
    Explain(Explain),
    /// Remove the traces of a number, and name those that remain
    #[command(after_help = "Example:\n  connect-local forget 090-1234-5678 --line campaign-line")]
    Forget(Forget),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Checks the examples of a command's subcommands, at any depth. A command that only has subcommands
    /// needs none.
    fn check_examples(command: &clap::Command, before: &str) {
        for subcommand in command.get_subcommands() {
            let name = format!("{before}{}", subcommand.get_name());
            if subcommand.has_subcommands() {
                check_examples(subcommand, &format!("{name} "));
                continue;
            }
            let help = subcommand.get_after_help().map(ToString::to_string);
            let help = help.unwrap_or_else(|| panic!("{name} must have an example"));
            for example in help.lines().skip(1) {
                // Some read a PIN from a pipe.
                let (_, arguments) = example.split_once("connect-local ").unwrap();
                assert!(arguments.starts_with(&name), "{name}: {example}");
                let parsed = Options::try_parse_from(
                    std::iter::once("connect-local").chain(arguments.split_whitespace()),
                );
                assert!(parsed.is_ok(), "{name}: {parsed:?}");
            }
        }
    }

    #[test]
    fn every_command_has_an_example_that_can_be_parsed() {
        check_examples(&Options::command(), "");
    }
}
