//! Deploys an example of the module to a local account and calls it.
//!
//! The commands `demo` and `dev`, the end-to-end tests and the bench are built on it:
//!
//! * [`checkout`] finds the checkout that contains the module, flows and examples.
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
pub mod sample;
pub mod telephone;

pub use checkout::repository;
pub use deployment::{Deployment, Outputs, environment};
