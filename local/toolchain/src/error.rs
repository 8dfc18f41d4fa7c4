//! The errors of this crate, each a sentence with the cause and what to do about it.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitStatus;

use crate::architecture::Architecture;

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Tools are missing or too old.
    #[error(transparent)]
    MissingTools(#[from] MissingTools),

    /// A child process could not be started, or failed.
    #[error(transparent)]
    Command(#[from] Box<CommandError>),

    /// A file or directory could not be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// The action, such as "read".
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },

    /// Neither `XDG_CACHE_HOME` nor `HOME` is set, so there is no cache directory.
    #[error(
        "HOME or XDG_CACHE_HOME must be set to locate the cache; it needs a few hundred megabytes \
         of space"
    )]
    NoCacheDirectory,

    /// A child's output has an unexpected form.
    #[error("`{command}` printed something unexpected ({problem}); check the installed version")]
    UnexpectedOutput {
        /// The command line.
        command: String,
        /// The unexpected part.
        problem: String,
    },

    /// The marks in README.md, which exclude parts from a release, are not paired.
    #[error("README.md must have paired marks, each on a line of its own: {0}")]
    Readme(String),

    /// The provider's sources differ from those that the build recipe is for.
    #[error(
        "the AWS provider's sources do not look as expected: {0}; the build recipe is for version \
         {version} only and must be adapted to any other",
        version = crate::provider::PROVIDER_VERSION
    )]
    ProviderSource(String),

    /// The checksum of the downloaded provider module is wrong.
    #[error(
        "the AWS provider's Go module must have checksum {expected}, but has {found}; it was not \
         built. Clean the Go module cache (`go clean -modcache`) and check the module proxy in \
         `go env GOPROXY`"
    )]
    ProviderChecksum {
        /// The expected checksum.
        expected: String,
        /// The checksum of the download.
        found: String,
    },

    /// The configuration has types that the provider was built without.
    #[error(
        "{failure}\n\nThe AWS provider in use was built on this machine, without {types}. It has these \
         resource families: {families}. For all others, Terraform must download the provider: where \
         registry.terraform.io can be reached, delete {} and run the command again",
        provider.display()
    )]
    UnsupportedTypes {
        /// The types, separated by commas.
        types: String,
        /// The families that the provider has, separated by commas.
        families: String,
        /// The directory of built providers, without which Terraform downloads one.
        provider: PathBuf,
        /// Terraform's own words.
        #[source]
        failure: Box<CommandError>,
    },

    /// Lambda does not run on the processor.
    #[error(
        "the function cannot be built for {0}: Lambda runs on x86_64 and arm64; use a machine \
         with one of these processors"
    )]
    Architecture(String),

    /// The Rust target of a processor is not installed.
    #[error(
        "the function cannot be built for {0}: the Rust target {target} is not installed. Run \
         `rustup target add {target}`",
        target = .0.rust_target()
    )]
    RustTarget(Architecture),

    /// The function does not compile.
    #[error("the function does not compile:\n{said}")]
    Compile {
        /// All messages of the compiler.
        said: String,
    },

    /// The function's binary needs a newer C library than Lambda has.
    #[error(
        "the function's binary needs glibc {needed}, but Lambda's provided.al2023 has {available}; \
         it was not linked by zig: check the `linker` settings in Cargo's configuration and whether \
         another cargo-lambda is on the PATH"
    )]
    Glibc {
        /// The version that the binary needs.
        needed: String,
        /// The version that the runtime has.
        available: String,
    },

    /// The zip could not be packed.
    #[error("cannot pack the zip")]
    Zip(#[from] zip::result::ZipError),

    /// `Cargo.lock` could not be read.
    #[error("cannot read {}", path.display())]
    CargoLock {
        path: PathBuf,
        source: cargo_lock::Error,
    },

    /// The bill of materials could not be written.
    #[error("cannot write the bill of materials")]
    Sbom(#[from] cyclonedx_bom::errors::JsonWriteError),

    /// The bill of materials is not valid CycloneDX.
    #[error("the bill of materials is not valid CycloneDX: {0}")]
    InvalidSbom(String),

    /// The directory of a stack has no Terraform files.
    #[error(
        "a stack must be a directory that contains *.tf files, but {} is not. Give the name of an \
         example or the path of such a directory", path.display()
    )]
    NoStack { path: PathBuf },

    /// A release has no zip of the function for this machine's processor.
    #[error(
        "the release must have the function for this machine's processor, {}, but it is not there. Unpack the whole \
         zip of the release; one that was packed for the other processor alone does not run here",
        path.display()
    )]
    NotBundled {
        /// The path of the zip.
        path: PathBuf,
    },

    /// A named example does not exist.
    #[error("there is no example {name:?} in {}", repository.display())]
    NoSuchExample {
        name: String,
        /// The repository that was searched.
        repository: PathBuf,
    },

    /// Ctrl-C was pressed while a child was running.
    #[error("`{command}` was interrupted; Terraform's state contains the work that was completed")]
    Interrupted {
        /// The command line.
        command: String,
    },
}

impl Error {
    /// Returns the last output of the failed child, if the error is about one.
    #[must_use]
    pub fn child_output(&self) -> Option<&str> {
        match self {
            Self::Command(error) | Self::UnsupportedTypes { failure: error, .. } => {
                match error.as_ref() {
                    CommandError::Failed { tail, .. } => Some(tail),
                    CommandError::Start { .. } | CommandError::Wait { .. } => None,
                }
            }
            _ => None,
        }
    }
}

/// Why a child process returned no result.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It could not be started.
    #[error("cannot start `{command}`")]
    Start {
        command: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Its output or exit status could not be read.
    #[error("lost contact with `{command}`")]
    Wait {
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// It ended with an error.
    #[error("`{command}` failed ({status}):\n{tail}")]
    Failed {
        /// The command line.
        command: String,
        status: ExitStatus,
        /// The end of its output.
        tail: String,
    },
}

/// A tool that is missing or too old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingTool {
    /// Its name, such as `terraform`.
    pub name: &'static str,
    /// A sentence with the problem and what to install.
    pub sentence: String,
}

impl fmt::Display for MissingTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// All tools that are missing or too old, so that they can be installed at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingTools(
    /// The tools; never empty.
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
