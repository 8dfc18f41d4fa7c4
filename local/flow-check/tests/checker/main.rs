//! The checker on flows, in every format and through its command.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod command;
mod copies;
mod damaged;
mod exemptions;
mod flows;
mod formats;
mod page;
mod rules;
mod sarif;
