//! Runs the tools for people who operate a line. They are a separate program because it writes to
//! production tables and depends on the AWS SDKs, which nothing else here needs.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::Context;
use local_harness::progress::Steps;
use local_toolchain::build_program;

use super::checkout;
use crate::options::{Format, Operator};

/// Builds the program, which takes a minute or two the first time, and replaces this process with its
/// command of the same name.
///
/// # Errors
/// When it does not compile or cannot be started.
pub async fn run(command: &str, options: &Operator, format: Format) -> anyhow::Result<()> {
    let steps = Steps::new();
    let program = build_program(&checkout()?, "operator", env!("CARGO_PKG_NAME"), &steps).await?;
    steps.done();
    let mut operator = Command::new(&program);
    if format == Format::Json {
        operator.args(["--format", "json"]);
    }
    let error = operator.arg(command).args(&options.arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}
