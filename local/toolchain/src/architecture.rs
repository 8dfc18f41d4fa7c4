//! The processors that Lambda runs on, and what this machine can compile for.

use std::fmt;
use std::path::Path;

use tokio::process::Command;

use crate::command::succeed;
use crate::error::{Error, Result};
use crate::progress::Silent;
use crate::tools::Version;

/// The version of the C library in the runtime `provided.al2023`.
pub(crate) const RUNTIME_GLIBC: Version = Version::new(2, 34, 0);

/// The processors that Lambda runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Intel and AMD.
    X86_64,
    /// ARM, Graviton.
    Arm64,
}

impl Architecture {
    /// Both, in the order in which the module looks for their zips.
    pub const ALL: [Self; 2] = [Self::X86_64, Self::Arm64];

    /// Returns this machine's processor, for which the local account runs functions.
    ///
    /// # Errors
    ///
    /// When Lambda does not run on this machine's processor.
    pub fn of_host() -> Result<Self> {
        match std::env::consts::ARCH {
            "x86_64" => Ok(Self::X86_64),
            "aarch64" => Ok(Self::Arm64),
            other => Err(Error::Architecture(other.to_owned())),
        }
    }

    /// Returns Lambda's name, as in `aws_lambda_function.architectures`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// Returns Rust's name for Lambda on this processor, as in `rustup target add`.
    #[must_use]
    pub fn rust_target(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }

    /// Returns the name of the zip in the module's `dist`, where `main.tf` expects it.
    #[must_use]
    pub fn zip_name(self) -> String {
        format!("connect-pin-sms-{}.zip", self.name())
    }

    /// Returns the target for zig. Its suffix selects that version of the C library instead of this
    /// machine's.
    pub(crate) fn zig_target(self) -> String {
        format!("{}.{RUNTIME_GLIBC}", self.rust_target())
    }

    /// Reports whether the standard library for the processor is installed.
    ///
    /// # Errors
    ///
    /// When there is no working `rustc`.
    pub async fn is_installed(self, repository: &Path) -> Result<bool> {
        let mut command = Command::new("rustc");
        command
            .args(["--print", "target-libdir", "--target", self.rust_target()])
            // A toolchain file there selects the compiler.
            .current_dir(repository);
        // The path is printed even if it does not exist.
        let directory = succeed(command, &Silent).await?;
        Ok(Path::new(directory.trim()).is_dir())
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_pins_the_c_library() {
        assert_eq!(
            Architecture::X86_64.zig_target(),
            "x86_64-unknown-linux-gnu.2.34"
        );
        assert_eq!(
            Architecture::Arm64.zig_target(),
            "aarch64-unknown-linux-gnu.2.34"
        );
    }

    #[tokio::test]
    async fn the_hosts_target_is_installed() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let host = Architecture::of_host().unwrap();
        assert!(host.is_installed(here).await.unwrap());
        let other = Architecture::ALL.into_iter().find(|one| *one != host);
        // Either result is right, but there must be one.
        other.unwrap().is_installed(here).await.unwrap();
    }
}
