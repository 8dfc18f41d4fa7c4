//! The results of a load on standard output, as text or as JSON.

use local_terminal::{Unwritten, print};
use serde_json::Value;

use crate::options::Format;

/// The printer of results, in the format that was chosen.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    format: Format,
}

impl Screen {
    pub fn new(format: Format) -> Self {
        Self { format }
    }

    /// Prints a sentence, in the text format only.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn say(&self, sentence: &str) -> Result<(), Unwritten> {
        match self.format {
            Format::Text => print(sentence),
            Format::Json => Ok(()),
        }
    }

    /// Prints a result as one line of JSON, in the JSON format only.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn result(&self, value: Value) -> Result<(), Unwritten> {
        match self.format {
            Format::Json => print(value),
            Format::Text => Ok(()),
        }
    }
}
