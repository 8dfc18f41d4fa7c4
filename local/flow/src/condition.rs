//! The operators of conditions.

use std::cmp::Ordering;
use std::sync::Arc;

use serde::Deserialize;

use crate::reference::Template;

/// The comparison of a value with an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Operator {
    Equals,
    TextStartsWith,
    TextEndsWith,
    TextContains,
    NumberGreaterThan,
    NumberGreaterOrEqualTo,
    NumberLessThan,
    NumberLessOrEqualTo,
    KeyExists,
}

impl Operator {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "Equals" => Self::Equals,
            "TextStartsWith" => Self::TextStartsWith,
            "TextEndsWith" => Self::TextEndsWith,
            "TextContains" => Self::TextContains,
            "NumberGreaterThan" => Self::NumberGreaterThan,
            "NumberGreaterOrEqualTo" => Self::NumberGreaterOrEqualTo,
            "NumberLessThan" => Self::NumberLessThan,
            "NumberLessOrEqualTo" => Self::NumberLessOrEqualTo,
            "KeyExists" => Self::KeyExists,
            _ => return None,
        })
    }

    #[cfg(test)]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Equals => "Equals",
            Self::TextStartsWith => "TextStartsWith",
            Self::TextEndsWith => "TextEndsWith",
            Self::TextContains => "TextContains",
            Self::NumberGreaterThan => "NumberGreaterThan",
            Self::NumberGreaterOrEqualTo => "NumberGreaterOrEqualTo",
            Self::NumberLessThan => "NumberLessThan",
            Self::NumberLessOrEqualTo => "NumberLessOrEqualTo",
            Self::KeyExists => "KeyExists",
        }
    }

    /// Returns the name in the older flow language, which flow logs use. The words for `TextEndsWith` and
    /// `KeyExists`, which are younger than that language, are inferred.
    pub(crate) fn name_in_logs(self) -> &'static str {
        match self {
            Self::Equals => "Equals",
            Self::TextStartsWith => "StartsWith",
            Self::TextEndsWith => "EndsWith",
            Self::TextContains => "Contains",
            Self::NumberGreaterThan => "GreaterThan",
            Self::NumberGreaterOrEqualTo => "GreaterThanOrEqualTo",
            Self::NumberLessThan => "LessThan",
            Self::NumberLessOrEqualTo => "LessThanOrEqualTo",
            Self::KeyExists => "KeyExists",
        }
    }

    /// Reports whether the comparison of `value` with `operand` is true. [`Operator::KeyExists`]
    /// applies to objects, so it is false for every text.
    pub(crate) fn holds(self, value: &str, operand: &str) -> bool {
        let order = |wanted: fn(Ordering) -> bool| {
            Decimal::parse(value)
                .zip(Decimal::parse(operand))
                .is_some_and(|(value, operand)| wanted(value.compare(&operand)))
        };
        match self {
            Self::Equals => value == operand,
            Self::TextStartsWith => value.starts_with(operand),
            Self::TextEndsWith => value.ends_with(operand),
            Self::TextContains => value.contains(operand),
            Self::NumberGreaterThan => order(Ordering::is_gt),
            Self::NumberGreaterOrEqualTo => order(Ordering::is_ge),
            Self::NumberLessThan => order(Ordering::is_lt),
            Self::NumberLessOrEqualTo => order(Ordering::is_le),
            Self::KeyExists => false,
        }
    }
}

/// A conditional branch of an action.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    pub(crate) operator: Operator,
    pub(crate) operand: Template,
    /// The operand, as in the content.
    pub(crate) source: Arc<str>,
    /// The position of the next action.
    pub(crate) target: usize,
}

/// A decimal number in text form. Phone numbers and ids have more digits than a float can
/// represent, so numbers are compared digit by digit.
struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    /// Parses an optional sign, digits, and optionally a point with digits. Nothing is trimmed: the
    /// service's own rule is not documented, and a space in a number is most likely a mistake.
    fn parse(text: &'a str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (digits, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            negative: negative && !zero,
            whole,
            fraction,
        })
    }

    fn compare(&self, other: &Self) -> Ordering {
        let size = |a: &Self, b: &Self| {
            a.whole
                .len()
                .cmp(&b.whole.len())
                .then_with(|| a.whole.cmp(b.whole))
                .then_with(|| a.fraction.cmp(b.fraction))
        };
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => size(self, other),
            (true, true) => size(other, self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_compare_texts_and_numbers() {
        use Operator::*;
        for (value, operator, operand, expected) in [
            ("a", Equals, "a", true),
            ("a", Equals, "A", false),
            ("01", Equals, "1", false),
            ("", Equals, "", true),
            ("abcd", TextStartsWith, "ab", true),
            ("abcd", TextStartsWith, "AB", false),
            ("abcd", TextEndsWith, "cd", true),
            ("abcd", TextContains, "bc", true),
            ("abcd", TextContains, "cb", false),
            ("2", NumberGreaterThan, "10", false),
            ("10", NumberGreaterThan, "2", true),
            ("10", NumberGreaterOrEqualTo, "10.0", true),
            ("-1", NumberLessThan, "0", true),
            ("-2", NumberLessThan, "-1", true),
            ("-0", NumberLessThan, "0", false),
            ("0.5", NumberLessThan, "0.45", false),
            ("+3", NumberLessOrEqualTo, "3", true),
            ("007", NumberLessOrEqualTo, "7", true),
            (
                "90071992547409931",
                NumberGreaterThan,
                "90071992547409930",
                true,
            ),
            // Texts that are not numbers: every comparison is false.
            ("", NumberLessThan, "1", false),
            ("abc", NumberLessThan, "1", false),
            ("1", NumberLessThan, "abc", false),
            (" 1", NumberLessThan, "2", false),
            ("1e3", NumberGreaterThan, "2", false),
            ("1.", NumberGreaterThan, "0", false),
            ("-", NumberLessThan, "1", false),
            ("a", KeyExists, "a", false),
        ] {
            assert_eq!(
                operator.holds(value, operand),
                expected,
                "{value} {} {operand}",
                operator.name()
            );
        }
    }

    #[test]
    fn every_operator_is_found_by_its_name() {
        for name in [
            "Equals",
            "TextStartsWith",
            "TextEndsWith",
            "TextContains",
            "NumberGreaterThan",
            "NumberGreaterOrEqualTo",
            "NumberLessThan",
            "NumberLessOrEqualTo",
            "KeyExists",
        ] {
            assert_eq!(Operator::parse(name).map(Operator::name), Some(name));
        }
        for name in [
            "And",
            "Or",
            "Not",
            "All",
            "Any",
            "Contains",
            "StartsWith",
            "Exists",
        ] {
            assert_eq!(Operator::parse(name), None);
        }
    }
}
