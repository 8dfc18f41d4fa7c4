//! Runs a command of the user in a running account.
//!
//! The command gets the variables that lead to the account, and loses those that lead elsewhere. Terraform
//! keeps the state of the local account apart from that of AWS: in a workspace of its own, and with a data
//! directory of its own. A directory that was initialized this way alone refuses to apply without
//! `exec`, since Terraform finds no provider in its usual data directory.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use local_harness::deployment::environment;
use local_toolchain::{Cache, lead_to_account, mirror_config};
use tokio::process::Command;

use super::{region, stack};
use crate::options::Exec;

/// The workspace of the local account. A local state of it is in `terraform.tfstate.d` below this name.
const WORKSPACE: &str = "connect-local";

/// The data directory of Terraform: the providers, modules and settings of a stack that was initialized
/// for the local account. It is relative to the stack, as the usual `.terraform` is.
const DATA_DIRECTORY: &str = ".terraform/connect-local";

/// Becomes the command: its exit code is the command's, and signals reach it. Returns only when that
/// fails.
///
/// # Errors
/// When no account answers, the stack keeps its state elsewhere, or the command cannot be started.
pub async fn run(options: &Exec) -> anyhow::Result<()> {
    // Without an account the requests of the command would fail one by one, each after retries.
    options.reach.client().numbers().await?;
    let Some((program, arguments)) = options.command.split_first() else {
        bail!("exec must have a command, such as: exec -- terraform plan");
    };
    if is_terraform(program) {
        refuse_remote_state(&stack_directory(arguments))?;
    }
    let mut command = Command::new(program);
    command.args(arguments);
    lead_to_account(&mut command, &variables(options));
    let error = command.as_std_mut().exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}

/// Returns the variables that lead to the account.
fn variables(options: &Exec) -> BTreeMap<String, String> {
    let region = region();
    let mut variables = environment(&options.reach.endpoint_url, &region);
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
    set("AWS_DEFAULT_REGION", region);
    set("TF_WORKSPACE", WORKSPACE.to_owned());
    set("TF_DATA_DIR", DATA_DIRECTORY.to_owned());
    // The token, where other machines can reach the account. The secret key of the shell stays there.
    if let Some(key) = options.reach.access_key_id() {
        set("AWS_ACCESS_KEY_ID", key);
    }
    let built = Cache::of_user()
        .ok()
        .and_then(|cache| mirror_config(&cache));
    if let Some(path) = built {
        set("TF_CLI_CONFIG_FILE", path.display().to_string());
    }
    variables
}

fn is_terraform(program: &OsStr) -> bool {
    let name = Path::new(program).file_name();
    name.is_some_and(|name| name == "terraform" || name == "tofu")
}

/// Returns the directory that Terraform works in: that of `-chdir`, or the current one.
fn stack_directory(arguments: &[OsString]) -> PathBuf {
    let chdir = arguments
        .iter()
        .filter_map(|argument| argument.to_str()?.strip_prefix("-chdir="))
        .next();
    PathBuf::from(chdir.unwrap_or("."))
}

/// Refuses a stack whose state is shared with AWS: not every backend has workspaces, and its locks and
/// permissions are those of the team.
fn refuse_remote_state(directory: &Path) -> anyhow::Result<()> {
    if let Some(kind) = stack::read(directory)?.remote_state() {
        bail!(
            "the state of a stack must be on this machine's disk for a local account, but {} keeps it in \
             the backend {kind}. Copy the stack without that block, or put the block into a file that the \
             copy leaves out",
            directory.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_that_of_the_global_option() {
        let of = |arguments: &[&str]| {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            stack_directory(&arguments)
        };
        assert_eq!(
            of(&["-chdir=examples/complete", "apply"]),
            Path::new("examples/complete")
        );
        assert_eq!(of(&["apply", "-auto-approve"]), Path::new("."));
    }

    #[test]
    fn terraform_is_known_by_its_name() {
        for (program, known) in [
            ("terraform", true),
            ("/usr/local/bin/tofu", true),
            ("aws", false),
            ("terraform-docs", false),
        ] {
            assert_eq!(is_terraform(OsStr::new(program)), known, "{program}");
        }
    }
}
