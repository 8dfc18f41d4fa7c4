//! AWS's messages for input that breaks a constraint of the service's model. The error codes differ
//! by service, the messages do not.

use std::fmt::Display;
use std::ops::RangeInclusive;

/// Returns the message for a value that breaks a constraint.
pub fn sentence(value: impl Display, member: &str, constraint: &str) -> String {
    format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         {constraint}"
    )
}

/// Returns the bound that a number or a length exceeds, such as `less than or equal to 50`.
pub fn broken_bound<T: PartialOrd + Display>(
    value: &T,
    allowed: &RangeInclusive<T>,
) -> Option<String> {
    if value < allowed.start() {
        Some(format!("greater than or equal to {}", allowed.start()))
    } else if value > allowed.end() {
        Some(format!("less than or equal to {}", allowed.end()))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bounds_are_allowed() {
        assert_eq!(broken_bound(&1, &(1..=50)), None);
        assert_eq!(broken_bound(&50, &(1..=50)), None);
        for (value, bound) in [
            (0, "greater than or equal to 1"),
            (51, "less than or equal to 50"),
        ] {
            assert_eq!(broken_bound(&value, &(1..=50)).as_deref(), Some(bound));
        }
    }
}
