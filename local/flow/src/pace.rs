//! The pace at which prompts are spoken.

use std::time::Duration;

/// Returns the time that it takes to speak a text: a little over seven characters a second, the
/// pace of a Japanese announcement. English is spoken at about twice this pace.
pub fn speaking_time(text: &str) -> Duration {
    Duration::from_millis(140) * u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}
