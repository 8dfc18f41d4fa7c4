//! The options of `pins`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use connect_pin_sms::rules::campaign::CampaignId;

use super::account::LineOptions;
use super::campaigns::RuleOptions;
use super::load::campaign_id;

/// The commands for PINs.
#[derive(Debug, Subcommand, Clone)]
pub enum PinsCommand {
    /// Issue random PINs for a campaign: write their rows, and the PINs to a new file
    ///
    /// The PINs are unique among themselves and in the table. Easy ones are left out: repeated and
    /// counted digits, and dates. Too many PINs for their length are refused.
    ///
    /// The file is written before the first row, is readable by you alone, and is the only place that
    /// holds the PINs of a line whose keys are MACs.
    #[command(
        after_help = "Example:\n  connect-local pins issue --campaign spring-2026 --count 500 --length 8 \
                      --url https://example.com/spring --file pins.csv --line campaign-line"
    )]
    Issue(IssuePins),
}

/// The options for issuing PINs.
#[derive(Debug, Args, Clone)]
pub struct IssuePins {
    /// campaignId of the PINs' rows, which their redemptions are counted under together
    #[arg(long, value_name = "ID", value_parser = campaign_id)]
    pub campaign: CampaignId,

    /// Number of PINs, up to 100,000
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub count: u32,

    /// Number of digits of each PIN
    #[arg(long, value_name = "DIGITS", value_parser = clap::value_parser!(u8).range(4..=16))]
    pub length: u8,

    /// CSV file to create; an existing file is not overwritten
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,

    /// The rules of the campaign.
    #[command(flatten)]
    pub rules: RuleOptions,

    /// The line.
    #[command(flatten)]
    pub line: LineOptions,
}
