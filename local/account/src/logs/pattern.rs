//! Filter patterns, for lines of JSON and of plain text.
//!
//! Patterns for space-delimited fields, and regular expressions for plain text, are not supported.

use std::cell::OnceCell;

use local_wire::Fault;
use serde_json::Value;

use super::input::{check_length, invalid};
use super::json_pattern::JsonPattern;

/// The most characters of a pattern in the service's model.
const MAX_LENGTH: usize = 1_024;

/// The lines to find. Letter case matters.
#[derive(Debug)]
pub(super) enum Pattern {
    Json(JsonPattern),
    Terms(Terms),
}

/// The reason why a pattern cannot be used.
#[derive(Debug)]
pub(super) enum Unusable {
    /// CloudWatch Logs refuses it, too.
    Invalid(Fault),
    /// CloudWatch Logs has this kind of pattern, which is not supported here.
    Unsupported(Fault),
}

impl Unusable {
    /// Returns the error of a request that must not have the pattern.
    pub(super) fn fault(self) -> Fault {
        match self {
            Self::Invalid(fault) | Self::Unsupported(fault) => fault,
        }
    }
}

impl From<Fault> for Unusable {
    fn from(fault: Fault) -> Self {
        Self::Invalid(fault)
    }
}

/// A line, which is parsed as JSON once, however many patterns read it.
#[derive(Debug)]
pub(super) struct Line<'a> {
    text: &'a str,
    json: OnceCell<Option<Value>>,
}

impl<'a> Line<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            json: OnceCell::new(),
        }
    }

    /// Returns the line's content; `None` unless it is JSON.
    pub(super) fn json(&self) -> Option<&Value> {
        let parse = || serde_json::from_str(self.text).ok();
        self.json.get_or_init(parse).as_ref()
    }
}

/// Terms in lines of plain text.
#[derive(Debug, Default)]
pub(super) struct Terms {
    /// Terms that a line must all contain.
    required: Vec<String>,
    /// Terms with `-`, of which a line must contain none.
    excluded: Vec<String>,
    /// Terms with `?`, of which a line must contain one. They are ignored beside other terms.
    optional: Vec<String>,
}

impl Pattern {
    pub(super) fn parse(pattern: &str) -> Result<Self, Unusable> {
        check_length("filterPattern", "", pattern.chars().count(), 0..=MAX_LENGTH)?;
        let start = pattern.trim_start();
        if start.starts_with('{') {
            let json = JsonPattern::parse(start);
            let refuse = |problem| invalid(format!("Invalid filter pattern {pattern}: {problem}"));
            return Ok(Self::Json(json.map_err(refuse)?));
        }
        if start.starts_with('[') {
            return Err(unsupported("for fields between spaces", pattern));
        }
        Terms::parse(pattern).map(Self::Terms)
    }

    /// Returns the most times that a line is read to match it.
    pub(super) fn tests(&self) -> usize {
        let tests = match self {
            // The line is parsed, too.
            Self::Json(json) => json.tests() + 1,
            Self::Terms(terms) => terms.count(),
        };
        tests.max(1)
    }

    /// Returns the number of regular expressions.
    pub(super) fn regexes(&self) -> usize {
        match self {
            Self::Json(json) => json.regexes(),
            Self::Terms(_) => 0,
        }
    }

    /// Returns the most bytes that are compared to match a line of a given length.
    pub(super) fn cost(&self, line: usize) -> usize {
        line.saturating_mul(self.tests())
    }

    pub(super) fn matches(&self, line: &Line<'_>) -> bool {
        match self {
            Self::Json(json) => line.json().is_some_and(|line| json.matches(line)),
            Self::Terms(terms) => terms.matches(line.text),
        }
    }
}

