//! PINs and their keys.

use std::fmt;

/// A PIN of 1 to 16 ASCII digits, which never prints itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pin(String);

impl Pin {
    /// Reads a PIN with its leading zeros; returns nothing for any other text, such as the flow's `Timeout` (no
    /// key was pressed) or an empty one.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed =
            (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        well_formed.then(|| Self(text.to_owned()))
    }

    pub fn digits(&self) -> usize {
        self.0.len()
    }

    /// Returns the digits, only for the look-up.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[PIN]")
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[PIN]")
    }
}

/// The key of a PIN's row: the PIN itself, or its MAC. It does not print itself either.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PinKey(String);

impl PinKey {
    /// Creates a key from its text.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// Returns the key, only for the table.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PinKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[PIN key]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_one_to_sixteen_digits() {
        for good in ["0", "0042", "1234567890123456"] {
            assert_eq!(Pin::parse(good).unwrap().expose(), good);
        }
        for bad in [
            "",
            "Timeout",
            "12a4",
            "12 34",
            " 1234",
            "１２３４",
            "#",
            "12345678901234567",
        ] {
            assert!(Pin::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn never_prints_itself() {
        let pin = Pin::parse("0042").unwrap();
        assert_eq!(
            format!("{pin} {pin:?} {:?}", Some(&pin)),
            "[PIN] [PIN] Some([PIN])"
        );
        assert_eq!(format!("{:?}", PinKey::new("0042")), "[PIN key]");
    }
}
