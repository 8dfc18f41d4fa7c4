//! IAM policies: parsed strictly, and evaluated for a request, without IO or clock.
//!
//! [`Document`] is the text of a policy, parsed completely or refused. [`Policies`] are the
//! policies of a role with its permissions boundary; [`Policies::decide`] returns whether they
//! allow an action, and which statements do. Nothing unknown is ever ignored: an unknown element or
//! operator makes a document invalid, and an unknown condition key or policy variable makes a
//! request [`Undecided`](Decision::Undecided), which is not a permission.
//!
//! The rules are those of the IAM User Guide, "Policy evaluation logic" and "IAM JSON policy
//! element reference".

mod condition;
mod context;
mod document;
mod evaluation;
mod operator;
mod pattern;

pub use context::Context;
pub use document::{Document, DocumentError};
pub use evaluation::{Decision, Denial, Grant, Named, Policies, Principal, Request, Trust};
pub use pattern::{Pattern, PatternError};
