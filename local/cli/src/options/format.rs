//! The output formats of commands.

use anyhow::bail;
use clap::ValueEnum;
use connect_flow_check::render;

/// The output format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    Text,
    /// One JSON object per line
    Json,
}

/// The value of `--format`, of which each command prints some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatOption {
    /// Text for people
    Text,
    /// One JSON object per line
    Json,
    /// A line for each finding of `flow check`.
    #[value(hide = true)]
    Concise,
    /// SARIF 2.1.0, from `flow check`.
    #[value(hide = true)]
    Sarif,
    /// Workflow commands of GitHub Actions, from `flow check`.
    #[value(hide = true)]
    Github,
}

impl FormatOption {
    /// Returns the format of a command that prints results.
    ///
    /// # Errors
    /// When it is one of findings.
    pub fn of_results(self) -> anyhow::Result<Format> {
        match self {
            Self::Text => Ok(Format::Text),
            Self::Json => Ok(Format::Json),
            Self::Concise | Self::Sarif | Self::Github => {
                bail!(
                    "--format must be text or json here: concise, sarif and github are formats of `flow check`"
                )
            }
        }
    }

    /// Returns the format of findings.
    pub fn of_findings(self) -> render::Format {
        match self {
            Self::Text => render::Format::Text,
            Self::Json => render::Format::Json,
            Self::Concise => render::Format::Concise,
            Self::Sarif => render::Format::Sarif,
            Self::Github => render::Format::Github,
        }
    }
}
