//! The options and arguments of the command line.

mod draw;
mod first_minutes;
mod flow;
mod format;
mod root;
mod test;
mod up;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use local_account::LocalClient;
use local_toolchain::Architecture;

pub use draw::{FlowDraw, PictureFormat};
pub use first_minutes::{Completions, Exec, Shell};
pub use flow::{FlowCommand, FlowOptions};
pub use format::{Format, FormatOption};
pub use root::RootOption;

pub use test::{Test, TestCheck, TestCommand, TestRecord, TestRun};
pub use up::Up;

/// The default address of an account, which other AWS emulators use too.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:4566";
/// The same address as an endpoint URL.
pub const DEFAULT_ENDPOINT_URL: &str = "http://127.0.0.1:4566";

/// Deploy the campaign line into an AWS account on this machine, and call it.
///
/// Without a command it runs the demo: it builds the function's zip, starts an empty account, applies
/// examples/complete with Terraform, places two calls, destroys everything and checks that nothing is
/// left behind.
#[derive(Debug, Parser)]
#[command(name = "connect-local", version, about, max_term_width = 100)]
pub struct Options {
    /// The command to run. Default: demo.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Output format of results; progress goes to standard error
    #[arg(long, global = true, value_enum, default_value_t = FormatOption::Text)]
    pub format: FormatOption,

    /// The directory with module, flows and examples.
    #[command(flatten)]
    pub root: RootOption,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the demo: deploy, call, read the SMS, destroy
    #[command(after_help = "Example:\n  cargo run -- demo --language en")]
    Demo(Demo),
    /// Run an account until Ctrl-C, and print how to connect to it
    #[command(after_help = "Example:\n  cargo run -- up")]
    Up(Up),
    /// Deploy a line, then redeploy it and repeat its calls after each change of a file
    ///
    /// Deploys an example, or a stack of your own, and places the calls of --call. Then it watches
    /// lambda/src and lambda/Cargo.toml, flows/, the module's Terraform files and the stack. After a
    /// change it rebuilds the function if needed, applies, places the same calls, and prints which of
    /// their lines are new (+) or gone (-). If a change does not compile or apply, the error is shown and
    /// the line keeps answering as before.
    ///
    /// The line runs the zip in dist/ until lambda/ changes. From then on it runs a development build,
    /// which compiles fast, is large, and works on this machine only. The build is uploaded to Lambda
    /// without Terraform, whose state still names the zip in dist/; when dev ends, the line runs that zip
    /// again. A changed prompt is applied with -refresh=false, a changed Terraform file with a refresh.
    ///
    /// Terraform runs in a copy of the stack and keeps its state there, so nothing is written next to
    /// your files. The exception is a stack with a module whose source is a relative path outside this
    /// checkout and the stack: Terraform runs in that stack's own directory and keeps its state there.
    ///
    /// Before each round the demo's member and campaign are written again and the attempts table is
    /// emptied, so that every round starts with fresh limits. Meanwhile you can use the account with
    /// `cargo run -- call` and the other commands.
    #[command(after_help = "Example:\n  cargo run -- dev --call \"+819012345678 0042#\"")]
    Dev(Dev),
    /// Place a call in a running account; without key options, it prompts for keys
    #[command(after_help = "Example:\n  cargo run -- call --from +819012345678 --press 0042#")]
    Call(Call),
    /// List the text messages that a running account has sent, with time, Region and sender
    #[command(after_help = "Example:\n  cargo run -- --format json messages")]
    Messages(Reach),
    /// List the phone numbers of a running account, with Region and line
    #[command(after_help = "Example:\n  cargo run -- numbers")]
    Numbers(Reach),
    /// Run a command, such as Terraform or the AWS CLI, in a running account
    ///
    /// The command gets the account's endpoint, Region and keys, and the built provider where there is one.
    /// Variables that lead elsewhere are removed: profiles, keys, endpoints of single services, arguments
    /// and workspaces of Terraform. Terraform's workspace is connect-local and its data directory
    /// .terraform/connect-local, so that the state of the local account is never that of AWS. The exit code
    /// is the command's.
    #[command(
        after_help = "Example:\n  cargo run -- exec -- terraform -chdir=examples/complete apply"
    )]
    Exec(Exec),
    /// Make requests to a running account's services slow, fail or lose their responses
    #[command(after_help = "Example:\n  cargo run -- faults set rules.json")]
    Faults(FaultOptions),
    /// Write members or campaigns from a CSV file into the tables, in AWS or in a running account
    #[command(
        after_help = "Example:\n  cargo run -- load members members.csv --table campaign_member_table --dry-run"
    )]
    Load(Operator),
    /// List, find, add, remove, import, export or synchronise the members of a line
    #[command(
        disable_help_flag = true,
        after_help = "Example:\n  cargo run -- members list --line spring"
    )]
    Members(Operator),
    /// List, show, add, pause, resume, end, import, export or report the campaigns of a line
    #[command(
        disable_help_flag = true,
        after_help = "Example:\n  cargo run -- campaigns report --line spring"
    )]
    Campaigns(Operator),
    /// Issue random PINs for a campaign
    #[command(
        disable_help_flag = true,
        after_help = "Example:\n  cargo run -- pins issue --line spring --campaign summer --count 100 --length 8"
    )]
    Pins(Operator),
    /// List the rows of a line's tables that its function cannot use
    #[command(
        disable_help_flag = true,
        after_help = "Example:\n  cargo run -- rows check --line spring"
    )]
    Rows(Operator),
    /// Explain why a caller got a message or none
    #[command(
        disable_help_flag = true,
        after_help = "Example:\n  cargo run -- explain --line spring --caller +819012345678 --since 2h"
    )]
    Explain(Operator),
    /// Remove the traces of a number, and name those that remain
    #[command(
        disable_help_flag = true,
        after_help = "Example:\n  cargo run -- forget +819012345678 --line spring"
    )]
    Forget(Operator),
    /// Build the function's zips and a release bundle of the module into dist/
    #[command(after_help = "Example:\n  cargo run -- package --architecture arm64 --function-only")]
    Package(Package),
    /// Run test cases of Amazon Connect against a flow file or a running account
    ///
    /// Files that CreateTestCase takes run as they are. Time is virtual, so a test that waits for five
    /// minutes takes none. With a failed test the exit code is 1, with an unreadable file 2.
    #[command(after_help = "Example:\n  cargo run -- test flows/tests")]
    Test(Test),
    /// Check a stack of your own that uses the module
    #[command(after_help = "Example:\n  cargo run -- stack check examples/complete")]
    Stack(StackOptions),
    /// Check and draw flows of Amazon Connect, of this module or any other
    #[command(after_help = "Example:\n  cargo run -- flow check flow.json")]
    Flow(FlowOptions),
    /// Print the completions of this command line for a shell
    #[command(
        after_help = "Example:\n  cargo run -- completions bash > ~/.local/share/bash-completion/completions/connect-local"
    )]
    Completions(Completions),
}

