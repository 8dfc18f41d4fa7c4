//! PINs in a file, and the lengths that a line accepts.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use connect_pin_sms::rules::pin::Pin;

use super::cell_text;

/// The reason why a text is not a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PIN must be 1 to 16 digits and nothing else")]
pub struct PinFault;

/// Reads a PIN; full-width digits count as digits.
///
/// # Errors
/// When the text contains anything but digits, which a caller could not key in.
pub fn read(text: &str) -> Result<Pin, PinFault> {
    Pin::parse(&cell_text::plain(text)).ok_or(PinFault)
}

/// The numbers of digits that the line accepts: from the module's `pin.min_length` to its
/// `pin.max_length`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lengths {
    fewest: usize,
    most: usize,
}

/// The reason why a text is not a range of lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be MIN..MAX, such as 4..8, or one length, from 1 to 16 digits")]
pub struct LengthsFault;

impl Default for Lengths {
    /// From the shortest length that the documentation recommends to the module's default maximum.
    fn default() -> Self {
        Self { fewest: 4, most: 8 }
    }
}

impl FromStr for Lengths {
    type Err = LengthsFault;

    fn from_str(text: &str) -> Result<Self, LengthsFault> {
        let (fewest, most) = text.split_once("..").unwrap_or((text, text));
        let length = |text: &str| text.parse().map_err(|_| LengthsFault);
        let (fewest, most) = (length(fewest)?, length(most)?);
        if 1 <= fewest && fewest <= most && most <= 16 {
            Ok(Self { fewest, most })
        } else {
            Err(LengthsFault)
        }
    }
}

impl fmt::Display for Lengths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.fewest, self.most)
    }
}

/// The reason why a PIN is probably not one of the line's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unlikely {
    /// A spreadsheet has dropped a zero, or the line refuses the PIN as too short.
    #[error(
        "the PIN has fewer than {0} digits: spreadsheets drop leading zeros, so write PINs as text; \
         or give the line's pin.min_length and pin.max_length with --pin-length"
    )]
    Short(usize),
    /// The line looks up the first digits as soon as the caller has keyed in as many as it accepts.
    #[error(
        "the PIN has more than {0} digits, so no caller can key it in: raise pin.max_length of the \
         line, and give the new range with --pin-length"
    )]
    Long(usize),
}

impl Lengths {
    /// Returns every length that a PIN can have.
    pub fn any() -> Self {
        Self {
            fewest: 1,
            most: 16,
        }
    }

    /// Reports whether no longer PIN is usual, so that this one has lost no zeros.
    pub(super) fn is_longest(self, pin: &Pin) -> bool {
        pin.digits() >= self.most
    }

    /// Returns what is unlikely about the length of `pin`, if anything.
    pub(super) fn judge(self, pin: &Pin) -> Option<Unlikely> {
        if pin.digits() < self.fewest {
            Some(Unlikely::Short(self.fewest))
        } else if pin.digits() > self.most {
            Some(Unlikely::Long(self.most))
        } else {
            None
        }
    }
}

/// Reports whether a key is a MAC in the form that tables have: 64 hexadecimal digits.
pub(super) fn is_mac(key: &str) -> bool {
    key.len() == 64
        && key
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The number of PINs of each length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<usize, usize>);

impl Counts {
    pub fn of<'a>(pins: impl IntoIterator<Item = &'a Pin>) -> Self {
        let mut counts = Self::default();
        for pin in pins {
            counts.add(pin);
        }
        counts
    }

    /// Counts one more PIN.
    pub fn add(&mut self, pin: &Pin) {
        *self.0.entry(pin.digits()).or_default() += 1;
    }

    /// Returns each length with the number of PINs that have it.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize)> {
        self.0.iter().map(|(digits, pins)| (*digits, *pins))
    }

    /// Returns the length that most PINs have, if there are several lengths; of two equally common
    /// ones, the longer one.
    pub(super) fn most_common_of_several(&self) -> Option<usize> {
        let (digits, _) = self.iter().max_by_key(|(_, pins)| *pins)?;
        (self.0.len() > 1).then_some(digits)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (digits, pins)) in self.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            let s = if digits == 1 { "" } else { "s" };
            write!(f, "{comma}{pins} of {digits} digit{s}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_with_leading_zeros() {
        for (text, digits) in [
            ("0", "0"),
            ("0042", "0042"),
            ("００４２", "0042"),
            ("1234567890123456", "1234567890123456"),
            // With the marks that spreadsheets and web pages add.
            ("'0042", "0042"),
            ("=\"0042\"", "0042"),
            ("\u{202d}00\u{200b}42\u{202c}", "0042"),
        ] {
            assert_eq!(read(text).unwrap().expose(), digits, "{text}");
        }
        for bad in [
            "",
            "12 34",
            "12-34",
            "12.34",
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

    #[test]
    fn lengths_are_a_range_or_one_length() {
        for (text, shown) in [("4..8", "4..8"), ("6", "6..6"), ("1..16", "1..16")] {
            assert_eq!(text.parse::<Lengths>().unwrap().to_string(), shown);
        }
        assert_eq!(Lengths::default().to_string(), "4..8");
        for bad in [
            "", "..", "4..", "..8", "8..4", "0..4", "4..17", "four", "4...8", "4-8",
        ] {
            assert_eq!(bad.parse::<Lengths>(), Err(LengthsFault), "{bad}");
        }
    }

    #[test]
    fn pins_are_short_or_long_for_a_line() {
        let judge = |lengths: &str, pin: &str| {
            let lengths: Lengths = lengths.parse().unwrap();
            lengths.judge(&read(pin).unwrap())
        };
        assert_eq!(judge("4..8", "042"), Some(Unlikely::Short(4)));
        assert_eq!(judge("4..8", "0042"), None);
        assert_eq!(judge("4..8", "12345678"), None);
        assert_eq!(judge("4..8", "123456789"), Some(Unlikely::Long(8)));
    }

    #[test]
    fn lengths_are_counted() {
        let pins: Vec<_> = ["042", "0042", "4711", "1"]
            .map(|pin| read(pin).unwrap())
            .into();
        let counts = Counts::of(&pins);
        assert_eq!(
            counts.to_string(),
            "1 of 1 digit, 1 of 3 digits, 2 of 4 digits"
        );
        assert_eq!(counts.most_common_of_several(), Some(4));
        assert_eq!(Counts::of(&pins[1..3]).most_common_of_several(), None);
        assert_eq!(Counts::of(&[]).most_common_of_several(), None);
    }
}
