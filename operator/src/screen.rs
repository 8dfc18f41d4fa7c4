//! The results of a command on standard output, as text or as JSON.

use local_terminal::{Unwritten, print, shown};
use serde_json::Value;

use crate::options::Format;
use connect_pin_sms::rules::phone::PhoneNumber;

/// The most characters of a text from outside that are shown.
const LONGEST: usize = 80;

/// Returns a text from outside in a form that is safe to print: bounded, and with control characters
/// escaped.
pub fn bounded(text: &str) -> String {
    shown(text, LONGEST)
}

/// Returns the key of a member's row as it is shown: masked as in the logs, or as stars alone if it is
/// not a number.
pub fn masked(key: &str) -> String {
    PhoneNumber::parse(key).map_or_else(|| "*****".to_owned(), |number| number.to_string())
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_from_outside_are_bounded_and_escaped() {
        assert_eq!(bounded("会員 7"), "会員 7");
        assert_eq!(bounded("a\u{1b}[2Jb\u{202e}"), "a\\u{1b}[2Jb\\u{202e}");
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(bounded(&long), format!("{}…", "x".repeat(LONGEST)));
        assert_eq!(masked("+819011112222"), "+81*****2222");
        assert_eq!(masked("09011112222"), "*****");
    }
}
