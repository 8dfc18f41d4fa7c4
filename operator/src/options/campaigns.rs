//! The options of `campaigns`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use connect_pin_sms::rules::campaign::CampaignId;

use super::account::LineOptions;
use super::load::campaign_id;
use super::members::FileOptions;
use crate::rows::pin::Lengths;
use crate::rows::zone::Zone;

/// The commands for campaigns.
#[derive(Debug, Subcommand, Clone)]
pub enum CampaignsCommand {
    /// List the campaigns: ids, number of PINs, state and times
    #[command(after_help = "Example:\n  connect-local campaigns list --line campaign-line")]
    List(ListCampaigns),
    /// Show a campaign
    #[command(
        after_help = "Example:\n  connect-local campaigns show spring-2026 --line campaign-line"
    )]
    Show(CampaignKey),
    /// Add a campaign with one PIN
    ///
    /// A PIN that has a row already is refused. A campaign without --id gets a generated one.
    #[command(
        after_help = "Example:\n  echo 00420815 | connect-local campaigns add --pin-file - \
                      --url https://example.com/spring --id spring-2026 --line campaign-line"
    )]
    Add(AddCampaign),
    /// Pause a campaign: its callers hear that it is over
    #[command(
        after_help = "Example:\n  connect-local campaigns pause spring-2026 --line campaign-line"
    )]
    Pause(SwitchCampaign),
    /// Resume a campaign that was paused
    #[command(
        after_help = "Example:\n  connect-local campaigns resume spring-2026 --line campaign-line"
    )]
    Resume(SwitchCampaign),
    /// End a campaign for good: delete its count of redemptions and the marks of the members who redeemed it
    ///
    /// Afterwards its members can redeem it again, and the next campaign on the same PIN starts from
    /// zero. Pause it first: redemptions of callers in the meantime are recorded again.
    #[command(
        after_help = "Example:\n  connect-local campaigns end spring-2026 --line campaign-line --dry-run"
    )]
    End(EndLineCampaign),
    /// Write the campaigns of a file, and skip those whose rows are the same
    ///
    /// The file has the columns pinCode and campaignUrl, and optionally campaignId, enabled, startsAt,
    /// expiresAt, maxRedemptions, singleUsePerMember and message. It is read as for `members import`.
    #[command(
        after_help = "Example:\n  connect-local campaigns import campaigns.csv --line campaign-line \
                      --time-zone Asia/Tokyo"
    )]
    Import(ImportCampaigns),
    /// Write all campaigns to a new CSV file, which only you can read
    ///
    /// On a line whose keys are MACs the column is pinKey instead of pinCode, since the table does not
    /// hold the PINs. `campaigns import` takes such a file back into a line with the same KMS key; under
    /// another key no PIN would fit.
    #[command(
        after_help = "Example:\n  connect-local campaigns export campaigns.csv --line campaign-line"
    )]
    Export(ExportCampaigns),
    /// Report redemptions: how many there were, how many members redeemed, how many remain
    #[command(
        after_help = "Example:\n  connect-local campaigns report spring-2026 --line campaign-line"
    )]
    Report(CampaignKey),
}

/// The options of a list of campaigns.
#[derive(Debug, Args, Clone)]
pub struct ListCampaigns {
    /// The line.
    #[command(flatten)]
    pub line: LineOptions,
}

/// A campaign of a line.
#[derive(Debug, Args, Clone)]
pub struct CampaignKey {
    /// campaignId of the campaign's rows
    #[arg(value_name = "CAMPAIGN_ID", value_parser = campaign_id, required_unless_present = "pin_file")]
    pub campaign: Option<CampaignId>,

    /// File with a PIN of the campaign; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "campaign")]
    pub pin_file: Option<PathBuf>,

    /// The line.
    #[command(flatten)]
    pub line: LineOptions,
}

/// The options for pausing or resuming a campaign.
#[derive(Debug, Args, Clone)]
pub struct SwitchCampaign {
    /// The campaign.
    #[command(flatten)]
    pub campaign: CampaignKey,

    /// Show which rows would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// The options for ending a campaign.
#[derive(Debug, Args, Clone)]
pub struct EndLineCampaign {
    /// The campaign.
    #[command(flatten)]
    pub campaign: CampaignKey,

    /// Show what would be deleted, and delete nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// The options for adding a campaign.
#[derive(Debug, Args, Clone)]
pub struct AddCampaign {
    /// File with the PIN; - is standard input. A PIN on the command line would be seen in the list of
    /// processes
    #[arg(long, value_name = "FILE")]
    pub pin_file: PathBuf,

    /// The rules of the campaign.
    #[command(flatten)]
    pub rules: RuleOptions,

    /// campaignId, which redemptions are counted under. Default: a generated one
    #[arg(long, value_name = "ID", value_parser = campaign_id)]
    pub id: Option<CampaignId>,

    /// The line.
    #[command(flatten)]
    pub line: LineOptions,
}

/// The rules of a campaign's rows.
#[derive(Debug, Args, Clone)]
pub struct RuleOptions {
    /// The page that the message links to
    #[arg(long, value_name = "URL")]
    pub url: String,

    /// The first second of the campaign: seconds since 1970, RFC 3339, or a date with --time-zone
    #[arg(long, value_name = "TIME")]
    pub starts_at: Option<String>,

    /// The first second after the campaign
    #[arg(long, value_name = "TIME")]
    pub expires_at: Option<String>,

    /// Most redemptions of all members together
    #[arg(long, value_name = "NUMBER")]
    pub max_redemptions: Option<u64>,

    /// Each member gets the message once
    #[arg(long)]
    pub single_use_per_member: bool,

    /// The campaign's own text, with {url} in it
    #[arg(long, value_name = "TEXT")]
    pub message: Option<String>,

    /// Time zone of times without an offset: a name such as Asia/Tokyo, or an offset such as +09:00
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<Zone>,
}

/// The options of an import of campaigns.
#[derive(Debug, Args, Clone)]
pub struct ImportCampaigns {
    /// The file, and the way it is read.
    #[command(flatten)]
    pub file: FileOptions,

    /// The line.
    #[command(flatten)]
    pub line: LineOptions,

    /// Number of digits that the line accepts as a PIN: as the module's pin.min_length and
    /// pin.max_length
    #[arg(long, value_name = "MIN..MAX", default_value_t)]
    pub pin_length: Lengths,

    /// Time zone of times without an offset: a name such as Asia/Tokyo, or an offset such as +09:00
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<Zone>,

    /// Read everything, compare it with the table, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// The options of an export of campaigns.
#[derive(Debug, Args, Clone)]
pub struct ExportCampaigns {
    /// CSV file to create; an existing file is not overwritten
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The line.
    #[command(flatten)]
    pub line: LineOptions,
}
