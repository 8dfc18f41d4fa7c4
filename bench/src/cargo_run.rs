//! Measures `cargo run` in a clone of this repository.

use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, ensure};
use local_toolchain::Progress;
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::statistics::Summary;

/// Times in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CargoRunFigures {
    /// A run in a new clone with an empty product cache: it compiles account and function, and also the
    /// provider if the Terraform registry cannot be reached. The download caches of cargo and Go are filled.
    pub cold: f64,
    /// Further runs in the same clone.
    pub warm: Summary,
}

/// Clones the repository's latest commit and runs the command in it.
///
/// # Errors
/// When git cannot clone, or a run fails.
pub async fn run(
    repository: &Path,
    warm_runs: usize,
    progress: &dyn Progress,
) -> anyhow::Result<CargoRunFigures> {
    let directory = tempfile::tempdir()?;
    let clone = directory.path().join("clone");
    let cache = directory.path().join("cache");
    let mut git = Command::new("git");
    git.args(["clone", "--quiet", "--depth", "1"])
        .arg(format!("file://{}", repository.display()))
        .arg(&clone);
    succeed(git).await?;
    progress.step("cargo run, cold");
    let cold = timed(&clone, &cache).await?;
    let mut warm = Vec::with_capacity(warm_runs);
    for _ in 0..warm_runs {
        progress.step("cargo run, warm");
        warm.push(timed(&clone, &cache).await?);
    }
    Ok(CargoRunFigures {
        cold,
        warm: Summary::of(warm)?,
    })
}

async fn timed(clone: &Path, cache: &Path) -> anyhow::Result<f64> {
    let mut cargo = Command::new("cargo");
    cargo
        .arg("run")
        .current_dir(clone)
        .env("XDG_CACHE_HOME", cache)
        // A shared target directory would not be cold.
        .env_remove("CARGO_TARGET_DIR");
    for (name, _) in std::env::vars_os() {
        // Cargo's variables about this process do not apply to the clone.
        let prefixes = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];
        if prefixes
            .iter()
            .any(|prefix| name.to_string_lossy().starts_with(prefix))
        {
            cargo.env_remove(name);
        }
    }
    let started = Instant::now();
    succeed(cargo).await?;
    Ok(started.elapsed().as_secs_f64())
}

async fn succeed(mut command: Command) -> anyhow::Result<()> {
    let output = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("cannot run {:?}", command.as_std().get_program()))?;
    ensure!(
        output.status.success(),
        "{:?} failed:\n{}",
        command.as_std(),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
