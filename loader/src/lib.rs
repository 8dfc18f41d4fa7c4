//! Writes members and campaigns from CSV files into the tables of a line.
//!
//! It writes to production tables, so it is a program of its own and part of the product: nothing of
//! the local account is in it. `connect-local load` starts it. [`rows`] reads, checks and writes;
//! [`options`] reads the command line, [`load`] does what it says.

pub mod end;
pub mod load;
pub mod options;
pub mod rows;
pub mod screen;
