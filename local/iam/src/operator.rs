//! Condition operators.

use crate::context::{Context, UnknownKey};
use crate::pattern::Pattern;

/// How a value of the request is compared with a value of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Text,
    TextAnyCase,
    TextLike,
    /// `ArnEquals` and `ArnLike` do the same.
    Arn,
    Bool,
    Number(Order),
    /// Whether the key is absent.
    Null,
}

/// How two numbers stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How several values of the request count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// No qualifier: meant for keys with one value.
    Single,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// An operator with all that its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) comparison: Comparison,
    pub(crate) negated: bool,
    pub(crate) set: Set,
    pub(crate) if_exists: bool,
}

/// The operators of IAM that are not evaluated here.
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
    /// Reads an operator's name; `Err` is a sentence.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let (set, rest) = match name.split_once(':') {
            None => (Set::Single, name),
            Some(("ForAllValues", rest)) => (Set::All, rest),
            Some(("ForAnyValue", rest)) => (Set::Any, rest),
            Some(_) => return Err(format!("there is no condition operator {name}")),
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
                return Err(format!(
                    "the condition operator {name} is not evaluated here"
                ));
            }
            _ => return Err(format!("there is no condition operator {name}")),
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
    /// Whether a policy may have this value; `Err` is a sentence.
    pub(crate) fn check(self, value: &str) -> Result<(), String> {
        let fine = match self {
            Self::Bool | Self::Null => truth(value).is_some(),
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
            false => Err(format!("\"{value}\" is not {wanted}")),
        }
    }

    /// Whether the request's value is what the policy's pattern says. A value of another type
    /// than the operator's never is.
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
                    Self::Bool => truth(given).is_some() && truth(given) == truth(&wanted),
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

pub(crate) fn truth(text: &str) -> Option<bool> {
    [true, false]
        .into_iter()
        .find(|value| text.eq_ignore_ascii_case(&value.to_string()))
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}
