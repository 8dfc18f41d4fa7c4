//! Reads checked parameters.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::reference::Template;

/// The members of `Parameters`, or of an object in it.
#[derive(Clone, Copy)]
pub(super) struct Parameters<'a> {
    map: &'a Map<String, Value>,
}

impl<'a> Parameters<'a> {
    pub(super) fn new(map: &'a Map<String, Value>) -> Self {
        Self { map }
    }

    pub(super) fn has(self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    pub(super) fn text(self, name: &str) -> Option<&'a str> {
        self.map.get(name)?.as_str()
    }

    /// Returns a text with its references. A JSON number becomes a text, too.
    pub(super) fn template(self, name: &str) -> Option<Template> {
        Some(match self.map.get(name)? {
            Value::Number(number) => Template::literal(&number.to_string()),
            value => Template::parse(value.as_str()?),
        })
    }

    /// Returns a whole number; newer blocks may have it as a JSON number.
    pub(super) fn number(self, name: &str) -> Option<u64> {
        match self.map.get(name)? {
            Value::Number(number) => number.as_u64(),
            value => value.as_str()?.parse().ok(),
        }
    }

    /// Like [`Parameters::number`], but negative numbers are possible.
    pub(super) fn signed(self, name: &str) -> Option<i64> {
        match self.map.get(name)? {
            Value::Number(number) => number.as_i64(),
            value => value.as_str()?.parse().ok(),
        }
    }

    pub(super) fn seconds(self, name: &str) -> Option<Duration> {
        self.number(name).map(Duration::from_secs)
    }

    /// Returns `True` or `False`. Exports capitalize them, except for the touch-tone buffer.
    pub(super) fn flag(self, name: &str) -> Option<bool> {
        self.text(name)
            .map(|text| text.eq_ignore_ascii_case("true"))
    }

    pub(super) fn object(self, name: &str) -> Option<Parameters<'a>> {
        self.map.get(name)?.as_object().map(Self::new)
    }

    /// Returns the members of an object whose names the author chooses.
    pub(super) fn members(self, name: &str) -> Option<&'a Map<String, Value>> {
        self.map.get(name)?.as_object()
    }

    /// Returns the texts of a list.
    pub(super) fn texts(self, name: &str) -> Option<Vec<&'a str>> {
        let list = self.map.get(name)?.as_array()?;
        list.iter().map(Value::as_str).collect()
    }

    /// Returns the objects of a list.
    pub(super) fn objects(self, name: &str) -> Option<Vec<Parameters<'a>>> {
        let list = self.map.get(name)?.as_array()?;
        list.iter()
            .map(|value| value.as_object().map(Self::new))
            .collect()
    }
}
