//! The page of the local account: its files, and the report of a call as one file.
//!
//! The files are part of the program, so the page works without a network and is always that of its account.
//! Nothing here does IO: [`file`] returns what a path stands for, and [`report`](report()) writes HTML.

mod files;
mod report;

pub use files::{File, file};
pub use report::{Flow, Language, Report, report};

/// The `Content-Security-Policy` of the page and its files. Everything comes from the account itself, nothing
/// is inline, and no other page may show it in a frame.
pub const PAGE_POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'none'; \
                               frame-ancestors 'none'";

/// The `Content-Security-Policy` of answers that carry somebody's content. A browser that shows one runs no
/// script of it, and gives it an origin of its own.
pub const CONTENT_POLICY: &str = "sandbox";
