//! Runs Cargo in this workspace.

use std::process::Stdio;

use local_harness::repository;
use local_toolchain::forget_outer_crate;
use tokio::process::Command;

use crate::Failure;

/// Returns a Cargo command in the workspace's top directory, without the environment variables that an
/// outer Cargo sets for a test.
pub async fn cargo() -> Result<Command, Failure> {
    let mut cargo = Command::new(&crate::toolchain().await?.tools().need_cargo()?.path);
    forget_outer_crate(&mut cargo);
    cargo.current_dir(repository()?);
    Ok(cargo)
}

/// Runs a command and returns its standard output.
///
/// # Errors
/// When the command cannot start, exits with an error or prints anything but UTF-8.
pub async fn output(mut command: Command) -> Result<String, Failure> {
    let output = command.stdin(Stdio::null()).output().await?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?} ended with {}: {stderr}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
