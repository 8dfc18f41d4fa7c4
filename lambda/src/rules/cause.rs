//! Text from services, rows and events, made safe for a log.

use std::fmt;

/// The replacement of a run of digits.
const HIDDEN: &str = "[digits]";

/// From this length on, a run of digits may be a caller's number or PIN.
const SHORTEST_HIDDEN_RUN: usize = 4;

/// The most characters that are kept: a row's text may have 400 KB, and an event's 6 MB.
const LONGEST: usize = 512;

/// The replacement of the characters beyond that.
const CUT: &str = "… [cut]";

/// A text from outside, made safe for a log: a service's message about a failed request, the value of an
/// attribute, a part of an event.
///
/// Services repeat parts of a request: SNS names the number that it refuses. Rows and events hold any
/// text that was typed into them. So every run of four or more digits is replaced, and the text ends after
/// 512 characters; the rest can be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Cause(String);

impl Cause {
    /// Creates a cause from `text`, without its longer runs of digits.
    pub fn scrubbed(text: impl fmt::Display) -> Self {
        let text = text.to_string();
        let end = text.char_indices().nth(LONGEST).map(|(end, _)| end);
        let mut kept = String::with_capacity(end.unwrap_or(text.len()));
        // Digits at the cut are removed: what is left of a longer run could be too short to be hidden.
        let mut rest = match end {
            None => text.as_str(),
            Some(end) => text[..end].trim_end_matches(char::is_numeric),
        };
        while let Some(start) = rest.find(char::is_numeric) {
            let (before, from_digits) = rest.split_at(start);
            let length = from_digits
                .find(|c: char| !c.is_numeric())
                .unwrap_or(from_digits.len());
            let (digits, after) = from_digits.split_at(length);
            kept.push_str(before);
            kept.push_str(if digits.chars().count() < SHORTEST_HIDDEN_RUN {
                digits
            } else {
                HIDDEN
            });
            rest = after;
        }
        kept.push_str(rest);
        if end.is_some() {
            kept.push_str(CUT);
        }
        Self(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_after_512_characters() {
        let fits = "あ".repeat(512);
        assert_eq!(Cause::scrubbed(&fits).to_string(), fits);
        let cut = format!("{fits}… [cut]");
        assert_eq!(Cause::scrubbed(format!("{fits}い")).to_string(), cut);
        // The digits left at the end would reveal the beginning of a number.
        let number = format!("{}819011112222", "x".repeat(509));
        let kept = Cause::scrubbed(number).to_string();
        assert_eq!(kept, format!("{}… [cut]", "x".repeat(509)));
    }

    #[test]
    fn hides_longer_runs_of_digits() {
        for (text, kept) in [
            (
                "Invalid parameter: PhoneNumber Reason: +819011112222 is not valid",
                "Invalid parameter: PhoneNumber Reason: +[digits] is not valid",
            ),
            ("0042", "[digits]"),
            ("status 403 from 10.0.0.1", "status 403 from 10.0.0.1"),
            ("12345 and 123 and 6789", "[digits] and 123 and [digits]"),
            ("番号 819011112222 です", "番号 [digits] です"),
            // Full-width digits, as a Japanese keyboard writes them.
            ("暗証番号 ００４２、２", "暗証番号 [digits]、２"),
            ("", ""),
        ] {
            assert_eq!(Cause::scrubbed(text).to_string(), kept);
        }
    }
}
