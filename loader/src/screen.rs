//! Prints what happened, for people or as JSON, on standard output.

use local_terminal::{Unwritten, print};
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
    ///
    /// # Errors
    /// When it cannot be printed.
    pub fn say(&self, sentence: &str) -> Result<(), Unwritten> {
        match self.format {
            Format::Text => print(sentence),
            Format::Json => Ok(()),
        }
    }

    /// A result, one JSON object a line; machines only.
    ///
    /// # Errors
    /// When it cannot be printed.
    pub fn result(&self, value: Value) -> Result<(), Unwritten> {
        match self.format {
            Format::Json => print(value),
            Format::Text => Ok(()),
        }
    }
}
