//! Everything that can go wrong, each in a sentence that says what to do about it.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitStatus;

use crate::architecture::Architecture;

/// This crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a step could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Tools are missing or too old.
    #[error(transparent)]
    MissingTools(#[from] MissingTools),

    /// A child process could not be started or failed.
    #[error(transparent)]
    Command(#[from] Box<CommandError>),

    /// A file or directory could not be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried, such as "read".
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },

    /// Neither `XDG_CACHE_HOME` nor `HOME` says where to keep what is built.
    #[error(
        "there is no place for the cache: set HOME, or XDG_CACHE_HOME to a directory with a few \
         hundred megabytes of space"
    )]
    NoCacheDirectory,

    /// A child's output was not what this crate knows how to read.
    #[error("`{command}` printed something unexpected ({problem}); check the installed version")]
    UnexpectedOutput {
        /// The command line.
        command: String,
        /// What is wrong with it.
        problem: String,
    },

    /// README.md does not tell which parts of it a release leaves out.
    #[error("README.md must have marks in pairs, each a line: {0}")]
    Readme(String),

    /// The provider's sources do not look like those the recipe was written for.
    #[error(
        "the AWS provider's sources do not look as expected: {0}; this repository builds exactly \
         version {version} and its recipe has to be adapted to any other",
        version = crate::provider::PROVIDER_VERSION
    )]
    ProviderSource(String),

    /// The downloaded provider module is not the one this repository names.
    #[error(
        "the AWS provider's Go module has checksum {found} instead of {expected}; it was not \
         built. Clean the Go module cache (`go clean -modcache`) and look at the module proxy in \
         `go env GOPROXY`"
    )]
    ProviderChecksum {
        /// The checksum this repository names.
        expected: String,
        /// The checksum of what was downloaded.
        found: String,
    },

    /// The processor is none that Lambda runs.
    #[error(
        "the function cannot be built for {0}: Lambda runs x86_64 and arm64, so use a machine \
         with one of these processors"
    )]
    Architecture(String),

    /// Nothing can be compiled for a processor yet.
    #[error(
        "the function cannot be built for {0}: the Rust target {target} is not installed. \
         `rustup target add {target}` installs it",
        target = .0.rust_target()
    )]
    RustTarget(Architecture),

    /// The function does not compile.
    #[error("the function does not compile:\n{said}")]
    Compile {
        /// All that the compiler said.
        said: String,
    },

    /// The function's binary would not start on Lambda.
    #[error(
        "the function's binary needs glibc {needed}, but Lambda's provided.al2023 has {available}; \
         something else than zig linked it: look for `linker` settings in Cargo's configuration \
         and for a cargo-lambda of your own on the PATH"
    )]
    Glibc {
        /// The version the binary asks for.
        needed: String,
        /// The version the runtime has.
        available: String,
    },

    /// The zip could not be packed.
    #[error("cannot pack the zip")]
    Zip(#[from] zip::result::ZipError),

    /// `Cargo.lock` could not be read.
    #[error("cannot read {}", path.display())]
    CargoLock {
        /// Where it is.
        path: PathBuf,
        /// Why not.
        source: cargo_lock::Error,
    },

    /// The list of what the function is made of could not be written down.
    #[error("cannot write the bill of materials")]
    Sbom(#[from] cyclonedx_bom::errors::JsonWriteError),

    /// The list of what the function is made of is none that CycloneDX allows.
    #[error("the bill of materials is not valid CycloneDX: {0}")]
    InvalidSbom(String),

    /// There is no directory with a stack.
    #[error(
        "a stack must be a directory with Terraform's files (*.tf) in it; {} is none. Give the name of \
         an example or the path of such a directory", path.display()
    )]
    NoStack {
        /// Where it was looked for.
        path: PathBuf,
    },

    /// A named example does not exist.
    #[error("there is no example {name:?} in {}", repository.display())]
    NoSuchExample {
        /// The name.
        name: String,
        /// The repository it was looked for in.
        repository: PathBuf,
    },

    /// Ctrl-C was pressed while a child was running.
    #[error("`{command}` was interrupted; its state is as Terraform left it")]
    Interrupted {
        /// The command line.
        command: String,
    },
}

impl Error {
    /// The text a failed child wrote last, when that is what failed.
    #[must_use]
    pub fn child_output(&self) -> Option<&str> {
        match self {
            Self::Command(error) => match error.as_ref() {
                CommandError::Failed { tail, .. } => Some(tail),
                CommandError::Start { .. } | CommandError::Wait { .. } => None,
            },
            _ => None,
        }
    }
}

/// Why a child process gave no result.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It could not be started.
    #[error("cannot start `{command}`")]
    Start {
        /// The command line.
        command: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Its output or exit status could not be read.
    #[error("lost contact with `{command}`")]
    Wait {
        /// The command line.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// It ended with an error.
    #[error("`{command}` failed ({status}):\n{tail}")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it wrote.
        tail: String,
    },
}

/// One tool that is missing or too old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingTool {
    /// Its name, such as `terraform`.
    pub name: &'static str,
    /// A sentence saying what is wrong and what to install.
    pub sentence: String,
}

impl fmt::Display for MissingTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// Every tool that is missing or too old, so that one look is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingTools(
    /// The tools, one sentence each; never empty.
    pub Vec<MissingTool>,
);

impl fmt::Display for MissingTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, tool) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{tool}")?;
        }
        Ok(())
    }
}

impl std::error::Error for MissingTools {}
