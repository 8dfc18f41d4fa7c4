//! Filter policies of subscriptions, applied to the attributes of a message.
//!
//! "Filter policy constraints" and "String value matching" in SNS's guide describe them.

use std::collections::BTreeMap;

use local_wire::Fault;
use serde_json::{Map, Value};

use super::content::{Attribute, Kind};
use super::invalid;

/// The most names of a policy, and the most conditions of all names together.
const MAX_NAMES: usize = 5;
const MAX_COMBINATIONS: usize = 150;

/// A policy: every name must have an attribute that meets one of its conditions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FilterPolicy(BTreeMap<String, Vec<Condition>>);

/// A condition on an attribute.
#[derive(Debug, Clone, PartialEq)]
enum Condition {
    /// A string, number, boolean or null.
    Equals(Value),
    EqualsIgnoringCase(String),
    Prefix(String),
    Suffix(String),
    Exists(bool),
    AnythingBut(Vec<Condition>),
    /// Comparisons that all hold.
    Numeric(Vec<(Comparison, f64)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl FilterPolicy {
    /// Reads a policy; `None` for the empty one, which accepts every message.
    pub(super) fn read(text: &str) -> Result<Option<Self>, Fault> {
        let policy: Map<String, Value> = serde_json::from_str(text)
            .map_err(|error| invalid(&format!("FilterPolicy: failed to parse JSON. {error}")))?;
        if policy.is_empty() {
            return Ok(None);
        }
        let mut names = BTreeMap::new();
        for (name, conditions) in policy {
            if name == "$or" {
                return Err(unsupported("$or"));
            }
            let Value::Array(conditions) = conditions else {
                return Err(invalid(&format!(
                    "FilterPolicy: \"{name}\" must be an object or an array"
                )));
            };
            if conditions.is_empty() {
                return Err(invalid("FilterPolicy: Empty arrays are not allowed"));
            }
            let conditions: Result<_, _> = conditions.iter().map(condition).collect();
            names.insert(name, conditions?);
        }
        let combinations = names
            .values()
            .fold(1_usize, |all, one: &Vec<_>| all.saturating_mul(one.len()));
        if names.len() > MAX_NAMES || combinations > MAX_COMBINATIONS {
            return Err(invalid(&format!(
                "FilterPolicy: Filter policy is too complex: it must have at most {MAX_NAMES} names \
                 and {MAX_COMBINATIONS} combinations"
            )));
        }
        Ok(Some(Self(names)))
    }

    /// Reports whether a message with these attributes is delivered.
    pub(super) fn accepts(&self, attributes: &BTreeMap<String, Attribute>) -> bool {
        self.0.iter().all(|(name, conditions)| {
            let attribute = attributes.get(name);
            let values = attribute.map(values).unwrap_or_default();
            conditions.iter().any(|condition| match condition {
                Condition::Exists(exists) => *exists == attribute.is_some(),
                other => values.iter().any(|value| other.holds(value)),
            })
        })
    }
}

/// Returns the values of an attribute: the elements of a String.Array, otherwise one.
fn values(attribute: &Attribute) -> Vec<Value> {
    let text = &attribute.value;
    match attribute.kind {
        Kind::String => vec![Value::String(text.clone())],
        Kind::Number => text.parse::<f64>().map(Value::from).into_iter().collect(),
        // Attributes of this type are ignored by policies.
        Kind::Binary => Vec::new(),
        Kind::StringArray => match serde_json::from_str(text) {
            Ok(Value::Array(elements)) => elements,
            Ok(_) | Err(_) => Vec::new(),
        },
    }
}

impl Condition {
    fn holds(&self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Equals(wanted) => match (wanted.as_f64(), value.as_f64()) {
                (Some(wanted), Some(value)) => wanted == value,
                _ => wanted == value,
            },
            Self::EqualsIgnoringCase(wanted) => {
                text.is_some_and(|text| text.to_lowercase() == wanted.to_lowercase())
            }
            Self::Prefix(start) => text.is_some_and(|text| text.starts_with(start)),
            Self::Suffix(end) => text.is_some_and(|text| text.ends_with(end)),
            Self::Exists(exists) => *exists,
            Self::AnythingBut(excluded) => !excluded.iter().any(|one| one.holds(value)),
            Self::Numeric(comparisons) => value.as_f64().is_some_and(|number| {
                comparisons
                    .iter()
                    .all(|(comparison, bound)| comparison.holds(number, *bound))
            }),
        }
    }
}

impl Comparison {
    fn of(sign: &str) -> Option<Self> {
        match sign {
            "=" => Some(Self::Equal),
            "<" => Some(Self::Less),
            "<=" => Some(Self::AtMost),
            ">" => Some(Self::Greater),
            ">=" => Some(Self::AtLeast),
            _ => None,
        }
    }

