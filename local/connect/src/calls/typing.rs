//! The keys that a caller presses, at their times on the call's clock.

use std::collections::VecDeque;
use std::time::Duration;

use connect_flow::Key;
use time::OffsetDateTime;

use super::conversation::UnknownKey;

/// The pause between two keys of a caller who knows what to press.
const KEY_PAUSE: Duration = Duration::from_millis(300);
/// The length of a comma.
const PAUSE: Duration = Duration::from_secs(1);

/// A part of what a caller does with the keypad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// Presses a key, 0.3 seconds after the key before it.
    Key(Key),
    /// Waits for a second. What the line does in the meantime decides whether it hears the next key.
    Pause,
}

impl From<Key> for Stroke {
    fn from(key: Key) -> Self {
        Self::Key(key)
    }
}

/// Parses keys and pauses; a comma is a pause of a second, as in the numbers that telephones dial. Spaces and
/// hyphens are ignored.
///
/// # Errors
/// The first character that is neither a telephone key nor a comma.
pub fn strokes(text: &str) -> Result<Vec<Stroke>, UnknownKey> {
    text.chars()
        .filter(|symbol| !matches!(symbol, ' ' | '-'))
        .map(|symbol| match symbol {
            ',' => Ok(Stroke::Pause),
            _ => Key::new(symbol).map(Stroke::Key).ok_or(UnknownKey(symbol)),
        })
        .collect()
}

/// The keys that are still to be pressed, earliest first.
#[derive(Default)]
pub(super) struct Typing {
    keys: VecDeque<(OffsetDateTime, Key)>,
}

impl Typing {
    /// Begins to press keys at the moment `now`.
    pub(super) fn new<S: Into<Stroke> + Copy>(now: OffsetDateTime, strokes: &[S]) -> Self {
        let mut at = now;
        let mut keys = VecDeque::with_capacity(strokes.len());
        for &stroke in strokes {
            match stroke.into() {
                Stroke::Pause => at += PAUSE,
                Stroke::Key(key) => {
                    at += KEY_PAUSE;
                    keys.push_back((at, key));
                }
            }
        }
        Self { keys }
    }

    /// Adds keys, which begin to be pressed at the moment `now` or after the ones before.
    pub(super) fn then<S: Into<Stroke> + Copy>(&mut self, now: OffsetDateTime, strokes: &[S]) {
        let begins = self.keys.back().map_or(now, |(at, _)| now.max(*at));
        self.keys.append(&mut Self::new(begins, strokes).keys);
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns the next key if it is pressed until the moment `end`, with the time from `now` to it.
    pub(super) fn next(
        &mut self,
        now: OffsetDateTime,
        end: OffsetDateTime,
    ) -> Option<(Key, Duration)> {
        let (at, key) = self.keys.pop_front_if(|(at, _)| *at <= end)?;
        Some((key, Duration::try_from(at - now).unwrap_or_default()))
    }

    /// Returns the next key, whenever it is pressed.
    pub(super) fn take(&mut self) -> Option<Key> {
        self.keys.pop_front().map(|(_, key)| key)
    }

    /// Returns all keys that are pressed until the moment `end`.
    pub(super) fn until(&mut self, end: OffsetDateTime) -> Vec<Key> {
        let mut pressed = Vec::new();
        while let Some((_, key)) = self.keys.pop_front_if(|(at, _)| *at <= end) {
            pressed.push(key);
        }
        pressed
    }
}
