//! The commands, one file for each.

pub mod call;
pub mod completions;
pub mod demo;
pub mod dev;
pub mod exec;
pub mod faults;
pub mod flow;
pub mod messages;
pub mod numbers;
pub mod operator;
pub mod package;
pub mod stack;
pub mod test;
mod trace;
pub mod up;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use local_harness::repository;
use local_terminal::{chain, tell};
use local_toolchain::{Cache, Progress, Swept, Toolchain, WorkDirectory, sweep};

use crate::interrupt::listen;

/// Returns the region of the environment, or Tokyo.
pub(crate) fn region() -> String {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| local_harness::deployment::DEFAULT_REGION.to_owned())
}

/// Finds the checkout that the command reads from and writes to, and prints its path, since a machine may
/// have several.
pub(crate) fn checkout() -> anyhow::Result<PathBuf> {
    let repository = repository()?;
    tell(format_args!("  in    {}", repository.display()));
    Ok(repository)
}

/// Creates a directory for the unpacked functions of an account. First it removes the directories of
/// killed commands and prints their paths; a directory that cannot be removed is only a warning. From
/// then on the process handles the signals that ask a command to stop.
pub(crate) fn work_directory() -> anyhow::Result<WorkDirectory> {
    listen().context("cannot listen for Ctrl-C")?;
    for left in sweep()? {
        match left {
            Ok(swept) => tell(format_args!("  removed  {}", describe(&swept))),
            Err(error) => tell(format_args!("warning: {}", chain(&error.into()))),
        }
    }
    Ok(WorkDirectory::new()?)
}

/// Describes a removed directory, and the processes that were ended before.
fn describe(left: &Swept) -> String {
    let directory = format!(
        "{}, left by a command that was killed",
        left.directory.display()
    );
    let processes: Vec<_> = left
        .processes
        .iter()
        .map(|(id, name)| format!("{name} ({id})"))
        .collect();
    match processes.is_empty() {
        true => directory,
        false => format!("{directory}; ended first: {}", processes.join(", ")),
    }
}

/// Finds the machine's tools. The error has a sentence for each missing one.
pub(crate) async fn toolchain(progress: Arc<dyn Progress>) -> anyhow::Result<Toolchain> {
    Ok(Toolchain::detect(Cache::of_user()?, progress).await?)
}
