//! The options of `load`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use connect_pin_sms::rules::campaign::CampaignId;
use connect_pin_sms::rules::row_schema::{BENEFITS_KEY, KeyAttribute, MEMBER_KEY};

use super::account::{address, country, endpoint_url};
use crate::rows::phone::Country;
use crate::rows::pin::Lengths;
use crate::rows::sdk::Address;
use crate::rows::secret::KeySource;
use crate::rows::zone::Zone;

/// The kind of rows to load.
#[derive(Debug, Subcommand, Clone)]
pub enum Load {
    /// Write members: phone,id
    ///
    /// The file is CSV in UTF-8 or a workbook (xlsx); its first line names the columns. The column optedOut is optional
    /// (true: the member gets no messages). Numbers may be written in any usual way and are stored
    /// as E.164; a number that can be read in two ways is refused.
    ///
    /// An existing row keeps every attribute whose column the file does not have; an empty cell
    /// removes the attribute.
    #[command(
        after_help = "Example:\n  connect-local load members members.csv --table campaign_member_table --dry-run"
    )]
    Members(LoadMembers),

    /// Write campaigns: pinCode,campaignUrl and the rules of the campaign
    ///
    /// The file is CSV in UTF-8 or a workbook (xlsx); its first line names the columns. Optional columns are campaignId,
    /// enabled, startsAt, expiresAt (seconds since 1970 or RFC 3339), maxRedemptions,
    /// singleUsePerMember and message (must contain {url}).
    ///
    /// An existing row keeps its count of redemptions, its campaignId, and every attribute whose
    /// column the file does not have; any other empty cell removes the attribute. A new row without
    /// a campaignId gets a generated one. To reuse a PIN for another campaign, give that campaign a
    /// campaignId of its own: otherwise it inherits the redemptions of the last one.
    #[command(
        after_help = "Example:\n  connect-local load campaigns campaigns.csv --pin-key-mode plain"
    )]
    Campaigns(LoadCampaigns),

    /// End a campaign for good: delete its count of redemptions and the marks of the members who redeemed it
    ///
    /// Afterwards its members can redeem it again, and the next campaign on the same PIN starts
    /// from zero. Disable or delete its row first: redemptions of callers in the meantime are
    /// recorded again.
    #[command(after_help = "Example:\n  connect-local load end-campaign spring-2026 --dry-run")]
    EndCampaign(EndCampaign),
}

/// The options of members.
#[derive(Debug, Args, Clone)]
pub struct LoadMembers {
    /// The file and the account.
    #[command(flatten)]
    pub source: Source,

    /// Table to write to
    #[arg(long, value_name = "TABLE", default_value = "campaign_member_table")]
    pub table: String,

    /// Partition key of the table: as the module's member_key_attribute
    #[arg(
        long,
        value_name = "NAME",
        default_value = MEMBER_KEY,
        value_parser = KeyAttribute::parse_for_members
    )]
    pub key_attribute: KeyAttribute,

    /// Country of numbers without a country code, as two letters (ISO 3166)
    #[arg(long, value_name = "COUNTRY", default_value = "JP", value_parser = country)]
    pub country: Country,
}

/// The options of campaigns.
#[derive(Debug, Args, Clone)]
pub struct LoadCampaigns {
    /// The file and the account.
    #[command(flatten)]
    pub source: Source,

    /// Table to write to
    #[arg(long, value_name = "TABLE", default_value = "campaign_benefits_table")]
    pub table: String,

    /// Partition key of the table: as the module's benefits_key_attribute
    #[arg(
        long,
        value_name = "NAME",
        default_value = BENEFITS_KEY,
        value_parser = KeyAttribute::parse_for_benefits
    )]
    pub key_attribute: KeyAttribute,

    /// Kind of the table's keys: as the module's pin.key_mode
    #[arg(long, value_name = "MODE", value_enum, default_value_t = PinKeyMode::Plain)]
    pub pin_key_mode: PinKeyMode,

    /// Number of digits that the line accepts as a PIN: as the module's pin.min_length and
    /// pin.max_length
    #[arg(long, value_name = "MIN..MAX", default_value_t)]
    pub pin_length: Lengths,

    /// Time zone of times without an offset: a name such as Asia/Tokyo, or an offset such as +09:00
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<Zone>,

    /// The key of HMACs.
    #[command(flatten)]
    pub pepper: PepperOptions,
}

/// The options for ending a campaign.
#[derive(Debug, Args, Clone)]
pub struct EndCampaign {
    /// campaignId of the campaign's row
    #[arg(value_name = "CAMPAIGN_ID", value_parser = campaign_id, required_unless_present = "pin_file")]
    pub campaign: Option<CampaignId>,

    /// File with the PIN of a campaign whose row has no campaignId; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "campaign")]
    pub pin_file: Option<PathBuf>,