#[derive(Debug, Args, Clone)]
pub struct Demo {
    /// Language of the prompts
    #[arg(long, value_enum, default_value_t = Language::Ja)]
    pub language: Language,

    /// Keep account and line after the calls, until Ctrl-C, and print how to connect to them
    #[arg(long)]
    pub keep: bool,

    /// Keep account and line until Ctrl-C, to be called in a browser; prints the address of the page first
    ///
    /// The demo's own calls are not placed: the member may get only a few messages a day.
    #[arg(long, conflicts_with = "keep")]
    pub page: bool,
}

/// The arguments of a command of the program `operator`, which parses them itself.
#[derive(Debug, Args, Clone)]
pub struct Operator {
    /// The command and its options; --help lists them
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    pub arguments: Vec<OsString>,
}

/// Options of the build into `dist`.
#[derive(Debug, Args, Clone)]
pub struct Package {
    /// Processor to build the function for. Default: every processor whose Rust target is installed
    #[arg(long, value_enum)]
    pub architecture: Option<Processor>,

    /// Build the function's zips without the bundle
    #[arg(long)]
    pub function_only: bool,
}

#[derive(Debug, Args, Clone)]
pub struct StackOptions {
    /// The command to run.
    #[command(subcommand)]
    pub command: StackCommand,
}

#[derive(Debug, Subcommand, Clone)]
pub enum StackCommand {
    /// Report fields that the module does not have, which Terraform ignores silently
    ///
    /// Reads the .tf files of the stack and of its local modules. It sends no requests to AWS and changes
    /// nothing. Each block that uses this module is compared with the module's variables, at any depth. A
    /// field that does not exist is an error, reported with the closest valid name. Alarms without a
    /// topic, a Japanese mobile number as a fallback and unknown voices are warnings. With an error the
    /// exit code is 1, so the command works as a pre-commit hook.
    #[command(after_help = "Example:\n  cargo run -- stack check examples/complete")]
    Check(StackCheck),
}

#[derive(Debug, Args, Clone)]
pub struct StackCheck {
    /// Directory of the stack
    #[arg(default_value = ".", value_name = "DIRECTORY")]
    pub directory: PathBuf,
}

/// Processors that Lambda runs on.
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

/// Languages that the module ships with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Japanese
    Ja,
    /// English
    En,
}

impl Language {
    /// Returns the value of the module's variable `language`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }
}

/// Options of a line that is redeployed after each change.
#[derive(Debug, Args, Clone)]
pub struct Dev {
    /// The account that the line runs in.
    #[command(flatten)]
    pub account: Up,

    /// Name of an example, or directory of a stack of your own
    #[arg(long, default_value = "complete", value_name = "NAME|DIRECTORY")]
    pub example: String,

    /// Call to place in each round: the caller's number or `withheld`, then the keys for each time the
    /// line waits for input; can be repeated
    #[arg(
        long = "call",
        value_name = "CALL",
        default_value = "+819012345678 0042#",
        value_parser = planned_call
    )]
    pub calls: Vec<PlannedCall>,
}

