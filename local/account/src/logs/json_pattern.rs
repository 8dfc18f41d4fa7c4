//! Filter patterns for lines of JSON, such as `{ $.level = "ERROR" && $.n > 3 }`.
//!
//! The syntax is that of
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>.

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};
use serde_json::Value;

/// The most conditions within each other.
const MAX_DEPTH: usize = 32;
/// The most regular expressions of a pattern, which AWS documents, and the most bytes of each.
const MAX_REGEXES: usize = 2;
const MAX_REGEX_BYTES: usize = 1_024 * 1_024;
/// The characters of regular expressions beside letters and digits.
const REGEX_CHARACTERS: &str = ":_#=@/;,-^$?[]{}|\\*+. ";

/// A pattern, read.
#[derive(Debug)]
pub(super) struct JsonPattern {
    condition: Condition,
    /// The number of comparisons.
    tests: usize,
    /// The number of regular expressions among them.
    regexes: usize,
}

/// The path to a property of a line, such as `$.users[0].id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector(Vec<Step>);

#[derive(Debug)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Test(Selector, Test),
}

/// A part of a selector.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
}

#[derive(Debug)]
enum Test {
    Is(Value),
    NotExists,
    Number(Comparison, f64),
    Text { negated: bool, text: Text },
}

/// A text with wildcards at its ends, or a regular expression.
#[derive(Debug)]
enum Text {
    Plain {
        text: String,
        open_start: bool,
        open_end: bool,
    },
    Regex(Regex),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

const COMPARISONS: [(&str, Comparison); 6] = [
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("=", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl JsonPattern {
    /// Reads a pattern between braces.
    ///
    /// # Errors
    /// A sentence that states the form that the pattern must have.
    pub(super) fn parse(pattern: &str) -> Result<Self, String> {
        let mut parser = Parser::new(pattern);
        parser.expect("{")?;
        let condition = parser.any()?;
        parser.expect("}")?;
        parser.skip_space();
        if !parser.rest.is_empty() {
            return Err(format!(
                "nothing may follow the last brace, but {}",
                parser.rest
            ));
        }
        Ok(Self {
            condition,
            tests: parser.tests,
            regexes: parser.regexes,
        })
    }

    /// Returns the number of comparisons.
    pub(super) fn tests(&self) -> usize {
        self.tests
    }

    /// Returns the number of regular expressions.
    pub(super) fn regexes(&self) -> usize {
        self.regexes
    }

    /// Reports whether the pattern selects a line, which has been parsed.
    pub(super) fn matches(&self, line: &Value) -> bool {
        line.is_object() && self.condition.holds(line)
    }

    /// Reports whether a comparison of the pattern reads this property.
    pub(super) fn reads(&self, selector: &Selector) -> bool {
        self.condition.reads(selector)
    }
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// A sentence that states the form that the selector must have.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser::new(text);
        let selector = parser.selector()?;
        match parser.rest.trim() {
            "" => Ok(selector),
            rest => Err(format!("nothing may follow the property, but {rest}")),
        }
    }

    /// Returns the value of the property in a line.
    pub(super) fn find<'v>(&self, line: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(line, |value, step| match step {
            Step::Member(name) => value.as_object()?.get(name),
            Step::Element(index) => value.as_array()?.get(*index),
        })
    }
}

impl Condition {
    fn holds(&self, line: &Value) -> bool {
        match self {
            Self::All(all) => all.iter().all(|condition| condition.holds(line)),
            Self::Any(any) => any.iter().any(|condition| condition.holds(line)),
            Self::Test(selector, test) => test.holds(selector.find(line)),
        }
    }

    fn reads(&self, wanted: &Selector) -> bool {
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().any(|inner| inner.reads(wanted)),
            Self::Test(selector, _) => selector == wanted,
        }
    }
}

