//! One file a command.

pub mod call;
pub mod demo;
pub mod dev;
pub mod faults;
pub mod load;
pub mod messages;
pub mod package;
pub mod stack;
pub mod up;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use local_harness::repository;
use local_terminal::{chain, tell};
use local_toolchain::{Cache, Progress, Swept, Toolchain, WorkDirectory, sweep};

use crate::interrupt::listen;

/// The region that the environment names, or Tokyo.
pub(crate) fn region() -> String {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| local_harness::deployment::DEFAULT_REGION.to_owned())
}

/// The checkout that the command reads from and writes into. It is shown first: on a machine with
/// several it must be seen which one it is.
pub(crate) fn checkout() -> anyhow::Result<PathBuf> {
    let repository = repository()?;
    tell(format_args!("  in    {}", repository.display()));
    Ok(repository)
}

/// A directory for what the functions of an account are unpacked to. What commands have left there that
/// were killed is removed first, and named; what cannot be removed stops nothing. From now on the signals
/// that ask a command to end are listened to.
pub(crate) fn work_directory() -> anyhow::Result<WorkDirectory> {
    listen().context("cannot listen for Ctrl-C")?;
    for left in sweep()? {
        match left {
            Ok(swept) => tell(format_args!("  removed  {}", told(&swept))),
            Err(error) => tell(format_args!("warning: {}", chain(&error.into()))),
        }
    }
    Ok(WorkDirectory::new()?)
}

/// What was removed, and what was ended before that.
fn told(left: &Swept) -> String {
    let directory = format!(
        "{}, which a command has left that was killed",
        left.directory.display()
    );
    let processes: Vec<_> = left
        .processes
        .iter()
        .map(|(id, name)| format!("{name} ({id})"))
        .collect();
    match processes.is_empty() {
        true => directory,
        false => format!("{directory}; ended before: {}", processes.join(", ")),
    }
}

/// The machine's tools, or a sentence for each that is missing.
pub(crate) async fn toolchain(progress: Arc<dyn Progress>) -> anyhow::Result<Toolchain> {
    Ok(Toolchain::detect(Cache::of_user()?, progress).await?)
}