impl Terms {
    fn parse(pattern: &str) -> Result<Self, Unusable> {
        let mut parsed = Self::default();
        let mut rest = pattern.trim_start();
        while let Some(sign) = rest.chars().next() {
            // A sign alone is a term.
            let signed = rest
                .strip_prefix(['-', '?'])
                .filter(|term| !term.is_empty() && !term.starts_with(char::is_whitespace));
            let kind = match (signed, sign) {
                (Some(_), '-') => &mut parsed.excluded,
                (Some(_), _) => &mut parsed.optional,
                (None, _) => &mut parsed.required,
            };
            let text = signed.unwrap_or(rest);
            let (term, after) = match text.strip_prefix('"') {
                Some(phrase) => phrase.split_once('"').ok_or_else(|| {
                    invalid(format!(
                        "The filter pattern {pattern} has no closing quote."
                    ))
                })?,
                None if text.starts_with('%') => {
                    return Err(unsupported("with regular expressions", pattern));
                }
                None => text.split_at(text.find(char::is_whitespace).unwrap_or(text.len())),
            };
            kind.push(term.to_owned());
            rest = after.trim_start();
        }
        Ok(parsed)
    }

    /// Returns the number of terms.
    fn count(&self) -> usize {
        self.required.len() + self.excluded.len() + self.optional.len()
    }

    fn matches(&self, line: &str) -> bool {
        let has = |term: &String| line.contains(term.as_str());
        if self.required.is_empty() && self.excluded.is_empty() && !self.optional.is_empty() {
            return self.optional.iter().any(has);
        }
        self.required.iter().all(has) && !self.excluded.iter().any(has)
    }
}

fn unsupported(kind: &str, pattern: &str) -> Unusable {
    Unusable::Unsupported(invalid(format!(
        "The local account does not support filter patterns {kind}, such as {pattern}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_select_the_lines() {
        for (pattern, line, matches) in [
            ("", "anything", true),
            ("  ", "anything", true),
            ("ERROR", "[ERROR 400] BAD REQUEST", true),
            ("error", "[ERROR 400] BAD REQUEST", false),
            ("ERROR BAD", "[ERROR 400] BAD REQUEST", true),
            ("ERROR GOOD", "[ERROR 400] BAD REQUEST", false),
            ("\"BAD REQUEST\"", "[ERROR 400] BAD REQUEST", true),
            ("\"REQUEST BAD\"", "[ERROR 400] BAD REQUEST", false),
            ("ERROR -BAD", "[ERROR 400] BAD REQUEST", false),
            ("ERROR -\"GOOD REQUEST\"", "[ERROR 400] BAD REQUEST", true),
            ("REQUEST - ERROR", "[ERROR 400] BAD REQUEST", false),
            ("REQUEST - ERROR", "[ERROR 400] BAD - REQUEST", true),
            ("-GOOD", "[ERROR 400] BAD REQUEST", true),
            ("?ERROR ?WARN", "[WARN] slow", true),
            ("?ERROR ?WARN", "[INFO] quick", false),
            ("?ERROR quick", "[INFO] quick", true),
            ("暗証番号", "暗証番号が正しくありません", true),
        ] {
            let parsed = Pattern::parse(pattern).unwrap();
            assert_eq!(
                parsed.matches(&Line::new(line)),
                matches,
                "{pattern} in {line}"
            );
        }
    }

    #[test]
    fn a_pattern_between_braces_is_for_json() {
        let parsed = Pattern::parse(" { $.level = \"ERROR\" && $.n > 3 }").unwrap();
        let matches = |line: &str| parsed.matches(&Line::new(line));
        assert!(matches(r#"{ "level": "ERROR", "n": 4 }"#));
        assert!(!matches(r#"{ "level": "ERROR", "n": 3 }"#));
        assert!(!matches("{ $.level = \"ERROR\" && $.n > 3 }"));
        assert_eq!(parsed.cost(10), 30);
    }

    #[test]
    fn the_length_of_a_pattern_is_limited() {
        let longest = "あ ".repeat(512);
        assert_eq!(Pattern::parse(&longest).unwrap().cost(10), 5_120);
        let refusal = Pattern::parse(&format!("{longest}a")).unwrap_err().fault();
        assert!(
            refusal.message.contains("less than or equal to 1024"),
            "{refusal}"
        );
    }

    #[test]
    fn unsupported_patterns_are_refused() {
        for pattern in [
            "{ $.level = \"ERROR\" ",
            "[ip, user]",
            " { $.a }",
            "%ERR.*%",
            "?%ERR.*%",
            "\"open",
        ] {
            let refusal = Pattern::parse(pattern).unwrap_err().fault();
            assert_eq!(refusal.code, "InvalidParameterException");
            assert!(refusal.message.contains(pattern), "{refusal}");
        }
    }
}
