//! The bounds of numbers that may come from references.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The bounds of the table of block types, which apply to a reference's value as well.
const LOOPS: RangeInclusive<u64> = 0..=100;
const WAIT_SECONDS: RangeInclusive<u64> = 1..=604_800;
const INTERDIGIT_SECONDS: RangeInclusive<u64> = 1..=20;
const RINGING_SECONDS: RangeInclusive<u64> = 0..=600;
const INPUT_LENGTH: RangeInclusive<u64> = 1..=1_000_000;

/// Returns a loop count as a number, if the service accepts it.
pub(crate) fn loop_limit(text: &str) -> Option<u64> {
    whole_number(text, LOOPS)
}

/// Returns a time to wait, if the service accepts it; the text is in seconds.
pub(crate) fn wait_limit(text: &str) -> Option<Duration> {
    whole_number(text, WAIT_SECONDS).map(Duration::from_secs)
}

/// Returns the time between keys, if the service accepts it; the text is in seconds.
pub(crate) fn interdigit_limit(text: &str) -> Option<Duration> {
    whole_number(text, INTERDIGIT_SECONDS).map(Duration::from_secs)
}

/// Returns the time for a third party to answer, if the service accepts it; the text is in seconds.
pub(crate) fn ringing_limit(text: &str) -> Option<Duration> {
    whole_number(text, RINGING_SECONDS).map(Duration::from_secs)
}

/// Returns the maximum length of an input, if the service accepts it.
pub(crate) fn input_length(text: &str) -> Option<usize> {
    whole_number(text, INPUT_LENGTH)?.try_into().ok()
}

/// Reads a whole number within bounds, written in digits alone.
fn whole_number(text: &str, bounds: RangeInclusive<u64>) -> Option<u64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|number| digits && bounds.contains(number))
}
