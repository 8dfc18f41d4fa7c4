//! What AWS's front ends say of a member that breaks the service's model. Codes differ by service, the words
//! do not.

use std::fmt::Display;
use std::ops::RangeInclusive;

/// The sentence about a value that breaks a constraint.
pub fn sentence(value: impl Display, member: &str, constraint: &str) -> String {
    format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         {constraint}"
    )
}

/// The bound that a number or a length breaks, such as `less than or equal to 50`.
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
    fn both_bounds_are_within() {
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
