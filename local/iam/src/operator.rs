//! Condition operators.

use crate::context::{Context, UnknownKey};
use crate::pattern::Pattern;

/// The comparison of a request's value with a policy's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Text,
    TextAnyCase,
    TextLike,
    /// `ArnEquals` and `ArnLike`, which are the same.
    Arn,
    Bool,
    Number(Order),
    /// Whether the key is absent.
    Null,
}

/// The comparison of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The treatment of several values of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// No qualifier: for keys with one value.
    Single,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// An operator, with the qualifiers and suffixes of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) comparison: Comparison,
    pub(crate) negated: bool,
    pub(crate) set: Set,
    pub(crate) if_exists: bool,
}

/// IAM's operators that are not supported here.
const LEFT_OUT: [&str; 9] = [
    "BinaryEquals",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
];

impl Operator {
    /// Parses an operator's name; the error is a sentence.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let (set, rest) = match name.split_once(':') {
            None => (Set::Single, name),
            Some(("ForAllValues", rest)) => (Set::All, rest),
            Some(("ForAnyValue", rest)) => (Set::Any, rest),
            Some(_) => {
                return Err(format!(
                    "the condition operator must be one of IAM's, but was {name}"
                ));
            }
        };
        let (base, if_exists) = match rest.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let (comparison, negated) = match base {
            "StringEquals" => (Comparison::Text, false),
            "StringNotEquals" => (Comparison::Text, true),
            "StringEqualsIgnoreCase" => (Comparison::TextAnyCase, false),
            "StringNotEqualsIgnoreCase" => (Comparison::TextAnyCase, true),
            "StringLike" => (Comparison::TextLike, false),
            "StringNotLike" => (Comparison::TextLike, true),
            "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
            "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
            "Bool" => (Comparison::Bool, false),
            "NumericEquals" => (Comparison::Number(Order::Equal), false),
            "NumericNotEquals" => (Comparison::Number(Order::Equal), true),
            "NumericLessThan" => (Comparison::Number(Order::Less), false),
            "NumericLessThanEquals" => (Comparison::Number(Order::LessOrEqual), false),
            "NumericGreaterThan" => (Comparison::Number(Order::Greater), false),
            "NumericGreaterThanEquals" => (Comparison::Number(Order::GreaterOrEqual), false),
            "Null" if set == Set::Single && !if_exists => (Comparison::Null, false),
            _ if LEFT_OUT.contains(&base) => {
                return Err(format!("the condition operator {name} is not supported"));
            }
            _ => {
                return Err(format!(
                    "the condition operator must be one of IAM's, but was {name}"
                ));
            }
        };
        Ok(Self {
            comparison,
            negated,
            set,
            if_exists,
        })
    }
}

impl Comparison {
    /// Validates a policy's value; the error is a sentence.
    pub(crate) fn check(self, value: &str) -> Result<(), String> {
        let fine = match self {
            Self::Bool | Self::Null => boolean(value).is_some(),
            Self::Number(_) => number(value).is_some(),
            Self::Arn => value.splitn(6, ':').count() == 6 || value.contains("${"),
            Self::Text | Self::TextAnyCase | Self::TextLike => true,
        };
        let wanted = match self {
            Self::Bool | Self::Null => "true or false",
            Self::Number(_) => "a number",
            _ => "an ARN with six parts",
        };
        match fine {
            true => Ok(()),
            false => Err(format!("it must be {wanted}, but was \"{value}\"")),
        }
    }

    /// Reports whether the request's value matches the policy's pattern. A value of another type
    /// than the operator's never does.
    pub(crate) fn holds(
        self,
        given: &str,
        wanted: &Pattern,
        context: &Context,
    ) -> Result<bool, UnknownKey> {
        match self {
            Self::TextLike => wanted.matches_text(given, context),
            Self::Arn => wanted.matches_arn(given, context),
            _ => {
                let Some(wanted) = wanted.literal(context)? else {
                    return Ok(false);
                };
                Ok(match self {
                    Self::Text => given == wanted,
                    Self::TextAnyCase => given.to_lowercase() == wanted.to_lowercase(),
                    Self::Bool => boolean(given).is_some() && boolean(given) == boolean(&wanted),
                    Self::Number(order) => number(given)
                        .zip(number(&wanted))
                        .is_some_and(|(given, wanted)| order.holds(given, wanted)),
                    Self::TextLike | Self::Arn | Self::Null => false,
                })
            }
        }
    }
}

impl Order {
    fn holds(self, given: f64, wanted: f64) -> bool {
        match self {
            Self::Equal => given == wanted,
            Self::Less => given < wanted,
            Self::LessOrEqual => given <= wanted,
            Self::Greater => given > wanted,
            Self::GreaterOrEqual => given >= wanted,
        }
    }
}

pub(crate) fn boolean(text: &str) -> Option<bool> {
    [true, false]
        .into_iter()
        .find(|value| text.eq_ignore_ascii_case(&value.to_string()))
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}
