//! The function's zips, and the bundle for deployments without Rust.

use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use local_harness::progress::Steps;
use local_harness::root::Kind;
use local_toolchain::{Architecture, Bundle, FunctionCrate, FunctionPackage, Progress, Toolchain};
use serde_json::json;

use super::{checkout, toolchain};
use crate::options::{Package, RootOption};
use crate::screen::{Printed, Screen};

/// Builds the function's zips into `dist` and, by default, a release bundle of the module that contains
/// them. The same sources give the same bytes.
///
/// # Errors
/// When a tool or the named processor's Rust target is missing, or the function does not compile.
pub async fn run(options: &Package, root: &RootOption, screen: Screen) -> anyhow::Result<()> {
    let repository = checkout("package", root, screen.format())?;
    let steps = Arc::new(Steps::new());
    let toolchain = toolchain(Kind::Checkout, Arc::clone(&steps) as Arc<dyn Progress>).await?;
    let architectures = match options.architecture {
        Some(processor) => vec![processor.into()],
        None => installed(&repository, screen).await?,
    };
    let packages = functions(&toolchain, &repository, &architectures).await?;
    let bundle = if options.function_only {
        None
    } else {
        let directory = repository.join("dist");
        Some(
            toolchain
                .build_bundle(&repository, &packages, &directory)
                .await?,
        )
    };
    steps.done();
    for package in &packages {
        show_function(package, screen)?;
    }
    if let Some(bundle) = &bundle {
        show_bundle(bundle, screen)?;
    }
    Ok(())
}

/// Returns the processors whose Rust targets are installed, and reports the others with the command that
/// installs them.
async fn installed(repository: &Path, screen: Screen) -> anyhow::Result<Vec<Architecture>> {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for architecture in Architecture::ALL {
        if architecture.is_installed(repository).await? {
            found.push(architecture);
        } else {
            missing.push(architecture);
        }
    }
    if found.is_empty() {
        let cures: Vec<_> = missing.iter().copied().map(cure).collect();
        bail!(
            "a Rust target for Lambda must be installed; run {}",
            cures.join(" or ")
        );
    }
    for architecture in &missing {
        screen.say(&left_out(*architecture))?;
        screen.result(json!({
            "type": "leftOut",
            "architecture": architecture.name(),
            "rustTarget": architecture.rust_target(),
        }))?;
    }
    Ok(found)
}

fn cure(architecture: Architecture) -> String {
    format!("`rustup target add {}`", architecture.rust_target())
}

fn left_out(architecture: Architecture) -> String {
    format!(
        "The function is not built for {architecture}: its Rust target is not installed. Run {} \
         to install it.",
        cure(architecture)
    )
}

async fn functions(
    toolchain: &Toolchain,
    repository: &Path,
    architectures: &[Architecture],
) -> anyhow::Result<Vec<FunctionPackage>> {
    let mut packages = Vec::new();
    for architecture in architectures {
        let function = FunctionCrate::of_repository(repository, *architecture)?;
        packages.push(toolchain.build_zip(&function).await?);
    }
    Ok(packages)
}

fn show_function(package: &FunctionPackage, screen: Screen) -> Printed {
    screen.say(&format!(
        "{}\n  {} bytes, {}, sha256 {}",
        package.path.display(),
        package.size,
        package.architecture,
        package.sha256
    ))?;
    screen.result(json!({
        "type": "package",
        "path": package.path,
        "size": package.size,
        "architecture": package.architecture.name(),
        "sha256": package.sha256,
    }))
}

fn show_bundle(bundle: &Bundle, screen: Screen) -> Printed {
    let origin = match &bundle.revision {
        None => "The sources are not a git checkout, so the bundle names no commit.".to_owned(),
        Some(revision) if revision.dirty => format!(
            "Built from commit {} with uncommitted changes, so the bundle cannot be reproduced: do \
             not publish it.",
            revision.commit
        ),
        Some(revision) => format!("Built from commit {}.", revision.commit),
    };
    screen.say(&format!(
        "{}\n  {} bytes, {} files, version {}, sha256 {}\n  {origin}",
        bundle.path.display(),
        bundle.size,
        bundle.files,
        bundle.version,
        bundle.sha256,
    ))?;
    screen.result(json!({
        "type": "bundle",
        "path": bundle.path,
        "size": bundle.size,
        "files": bundle.files,
        "version": bundle.version,
        "sha256": bundle.sha256,
        "commit": bundle.revision.as_ref().map(|revision| &revision.commit),
        "dirty": bundle.revision.as_ref().map(|revision| revision.dirty),
        "sbom": bundle.sbom,
        "sums": bundle.sums,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_that_is_left_out_is_reported_with_the_command_that_adds_it() {
        assert_eq!(
            left_out(Architecture::Arm64),
            "The function is not built for arm64: its Rust target is not installed. Run `rustup \
             target add aarch64-unknown-linux-gnu` to install it."
        );
        assert!(left_out(Architecture::X86_64).contains("add x86_64-unknown-linux-gnu`"));
    }
}
