//! Runs the loader. It is a separate program because it writes to production tables and depends on the
//! AWS SDKs, which nothing else here needs.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::Context;
use local_harness::progress::Steps;
use local_toolchain::build_program;

use super::checkout;
use crate::options::{Format, Load};

/// Builds the loader, which takes a minute or two the first time, and replaces this process with it.
///
/// # Errors
/// When it does not compile or cannot be started.
pub async fn run(options: &Load, format: Format) -> anyhow::Result<()> {
    let steps = Steps::new();
    let program = build_program(&checkout()?, "loader", &steps).await?;
    steps.done();
    let mut loader = Command::new(&program);
    if format == Format::Json {
        loader.args(["--format", "json"]);
    }
    let error = loader.args(&options.arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}
