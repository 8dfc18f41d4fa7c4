//! The decisions of the line, without IO, and the traits that the IO implements.
//!
//! [`line`] is the entry point: it identifies a caller, or passes the request on to [`send_sms`].

pub mod attempts;
pub mod campaign;
pub mod cause;
mod codes;
pub mod counter;
pub mod destinations;
pub mod failure;
pub mod hashing;
pub mod invocation;
pub mod line;
pub mod outcome;
pub mod phone;
pub mod pin;
pub mod ports;
mod redemption;
pub mod request;
pub mod row_fault;
pub mod row_schema;
mod send_sms;
pub mod sms_options;
pub mod sms_segments;
pub mod sms_template;
pub mod tags;
pub mod undo_queue;
pub mod url;
pub mod wrong_pins_of_all_callers;
