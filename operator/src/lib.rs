//! Tools for the people who operate a line.
//!
//! A program of its own, because it writes to production tables: nothing of the local account is in
//! it. `connect-local` starts it. [`line`] finds a line and what its function reads; [`rows`] reads,
//! validates and writes rows; [`import`] does so with files of any length; [`commands`] carries out the
//! command line that [`options`] parses, and [`explain`] concludes from evidence. [`load`] and [`end`] are the commands that take the names of
//! tables instead of a line's.

pub mod commands;
pub mod end;
pub mod explain;
pub mod files;
pub mod import;
pub mod line;
pub mod load;
pub mod options;
pub mod rows;
pub mod screen;
