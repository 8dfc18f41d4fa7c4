//! The options of `flow draw`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Reach;

/// The formats of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PictureFormat {
    /// A picture that browsers, README files and documents show
    Svg,
    /// Text that Markdown on GitHub shows as a flowchart
    Mermaid,
}

impl PictureFormat {
    /// Returns the extension of files in this format.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Mermaid => "mmd",
        }
    }
}

/// Options of pictures of flows.
#[derive(Debug, Args, Clone)]
pub struct FlowDraw {
    /// Flow, exported or rendered, or an answer of `aws connect describe-contact-flow`; - is standard input
    #[arg(value_name = "FILE", required_unless_present = "flow")]
    pub files: Vec<PathBuf>,

    /// Draw a flow of a running account, by name, id or ARN
    #[arg(long, value_name = "NAME", conflicts_with = "files")]
    pub flow: Option<String>,

    /// The account that has the flow.
    #[command(flatten)]
    pub reach: Reach,

    /// File to write, or with several flows a directory that exists. Default: standard output
    #[arg(short, long, value_name = "FILE|DIRECTORY")]
    pub output: Option<PathBuf>,

    /// Format of the picture. Default: mermaid for files that end with .mmd or .md, or else svg
    #[arg(long = "as", value_name = "FORMAT", value_enum)]
    pub picture: Option<PictureFormat>,

    /// Place blocks as the console does, as far as none covers another
    #[arg(long)]
    pub console_positions: bool,

    /// Light the way of a call: a JSON file with steps, the output of `test --format json`, or the contact id
    /// of a call in the running account
    ///
    /// The steps are {"steps": [{"flowId": ID, "block": IDENTIFIER, "branch": NAME}, …]}. The branch is
    /// NextAction, the operand of a condition or an error type; without it, each branch that leads to the next
    /// step's block is lit. Steps with another flowId than that of --flow are left out.
    #[arg(long, value_name = "FILE|CONTACT")]
    pub path: Option<PathBuf>,

    /// Mark the branches that no test case takes; can be repeated
    ///
    /// Runs the test cases, or those of a directory, against the file alone as `test --flow` does, or against
    /// the account of --flow.
    #[arg(long, value_name = "FILE|DIRECTORY")]
    pub coverage: Vec<PathBuf>,
}
