//! Pictures, read again as XML.

#![allow(clippy::unwrap_used)]

mod damaged;
mod drawn;
mod marks;
mod properties;
mod reading;
mod repository;
