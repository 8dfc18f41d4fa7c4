//! The command line of the local account, and what its commands and the end-to-end tests share:
//! deploying an example of the module into a local account with real Terraform. [`rows`] loads
//! tables, in AWS as well.

pub mod commands;
pub mod deployment;
pub mod interrupt;
pub mod options;
pub mod progress;
pub mod rows;
pub mod sample;
pub mod screen;
