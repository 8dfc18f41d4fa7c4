//! Values, checked against their shapes.

use serde_json::Value;

use super::ServiceModel;
use super::shape::{Kind, Shape};

/// The characters of a value that a message quotes.
const QUOTED: usize = 100;

/// The difference between a value and its shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// The value, or a part of it, has another type.
    Mistyped(String),
    /// The value breaks a constraint.
    Broken(String),
}

impl Problem {
    /// Returns the problem of a value that must be of a kind.
    pub(super) fn of_another_type(kind: Kind, path: &str, given: &str) -> Self {
        Self::Mistyped(format!(
            "{} must be {}, but was {}.",
            subject(path),
            kind.article(),
            quoted(given)
        ))
    }

    pub(super) fn into_text(self) -> String {
        match self {
            Self::Mistyped(text) | Self::Broken(text) => text,
        }
    }
}

/// The extent of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Types, required members and all constraints.
    Input,
    /// Types and required members alone: services do not check what they return, and Amazon Connect
    /// returns, for example, empty tags.
    Output,
}

impl ServiceModel {
    /// Returns the first problem of a value. `path` names it in the message; the whole input or
    /// output has an empty one.
    pub(super) fn problem(
        &self,
        extent: Extent,
        shape: &Shape,
        value: &Value,
        path: &str,
    ) -> Option<Problem> {
        match (shape.kind, value) {
            (Kind::Structure, Value::Object(members)) => {
                let given = |name: &str| members.get(name).filter(|value| !value.is_null());
                let mut required = shape.required.iter();
                if let Some(missing) = required.find(|name| given(wire_name(shape, name)).is_none())
                {
                    return Some(broken(&below(path, missing), "is required."));
                }
                if shape.union {
                    let known = shape.members.keys();
                    let count = known.filter(|name| given(name).is_some()).count();
                    if count != 1 {
                        let names: Vec<_> = shape.members.keys().map(String::as_str).collect();
                        let must = format!("must have exactly one of {}.", names.join(", "));
                        return Some(broken(path, &must));
                    }
                }
                shape.members.iter().find_map(|(name, member)| {
                    let value = given(member.wire_name(name))?;
                    let shape = self.shape(Some(member.shape()))?;
                    self.problem(extent, shape, value, &below(path, name))
                })
            }
            (Kind::List, Value::Array(elements)) => {
                let element = self.shape(shape.element.as_deref());
                let counted = count(extent, shape, elements.len(), path);
                counted.or_else(|| {
                    let mut elements = elements.iter().enumerate();
                    elements.find_map(|(index, value)| {
                        self.problem(extent, element?, value, &format!("{path}[{index}]"))
                    })
                })
            }
            (Kind::Map, Value::Object(entries)) => {
                let key_shape = self.shape(shape.key.as_deref());
                let value_shape = self.shape(shape.value.as_deref());
                let counted = count(extent, shape, entries.len(), path);
                counted.or_else(|| {
                    entries.iter().find_map(|(key, value)| {
                        let path = below(path, key);
                        let key_path = format!("The key {path}");
                        text(extent, key_shape?, key, &key_path)
                            .or_else(|| self.problem(extent, value_shape?, value, &path))
                    })
                })
            }
            (Kind::String, Value::String(given)) => text(extent, shape, given, path),
            (Kind::Integer, Value::Number(number))
                if number
                    .as_i64()
                    .is_some_and(|whole| i32::try_from(whole).is_ok()) =>
            {
                range(extent, shape, number.as_f64()?, path)
            }
            (Kind::Long, Value::Number(number)) if number.is_i64() => {
                range(extent, shape, number.as_f64()?, path)
            }
            (Kind::Double | Kind::Float, Value::Number(number)) => {
                range(extent, shape, number.as_f64()?, path)
            }
            (Kind::Boolean, Value::Bool(_))
            | (Kind::Timestamp, Value::Number(_) | Value::String(_))
            | (Kind::Blob, Value::String(_)) => None,
            (kind, other) => Some(Problem::of_another_type(kind, path, &other.to_string())),
        }
    }

