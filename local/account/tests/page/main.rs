//! The page: its routes, and the page in a real browser. That needs `chromium` (or `google-chrome`) and
//! `chromedriver`; without them its tests say that they are skipped.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test prints its expectation, and why it was skipped"
)]

mod account;
mod calls;
mod figures;
mod first_visit;
mod line;
mod looks;
mod report;
mod routes;
mod safety;
