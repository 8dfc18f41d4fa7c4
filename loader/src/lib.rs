//! Writes members and campaigns from CSV files to the tables of a line.
//!
//! A program of its own, because it writes to production tables: nothing of the local account is in
//! it. `connect-local load` starts it. [`rows`] reads, validates and writes; [`options`] parses the
//! command line, and [`load`] carries it out.

pub mod end;
pub mod load;
pub mod options;
pub mod rows;
pub mod screen;