    /// Returns the path of the first member that the shape does not have.
    pub(super) fn unknown_member(
        &self,
        shape: &Shape,
        value: &Value,
        path: &str,
    ) -> Option<String> {
        match (shape.kind, value) {
            (Kind::Structure, Value::Object(members)) => {
                members.iter().find_map(|(wire, value)| {
                    let mut known = shape.members.iter();
                    let known = known.find(|(name, member)| member.wire_name(name) == wire);
                    let path = below(path, wire);
                    match known {
                        None => Some(path),
                        Some((_, member)) => {
                            self.unknown_member(self.shape(Some(member.shape()))?, value, &path)
                        }
                    }
                })
            }
            (Kind::List, Value::Array(elements)) => {
                let element = self.shape(shape.element.as_deref())?;
                let mut elements = elements.iter();
                elements.find_map(|value| self.unknown_member(element, value, path))
            }
            (Kind::Map, Value::Object(entries)) => {
                let element = self.shape(shape.value.as_deref())?;
                let mut entries = entries.iter();
                entries
                    .find_map(|(key, value)| self.unknown_member(element, value, &below(path, key)))
            }
            _ => None,
        }
    }
}

impl Kind {
    fn article(self) -> &'static str {
        match self {
            Self::Structure | Self::Map => "an object",
            Self::List => "a list",
            Self::String => "a string",
            Self::Integer => "a whole number of 32 bits",
            Self::Long => "a whole number of 64 bits",
            Self::Double | Self::Float => "a number",
            Self::Boolean => "true or false",
            Self::Timestamp => "a time",
            Self::Blob => "a base64 string",
        }
    }
}

/// Returns the name of a structure's member in its place.
fn wire_name<'a>(shape: &'a Shape, name: &'a str) -> &'a str {
    let member = shape.members.get(name);
    member.map_or(name, |member| member.wire_name(name))
}

/// Returns the problem of the number of elements of a list or a map.
fn count(extent: Extent, shape: &Shape, count: usize, path: &str) -> Option<Problem> {
    if extent == Extent::Output {
        return None;
    }
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    match (shape.min, shape.max) {
        (Some(min), _) if count < min => {
            Some(broken(path, &format!("must include at least {min} items")))
        }
        // In these words for the quick connects of a queue: hashicorp/terraform-provider-aws#46072.
        (_, Some(max)) if count > max => {
            Some(broken(path, &format!("must include at most {max} items")))
        }
        _ => None,
    }
}

/// Returns the problem of a text with the shape of a string.
fn text(extent: Extent, shape: &Shape, given: &str, path: &str) -> Option<Problem> {
    if extent == Extent::Output {
        return None;
    }
    if !shape.allowed.is_empty() && !shape.allowed.iter().any(|known| known == given) {
        let allowed = shape.allowed.join(", ");
        let must = format!("must be one of {allowed}, but was {}.", quoted(given));
        return Some(broken(path, &must));
    }
    let length = i64::try_from(given.chars().count()).unwrap_or(i64::MAX);
    if shape.min.is_some_and(|min| length < min) || shape.max.is_some_and(|max| length > max) {
        let bounds = match (shape.min, shape.max) {
            (Some(min), Some(max)) => format!("{min} to {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, max) => format!("at most {}", max.unwrap_or(i64::MAX)),
        };
        let must = format!("must have {bounds} characters, but has {length}.");
        return Some(broken(path, &must));
    }
    let pattern = shape.pattern.as_ref()?;
    (!pattern.matches(given)).then(|| {
        let (pattern, given) = (pattern.text(), quoted(given));
        broken(path, &format!("must match {pattern}, but was {given}."))
    })
}

/// Returns the problem of a number. Bounds and numbers of the models are small enough for an `f64`.
#[expect(
    clippy::cast_precision_loss,
    reason = "bounds of the models are exact in an f64"
)]
fn range(extent: Extent, shape: &Shape, number: f64, path: &str) -> Option<Problem> {
    if extent == Extent::Output {
        return None;
    }
    let (min, max) = (shape.min, shape.max);
    if min.is_none_or(|min| number >= min as f64) && max.is_none_or(|max| number <= max as f64) {
        return None;
    }
    let bounds = match (min, max) {
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, max) => format!("at most {}", max.unwrap_or(i64::MAX)),
    };
    Some(broken(
        path,
        &format!("must be {bounds}, but was {number}."),
    ))
}

fn broken(path: &str, must: &str) -> Problem {
    Problem::Broken(format!("{} {must}", subject(path)))
}

/// Returns the name of a value in a message.
fn subject(path: &str) -> &str {
    if path.is_empty() { "The input" } else { path }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn quoted(given: &str) -> String {
    match given.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &given[..end]),
        None => given.to_owned(),
    }
}
