//! An AWS provider that serves several commands of Terraform.
//!
//! Terraform starts a provider for each pass over the configuration, two or three times per command, and
//! verifies its hundred megabytes first. A provider in debug mode prints its address, and Terraform
//! attaches to it, as in HashiCorp's own acceptance tests of providers
//! (<https://developer.hashicorp.com/terraform/plugin/debugging>).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use local_process::Supervised;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{ChildStdout, Command};

use crate::command::{display, lines, start};
use crate::error::{CommandError, Error, Result};
use crate::files::io_error;
use crate::work::WorkDirectory;

/// The variable with the addresses of running providers, which Terraform then does not start.
pub(super) const ATTACH: &str = "TF_REATTACH_PROVIDERS";

/// A running provider; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct ProviderProcess {
    _process: Supervised,
    /// Contains the socket that it listens on.
    _scratch: WorkDirectory,
    address: String,
}

impl ProviderProcess {
    /// Returns the value of [`ATTACH`] for commands that use this provider.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Starts a provider in debug mode and waits until it listens.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or ends without printing its address.
    pub(super) async fn start(mut command: Command) -> Result<Self> {
        let scratch = WorkDirectory::new()?;
        command.arg("-debug").env("TMPDIR", scratch.path());
        let text = display(&command);
        let mut process = start(&command, |command| {
            command.process_group(0);
        })
        .await?;
        let (out, err) = (process.take_stdout(), process.take_stderr());
        // A full pipe would block it. Its log is for debugging, and contains the requests that it gets.
        tokio::spawn(lines(err, |_| {}));
        let address = address(out).await.map_err(|source| {
            Error::from(Box::new(CommandError::Wait {
                command: text,
                source,
            }))
        })?;
        Ok(Self {
            _process: process,
            _scratch: scratch,
            address,
        })
    }
}

/// Reads the provider's address, and discards the rest of its output.
async fn address(out: Option<ChildStdout>) -> io::Result<String> {
    let out = out.ok_or_else(|| io::Error::other("its standard output must be piped"))?;
    let mut out = BufReader::new(out).lines();
    while let Some(line) = out.next_line().await? {
        if let Some(address) = announced(&line) {
            let address = address.to_owned();
            tokio::spawn(async move { while let Ok(Some(_)) = out.next_line().await {} });
            return Ok(address);
        }
    }
    Err(io::Error::other(format!(
        "it must announce {ATTACH}, but ended without doing so"
    )))
}

/// Returns the value in a line `TF_REATTACH_PROVIDERS='…'`.
fn announced(line: &str) -> Option<&str> {
    line.trim()
        .strip_prefix(ATTACH)?
        .strip_prefix("='")?
        .strip_suffix('\'')
}

/// Returns the AWS provider that `terraform init` has installed in this directory.
///
/// # Errors
///
/// When there is none.
pub(super) fn installed(directory: &Path) -> Result<PathBuf> {
    // <host>/hashicorp/aws/<version>/<platform>/terraform-provider-aws_v…
    let providers = directory.join(".terraform/providers");
    let missing = || {
        let problem = io::Error::new(
            io::ErrorKind::NotFound,
            "it must contain hashicorp/aws; run `terraform init` first",
        );
        io_error("find a provider in", &providers)(problem)
    };
    let below = |directory: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let hosts = below(&providers).into_iter();
    hosts
        .map(|host| host.join("hashicorp/aws"))
        .flat_map(|versions| below(&versions))
        .flat_map(|platforms| below(&platforms))
        .flat_map(|files| below(&files))
        .find(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("terraform-provider-aws")
        })
        .ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_announced_address_is_found_in_its_line() {
        let line = "\tTF_REATTACH_PROVIDERS='{\"registry.terraform.io/hashicorp/aws\":{}}'";
        let address = "{\"registry.terraform.io/hashicorp/aws\":{}}";
        assert_eq!(announced(line), Some(address));
        assert_eq!(
            announced("Provider started. To attach Terraform CLI, set"),
            None
        );
    }

    #[test]
    fn a_directory_without_a_provider_needs_init() {
        let directory = tempfile::tempdir().unwrap();
        let error = installed(directory.path()).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("run `terraform init` first"), "{cause}");
    }

    #[tokio::test]
    async fn a_provider_that_ends_at_once_is_reported() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("provider");
        crate::testing::script(&path, "echo no; exit 1");
        let error = ProviderProcess::start(Command::new(&path))
            .await
            .unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(
            cause.contains("must announce TF_REATTACH_PROVIDERS"),
            "{cause}"
        );
    }
}
