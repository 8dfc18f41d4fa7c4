//! The function's zip.

use std::sync::Arc;

use local_toolchain::Progress;
use serde_json::json;

use super::toolchain;
use crate::deployment::repository;
use crate::progress::Steps;
use crate::screen::Screen;

/// Builds `dist/connect-pin-sms.zip`, the same bytes for the same sources.
///
/// # Errors
/// When a tool is missing or the function does not compile.
pub async fn run(screen: Screen) -> anyhow::Result<()> {
    let steps = Arc::new(Steps::new());
    let toolchain = toolchain(Arc::clone(&steps) as Arc<dyn Progress>).await?;
    let package = toolchain.build_function_zip(&repository()?).await?;
    steps.done();
    screen.say(&format!(
        "{}\n  {} bytes, {}, sha256 {}",
        package.path.display(),
        package.size,
        package.architecture.name(),
        package.sha256
    ));
    screen.result(json!({
        "type": "package",
        "path": package.path,
        "size": package.size,
        "architecture": package.architecture.name(),
        "sha256": package.sha256,
    }));
    Ok(())
}
