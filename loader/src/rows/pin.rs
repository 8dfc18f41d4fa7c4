//! PINs as a file holds them.

use connect_pin_sms::pin::Pin;
use unicode_normalization::UnicodeNormalization;

/// Why a text is no PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PIN is 1 to 16 digits and nothing else")]
pub struct PinFault;

/// Reads a PIN; full-width digits count as digits.
///
/// # Errors
/// When it holds anything else: what a telephone cannot send, nobody can ever redeem.
pub fn read(text: &str) -> Result<Pin, PinFault> {
    let digits: String = text.nfkc().collect();
    Pin::parse(&digits).ok_or(PinFault)
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
            assert_eq!(read(text).unwrap().expose(), digits, "{text}");
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
            assert_eq!(read(bad), Err(PinFault), "{bad}");
        }
    }
}
