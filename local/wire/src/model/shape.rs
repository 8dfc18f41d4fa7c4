//! Shapes, as the table has them.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Number;

use super::pattern::Pattern;

/// A type of values with its constraints.
#[derive(Debug, Deserialize)]
pub(super) struct Shape {
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    /// The names of the members that must be given.
    #[serde(default)]
    pub(super) required: Vec<String>,
    /// The smallest number, length in characters, or number of elements.
    #[serde(default, deserialize_with = "bound")]
    pub(super) min: Option<i64>,
    /// The largest number, length in characters, or number of elements.
    #[serde(default, deserialize_with = "bound")]
    pub(super) max: Option<i64>,
    pub(super) pattern: Option<Pattern>,
    /// The allowed texts; empty if all are.
    #[serde(default, rename = "enum")]
    pub(super) allowed: Vec<String>,
    /// Whether exactly one member must be given.
    #[serde(default)]
    pub(super) union: bool,
    #[serde(default)]
    pub(super) members: BTreeMap<String, Member>,
    /// The shape of a list's elements.
    #[serde(rename = "member")]
    pub(super) element: Option<String>,
    /// The shape of a map's keys.
    pub(super) key: Option<String>,
    /// The shape of a map's values.
    pub(super) value: Option<String>,
}

/// Reads a bound, which the model writes as `1.0` for numbers with a fraction.
fn bound<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let Some(number) = Option::<Number>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let whole = number.as_f64().filter(|bound| bound.fract() == 0.0);
    let bound = number.as_i64().or(whole.map(|bound| bound as i64));
    bound.map(Some).ok_or_else(|| {
        D::Error::custom(format_args!(
            "a bound must be a whole number, but was {number}"
        ))
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Long,
    Double,
    Float,
    Boolean,
    Timestamp,
    Blob,
}

/// A member of a structure.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Member {
    /// A member of the body under its own name: the name of its shape.
    Body(String),
    /// A member under another name or in another place.
    Placed {
        shape: String,
        #[serde(rename = "in")]
        place: Option<Place>,
        /// The name there.
        name: String,
    },
}

/// A place of input members other than the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Place {
    Uri,
    QueryString,
    Header,
    Headers,
    StatusCode,
}

impl Member {
    /// Returns the name of the member's shape.
    pub(super) fn shape(&self) -> &str {
        match self {
            Self::Body(shape) | Self::Placed { shape, .. } => shape,
        }
    }

    /// Returns the member's place, if that is not the body.
    pub(super) fn place(&self) -> Option<Place> {
        match self {
            Self::Body(_) => None,
            Self::Placed { place, .. } => *place,
        }
    }

    /// Returns the name in its place of the member that the model calls `name`.
    pub(super) fn wire_name<'a>(&'a self, name: &'a str) -> &'a str {
        match self {
            Self::Body(_) => name,
            Self::Placed { name, .. } => name,
        }
    }
}
