//! The options of `exec` and `completions`.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use super::Reach;

/// Options of a command that runs in an account.
#[derive(Debug, Args, Clone)]
pub struct Exec {
    /// The account to run it in.
    #[command(flatten)]
    pub reach: Reach,

    /// The command and its arguments, behind --
    #[arg(required = true, last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// Options of the completions.
#[derive(Debug, Args, Clone, Copy)]
pub struct Completions {
    /// Shell that reads the script
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Shells with completions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    pub(crate) fn generator(self) -> clap_complete::Shell {
        match self {
            Self::Bash => clap_complete::Shell::Bash,
            Self::Zsh => clap_complete::Shell::Zsh,
            Self::Fish => clap_complete::Shell::Fish,
        }
    }
}
