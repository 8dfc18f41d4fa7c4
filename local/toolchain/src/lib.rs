//! Terraform, its AWS provider and the function's zip, made ready on this machine.
//!
//! A fresh machine has Rust (this crate was compiled there), perhaps Terraform, Go and Python,
//! and perhaps no way to the Terraform registry. [`Toolchain`] is the way in:
//!
//! 1. [`Toolchain::detect`] looks for the tools and names everything that is missing at once,
//!    before anything long starts.
//! 2. [`Toolchain::build_function_zip`] compiles the function with `cargo-lambda` and packs the
//!    same bytes for the same sources.
//! 3. [`Toolchain::build_bundle`] puts the module and its function into one zip, the same bytes
//!    for the same commit.
//! 4. [`stage_example`] copies the module and one of its examples to a temporary directory, so
//!    that state and `.terraform` never touch the checkout.
//! 5. [`Toolchain::terraform`] runs Terraform there; [`Terraform::init`] takes the AWS provider
//!    from the registry or, where the registry cannot be reached, builds it from its published
//!    Go module once per machine.
//!
//! What is made is kept in one cache directory ([`Cache`]). Every step may be called by several
//! threads and processes at the same time: file locks make one of them do the work and the
//! others wait, and each step is cheap when its result is already there.

mod architecture;
mod bundle;
mod cache;
mod cargo_lambda;
mod command;
mod development;
mod environment;
mod error;
mod files;
mod function;
mod lock;
mod module;
mod package;
mod program;
mod progress;
mod provider;
mod stage;
mod terraform;
#[cfg(test)]
mod testing;
mod toolchain;
mod tools;
mod work;

pub use architecture::Architecture;
pub use bundle::{BUNDLE_NAME, Bundle, Revision, build_bundle};
pub use cache::Cache;
pub use cargo_lambda::{CARGO_LAMBDA_VERSION, CargoLambda, ZIG_VERSION};
pub use environment::forget_outer_crate;
pub use error::{CommandError, Error, MissingTool, MissingTools, Result};
pub use function::{FunctionCrate, FunctionPackage, build_zip};
pub use package::pack_bootstrap;
pub use program::build_program;
pub use progress::{Progress, Silent};
pub use provider::{
    PROVIDER_SERVICES, PROVIDER_VERSION, ProviderMirror, ensure_mirror, ready_mirror,
};
pub use stage::{Files, StackFiles, StagedExample, stage_example};
pub use terraform::{
    Plan, PlanOutcome, PlannedChange, ProviderSource, Terraform, mirror_config,
    registry_unreachable, settle,
};
pub use toolchain::Toolchain;
pub use tools::{Tool, Tools, Version, preflight};
pub use work::{Swept, WorkDirectory, remove_work_directories, sweep};
