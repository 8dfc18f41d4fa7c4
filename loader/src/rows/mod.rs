//! Rows for the tables out of CSV files.
//!
//! Reading, normalising and checking ([`members`], [`campaigns`]) know no AWS and do no IO: text in,
//! rows or mistakes out. What the function has rules for as well, such as keys, addresses and the
//! length of a message, is checked and computed by its own code. Only [`secret`], [`target`],
//! [`tables`] and [`sdk`] talk to AWS.
//!
//! Numbers, PINs and addresses have types that print themselves masked, and no mistake and no warning
//! repeats what it found: rows are loaded on shared screens and by build servers that keep logs.

pub mod campaigns;
mod cell_text;
pub mod cells;
pub mod members;
pub mod mistake;
pub mod numbering;
pub mod phone;
pub mod pin;
pub mod preview;
pub mod sdk;
pub mod secret;
mod sheet;
pub mod tables;
pub mod target;
