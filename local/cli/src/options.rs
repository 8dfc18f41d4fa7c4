//! What can be said on the command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use local_account::{HostName, LocalClient};
use local_toolchain::Architecture;

use crate::listen::Listen;

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
    /// Run a line in an account, and after each change of a file deploy it and place calls again
    ///
    /// It deploys an example, or a stack of your own, and places the calls of --call. Then it watches
    /// lambda/src and lambda/Cargo.toml, flows/, the module's Terraform files and the stack. After a
    /// change it rebuilds the function if need be, applies, places the same calls and prints which
    /// lines of them are new (+) or gone (-). What does not compile or apply is shown, and the line
    /// goes on answering as before.
    ///
    /// The line runs the zip in dist/ until lambda/ changes, then a development build: quick to
    /// compile, large, and good for this machine alone. A changed function is given to Lambda as it is,
    /// without Terraform, which goes on taking it for the zip in dist/; at the end the line runs that
    /// again. A changed prompt is applied without looking at everything that is there
    /// (-refresh=false), a changed Terraform file with.
    ///
    /// Terraform runs in a copy, and its state with it; nothing is written beside your files. A stack
    /// with a module whose source is a relative path to neither this checkout nor the stack itself is
    /// run where it is, and keeps its state there.
    ///
    /// Before each round the story's member and campaign are written again, and the attempts table is
    /// emptied: limits count from nothing. `cargo run -- call` and the other commands reach the account
    /// meanwhile.
    Dev(Dev),
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
    /// Look at a stack of your own that uses the module
    Stack(StackOptions),
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

/// A stack that uses the module.
#[derive(Debug, Args, Clone)]
pub struct StackOptions {
    /// What to do with it.
    #[command(subcommand)]
    pub command: StackCommand,
}

/// What to do with a stack.
#[derive(Debug, Subcommand, Clone)]
pub enum StackCommand {
    /// Name the fields that the module does not have, which Terraform drops without a word
    ///
    /// It reads the .tf files of the stack and of modules of its own, asks nothing of AWS and changes
    /// nothing. Every module block that uses this module is compared with the module's variables, at
    /// any depth, and a field that is not there is an error, with the nearest right name. Alarms
    /// without a topic, a Japanese mobile number as a fallback and voices that are not known are
    /// warnings. With an error it exits with 1, so that it can be a pre-commit hook.
    Check(StackCheck),
}

/// A stack to check.
#[derive(Debug, Args, Clone)]
pub struct StackCheck {
    /// The stack
    #[arg(default_value = ".", value_name = "DIRECTORY")]
    pub directory: PathBuf,
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
    /// Address or name of this machine to listen on; port 0 takes a free one
    ///
    /// On any address but a loopback one, such as 0.0.0.0, other machines reach the account, and whoever
    /// uses it can run programs on this machine. Then it wants a token, which it prints: as the access
    /// key id of every AWS client, and for what is below /_local/ in a browser once as ?token= in the
    /// address. The other commands take it from AWS_ACCESS_KEY_ID. Nothing is encrypted on the way.
    #[arg(long, default_value = DEFAULT_ADDRESS, value_name = "HOST:PORT")]
    pub listen: Listen,

    /// Name of a host that clients call the account by, with those below it; may be given several times
    ///
    /// So that no web page leads its own name to the account, it answers to IP addresses, localhost and
    /// names below it, AWS's own names (amazonaws.com, api.aws and their like), and a name given to
    /// --listen. Other names are those of containers and forwarded ports, such as host.docker.internal.
    #[arg(long = "allow-host", value_name = "NAME")]
    pub allowed_hosts: Vec<HostName>,

    /// JSON file with the fault rules to begin with
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,

    /// Let functions take as long as they like, as a debugger wants it, and print the process of each
    ///
    /// Neither the function's time-out nor the 8 seconds of Amazon Connect are enforced, and the
    /// deadline that the function is told lies a year away.
    #[arg(long)]
    pub no_time_limits: bool,
}

/// A line that is changed again and again.
#[derive(Debug, Args, Clone)]
pub struct Dev {
    /// The account.
    #[command(flatten)]
    pub account: Up,

    /// Name of an example, or path of a directory with a stack of your own
    #[arg(long, default_value = "complete", value_name = "NAME|DIRECTORY")]
    pub example: String,

    /// Call to place in each round: the caller's number or withheld, then keys for each time the line
    /// waits; may be given several times
    #[arg(
        long = "call",
        value_name = "CALL",
        default_value = "+819012345678 0042#",
        value_parser = planned_call
    )]
    pub calls: Vec<PlannedCall>,
}

/// A call to be placed again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCall {
    /// The caller's number, E.164; none is a withheld one.
    pub from: Option<String>,
    /// Keys, an entry for each time the line waits.
    pub entries: Vec<String>,
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

impl Reach {
    /// A client of the account with the access key id that AWS's clients would sign with: the token of
    /// an account that other machines reach.
    pub(crate) fn client(&self) -> LocalClient {
        let client = LocalClient::new(&self.endpoint_url);
        match std::env::var("AWS_ACCESS_KEY_ID") {
            Ok(key) if !key.is_empty() => client.signing_as(key),
            _ => client,
        }
    }
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

fn planned_call(text: &str) -> Result<PlannedCall, String> {
    let mut words = text.split_whitespace();
    let from = match words.next() {
        None => {
            return Err(
                "write the caller's number or `withheld`, then keys: +819012345678 0042#"
                    .to_owned(),
            );
        }
        Some("withheld") => None,
        Some(number) => Some(phone_number(number)?),
    };
    let entries = words.map(keys).collect::<Result<_, _>>()?;
    Ok(PlannedCall { from, entries })
}

/// Checked before the call is placed, so that a slip does not cost a call.
fn keys(text: &str) -> Result<String, String> {
    match local_connect::keys(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(unknown) => Err(unknown.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planned_call_is_a_caller_and_keys() {
        let call = |from: Option<&str>, entries: &[&str]| PlannedCall {
            from: from.map(str::to_owned),
            entries: entries.iter().map(|&keys| keys.to_owned()).collect(),
        };
        let phone = "+819012345678";
        assert_eq!(
            planned_call("+819012345678  1 0042#").unwrap(),
            call(Some(phone), &["1", "0042#"])
        );
        assert_eq!(planned_call("withheld").unwrap(), call(None, &[]));
        for (text, why) in [
            ("", "the caller's number or `withheld`"),
            ("0042#", "E.164"),
            ("+819012345678 12x", "'x' is not a telephone key"),
        ] {
            let said = planned_call(text).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }
}
