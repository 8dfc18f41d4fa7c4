//! Prepares Terraform, its AWS provider and the function's zip on this machine.
//!
//! A new machine has Rust (which compiled this crate), perhaps Terraform, Go and Python, and perhaps no
//! access to the Terraform registry. [`Toolchain`] is the entry point:
//!
//! 1. [`Toolchain::detect`] looks for the tools and reports all missing ones together, before anything
//!    long starts.
//! 2. [`Toolchain::build_function_zip`] compiles the function with `cargo-lambda` and packs it, with the
//!    same bytes for the same sources.
//! 3. [`Toolchain::build_bundle`] packs the module and its function into one zip, with the same bytes
//!    for the same commit.
//! 4. [`stage_example`] copies the module and one of its examples to a temporary directory, so that
//!    state and `.terraform` are never written to the checkout.
//! 5. [`Toolchain::terraform`] runs Terraform there. [`Terraform::init`] takes the AWS provider from the
//!    registry or, if the registry cannot be reached, builds it from its published Go module, once per
//!    machine.
//!
//! Built artefacts are kept in one cache directory ([`Cache`]). Several threads and processes may call
//! each step at the same time: file locks let one of them do the work while the others wait. A step whose
//! result exists already is fast.

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
pub use environment::{forget_outer_crate, lead_to_account};
pub use error::{CommandError, Error, MissingTool, MissingTools, Result};
pub use function::{FunctionCrate, FunctionPackage, build_zip};
pub use package::pack_bootstrap;
pub use program::build_program;
pub use progress::{Progress, Silent};
pub use provider::{PROVIDER_VERSION, ProviderBuild, ProviderMirror, ensure_mirror, ready_mirror};
pub use stage::{Files, StackFiles, StagedExample, stage_example};
pub use terraform::{
    Plan, PlanOutcome, PlannedChange, ProviderSource, Terraform, mirror_config,
    registry_unreachable, settle,
};
pub use toolchain::Toolchain;
pub use tools::{Purpose, Tool, Tools, Version, preflight};
pub use work::{Swept, WorkDirectory, remove_work_directories, sweep};
