//! Text that others wrote, made fit for a log.

use std::fmt;

/// What stands in a log for a run of digits.
const HIDDEN: &str = "[digits]";

/// From this length on, a run of digits may be somebody's number or PIN.
const SHORTEST_HIDDEN_RUN: usize = 4;

/// Why a call to somebody else's service went wrong, in that service's own words.
///
/// Services repeat what they were asked: SNS names the number that it does not like. So every run of
/// four or more digits is taken out on the way in, and what is kept can be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Cause(String);

impl Cause {
    /// Keeps `text` without its longer runs of digits.
    pub fn scrubbed(text: impl fmt::Display) -> Self {
        let text = text.to_string();
        let mut kept = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let (before, from_digits) = rest.split_at(start);
            let length = from_digits
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(from_digits.len());
            let (digits, after) = from_digits.split_at(length);
            kept.push_str(before);
            kept.push_str(if length < SHORTEST_HIDDEN_RUN {
                digits
            } else {
                HIDDEN
            });
            rest = after;
        }
        kept.push_str(rest);
        Self(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_numbers_out() {
        for (text, kept) in [
            (
                "Invalid parameter: PhoneNumber Reason: +819011112222 is not valid",
                "Invalid parameter: PhoneNumber Reason: +[digits] is not valid",
            ),
            ("0042", "[digits]"),
            ("status 403 from 10.0.0.1", "status 403 from 10.0.0.1"),
            ("12345 and 123 and 6789", "[digits] and 123 and [digits]"),
            ("番号 819011112222 です", "番号 [digits] です"),
            ("", ""),
        ] {
            assert_eq!(Cause::scrubbed(text).to_string(), kept);
        }
    }
}
