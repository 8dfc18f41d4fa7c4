//! Rows for the tables, read from CSV files and from workbooks.
//!
//! Reading, normalizing and validating ([`members`], [`campaigns`]) do no IO and do not use AWS:
//! text goes in, rows or mistakes come out. Keys, URLs, the length of a message and everything else
//! that the function has rules for are checked and computed by the function's own code. Only
//! [`secret`], [`target`], [`tables`], [`store`] and [`sdk`] send requests to AWS.
//!
//! Numbers, PINs and URLs have types that print themselves masked, and no mistake or warning
//! repeats the cell that it is about: rows are loaded on shared screens and by build servers that
//! keep logs.

pub mod campaigns;
mod cell_text;
pub mod cells;
pub mod change;
pub mod issue;
pub mod judge;
mod layout;
pub mod line_ends;
mod lines;
pub mod members;
pub mod mistake;
pub mod numbering;
pub mod phone;
pub mod pin;
pub mod preview;
pub mod sdk;
pub mod secret;
pub mod sheet;
pub mod store;
pub mod summary;
pub mod table;
pub mod tables;
pub mod target;
pub mod zone;
