//! Deploys an example of the module into a local account and calls it.
//!
//! The commands `demo` and `dev`, the end-to-end tests and the bench stand on it:
//!
//! * [`checkout`] finds the checkout that module, flows and examples are taken from.
//! * [`deployment`] is one example, applied to an account by real Terraform; [`Deployment::with_function`]
//!   makes Terraform's provider and the function's zip ready side by side.
//! * [`telephone`] places calls, the one way for all of them.
//! * [`line`] tells which functions answer and from which tables they read.
//! * [`sample`] holds the story's members and campaign, and writes rows.
//! * [`progress`] shows long work to people.

pub mod checkout;
pub mod deployment;
pub mod line;
pub mod progress;
pub mod sample;
pub mod telephone;

pub use checkout::repository;
pub use deployment::{Deployment, Outputs, environment};
