//! Asks Cargo about this workspace.

use std::process::Stdio;

use local_harness::repository;
use local_toolchain::forget_outer_crate;
use tokio::process::Command;

use crate::Failure;

/// Cargo at the top of the workspace, which does not know that a test of a crate runs it.
///
/// # Errors
/// When there is no Cargo.
pub async fn cargo() -> Result<Command, Failure> {
    let mut cargo = Command::new(&crate::toolchain().await?.tools().cargo.path);
    forget_outer_crate(&mut cargo);
    cargo.current_dir(repository()?);
    Ok(cargo)
}

/// What a command prints.
///
/// # Errors
/// When it fails.
pub async fn output(mut command: Command) -> Result<String, Failure> {
    let output = command.stdin(Stdio::null()).output().await?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?} ended with {}: {said}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
