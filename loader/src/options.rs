//! The options of the command line.

use std::env::VarError;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use connect_pin_sms::rules::campaign::CampaignId;
use connect_pin_sms::rules::row_schema::{BENEFITS_KEY, KeyAttribute, MEMBER_KEY};

use crate::rows::phone::Country;
use crate::rows::pin::Lengths;
use crate::rows::sdk::{Address, ENDPOINT_VARIABLE};
use crate::rows::secret::KeySource;

/// Write members or campaigns from a CSV file into the tables of a line, in AWS or in a local account.
#[derive(Debug, Parser)]
#[command(
    name = "loader",
    bin_name = "connect-local load",
    version,
    about,
    max_term_width = 100
)]
pub struct Options {
    /// The kind of rows, with its options.
    #[command(subcommand)]
    pub load: Load,

    /// Format of the results. Progress goes to standard error in either one.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Format of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The kind of rows to load.
#[derive(Debug, Subcommand, Clone)]
pub enum Load {
    /// Write members: phone,id
    ///
    /// The file is CSV in UTF-8, its first line names the columns. An optional one is optedOut (true:
    /// the member gets no messages). Numbers are written in any usual way and stored as E.164; what
    /// may be two numbers is refused.
    ///
    /// A row that is there already keeps every attribute whose column the file does not have; an
    /// empty cell removes the attribute.
    Members(LoadMembers),

    /// Write campaigns: pinCode,campaignUrl and the rules of the campaign
    ///
    /// The file is CSV in UTF-8, its first line names the columns. Optional ones are campaignId,
    /// enabled, startsAt, expiresAt (seconds since 1970 or RFC 3339), maxRedemptions,
    /// singleUsePerMember and message (with {url} in it).
    ///
    /// A row that is there already keeps its count of redemptions, its campaignId, and every
    /// attribute whose column the file does not have; any other empty cell removes the attribute. A
    /// new row without a campaignId gets one. A PIN that is given to the next campaign needs another
    /// one, or the members who redeemed the last campaign have redeemed this one.
    Campaigns(LoadCampaigns),

    /// End a campaign for good: forget its count of redemptions and who redeemed it
    ///
    /// Afterwards its members may redeem it again, and the next campaign on the same PIN begins anew.
    /// Switch its row off or delete it first: whoever calls meanwhile is remembered again.
    EndCampaign(EndCampaign),
}

/// The options of members.
#[derive(Debug, Args, Clone)]
pub struct LoadMembers {
    /// File and account.
    #[command(flatten)]
    pub source: Source,

    /// Table to write into
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

    /// Country of the numbers without a country code, as two letters (ISO 3166)
    #[arg(long, value_name = "COUNTRY", default_value = "JP", value_parser = country)]
    pub country: Country,
}

/// The options of campaigns.
#[derive(Debug, Args, Clone)]
pub struct LoadCampaigns {
    /// File and account.
    #[command(flatten)]
    pub source: Source,

    /// Table to write into
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

    /// Kind of the rows' keys: as the module's pin.key_mode
    #[arg(long, value_name = "MODE", value_enum, default_value_t = PinKeyMode::Plain)]
    pub pin_key_mode: PinKeyMode,

    /// Digits of a PIN that the line takes: as the module's pin.min_length and pin.max_length
    #[arg(long, value_name = "MIN..MAX", default_value_t)]
    pub pin_length: Lengths,

    /// The secret of HMACs.
    #[command(flatten)]
    pub pepper: PepperOptions,
}

/// The options of a campaign's end.
#[derive(Debug, Args, Clone)]
pub struct EndCampaign {
    /// campaignId of the campaign's row
    #[arg(value_name = "CAMPAIGN_ID", value_parser = campaign_id, required_unless_present = "pin_file")]
    pub campaign: Option<CampaignId>,

    /// File with the PIN of a campaign whose row has no campaignId; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "campaign")]
    pub pin_file: Option<PathBuf>,

    /// Table to write into: as the module's attempts_table_name
    #[arg(long, value_name = "TABLE", default_value = "campaign_attempts_table")]
    pub table: String,

    /// Kind of the rows' keys: as the module's pin.key_mode
    #[arg(long, value_name = "MODE", value_enum, default_value_t = PinKeyMode::Plain)]
    pub pin_key_mode: PinKeyMode,

    /// KMS key of the line, if it has one: as the module's pin.pepper.kms_key_arn
    #[arg(long, value_name = "ID")]
    pub pepper_kms_key_id: Option<String>,

    /// Address of the account, for every service; without it, as AWS's tools find it:
    /// AWS_ENDPOINT_URL and settings of single services, or AWS
    #[arg(long, value_name = "URL", value_parser = endpoint_url)]
    endpoint_url: Option<String>,

