//! The numbers that messages may go to.

use regex_lite::Regex;

use crate::rules::phone::PhoneNumber;

/// The numbers that messages may go to: those of some countries, optionally only mobile numbers.
#[derive(Clone, Debug)]
pub struct Destinations {
    prefixes: Vec<String>,
    mobile: Option<Regex>,
}

/// A fault of a setting of the numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestinationFault {
    /// An entry is not the prefix of a country.
    #[error("must be a list of prefixes such as +81")]
    Prefixes,
    /// The pattern is not a regular expression.
    #[error("must be a regular expression: {0}")]
    Pattern(String),
}

impl Destinations {
    /// The prefixes when the environment does not set any.
    pub const DEFAULT_PREFIXES: &str = "+81";

    /// Reads a comma-separated list of prefixes, and a pattern for the whole number.
    pub fn parse(prefixes: &str, mobile: Option<&str>) -> Result<Self, DestinationFault> {
        let prefix = |entry: &str| {
            let entry = entry.trim();
            let digits = entry.strip_prefix('+')?;
            let well_formed = (1..=15).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && !digits.starts_with('0');
            well_formed.then(|| entry.to_owned())
        };
        let prefixes = prefixes
            .split(',')
            .map(prefix)
            .collect::<Option<_>>()
            .ok_or(DestinationFault::Prefixes)?;
        // The pattern must match the whole number; otherwise a number that only contains a valid one would be
        // allowed. It must be valid by itself; otherwise its brackets could close the group around it.
        let whole = |pattern: &str| {
            Regex::new(pattern)
                .and_then(|_| Regex::new(&format!("^(?:{pattern})$")))
                .map_err(|error| DestinationFault::Pattern(error.to_string()))
        };
        Ok(Self {
            prefixes,
            mobile: mobile.map(whole).transpose()?,
        })
    }

    /// Returns whether messages may go to `number`.
    pub fn allow(&self, number: &PhoneNumber) -> bool {
        let number = number.expose();
        self.prefixes
            .iter()
            .any(|prefix| number.starts_with(prefix))
            && self
                .mobile
                .as_ref()
                .is_none_or(|mobile| mobile.is_match(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(prefixes: &str, mobile: Option<&str>, number: &str) -> bool {
        Destinations::parse(prefixes, mobile)
            .unwrap()
            .allow(&PhoneNumber::parse(number).unwrap())
    }

    #[test]
    fn allows_the_countries_of_the_list() {
        for number in ["+819011112222", "+81312345678"] {
            assert!(allows("+81", None, number));
            assert!(!allows("+1, +44", None, number));
        }
        assert!(allows("+1, +44", None, "+12025550100"));
        assert!(!allows("+81", None, "+82"));
        for bad in [
            "",
            ",",
            "+81,",
            "81",
            "+",
            "+0",
            "+8a",
            "*",
            "+1234567890123456",
        ] {
            assert_eq!(
                Destinations::parse(bad, None).unwrap_err(),
                DestinationFault::Prefixes,
                "{bad:?}"
            );
        }
    }

    #[test]
    fn the_pattern_is_for_the_whole_number() {
        let mobile = Some(r"\+81[6789]0[1-9]\d{7}");
        assert!(allows("+81", mobile, "+819011112222"));
        assert!(!allows("+81", mobile, "+81312345678"));
        assert!(!allows("+81", mobile, "+8190111122223"));
        assert!(allows("+81", Some(r"\+8190\d+|\+8180\d+"), "+818011112222"));
        assert!(!allows("+81", Some("9|0"), "+819011112222"));
        for bad in ["(", r"\+8190)|(?:9"] {
            let fault = Destinations::parse("+81", Some(bad)).unwrap_err();
            assert!(matches!(fault, DestinationFault::Pattern(_)), "{bad}");
        }
    }
}
