//! Builds programs of this repository's own workspace.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio::process::Command;

use crate::command::{display, succeed};
use crate::environment::forget_outer_crate;
use crate::error::{Error, Result};
use crate::progress::Progress;

/// Builds the program of a package as `cargo run` would, with the `cargo` of the search path, and returns
/// its path. The machine needs only Rust.
///
/// Cargo compiles a crate once for each set of features. It is told of the package `beside` as well, which
/// is built already: the program then takes the crates of that package instead of compiling them anew.
///
/// # Errors
///
/// When it does not compile; the error ends with the compiler's messages.
pub async fn build_program(
    repository: &Path,
    package: &str,
    beside: &str,
    progress: &dyn Progress,
) -> Result<PathBuf> {
    progress.step(&format!("Building the {package}"));
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--package", package, "--package", beside])
        .args(["--bin", package])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(repository);
    forget_outer_crate(&mut cargo);
    let command = display(&cargo);
    let said = succeed(cargo, progress).await?;
    let mut programs = said
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    programs.next_back().ok_or_else(|| Error::UnexpectedOutput {
        command,
        problem: "it names no executable".to_owned(),
    })
}
