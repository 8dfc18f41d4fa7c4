//! PINs as a file holds them.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// 1 to 16 ASCII digits, leading zeros and all, which never print themselves.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pin(String);

/// Why a text is no PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PIN is 1 to 16 digits and nothing else")]
pub struct PinFault;

impl Pin {
    /// Reads a PIN; full-width digits count as digits.
    ///
    /// # Errors
    /// When it holds anything else: what a telephone cannot send, nobody can ever redeem.
    pub fn read(text: &str) -> Result<Self, PinFault> {
        let digits: String = text.nfkc().collect();
        let well_formed =
            (1..=16).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        well_formed.then_some(Self(digits)).ok_or(PinFault)
    }

    /// The digits, for the table and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Always four stars: their count must not tell how long the PIN is.
impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_digits_and_keeps_their_zeros() {
        for (text, digits) in [
            ("0", "0"),
            ("0042", "0042"),
            ("００４２", "0042"),
            ("1234567890123456", "1234567890123456"),
        ] {
            assert_eq!(Pin::read(text).unwrap().expose(), digits, "{text}");
        }
        for bad in [
            "",
            "12 34",
            "12-34",
            "12a4",
            "#1234",
            "4.2E+01",
            "42.0",
            "12345678901234567",
            "٠٠٤٢",
            "Ⅳ",
        ] {
            assert_eq!(Pin::read(bad), Err(PinFault), "{bad}");
        }
    }

    #[test]
    fn a_pin_prints_stars() {
        let pin = Pin::read("0042").unwrap();
        assert_eq!(
            format!("{pin} {pin:?} {:?}", Some(&pin)),
            "**** **** Some(****)"
        );
    }
}
