//! Imports rows from files as people have them.
//!
//! A file is read twice: first as a whole, for its mistakes, then again to write its rows. So with a
//! mistake nothing is written, and a CSV file of any length takes the same memory; a workbook is kept in
//! memory, and has a limit. Rows that are the same
//! already are not written: an interrupted import is completed by the same command.

pub mod encoding;
pub mod file;
pub mod source;
pub mod survey;
pub mod workbook;
pub mod write;
