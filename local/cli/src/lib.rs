//! The command line of the local account. [`rows`] loads tables, in AWS as well.

pub mod commands;
pub mod interrupt;
pub mod options;
pub mod rows;
pub mod screen;