impl Test {
    /// Reports whether a value passes. Only texts, numbers and truth values can be compared: "If it
    /// points to an array or object, the filter will not be applied".
    fn holds(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else {
            return matches!(self, Self::NotExists);
        };
        match self {
            Self::NotExists => false,
            Self::Is(expected) => value == expected,
            Self::Number(comparison, number) => match value {
                Value::Number(found) => {
                    let order = found.as_f64().and_then(|found| found.partial_cmp(number));
                    order.is_some_and(|order| comparison.holds(order))
                }
                // A text is another value than every number.
                Value::String(_) | Value::Bool(_) => *comparison == Comparison::NotEqual,
                _ => false,
            },
            Self::Text { negated, text } => match value {
                Value::String(found) => text.is(found) != *negated,
                Value::Number(_) | Value::Bool(_) => text.is(&value.to_string()) != *negated,
                _ => false,
            },
        }
    }
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Text {
    fn plain(text: &str) -> Self {
        let (text, open_start) = match text.strip_prefix('*') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (text, open_end) = match text.strip_suffix('*') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        Self::Plain {
            text: text.to_owned(),
            open_start,
            open_end,
        }
    }

    fn is(&self, found: &str) -> bool {
        match self {
            Self::Regex(regex) => regex.is_match(found),
            Self::Plain {
                text,
                open_start,
                open_end,
            } => match (open_start, open_end) {
                (true, true) => found.contains(text.as_str()),
                (true, false) => found.ends_with(text.as_str()),
                (false, true) => found.starts_with(text.as_str()),
                (false, false) => found == text,
            },
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    tests: usize,
    regexes: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn new(rest: &'a str) -> Self {
        Self {
            rest,
            tests: 0,
            regexes: 0,
            depth: 0,
        }
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut any = vec![self.all()?];
        while self.takes("||") {
            any.push(self.all()?);
        }
        Ok(Condition::Any(any))
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut all = vec![self.condition()?];
        while self.takes("&&") {
            all.push(self.condition()?);
        }
        Ok(Condition::All(all))
    }

    fn condition(&mut self) -> Result<Condition, String> {
        if self.takes("(") {
            if self.depth == MAX_DEPTH {
                return Err(format!(
                    "at most {MAX_DEPTH} conditions may be within each other"
                ));
            }
            self.depth += 1;
            let inner = self.any()?;
            self.depth -= 1;
            self.expect(")")?;
            return Ok(inner);
        }
        let selector = self.selector()?;
        let test = self.test()?;
        self.tests += 1;
        Ok(Condition::Test(selector, test))
    }

    /// Reads a selector, such as `$.users[0].id`.
    fn selector(&mut self) -> Result<Selector, String> {
        self.expect("$")?;
        let mut steps = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix('.') {
                let belongs = |letter: char| letter.is_alphanumeric() || "-_".contains(letter);
                let end = rest.find(|letter| !belongs(letter)).unwrap_or(rest.len());
                let (name, rest) = rest.split_at(end);
                if name.is_empty() {
                    return Err(self.refusal("a name"));
                }
                steps.push(Step::Member(name.to_owned()));
                self.rest = rest;
            } else if let Some(rest) = self.rest.strip_prefix('[') {
                let (index, rest) = rest.split_once(']').ok_or_else(|| self.refusal("]"))?;
                let index = index.trim().parse();
                let index = index.map_err(|_| self.refusal("the number of an element"))?;
                steps.push(Step::Element(index));
                self.rest = rest;
            } else if steps.is_empty() {
                return Err(self.refusal("a property of $"));
            } else {
                return Ok(Selector(steps));
            }
        }
    }

    fn test(&mut self) -> Result<Test, String> {
        if self.takes_word("IS") {
            for (word, value) in [
                ("NULL", Value::Null),
                ("TRUE", Value::Bool(true)),
                ("FALSE", Value::Bool(false)),
            ] {
                if self.takes_word(word) {
                    return Ok(Test::Is(value));
                }
            }
            return Err(self.refusal("NULL, TRUE or FALSE"));
        }
        if self.takes_word("NOT") {
            return match self.takes_word("EXISTS") {
                true => Ok(Test::NotExists),
                false => Err(self.refusal("EXISTS")),
            };
        }
        let found = COMPARISONS.iter().find(|(sign, _)| self.takes(sign));
        let Some((_, comparison)) = found else {
            return Err(self.refusal("a comparison"));
        };
        self.operand(*comparison)
    }

    /// Reads a number, a text with or without quotes, or a regular expression.
    fn operand(&mut self, comparison: Comparison) -> Result<Test, String> {
        self.skip_space();
        let negated = match comparison {
            Comparison::Equal => Some(false),
            Comparison::NotEqual => Some(true),
            _ => None,
        };
        let text = if let Some(rest) = self.rest.strip_prefix('"') {
            let (text, rest) = rest
                .split_once('"')
                .ok_or_else(|| self.refusal("a quote"))?;
            self.rest = rest;
            Text::plain(text)
        } else if let Some(rest) = self.rest.strip_prefix('%') {
            let (regex, rest) = rest
                .split_once('%')
                .ok_or_else(|| self.refusal("a closing %"))?;
            self.rest = rest;
            Text::Regex(self.regex(regex)?)
        } else {
            let ends = |letter: char| letter.is_whitespace() || "()&|{}".contains(letter);
            let end = self.rest.find(ends).unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            if word.is_empty() {
                return Err(self.refusal("a value"));
            }
            self.rest = rest;
            let numeric = word
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
            match word.parse() {
                Ok(number) if numeric => return Ok(Test::Number(comparison, number)),
                _ => Text::plain(word),
            }
        };
        match negated {
            Some(negated) => Ok(Test::Text { negated, text }),
            None => Err("only numbers can be greater or less".to_owned()),
        }
    }

    fn regex(&mut self, regex: &str) -> Result<Regex, String> {
        self.regexes += 1;
        if self.regexes > MAX_REGEXES {
            return Err(format!(
                "a pattern may have {MAX_REGEXES} regular expressions at most"
            ));
        }
        let is_allowed =
            |letter: char| letter.is_ascii_alphanumeric() || REGEX_CHARACTERS.contains(letter);
        if let Some(letter) = regex.chars().find(|letter| !is_allowed(*letter)) {
            return Err(format!("a regular expression must not contain {letter}"));
        }
        let compiled = RegexBuilder::new(regex).size_limit(MAX_REGEX_BYTES).build();
        compiled.map_err(|error| format!("the regular expression {regex} is not valid: {error}"))
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Skips a sign; reports whether it was there.
    fn takes(&mut self, sign: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn takes_word(&mut self, word: &str) -> bool {
        self.skip_space();
        let end = self.rest.find(|letter: char| !letter.is_alphabetic());
        let (found, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if found.eq_ignore_ascii_case(word) {
            self.rest = rest;
            return true;
        }
        false
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        match self.takes(sign) {
            true => Ok(()),
            false => Err(self.refusal(sign)),
        }
    }

    fn refusal(&self, expected: &str) -> String {
        match self.rest.trim_start() {
            "" => format!("{expected} must be at its end"),
            rest => format!("{expected} must be before {rest}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, line: &str) -> bool {
        let line: Option<Value> = serde_json::from_str(line).ok();
        line.is_some_and(|line| JsonPattern::parse(pattern).unwrap().matches(&line))
    }

    /// The examples of
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html> for one line.
    #[test]
    fn conditions_select_lines_as_documented() {
        let line = r#"{ "eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111",
            "arrayKey": ["value", "another value"],
            "objectList": [{ "name": "a", "id": 1 }, { "name": "b", "id": 2 }],
            "SomeObject": null, "ThisFlag": true, "latency": 1001, "errorCode": 400 }"#;
        for (pattern, expected) in [
            (r#"{ $.eventType = "UpdateTrail" }"#, true),
            ("{$.eventType = UpdateTrail}", true),
            (r#"{ $.eventType != "UpdateTrail" }"#, false),
            ("{ $.eventType = *Trail }", true),
            ("{ $.eventType = Update* }", true),
            // "Ev*ent will only match the actual string Ev*ent".
            ("{ $.eventType = Up*Trail }", false),
            ("{ $.eventType = * }", true),
            ("{ $.missing = * }", false),
            ("{ $.sourceIPAddress != 123.123.* }", true),
            ("{ $.sourceIPAddress != 111.111.* }", false),
            (r#"{ $.arrayKey[0] = "value" }"#, true),
            (r#"{ $.arrayKey[2] = "value" }"#, false),
            ("{ $.objectList[1].id = 2 }", true),
            ("{ $.objectList[1].id != 2 }", false),
            ("{ $.SomeObject IS NULL }", true),
            ("{ $.ThisFlag IS NULL }", false),
            ("{ $.SomeOtherObject NOT EXISTS }", true),
            ("{ $.SomeObject NOT EXISTS }", false),
            ("{ $.ThisFlag IS TRUE }", true),
            ("{ $.ThisFlag IS FALSE }", false),
            ("{ $.latency >= 500 }", true),
            ("{ $.latency > +1000 }", true),
            ("{ $.latency < 10e-3 }", false),
            ("{ $.errorCode = 400 }", true),
            ("{ $.errorCode != 500 }", true),
            // An array is neither equal nor unequal to a value.
            ("{ $.arrayKey = 1 }", false),
            ("{ $.arrayKey != 1 }", false),
            ("{ $.eventType = %Trail% }", true),
            ("{ $.eventType = %^Trail% }", false),
            ("{ $.errorCode = %4[0-9]{2}% }", true),
        ] {
            assert_eq!(matches(pattern, line), expected, "{pattern}");
        }
        assert!(!matches("{ $.a NOT EXISTS }", "no JSON"));
    }

    /// The compound conditions of the same page.
    #[test]
    fn conditions_are_combined_as_documented() {
        let line = r#"{ "user": { "id": 1, "email": "John.Stiles@example.com" },
            "users": [{ "id": 2, "email": "John.Doe@example.com" },
                { "id": 3, "email": "Jane.Doe@example.com" }],
            "actions": ["GET", "PUT", "DELETE"],
            "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]] }"#;
        for (pattern, expected) in [
            (
                r#"{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }"#,
                true,
            ),
            (
                r#"{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }"#,
                false,
            ),
            (
                r#"{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }"#,
                true,
            ),
            (
                r#"{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }"#,
                false,
            ),
        ] {
            assert_eq!(matches(pattern, line), expected, "{pattern}");
        }
    }

    #[test]
    fn a_selector_is_read_and_found_in_the_pattern() {
        let line = serde_json::json!({ "users": [{ "id": 2 }], "latency": 50 });
        let find = |text: &str| Selector::parse(text).unwrap().find(&line).cloned();
        assert_eq!(find("$.latency"), Some(50.into()));
        assert_eq!(find("$.users[0].id"), Some(2.into()));
        assert_eq!(find("$.users[1].id"), None);
        let pattern = JsonPattern::parse("{ $.a = 1 && ($.latency = * || $.b = 2) }").unwrap();
        assert!(pattern.reads(&Selector::parse("$.latency").unwrap()));
        assert!(!pattern.reads(&Selector::parse("$.users").unwrap()));
        for text in ["$", "latency", "$.latency > 1", "$latency"] {
            assert!(Selector::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(300), ")".repeat(300));
        for (pattern, problem) in [
            ("{", "$ must be at its end"),
            ("{ }", "$ must be before }"),
            ("{ $ = 1 }", "a property of $"),
            ("{ $.a }", "a comparison must be before }"),
            ("{ $.a = 1", "} must be at its end"),
            ("{ $.a = 1 } b", "nothing may follow"),
            ("{ $.a[x] = 1 }", "the number of an element"),
            ("{ $.a > b }", "only numbers can be greater or less"),
            ("{ $.a IS NOT }", "NULL, TRUE or FALSE"),
            ("{ $.a NOT NULL }", "EXISTS"),
            ("{ $.a = \"b }", "a quote"),
            ("{ $.a = %b }", "a closing %"),
            ("{ $.a = %(b)% }", "must not contain ("),
            (
                "{ $.a = %a% || $.a = %b% || $.a = %c% }",
                "2 regular expressions",
            ),
            (&deep, "at most 32 conditions"),
        ] {
            let refusal = JsonPattern::parse(pattern).unwrap_err();
            assert!(refusal.contains(problem), "{pattern}: {refusal}");
        }
    }
}
