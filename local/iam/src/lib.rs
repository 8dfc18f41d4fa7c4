//! IAM policies: read strictly, and evaluated for a request. No IO, no clock.
//!
//! [`Document`] is a policy's text, understood as a whole or not at all. [`Policies`] are the
//! policies of a role and its permissions boundary; [`Policies::decide`] tells whether they let an
//! action pass, and which statements did. What this crate does not know never passes silently: an
//! element or operator makes the document unreadable, a condition key or a policy variable leaves
//! the request [`Undecided`](Decision::Undecided), which is no permission either.
//!
//! Rules are those of the IAM User Guide, "Policy evaluation logic" and "IAM JSON policy element
//! reference".

mod condition;
mod context;
mod document;
mod evaluation;
mod operator;
mod pattern;

pub use context::Context;
pub use document::{Document, DocumentError};
pub use evaluation::{Decision, Denial, Grant, Named, Policies, Request};
pub use pattern::{Pattern, PatternError};
