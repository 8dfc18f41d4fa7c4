//! Masks what the caller keyed in, which may be a PIN.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The fewest keys of an input that is masked within longer texts. Shorter ones are choices of a menu, and
/// are found in many values by chance; they are masked where they are the whole value.
const SHORTEST_WITHIN_TEXT: usize = 3;

/// The inputs of one call.
#[derive(Default)]
pub(super) struct Masks {
    inputs: BTreeSet<String>,
}

impl Masks {
    /// Adds an input. Anything but keys is not the caller's: `Timeout`, or an encrypted input.
    pub(super) fn add(&mut self, input: &str) {
        let keys = input
            .chars()
            .all(|key| matches!(key, '0'..='9' | '*' | '#'));
        if keys && !input.is_empty() && !self.inputs.contains(input) {
            self.inputs.insert(input.to_owned());
        }
    }

    /// Masks every input in a text with as many `•`.
    pub(super) fn text(&self, text: &mut String) {
        // The longest first, since one input may be part of another.
        let mut inputs: Vec<_> = self.inputs.iter().collect();
        inputs.sort_by_key(|input| std::cmp::Reverse(input.len()));
        for input in inputs {
            let within = input.len() >= SHORTEST_WITHIN_TEXT && text.contains(input.as_str());
            if within || text == input {
                *text = text.replace(input.as_str(), &"•".repeat(input.len()));
            }
        }
    }

    /// Masks every input in the texts and numbers of a value.
    pub(super) fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(members) => self.object(members),
            Value::Number(number) => {
                let mut text = number.to_string();
                self.text(&mut text);
                if text.contains('•') {
                    *value = Value::String(text);
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// Masks every input in the values of an object.
    pub(super) fn object(&self, members: &mut Map<String, Value>) {
        members.values_mut().for_each(|value| self.value(value));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_input_is_masked_wherever_it_is() {
        let mut masks = Masks::default();
        masks.add("0042");
        masks.add("00421");
        masks.add("Timeout");
        let mut value = json!({
            "pin": "0042",
            "within": "pin=00421;",
            "list": ["0042", 42, 90042],
            "end": "Timeout",
        });
        masks.value(&mut value);
        let expected = json!({
            "pin": "••••",
            "within": "pin=•••••;",
            "list": ["••••", 42, "9••••"],
            "end": "Timeout",
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn a_short_input_is_masked_as_a_whole_value_only() {
        let mut masks = Masks::default();
        masks.add("1");
        let mut value = json!({ "choice": "1", "number": "+819012345671", "count": 1 });
        masks.value(&mut value);
        let expected = json!({ "choice": "•", "number": "+819012345671", "count": "•" });
        assert_eq!(value, expected);
    }
}
