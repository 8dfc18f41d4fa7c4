//! Runs the tools for people who operate a line. They are a separate program because it writes to
//! production tables and depends on the AWS SDKs, which nothing else here needs.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};
use local_harness::Root;
use local_harness::progress::Steps;
use local_harness::root::Kind;
use local_toolchain::build_program;

use super::root;
use crate::options::{Format, Operator, RootOption};
use crate::program::Program;

/// The name of the program and of its package.
const NAME: &str = "operator";

/// Replaces this process with the command of the same name of the program beside this one or, in a checkout,
/// of the one that is built first, which takes a minute or two the first time.
///
/// # Errors
/// When there is neither, or it does not compile or cannot be started.
pub async fn run(
    command: &str,
    options: &Operator,
    root: &RootOption,
    format: Format,
) -> anyhow::Result<()> {
    let program = match Program::own().beside(NAME) {
        Some(program) => program,
        None => build(command, root, format).await?,
    };
    let mut operator = Command::new(&program);
    if format == Format::Json {
        operator.args(["--format", "json"]);
    }
    let error = operator.arg(command).args(&options.arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}

/// Builds the program in the checkout.
async fn build(command: &str, option: &RootOption, format: Format) -> anyhow::Result<PathBuf> {
    let Root { path, kind, .. } = root(option, format)?;
    if kind == Kind::Bundle {
        bail!(
            "the program `{NAME}` must be beside connect-local, as in the archive of a release's programs, but \
             is not there, and {} has no sources to build it from. Unpack both programs of the archive into \
             one directory, or name a checkout with --root to run `{command}`",
            path.display()
        );
    }
    let steps = Steps::new();
    let program = build_program(&path, NAME, env!("CARGO_PKG_NAME"), &steps).await?;
    steps.done();
    Ok(program)
}
