//! Checks files with flows of Amazon Connect: what the service would refuse, and what calls meet later.
//!
//! [`FlowFile::read`] finds the flow in a file, and [`check`] returns the findings, each an instance of a
//! [`Rule`] at a place of the text. Rules whose id begins with `service/` stand for a refusal of the
//! service, which `connect-flow` reports when it publishes the flow; those with `lint/` are this crate's
//! own. Only [`command`], which reads files and prints, does IO.
//!
//! ```
//! use connect_flow_check::{FlowFile, Settings, check};
//!
//! let text = r#"{"Version": "2019-10-30", "StartAction": "a", "Actions": []}"#;
//! let file = FlowFile::read("flow.json", text, None).unwrap();
//! let findings = check(&file, &Settings::default());
//! assert_eq!(findings[0].rule.id, "service/unknown-target");
//! assert_eq!((findings[0].start.line, findings[0].start.column), (1, 42));
//! ```

pub mod command;
mod file;
mod finding;
mod graph;
mod page;
mod position;
mod printable;
pub mod render;
mod rules;
mod settings;
mod tree;

pub use file::{FlowFile, TYPES, Unreadable, Within, looks_like_flow};
pub use finding::{Finding, Label, check};
pub use page::page;
pub use position::Position;
pub use rules::{Example, RULES, Rule, Severity, find};
pub use settings::{FunctionSettings, Settings, SettingsError};
