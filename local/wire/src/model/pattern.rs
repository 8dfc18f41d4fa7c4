//! Patterns of the model, matched in linear time.

use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

/// A pattern, as the model has it. It matches anywhere in a text unless it has anchors (Smithy 2.0,
/// "pattern trait").
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(super) struct Pattern {
    text: String,
    compiled: OnceLock<Option<Compiled>>,
}

/// A pattern that can be matched in linear time.
#[derive(Debug)]
struct Compiled {
    /// The texts that must not stand at the beginning: a lookahead such as `(?!aws:)`.
    forbidden: Vec<String>,
    rest: Regex,
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        Self {
            text,
            compiled: OnceLock::new(),
        }
    }
}

impl Pattern {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Reports whether a text matches. A pattern that is not enforced matches every text.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.compiled().is_none_or(|pattern| {
            let mut forbidden = pattern.forbidden.iter();
            !forbidden.any(|start| text.starts_with(start.as_str())) && pattern.rest.is_match(text)
        })
    }

    pub(super) fn is_enforced(&self) -> bool {
        self.compiled().is_some()
    }

    fn compiled(&self) -> Option<&Compiled> {
        self.compiled.get_or_init(|| compile(&self.text)).as_ref()
    }
}

/// Patterns that look around, with patterns that match the same texts and do not: texts without white
/// space at their ends, and texts of more than white space.
const WITHOUT_LOOKING_AROUND: [(&str, &str); 2] = [
    (r"^(?:(?!\s)^[\s\S]+(?<!\s))$", r"^\S(?:[\s\S]*\S)?$"),
    (r"^(?:(?!\s*$)[\s\S]+)$", r"^[\s\S]*\S[\s\S]*$"),
];

/// Compiles a pattern; `None` if it cannot be matched in linear time, or if it is escaped twice.
fn compile(text: &str) -> Option<Compiled> {
    // `\\d` in place of `\d`: a backslash, followed by a d. No value of such a member has one.
    if text.contains(r"\\") {
        return None;
    }
    let same = WITHOUT_LOOKING_AROUND.iter().find(|(of, _)| *of == text);
    let text = same.map_or(text, |(_, same)| *same);
    let anchored = text.strip_prefix('^').unwrap_or(text);
    let (forbidden, rest) = match anchored.strip_prefix("(?!") {
        Some(lookahead) => {
            let (starts, rest) = lookahead.split_once(')')?;
            let starts: Vec<String> = starts.split('|').map(str::to_owned).collect();
            let literal = |start: &String| start.bytes().all(is_literal);
            if !starts.iter().all(literal) {
                return None;
            }
            (starts, format!("^{rest}"))
        }
        None => (Vec::new(), text.to_owned()),
    };
    let rest = Regex::new(&rest).ok()?;
    Some(Compiled { forbidden, rest })
}

fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'_' | b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::from(text.to_owned())
    }

    /// The patterns are those of Amazon Connect's model: an alias, a tag's key, a name, an id.
    #[test]
    fn patterns_match_as_the_model_means_them() {
        for (text, yes, no) in [
            (
                r"^(?!d-)([\da-zA-Z]+)([-]*[\da-zA-Z])*$",
                &["pin-sms", "d", "1--a"][..],
                &["d-1", "-a", "a-", "", "a_b"][..],
            ),
            (
                r"^(?!aws:)[a-zA-Z+-=._:/]+$",
                &["team", "aws", "a/b:c=1"],
                &["aws:team", "", "with space", "部門"],
            ),
            (
                r"(^[\S].*[\S]$)|(^[\S]$)",
                &["a", "a b", "受付"],
                &[" a", "a ", ""],
            ),
            (r"^[A-Za-z0-9:/]*$", &["", "Beep:1/2"], &["a b"]),
            (
                r"\+[1-9]\d{1,14}$",
                &["+81312345678"],
                &["81312345678", "+0"],
            ),
            // In the model of End User Messaging, of parameters of a template and of messages.
            (
                r"^(?:(?!\s)^[\s\S]+(?<!\s))$",
                &["a", "a b", "a\nb"],
                &["", " a", "a ", "a\n"],
            ),
            (
                r"^(?:(?!\s*$)[\s\S]+)$",
                &["a", " a ", "\n受付\n"],
                &["", " ", "\n\n"],
            ),
        ] {
            let pattern = pattern(text);
            assert!(pattern.is_enforced(), "{text}");
            for given in yes {
                assert!(pattern.matches(given), "{given} in {text}");
            }
            for given in no {
                assert!(!pattern.matches(given), "{given} in {text}");
            }
        }
    }

    #[test]
    fn a_pattern_that_cannot_be_enforced_matches_everything() {
        for text in [
            r"/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[a-zA-Z\d\S]{8,64}$/",
            r"\\+[1-9]\\d{1,14}$",
            r"(?!a.*b)c",
        ] {
            let pattern = pattern(text);
            assert!(!pattern.is_enforced(), "{text}");
            assert!(pattern.matches("anything"), "{text}");
        }
    }
}