    /// Show what would be forgotten; forget nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl EndCampaign {
    /// The address of the account, if one is given.
    ///
    /// # Errors
    /// When the variable holds none.
    pub fn address(&self) -> anyhow::Result<Option<Address>> {
        address(self.endpoint_url.as_deref())
    }
}

/// The file of the rows, and their account.
#[derive(Debug, Args, Clone)]
pub struct Source {
    /// CSV file; - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Address of the account, for every service; without it, as AWS's tools find it:
    /// AWS_ENDPOINT_URL and settings of single services, or AWS
    #[arg(long, value_name = "URL", value_parser = endpoint_url)]
    endpoint_url: Option<String>,

    /// Check everything and show what would be written, without numbers and PINs; write nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Source {
    /// The address of the account, if one is given.
    ///
    /// # Errors
    /// When the variable holds none.
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

/// The secret of HMACs, which `--pin-key-mode hmac` needs.
#[derive(Debug, Args, Clone)]
pub struct PepperOptions {
    /// KMS key of type HMAC_256 that computes the HMACs
    #[arg(long, value_name = "ID")]
    pub pepper_kms_key_id: Option<String>,

    // The next two are here so that an old command line is told what to do instead.
    /// Removed: peppers are keys of KMS
    #[arg(long, value_name = "NAME", hide = true)]
    pepper_ssm_parameter: Option<String>,

    /// Removed: peppers are keys of KMS
    #[arg(long, value_name = "FILE", hide = true)]
    pepper_file: Option<PathBuf>,
}

impl PepperOptions {
    /// # Errors
    /// When a pepper is in a place that the function no longer reads.
    fn kms_key(&self) -> anyhow::Result<Option<&str>> {
        if self.pepper_ssm_parameter.is_some() {
            anyhow::bail!(
                "--pepper-ssm-parameter was removed: give --pepper-kms-key-id a KMS key for \
                 HMAC_256, and load all rows again under that key"
            );
        }
        if self.pepper_file.is_some() {
            anyhow::bail!(
                "--pepper-file was removed with --pepper-ssm-parameter, whose value a file held: \
                 give --pepper-kms-key-id a KMS key for HMAC_256, and load all rows again under \
                 that key"
            );
        }
        Ok(self.pepper_kms_key_id.as_deref())
    }
}

impl LoadCampaigns {
    /// The source of the rows' keys.
    ///
    /// # Errors
    /// When mode and pepper do not fit. Nothing is guessed here: rows under the wrong kind of key
    /// are there, and the function does not find them.
    pub fn key_source(&self) -> anyhow::Result<KeySource> {
        match (self.pin_key_mode, self.pepper.kms_key()?) {
            (PinKeyMode::Plain, None) => Ok(KeySource::Plain),
            (PinKeyMode::Plain, Some(_)) => {
                anyhow::bail!("a pepper is of no use for plain keys: add --pin-key-mode hmac")
            }
            (PinKeyMode::Hmac, Some(id)) => Ok(KeySource::KmsKey(id.to_owned())),
            (PinKeyMode::Hmac, None) => {
                anyhow::bail!("--pin-key-mode hmac needs --pepper-kms-key-id")
            }
        }
    }
}

fn campaign_id(text: &str) -> Result<CampaignId, String> {
    CampaignId::parse(text).ok_or_else(|| {
        "a campaignId must be 1 to 64 letters, digits, hyphens and underscores".to_owned()
    })
}

/// The address that the option says, else that of the variable that every SDK reads. As SDKs do, an empty
/// variable counts as none.
fn address(option: Option<&str>) -> anyhow::Result<Option<Address>> {
    if let Some(url) = option {
        return Ok(Some(Address::InWords(url.to_owned())));
    }
    match std::env::var(ENDPOINT_VARIABLE) {
        Ok(url) if url.is_empty() => Ok(None),
        Ok(url) => match endpoint_url(&url) {
            Ok(url) => Ok(Some(Address::OfEnvironment(url))),
            Err(cure) => {
                anyhow::bail!("{ENDPOINT_VARIABLE} must be an address and is {url:?}: {cure}")
            }
        },
        Err(VarError::NotPresent) => Ok(None),
        Err(error) => Err(error).context(ENDPOINT_VARIABLE),
    }
}

/// Unlike a local account's, AWS's endpoints speak HTTPS.
fn endpoint_url(text: &str) -> Result<String, String> {
    let fits = text.starts_with("http://") || text.starts_with("https://");
    fits.then(|| text.to_owned())
        .ok_or_else(|| "write http://ADDRESS:PORT or https://HOST".to_owned())
}

fn country(name: &str) -> Result<Country, String> {
    Country::named(name).ok_or_else(|| {
        "write two letters as in JP, US or DE (ISO 3166); numbers of other countries are written with \
         + and the country code"
            .to_owned()
    })
}
