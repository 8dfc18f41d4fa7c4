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

use local_harness::repository;
use local_toolchain::{Cache, Progress, Toolchain};

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
    anstream::eprintln!("  in    {}", repository.display());
    Ok(repository)
}

/// The machine's tools, or a sentence for each that is missing.
pub(crate) async fn toolchain(progress: Arc<dyn Progress>) -> anyhow::Result<Toolchain> {
    Ok(Toolchain::detect(Cache::of_user()?, progress).await?)
}
