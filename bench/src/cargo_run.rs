//! How long `cargo run` takes in a clone of this repository.

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
    /// With nothing compiled and an empty cache of the product: account, function, and where the
    /// Terraform registry cannot be reached the provider are compiled. What cargo and Go have
    /// downloaded before is there.
    pub cold: f64,
    /// Again, with everything there.
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
        // A target directory that is shared with others is not cold.
        .env_remove("CARGO_TARGET_DIR");
    for (name, _) in std::env::vars_os() {
        // What cargo tells this process of itself is not true of another clone.
        let of_this_process = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];
        if of_this_process
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
        .with_context(|| format!("{:?} does not run", command.as_std().get_program()))?;
    ensure!(
        output.status.success(),
        "{:?} failed:\n{}",
        command.as_std(),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
