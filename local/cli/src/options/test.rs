//! The options of `test`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Reach, keys, phone_number};

/// Options of test cases.
#[derive(Debug, Args, Clone)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Test {
    /// The account to test, unless a flow file is.
    #[command(flatten)]
    pub reach: Reach,

    /// The test cases to run.
    #[command(flatten)]
    pub run: TestRun,

    /// The command to run. Default: run test cases.
    #[command(subcommand)]
    pub command: Option<TestCommand>,
}

#[derive(Debug, Subcommand, Clone)]
pub enum TestCommand {
    /// Report what AWS would refuse about test cases, without running them
    ///
    /// Each problem has its place in the content. Words of AWS that were recorded are marked `AWS:`, words
    /// of this program `here:`. With a problem the exit code is 1.
    #[command(after_help = "Example:\n  cargo run -- test check flows/tests")]
    Check(TestCheck),
    /// Place a call, and write a test case that expects the same again
    ///
    /// The pressed keys are in the file, PINs as well: press those of test data. A function that the line
    /// invokes is not in the file, so with --flow it must be mocked.
    #[command(
        after_help = "Example:\n  cargo run -- test record --from +819012345678 --press 0042# -o call.json"
    )]
    Record(TestRecord),
}

/// Options of a run of test cases.
#[derive(Debug, Args, Clone)]
pub struct TestRun {
    /// Test cases, or directories with them: JSON as `aws connect create-test-case --cli-input-json`
    /// takes it, or as the console exports it
    #[arg(required = true, value_name = "FILE|DIRECTORY")]
    pub files: Vec<PathBuf>,

    /// Test this flow file alone, without an account
    ///
    /// Every flow and number of an entry point stands for this flow. Functions, queues, modules and other
    /// flows do not exist; a function fails unless the test case mocks it.
    #[arg(long, value_name = "FILE")]
    pub flow: Option<PathBuf>,

    /// Accept only texts that are equal, or contained where the test case says so
    ///
    /// AWS publishes neither the method nor the threshold of its matching by similarity.
    #[arg(long)]
    pub strict: bool,

    /// List the branches of the flows that no test took
    #[arg(long)]
    pub coverage: bool,

    /// Write the results as a JUnit report
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Run again after each change of a test case or of the flow, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
}

/// Options of a check of test cases.
#[derive(Debug, Args, Clone)]
pub struct TestCheck {
    /// Test cases, or directories with them
    #[arg(required = true, value_name = "FILE|DIRECTORY")]
    pub files: Vec<PathBuf>,
}

/// Options of a call from which a test case is written.
#[derive(Debug, Args, Clone)]
pub struct TestRecord {
    /// File to write; it must not exist yet
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Number to dial in E.164 format; required only when several numbers are claimed
    #[arg(long, value_name = "NUMBER", value_parser = phone_number)]
    pub to: Option<String>,

    /// Caller's number in E.164 format
    #[arg(long, value_name = "NUMBER", value_parser = phone_number, required_unless_present = "withheld")]
    pub from: Option<String>,

    /// Withhold the caller's number
    #[arg(long, conflicts_with = "from")]
    pub withheld: bool,

    /// Keys to press the next time the line waits for input; can be repeated
    #[arg(long, value_name = "KEYS", allow_hyphen_values = true, value_parser = keys)]
    pub press: Vec<String>,

    /// Hang up when the line waits for input and no keys are left
    #[arg(long)]
    pub hang_up: bool,

    /// Name of the test case. Default: the name of the file
    #[arg(long)]
    pub name: Option<String>,
}
