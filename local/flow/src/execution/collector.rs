//! Collects the caller's input for a store block.

use std::time::Duration;

use crate::Key;
use crate::action::{InputValidation, StoreInput};

/// The maximum number of digits in E.164; with one more key the number is invalid.
pub(super) const LONGEST_NUMBER: usize = 15;

/// The keys pressed so far, and the block's limits.
pub(super) struct Collector {
    keys: Vec<Key>,
    /// The number of keys that completes the input.
    most: usize,
    /// The time limit between keys.
    pub(super) next_key: Duration,
}

impl Collector {
    pub(super) fn new(most: usize, next_key: Duration) -> Self {
        Self {
            keys: Vec::new(),
            most,
            next_key,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Adds a key, and returns whether the input is complete.
    pub(super) fn add(&mut self, key: Key, spec: &StoreInput) -> bool {
        if key.symbol() == '*' && spec.cancel_key {
            self.keys.clear();
            return false;
        }
        self.keys.push(key);
        if !spec.terminator.is_empty() && self.keys.ends_with(&spec.terminator) {
            // The terminator is not part of the value.
            self.keys.truncate(self.keys.len() - spec.terminator.len());
            return true;
        }
        self.keys.len() >= self.most
    }

    pub(super) fn value(&self) -> String {
        self.keys.iter().map(|key| key.symbol()).collect()
    }
}

/// Reports whether the input is valid for the block. Only phone numbers can be invalid. The
/// service's own rules are not documented; these are the general rules of E.164, and the lengths of
/// Japan and of the North American Numbering Plan.
pub(super) fn is_valid(value: &str, validation: &InputValidation) -> bool {
    let length = value.len();
    let digits = value.bytes().all(|b| b.is_ascii_digit());
    match validation {
        InputValidation::Length(_) => true,
        InputValidation::E164 => {
            digits && (7..=LONGEST_NUMBER).contains(&length) && !value.starts_with('0')
        }
        InputValidation::Local { country } => {
            digits
                && match country.to_ascii_uppercase().as_str() {
                    "JP" => (10..=11).contains(&length) && value.starts_with('0'),
                    "US" | "CA" => length == 10 || length == 11 && value.starts_with('1'),
                    _ => (4..=LONGEST_NUMBER).contains(&length),
                }
        }
    }
}
