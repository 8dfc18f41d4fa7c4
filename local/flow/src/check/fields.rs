//! Reads the parameters of an action, and reports what the service would refuse.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::check::problems::Problems;
use crate::reference::{Reference, Template, looks_like_reference};

/// The places where a parameter may contain references.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Static text, or one reference as the whole value.
    One,
    /// Text with references anywhere.
    Any,
}

/// The members of `Parameters`, or of an object in it.
///
/// Empty strings have been reported for all of `Parameters` before; here they count as present,
/// without a value.
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: String,
    problems: &'a Problems,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(map: &'a Map<String, Value>, path: String, problems: &'a Problems) -> Self {
        Self {
            map,
            path,
            problems,
            known: RefCell::default(),
        }
    }

    pub(crate) fn problems(&self) -> &'a Problems {
        self.problems
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Returns the position of the action in the flow.
    pub(crate) fn position(&self) -> &str {
        let path = self.path.strip_prefix("Actions[").unwrap_or_default();
        path.split(']').next().unwrap_or_default()
    }

    /// Returns the members, for objects whose names the author chooses.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.map.iter()
    }

    fn path_of(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    pub(crate) fn invalid(&self, name: &str) {
        self.problems.report(format!(
            "Invalid Action property value. Path: {}",
            self.path_of(name)
        ));
    }

    pub(crate) fn missing(&self, name: &str) {
        self.problems.report(format!(
            "Action is missing required property. Path: {}",
            self.path_of(name)
        ));
    }

    pub(crate) fn invalid_name(&self, name: &str) {
        self.problems.report(format!(
            "Invalid Action property name. Path: {}",
            self.path_of(name)
        ));
    }

    /// Reports whether the member exists, without marking it as known.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// Reports every member that was not read.
    pub(crate) fn finish(self) {
        let known = self.known.borrow();
        for name in self.map.keys() {
            if !known.contains(&name.as_str()) {
                self.invalid_name(name);
            }
        }
    }

    /// Returns the raw member, and marks it as known.
    pub(crate) fn raw(&self, name: &'static str) -> Option<&'a Value> {
        self.known.borrow_mut().push(name);
        self.map.get(name)
    }

    /// Reports a missing member, and returns whether it exists.
    pub(crate) fn require(&self, name: &'static str) -> bool {
        let there = self.has(name);
        if !there {
            self.missing(name);
        }
        there
    }

    /// Returns a text; numbers and booleans are texts, too, in this language.
    pub(crate) fn text(&self, name: &'static str) -> Option<&'a str> {
        match self.raw(name)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text),
            _ => {
                self.invalid(name);
                None
            }
        }
    }

    /// Returns a text with the references that `class` allows.
    pub(crate) fn template(&self, name: &'static str, class: Class) -> Option<Template> {
        let template = Template::parse(self.text(name)?);
        if class == Class::One && !template.is_static() && template.single().is_none() {
            self.invalid(name);
            return None;
        }
        if class == Class::One && looks_like_reference(&template) {
            self.invalid(name);
            return None;
        }
        Some(template)
    }

    /// Like [`Fields::template`], but the member is required.
    pub(crate) fn required_template(&self, name: &'static str, class: Class) -> Option<Template> {
        self.require(name);
        self.template(name, class)
    }

    /// Returns a member that must be a reference.
    pub(crate) fn required_reference(&self, name: &'static str) -> Option<Reference> {
        self.require(name);
        let text = self.text(name)?;
        let reference = Reference::whole(text);
        if reference.is_none() {
            self.invalid(name);
        }
        reference
    }

    /// Returns a static text of a list, compared exactly.
    pub(crate) fn choice(
        &self,
        name: &'static str,
        choices: &[&'static str],
    ) -> Option<&'static str> {
        let text = self.text(name)?;
        let found = choices.iter().find(|choice| **choice == text).copied();
        if found.is_none() {
            self.invalid(name);
        }
        found
    }

    /// Returns `True` or `False`. Exports capitalize them, except for the touch-tone buffer.
    pub(crate) fn boolean(&self, name: &'static str) -> Option<bool> {
        match self.text(name)? {
            "True" | "true" => Some(true),
            "False" | "false" => Some(false),
            _ => {
                self.invalid(name);
                None
            }
        }
    }

    /// Returns a static whole number within bounds.
    pub(crate) fn number(&self, name: &'static str, least: u64, most: u64) -> Option<u64> {
        let text = self.text(name)?;
        let number = whole_number(text, least..=most);
        if number.is_none() {
            self.invalid(name);
        }
        number
    }

    /// Returns a static whole number of seconds within bounds.
    pub(crate) fn seconds(&self, name: &'static str, least: u64, most: u64) -> Option<Duration> {
        self.number(name, least, most).map(Duration::from_secs)
    }

    /// An object.
    pub(crate) fn object(&self, name: &'static str) -> Option<Fields<'a>> {
        match self.raw(name)? {
            Value::Object(map) => Some(Fields::new(map, self.path_of(name), self.problems)),
            _ => {
                self.invalid(name);
                None
            }
        }
    }

    /// A list.
    pub(crate) fn list(&self, name: &'static str) -> Option<&'a [Value]> {
        match self.raw(name)? {
            Value::Array(list) => Some(list),
            _ => {
                self.invalid(name);
                None
            }
        }
    }

    /// Returns an object of texts; keys and values may contain references.
    pub(crate) fn map(&self, name: &'static str) -> Option<Vec<(&'a str, &'a str)>> {
        let Value::Object(map) = self.raw(name)? else {
            self.invalid(name);
            return None;
        };
        let mut pairs = Vec::with_capacity(map.len());
        for (key, value) in map {
            match value {
                Value::String(text) => pairs.push((key.as_str(), text.as_str())),
                _ => self.invalid(&format!("{name}.{key}")),
            }
        }
        Some(pairs)
    }

    /// Returns an object of JSON values.
    pub(crate) fn json_map(&self, name: &'static str) -> Option<&'a Map<String, Value>> {
        match self.raw(name)? {
            Value::Object(map) => Some(map),
            _ => {
                self.invalid(name);
                None
            }
        }
    }
}

/// Reads a whole number within bounds, written in digits alone.
pub(crate) fn whole_number(text: &str, bounds: RangeInclusive<u64>) -> Option<u64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|number| digits && bounds.contains(number))
}