/// A call that is placed in each round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCall {
    /// The caller's number in E.164 format; `None` withholds it.
    pub from: Option<String>,
    /// The keys, one entry for each time the line waits for input.
    pub entries: Vec<String>,
}

/// The address of a running account.
#[derive(Debug, Args, Clone)]
pub struct Reach {
    /// Endpoint URL of the account
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
    /// Returns a client of the account. It signs with the access key id of the environment, which is the
    /// token where other machines can reach the account.
    pub(crate) fn client(&self) -> LocalClient {
        let client = LocalClient::new(&self.endpoint_url);
        match self.access_key_id() {
            Some(key) => client.signing_as(key),
            None => client,
        }
    }

    /// Returns the access key id of the environment; an empty one counts as unset.
    pub(crate) fn access_key_id(&self) -> Option<String> {
        let key = std::env::var("AWS_ACCESS_KEY_ID").ok();
        key.filter(|key| !key.is_empty())
    }
}

/// Options of a call.
#[derive(Debug, Args, Clone)]
pub struct Call {
    /// The account to call.
    #[command(flatten)]
    pub reach: Reach,

    /// Number to dial in E.164 format; required only when several numbers are claimed
    #[arg(long, value_name = "NUMBER", value_parser = phone_number)]
    pub to: Option<String>,

    /// Caller's number in E.164 format
    #[arg(
        long,
        value_name = "NUMBER",
        value_parser = phone_number,
        required_unless_present_any = ["withheld", "chat"]
    )]
    pub from: Option<String>,

    /// Withhold the caller's number
    #[arg(long, conflicts_with = "from")]
    pub withheld: bool,

    /// Keys to press the next time the line waits for input (0-9, * and #, and a comma for a pause of a
    /// second); can be repeated
    #[arg(long, value_name = "KEYS", allow_hyphen_values = true, value_parser = keys)]
    pub press: Vec<String>,

    /// Press no keys, and wait until the line ends the call
    #[arg(long, conflicts_with_all = ["press", "hang_up"])]
    pub silent: bool,

    /// Hang up when the line waits for input and no keys are left
    #[arg(long)]
    pub hang_up: bool,

    /// Print the call block by block afterwards: parameters, attributes, functions with their requests, flow
    /// log, and the last log lines of a function that failed
    ///
    /// What the caller keyed in is masked, since it may be a PIN.
    #[arg(long)]
    pub trace: bool,

    /// Start a chat with a published inbound flow, by name, id or ARN, instead of a call
    #[arg(long, value_name = "FLOW", conflicts_with_all = ["to", "from", "withheld", "press"])]
    pub chat: Option<String>,

    /// Directory for the sound of each prompt that the caller hears, as --voice-command makes it
    #[arg(long, value_name = "DIRECTORY", requires = "voice_command")]
    pub wav: Option<PathBuf>,

    /// Speech program, read by sh: the text is its standard input, and {} is the file to write
    ///
    /// The variables VOICE and LANGUAGE_CODE have the voice of the flow, such as Kazuha, and the language,
    /// such as ja-JP. Tags of SSML are removed from the text.
    #[arg(long, value_name = "COMMAND", requires = "wav")]
    pub voice_command: Option<String>,

    /// JSON file with what the call meets that the account does not have: agents, bots, profiles
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
}

/// Options of the fault rules.
#[derive(Debug, Args, Clone)]
pub struct FaultOptions {
    /// The account that has the rules.
    #[command(flatten)]
    pub reach: Reach,

    /// The command to run. Default: show.
    #[command(subcommand)]
    pub command: Option<FaultCommand>,
}

#[derive(Debug, Subcommand, Clone)]
pub enum FaultCommand {
    /// Replace all rules with those of a JSON file
    #[command(after_help = "Example:\n  cargo run -- faults set rules.json")]
    Set {
        /// JSON file with the rules
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Remove all rules
    #[command(after_help = "Example:\n  cargo run -- faults clear")]
    Clear,
    /// Show the rules, and how many requests each has matched and affected
    #[command(after_help = "Example:\n  cargo run -- faults show")]
    Show,
}

/// Validates an endpoint URL. An empty variable counts as unset, as in AWS's SDKs.
fn endpoint_url(text: &str) -> Result<String, String> {
    match text {
        "" => Ok(DEFAULT_ENDPOINT_URL.to_owned()),
        url if url.starts_with("http://") => Ok(url.to_owned()),
        _ => Err("the local account serves plain HTTP: write http://ADDRESS:PORT".to_owned()),
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
            "write the number in E.164 format, with + and the country code: +819012345678 for 090-1234-5678 \
             in Japan"
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

/// Validates keys before the call is placed, so that a typing error does not cost a call.
fn keys(text: &str) -> Result<String, String> {
    match local_connect::strokes(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(unknown) => Err(unknown.to_string()),
    }
}

#[cfg(test)]
mod tests;
