//! What can be said on the command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use local_toolchain::Architecture;

/// Where an account listens unless told otherwise, and where other AWS emulators do too.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:4566";
/// The same address as an endpoint.
pub const DEFAULT_ENDPOINT_URL: &str = "http://127.0.0.1:4566";

/// Deploy the campaign line into an AWS account on this machine, and call it.
///
/// Without a command it tells the whole story: it builds the function's zip, starts an empty
/// account, applies examples/complete with Terraform, places two calls, destroys everything and
/// checks that nothing is left.
#[derive(Debug, Parser)]
#[command(name = "connect-local", version, about, max_term_width = 100)]
pub struct Options {
    /// What to do; without it, the whole story.
    #[command(subcommand)]
    pub command: Option<Command>,

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

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tell the whole story: deploy, call, read the SMS, destroy
    Demo(Demo),
    /// Run an account until Ctrl-C and say how to reach it
    Up(Up),
    /// Place a call into a running account; asks for keys when none are given
    Call(Call),
    /// List the text messages that a running account has sent
    Messages(Reach),
    /// Make calls to a running account's services slow, fail or get lost
    Faults(FaultOptions),
    /// Write members or campaigns from a CSV file into the tables, in AWS or in a running account
    Load(Load),
    /// Build the function's zips and a release bundle of the module into dist/
    Package(Package),
}

/// The whole story.
#[derive(Debug, Args, Clone)]
pub struct Demo {
    /// Language of the prompts
    #[arg(long, value_enum, default_value_t = Language::Ja)]
    pub language: Language,
}

/// What the loader is told: everything after `load`, which it reads itself.
#[derive(Debug, Args, Clone)]
pub struct Load {
    /// `members FILE` or `campaigns FILE` and their options; `load members --help` lists them
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "WHAT"
    )]
    pub arguments: Vec<OsString>,
}

/// What is built into `dist`.
#[derive(Debug, Args, Clone)]
pub struct Package {
    /// Processor to build the function for; without it, every one whose Rust target is installed
    #[arg(long, value_enum)]
    pub architecture: Option<Processor>,

    /// Build the function's zips and no bundle
    #[arg(long)]
    pub function_only: bool,
}

/// Processors that Lambda runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Processor {
    /// Intel and AMD
    #[value(name = "x86_64")]
    X86_64,
    /// ARM, Graviton
    Arm64,
}

impl From<Processor> for Architecture {
    fn from(processor: Processor) -> Self {
        match processor {
            Processor::X86_64 => Self::X86_64,
            Processor::Arm64 => Self::Arm64,
        }
    }
}

/// Languages that the module ships.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Japanese
    Ja,
    /// English
    En,
}

impl Language {
    /// As the module's variable `language` wants it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }
}

/// A running account.
#[derive(Debug, Args, Clone)]
pub struct Up {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = DEFAULT_ADDRESS, value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,

    /// JSON file with the fault rules to begin with
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
}

/// How a running account is reached.
#[derive(Debug, Args, Clone)]
pub struct Reach {
    /// Where the account listens
    #[arg(
        long,
        env = "AWS_ENDPOINT_URL",
        default_value = DEFAULT_ENDPOINT_URL,
        value_parser = endpoint_url,
        global = true
    )]
    pub endpoint_url: String,
}

/// A call.
#[derive(Debug, Args, Clone)]
pub struct Call {
    /// Where the account listens.
    #[command(flatten)]
    pub reach: Reach,

    /// Number to dial, E.164; may be left out while only one number is claimed
    #[arg(long, value_name = "NUMBER", value_parser = phone_number)]
    pub to: Option<String>,

    /// Caller's number, E.164
    #[arg(
        long,
        value_name = "NUMBER",
        value_parser = phone_number,
        required_unless_present = "withheld"
    )]
    pub from: Option<String>,

    /// Withhold the caller's number
    #[arg(long, conflicts_with = "from")]
    pub withheld: bool,

    /// Keys for the next time the line waits: 0-9, * and #; may be given several times
    #[arg(long, value_name = "KEYS", allow_hyphen_values = true, value_parser = keys)]
    pub press: Vec<String>,

    /// Press nothing, and wait until the line gives up
    #[arg(long, conflicts_with_all = ["press", "hang_up"])]
    pub silent: bool,

    /// Hang up when the line waits and no keys are left
    #[arg(long)]
    pub hang_up: bool,
}

/// Fault rules.
#[derive(Debug, Args, Clone)]
pub struct FaultOptions {
    /// Where the account listens.
    #[command(flatten)]
    pub reach: Reach,

    /// What to do with the rules; without it, show them.
    #[command(subcommand)]
    pub command: Option<FaultCommand>,
}

/// What to do with the fault rules.
#[derive(Debug, Subcommand, Clone)]
pub enum FaultCommand {
    /// Put the rules of a JSON file in the place of all others
    Set {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Take all rules away
    Clear,
    /// Show the rules, how many calls fitted them and how many suffered
    Show,
}

/// As SDKs do, an empty variable counts as none.
fn endpoint_url(text: &str) -> Result<String, String> {
    match text {
        "" => Ok(DEFAULT_ENDPOINT_URL.to_owned()),
        url if url.starts_with("http://") => Ok(url.to_owned()),
        _ => Err("a local account speaks plain HTTP: write http://ADDRESS:PORT".to_owned()),
    }
}

fn phone_number(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix('+').unwrap_or_default();
    let valid = (3..=15).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && !digits.starts_with('0');
    match valid {
        true => Ok(text.to_owned()),
        false => Err(
            "write it in E.164, with + and the country code: +819012345678 is Japan's 090-1234-5678"
                .to_owned(),
        ),
    }
}

/// Checked before the call is placed, so that a slip does not cost a call.
fn keys(text: &str) -> Result<String, String> {
    match local_connect::keys(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(unknown) => Err(unknown.to_string()),
    }
}
