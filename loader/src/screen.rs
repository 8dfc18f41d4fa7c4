//! Prints what happened, for people or as JSON, on standard output.

use serde_json::Value;

use crate::options::Format;

/// Where results go.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    format: Format,
}

impl Screen {
    /// Prints in this format.
    pub fn new(format: Format) -> Self {
        Self { format }
    }

    /// A sentence; people only.
    pub fn say(&self, sentence: &str) {
        if self.format == Format::Text {
            anstream::println!("{sentence}");
        }
    }

    /// A result, one JSON object a line; machines only.
    pub fn result(&self, value: Value) {
        if self.format == Format::Json {
            anstream::println!("{value}");
        }
    }
}
