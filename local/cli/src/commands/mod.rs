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
mod root;
pub mod stack;
pub mod test;
mod trace;
pub mod up;

use std::sync::Arc;

use local_harness::root::Kind;
use local_terminal::{chain, tell};
use local_toolchain::{Cache, Progress, Purpose, Swept, Toolchain, WorkDirectory, sweep};

use crate::interrupt::listen;

pub(crate) use self::root::{checkout, root};

/// Returns the region of the environment, or Tokyo.
pub(crate) fn region() -> String {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| local_harness::deployment::DEFAULT_REGION.to_owned())
}

/// Creates a directory for the unpacked functions of an account. First it removes the directories of
/// killed commands and prints their paths; a directory that cannot be removed is only a warning. From
/// then on the process handles the signals that ask a command to stop.
pub(crate) fn work_directory() -> anyhow::Result<WorkDirectory> {
    listen()?;
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

/// Finds the machine's tools for a root: nothing of a release is compiled. The error has a sentence for each
/// missing tool.
pub(crate) async fn toolchain(
    kind: Kind,
    progress: Arc<dyn Progress>,
) -> anyhow::Result<Toolchain> {
    let purpose = match kind {
        Kind::Checkout => Purpose::Build,
        Kind::Bundle => Purpose::Deploy,
    };
    Ok(Toolchain::detect_for(purpose, Cache::of_user()?, progress).await?)
}
