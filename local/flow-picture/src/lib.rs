//! Draws flows of Amazon Connect as SVG and as Mermaid.
//!
//! [`Graph::read`] reads the blocks and branches of a flow or module in the Flow language (version
//! 2019-10-30), whether the service would publish it or not. [`svg`] and [`mermaid`] draw them, with the
//! [`Marks`] of a call or of tests. Nothing here does IO, and the same input gives the same bytes.
//!
//! ```
//! use connect_flow_picture::{Graph, Marks, Options, svg};
//!
//! let content = r#"{ "Version": "2019-10-30", "StartAction": "bye", "Actions": [
//!     { "Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} } ] }"#;
//! let graph = Graph::read(content)?;
//! let picture = svg(&graph, &Marks::default(), &Options::default());
//! assert!(picture.contains(r#"data-block="bye""#));
//! # Ok::<(), connect_flow_picture::Unreadable>(())
//! ```

mod excerpt;
mod graph;
mod layout;
mod marks;
mod mermaid;
mod scene;
mod svg;
mod text;
mod words;

pub use graph::{Block, Branch, BranchKind, Graph, MOST_BLOCKS, MOST_BRANCHES, Unreadable};
pub use marks::{Marks, NeverTaken, Step};
pub use mermaid::mermaid;
pub use svg::{Options, Positions, Style, style_sheet, svg};
