//! Deploys an example of the module to a local account and calls it.
//!
//! The commands `demo` and `dev`, the end-to-end tests and the bench are built on it:
//!
//! * [`root`] decides where module, flows and examples are taken from: a checkout or a release.
//! * [`checkout`] finds the checkout that a test or a build works on.
//! * [`deployment`] is one example, applied to an account by real Terraform; [`Deployment::with_function`]
//!   prepares Terraform's provider and builds the function's zip at the same time.
//! * [`telephone`] places calls.
//! * [`line`] lists the functions that answer and the tables that they read.
//! * [`sample`] contains the members and the campaign of the demo, and writes rows.
//! * [`progress`] shows the progress of long steps.

pub mod checkout;
pub mod deployment;
pub mod line;
pub mod progress;
pub mod root;
pub mod sample;
pub mod telephone;

pub use checkout::repository;
pub use deployment::{Deployment, Outputs, environment};
pub use root::Root;
