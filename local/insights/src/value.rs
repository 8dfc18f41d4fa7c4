//! Values of fields and expressions.

use std::cmp::Ordering;
use std::sync::Arc;

use time::OffsetDateTime;

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// The field does not exist, or the expression has no result.
    Missing,
    Bool(bool),
    /// A computed number.
    Number(f64),
    /// A number of an event, with its text there.
    Written(f64, Arc<str>),
    Text(Arc<str>),
    /// A point in time, in milliseconds since 1970.
    Time(i64),
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Returns a computed number, or no result where it is not finite.
    pub(crate) fn number(number: f64) -> Self {
        match number.is_finite() {
            true => Self::Number(number),
            false => Self::Missing,
        }
    }

    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// Returns the value as a number: numbers, times in milliseconds, and texts that are numbers.
    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Missing => None,
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Number(number) | Self::Written(number, _) => Some(*number),
            Self::Text(text) => number_of(text),
            Self::Time(milliseconds) => Some(*milliseconds as f64),
        }
    }

    /// Returns the value as a time.
    pub(crate) fn as_time(&self) -> Option<i64> {
        match self {
            Self::Time(milliseconds) => Some(*milliseconds),
            _ => self.as_number().map(|number| number as i64),
        }
    }

    /// Returns the text that a result shows; `None` for a missing value.
    pub(crate) fn render(&self) -> Option<Arc<str>> {
        match self {
            Self::Missing => None,
            // JSON's `true` is shown as 1.
            Self::Bool(value) => Some(if *value { "1" } else { "0" }.into()),
            Self::Number(number) => Some(render_number(*number).into()),
            Self::Written(_, text) | Self::Text(text) => Some(Arc::clone(text)),
            Self::Time(milliseconds) => Some(render_time(*milliseconds).into()),
        }
    }

    /// Reports whether a condition with this value holds.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Self::Bool(value) => *value,
            Self::Number(number) | Self::Written(number, _) => *number != 0.0,
            Self::Missing | Self::Text(_) | Self::Time(_) => false,
        }
    }

    /// Reports whether two values are equal. A missing value equals none.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Bool(value), Self::Text(text)) | (Self::Text(text), Self::Bool(value)) => {
                **text == *value.to_string() || number_of(text) == Some(f64::from(u8::from(*value)))
            }
            _ => self.compare(other) == Some(Ordering::Equal),
        }
    }

    /// Compares two values as numbers where both are, and otherwise as texts.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        if let (Some(a), Some(b)) = (self.as_number(), other.as_number()) {
            return a.partial_cmp(&b);
        }
        Some(self.render()?.cmp(&other.render()?))
    }

    /// Returns the bytes of memory that the value takes.
    pub(crate) fn bytes(&self) -> usize {
        let text = match self {
            Self::Written(_, text) | Self::Text(text) => text.len() + 2 * size_of::<usize>(),
            _ => 0,
        };
        size_of::<Self>() + text
    }
}

/// Returns the number that a text is. Rust also reads words such as `inf` as numbers.
fn number_of(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    if !text.bytes().all(plain) || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Writes a computed number with four decimals at most.
fn render_number(number: f64) -> String {
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text {
        "-0" => "0".to_owned(),
        text => text.to_owned(),
    }
}

/// Writes a time like `2026-11-26 08:45:00.000`, or as its number where no calendar has it.
pub(crate) fn render_time(milliseconds: i64) -> String {
    let nanoseconds = i128::from(milliseconds) * 1_000_000;
    let Ok(at) = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds) else {
        return milliseconds.to_string();
    };
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_texts() {
        let rendered = |value: Value| value.render().map(|text| text.to_string());
        for (value, text) in [
            (Value::Number(8.0), "8"),
            (Value::Number(-0.0), "0"),
            (Value::Number(130.0 / 3.0), "43.3333"),
            (Value::Written(2.5, "2.50".into()), "2.50"),
            (Value::Bool(true), "1"),
            (Value::Time(1_556_661_521_001), "2019-04-30 21:58:41.001"),
        ] {
            assert_eq!(rendered(value).as_deref(), Some(text));
        }
        assert_eq!(rendered(Value::number(1.0 / 0.0)), None);
    }

    #[test]
    fn texts_that_are_numbers_compare_as_numbers() {
        let ordering = |a: Value, b: Value| a.compare(&b);
        let text = Value::text;
        assert_eq!(
            ordering(text("9"), Value::Number(10.0)),
            Some(Ordering::Less)
        );
        assert_eq!(
            ordering(text("inf"), Value::Number(1.0)),
            Some(Ordering::Greater)
        );
        assert_eq!(ordering(text("b"), text("a")), Some(Ordering::Greater));
        assert_eq!(ordering(Value::Missing, text("a")), None);
        assert!(!text("1").equals(&text("1.0")));
        assert!(text("1.0").equals(&Value::Written(1.0, "1".into())));
        assert!(!Value::Missing.equals(&Value::Missing));
    }
}