    fn holds(self, number: f64, bound: f64) -> bool {
        match self {
            Self::Equal => number == bound,
            Self::Less => number < bound,
            Self::AtMost => number <= bound,
            Self::Greater => number > bound,
            Self::AtLeast => number >= bound,
        }
    }
}

fn condition(given: &Value) -> Result<Condition, Fault> {
    let object = match given {
        Value::Object(object) => object,
        Value::Array(_) => {
            return Err(invalid(
                "FilterPolicy: Match value must be String, number, true, false, or null",
            ));
        }
        plain => return Ok(Condition::Equals(plain.clone())),
    };
    let (Some((keyword, value)), 1) = (object.iter().next(), object.len()) else {
        return Err(invalid(
            "FilterPolicy: a condition must have one operator, such as prefix",
        ));
    };
    match (keyword.as_str(), value) {
        ("prefix", Value::String(text)) => Ok(Condition::Prefix(text.clone())),
        ("suffix", Value::String(text)) => Ok(Condition::Suffix(text.clone())),
        ("equals-ignore-case", Value::String(text)) => {
            Ok(Condition::EqualsIgnoringCase(text.clone()))
        }
        ("exists", Value::Bool(exists)) => Ok(Condition::Exists(*exists)),
        ("anything-but", Value::Array(all)) => {
            let all: Result<_, _> = all.iter().map(condition).collect();
            Ok(Condition::AnythingBut(all?))
        }
        ("anything-but", one) => Ok(Condition::AnythingBut(vec![condition(one)?])),
        ("numeric", Value::Array(parts)) => numeric(parts),
        ("prefix" | "suffix" | "equals-ignore-case" | "exists" | "numeric", _) => Err(invalid(
            &format!("FilterPolicy: the value of {keyword} must be of its type, but was {value}"),
        )),
        (other, _) => Err(unsupported(other)),
    }
}

/// Reads comparisons such as `[">", 0, "<=", 150]`.
fn numeric(parts: &[Value]) -> Result<Condition, Fault> {
    let comparisons = parts.chunks(2).map(|pair| match pair {
        [Value::String(sign), Value::Number(bound)] => {
            Some((Comparison::of(sign)?, bound.as_f64()?))
        }
        _ => None,
    });
    let comparisons: Option<Vec<_>> = comparisons.collect();
    match comparisons {
        Some(comparisons) if !comparisons.is_empty() => Ok(Condition::Numeric(comparisons)),
        _ => Err(invalid(
            "FilterPolicy: Value of numeric must be a list of comparisons with numbers, such as \
             [\">\", 0, \"<=\", 150]",
        )),
    }
}

/// Returns the fault for a part of policies that this account does not apply.
fn unsupported(part: &str) -> Fault {
    Fault::new(
        501,
        "NotImplementedException",
        format!("The local account does not apply '{part}' in the FilterPolicy of a phone."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(given: &[(&str, Kind, &str)]) -> BTreeMap<String, Attribute> {
        let named = given.iter().map(|(name, kind, value)| {
            let attribute = Attribute {
                kind: *kind,
                value: (*value).to_owned(),
            };
            ((*name).to_owned(), attribute)
        });
        named.collect()
    }

    /// Policies and their results follow the examples of "Example filter policies" and "Filter
    /// policy operators" in SNS's guide.
    #[test]
    fn a_policy_accepts_what_the_examples_of_the_guide_accept() {
        let message = attributes(&[
            ("store", Kind::String, "example_corp"),
            ("price_usd", Kind::Number, "210.75"),
            (
                "customer_interests",
                Kind::StringArray,
                r#"["soccer", "rugby", "hockey"]"#,
            ),
            ("sold", Kind::StringArray, "[true]"),
        ]);
        for (policy, accepted) in [
            (r#"{"store": ["example_corp"]}"#, true),
            (r#"{"store": ["other", "example_corp"]}"#, true),
            (r#"{"store": ["example"]}"#, false),
            (r#"{"store": ["example_corp"], "event": ["order"]}"#, false),
            (r#"{"store": [{"prefix": "example"}]}"#, true),
            (r#"{"store": [{"suffix": "_corp"}]}"#, true),
            (
                r#"{"store": [{"equals-ignore-case": "EXAMPLE_corp"}]}"#,
                true,
            ),
            (r#"{"store": [{"exists": true}]}"#, true),
            (r#"{"event": [{"exists": false}]}"#, true),
            (r#"{"store": [{"exists": false}]}"#, false),
            (r#"{"store": [{"anything-but": "example_corp"}]}"#, false),
            (r#"{"store": [{"anything-but": ["a", "b"]}]}"#, true),
            (
                r#"{"store": [{"anything-but": {"prefix": "exam"}}]}"#,
                false,
            ),
            (r#"{"price_usd": [{"numeric": [">=", 100]}]}"#, true),
            (
                r#"{"price_usd": [{"numeric": [">", 0, "<=", 150]}]}"#,
                false,
            ),
            (r#"{"price_usd": [210.75]}"#, true),
            (r#"{"customer_interests": ["rugby", "football"]}"#, true),
            (r#"{"customer_interests": ["baseball"]}"#, false),
            // An element that is not excluded is enough.
            (
                r#"{"customer_interests": [{"anything-but": ["rugby"]}]}"#,
                true,
            ),
            (r#"{"sold": [true]}"#, true),
        ] {
            let read = FilterPolicy::read(policy).unwrap().unwrap();
            assert_eq!(read.accepts(&message), accepted, "{policy}");
        }
        assert_eq!(FilterPolicy::read("{}"), Ok(None));
    }

    #[test]
    fn a_policy_that_is_not_understood_is_refused() {
        for (policy, code) in [
            ("[]", "InvalidParameter"),
            ("{", "InvalidParameter"),
            (r#"{"a": "b"}"#, "InvalidParameter"),
            (r#"{"a": []}"#, "InvalidParameter"),
            (r#"{"a": [["b"]]}"#, "InvalidParameter"),
            (r#"{"a": [{"prefix": 1}]}"#, "InvalidParameter"),
            (r#"{"a": [{"numeric": [">"]}]}"#, "InvalidParameter"),
            (
                r#"{"a": [{"cidr": "10.0.0.0/8"}]}"#,
                "NotImplementedException",
            ),
            (r#"{"$or": [{"a": ["b"]}]}"#, "NotImplementedException"),
            (
                r#"{"a": [1], "b": [1], "c": [1], "d": [1], "e": [1], "f": [1]}"#,
                "InvalidParameter",
            ),
        ] {
            assert_eq!(
                FilterPolicy::read(policy).unwrap_err().code,
                code,
                "{policy}"
            );
        }
    }
}
