//! One file a command.

pub mod call;
pub mod demo;
pub mod dev;
pub mod faults;
pub mod load;
pub mod messages;
pub mod package;
pub mod up;

use local_toolchain::{Cache, Progress, Toolchain};
use std::sync::Arc;

/// The region that the environment names, or Tokyo.
pub(crate) fn region() -> String {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| local_harness::deployment::DEFAULT_REGION.to_owned())
}

/// The machine's tools, or a sentence for each that is missing.
pub(crate) async fn toolchain(progress: Arc<dyn Progress>) -> anyhow::Result<Toolchain> {
    Ok(Toolchain::detect(Cache::of_user()?, progress).await?)
}
