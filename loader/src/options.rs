//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use connect_pin_sms::attributes::{BENEFITS_KEY, KeyAttribute, MEMBER_KEY};

use crate::rows::phone::Country;
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
    /// What to load.
    #[command(subcommand)]
    pub load: Load,

    /// How results are printed. Progress goes to standard error either way.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What to load.
#[derive(Debug, Subcommand, Clone)]
pub enum Load {
    /// Write members: phone,id
    ///
    /// The file is CSV in UTF-8, its first line names the columns. Numbers are written in any usual
    /// way and stored as E.164; what may be two numbers is refused. A member's row is replaced
    /// whole.
    Members(LoadMembers),

    /// Write campaigns: pinCode,campaignUrl and the rules of the campaign
    ///
    /// The file is CSV in UTF-8, its first line names the columns. Optional ones are enabled,
    /// startsAt, expiresAt (seconds since 1970 or RFC 3339), maxRedemptions, singleUsePerMember and
    /// message (with {url} in it).
    ///
    /// A row that is there already keeps its count of redemptions, and every attribute whose column
    /// the file does not have; an empty cell removes the attribute.
    Campaigns(LoadCampaigns),
}

/// Members.
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

    /// Country of the numbers without a country code
    #[arg(long, value_name = "COUNTRY", default_value = "JP", value_parser = country)]
    pub country: &'static Country,
}

/// Campaigns.
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

    /// How rows are found: as the module's pin_key_mode
    #[arg(long, value_name = "MODE", value_enum, default_value_t = PinKeyMode::Plain)]
    pub pin_key_mode: PinKeyMode,

    /// The secret of HMACs.
    #[command(flatten)]
    pub pepper: PepperOptions,
}

/// Where rows come from and go to.
#[derive(Debug, Args, Clone)]
pub struct Source {
    /// CSV file; - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Where the account is; without it, AWS
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL", value_parser = endpoint_url)]
    endpoint_url: Option<String>,

    /// Check everything and show what would be written, without numbers and PINs; write nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Source {
    /// As SDKs do, an empty variable counts as none.
    pub fn endpoint_url(&self) -> Option<&str> {
        self.endpoint_url.as_deref().filter(|url| !url.is_empty())
    }
}

/// How the keys of campaign rows are made.
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
    /// Where the keys of the rows come from.
    ///
    /// # Errors
    /// When mode and pepper do not fit. Nothing is guessed here: rows under the wrong kind of key
    /// are there, and nobody finds them.
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

/// Unlike a local account's, AWS's endpoints speak HTTPS.
fn endpoint_url(text: &str) -> Result<String, String> {
    let fits = text.is_empty() || text.starts_with("http://") || text.starts_with("https://");
    fits.then(|| text.to_owned())
        .ok_or_else(|| "write http://ADDRESS:PORT or https://HOST".to_owned())
}

fn country(name: &str) -> Result<&'static Country, String> {
    Country::named(name).ok_or_else(|| {
        let known: Vec<_> = Country::ALL.iter().map(|country| country.name).collect();
        format!(
            "known are {}; write other numbers with + and the country code",
            known.join(", ")
        )
    })
}
