//! The page: its routes, and the page in a real browser. That needs `chromium` (or `google-chrome`) and
//! `chromedriver`; without them its tests say that they are skipped.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test prints its expectation, and why it was skipped"
)]

mod account;
mod browser;
mod calls;
mod line;
mod looks;
mod routes;
mod safety;