    /// Table to delete from: as the module's attempts_table_name
    #[arg(long, value_name = "TABLE", default_value = "campaign_attempts_table")]
    pub table: String,

    /// Kind of the table's keys: as the module's pin.key_mode
    #[arg(long, value_name = "MODE", value_enum, default_value_t = PinKeyMode::Plain)]
    pub pin_key_mode: PinKeyMode,

    /// KMS key of the line, if it has one: as the module's pin.pepper.kms_key_arn
    #[arg(long, value_name = "ID")]
    pub pepper_kms_key_id: Option<String>,

    /// Address of the account, for every service. Default: AWS_ENDPOINT_URL or the settings of
    /// single services, as for AWS's tools; otherwise AWS
    #[arg(long, value_name = "URL", value_parser = endpoint_url)]
    endpoint_url: Option<String>,

    /// Show what would be deleted, and delete nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl EndCampaign {
    /// Returns the address of the account, if one is given.
    ///
    /// # Errors
    /// When `AWS_ENDPOINT_URL` does not contain an address.
    pub fn address(&self) -> anyhow::Result<Option<Address>> {
        address(self.endpoint_url.as_deref())
    }
}

/// The file of rows, and the account to write them to.
#[derive(Debug, Args, Clone)]
pub struct Source {
    /// CSV file or workbook (xlsx); - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Sheet of the workbook. Default: the first one that is shown
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,

    /// Address of the account, for every service. Default: AWS_ENDPOINT_URL or the settings of
    /// single services, as for AWS's tools; otherwise AWS
    #[arg(long, value_name = "URL", value_parser = endpoint_url)]
    endpoint_url: Option<String>,

    /// Validate everything and show what would be written, with numbers and PINs masked; write
    /// nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Source {
    /// Returns the address of the account, if one is given.
    ///
    /// # Errors
    /// When `AWS_ENDPOINT_URL` does not contain an address.
    pub fn address(&self) -> anyhow::Result<Option<Address>> {
        address(self.endpoint_url.as_deref())
    }
}

/// The kind of key that campaign rows have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PinKeyMode {
    /// The PIN itself
    Plain,
    /// Its HMAC-SHA-256 under a pepper
    Hmac,
}

/// The key of HMACs, which `--pin-key-mode hmac` needs.
#[derive(Debug, Args, Clone)]
pub struct PepperOptions {
    /// KMS key of type HMAC_256 that computes the HMACs
    #[arg(long, value_name = "ID")]
    pub pepper_kms_key_id: Option<String>,

    // The next two remain so that an old command line fails with a message that names the
    // replacement.
    /// Removed: peppers are KMS keys
    #[arg(long, value_name = "NAME", hide = true)]
    pepper_ssm_parameter: Option<String>,

    /// Removed: peppers are KMS keys
    #[arg(long, value_name = "FILE", hide = true)]
    pepper_file: Option<PathBuf>,
}

impl PepperOptions {
    /// Returns the KMS key, if one is given.
    ///
    /// # Errors
    /// When a removed option is given: the function no longer reads peppers from there.
    fn kms_key(&self) -> anyhow::Result<Option<&str>> {
        if self.pepper_ssm_parameter.is_some() {
            anyhow::bail!(
                "--pepper-ssm-parameter was removed: create a KMS key of type HMAC_256, give it \
                 with --pepper-kms-key-id, and load all rows again under that key"
            );
        }
        if self.pepper_file.is_some() {
            anyhow::bail!(
                "--pepper-file was removed: create a KMS key of type HMAC_256, give it with \
                 --pepper-kms-key-id, and load all rows again under that key"
            );
        }
        Ok(self.pepper_kms_key_id.as_deref())
    }
}

impl LoadCampaigns {
    /// Returns the source of the rows' keys.
    ///
    /// # Errors
    /// When mode and pepper contradict each other. No default is guessed: the function would not
    /// find rows whose keys are of the wrong kind.
    pub fn key_source(&self) -> anyhow::Result<KeySource> {
        match (self.pin_key_mode, self.pepper.kms_key()?) {
            (PinKeyMode::Plain, None) => Ok(KeySource::Plain),
            (PinKeyMode::Plain, Some(_)) => {
                anyhow::bail!(
                    "--pepper-kms-key-id applies to HMAC keys only: add --pin-key-mode hmac"
                )
            }
            (PinKeyMode::Hmac, Some(id)) => Ok(KeySource::KmsKey(id.to_owned())),
            (PinKeyMode::Hmac, None) => {
                anyhow::bail!("--pin-key-mode hmac needs --pepper-kms-key-id")
            }
        }
    }
}

pub(super) fn campaign_id(text: &str) -> Result<CampaignId, String> {
    CampaignId::parse(text).ok_or_else(|| {
        "a campaignId must be 1 to 64 letters, digits, hyphens and underscores".to_owned()
    })
}
