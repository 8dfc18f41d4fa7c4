//! Explanations of calls: evidence from rows and logs, a sentence each, and the reason why a caller got a
//! message or none.
//!
//! It follows docs/runbook.md. Logs hold no whole numbers, so a contact is matched by the hash of its
//! caller in the attempts table, which is certain, or by the masked number, which several callers may
//! share. [`evidence`] reads lines, [`meaning`] explains outcomes, and [`story`] concludes: none of them
//! does IO.

pub mod evidence;
pub mod meaning;
pub mod story;
