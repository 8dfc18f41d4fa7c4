//! The parts in which phone networks send a text.
//!
//! Tables and limits are those of "SMS character limits" in the guide of AWS End User Messaging SMS,
//! which SNS refers to.

use serde::Serialize;

/// The characters of the GSM 03.38 alphabet that count as one, beyond letters and digits of ASCII.
const BASIC: &str = "àÅåÄäÇÉéèìÑñòØøÖöùÜüÆæß&*@:,¤$=!>#-¡¿(<%.+£?\")§;'/_¥ ΔΦΓΛΩΠΨΣΘΞ\n\r";
/// The characters of its extension table, which count as two.
const EXTENDED: &str = "^{}[]~\\|€\u{c}";

/// The most units of a text that is sent as one part, and of each part of a longer one.
const GSM: (usize, usize) = (160, 153);
const UNICODE: (usize, usize) = (70, 67);

/// The encoding of a text, named as in the events of End User Messaging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Encoding {
    #[serde(rename = "GSM")]
    Gsm,
    Unicode,
}

/// The encoding of a text and the number of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) encoding: Encoding,
    pub(crate) count: usize,
}

impl Parts {
    /// Counts the parts of a text.
    pub(crate) fn of(text: &str) -> Self {
        let units: Option<Vec<usize>> = text.chars().map(septets).collect();
        let (encoding, units, (whole, part)) = match units {
            Some(units) => (Encoding::Gsm, units, GSM),
            None => {
                let units = text.chars().map(char::len_utf16).collect();
                (Encoding::Unicode, units, UNICODE)
            }
        };
        let count = match units.iter().sum::<usize>() <= whole {
            true => 1,
            false => split(&units, part),
        };
        Self { encoding, count }
    }
}

/// Returns the number of parts with `room` units each. A character is not divided: neither an
/// escape from its extended character, nor a surrogate from its other half.
fn split(units: &[usize], room: usize) -> usize {
    let mut parts = 1;
    let mut used = 0;
    for unit in units {
        if used + unit > room {
            parts += 1;
            used = 0;
        }
        used += unit;
    }
    parts
}

/// Returns the units of a character in the GSM alphabet; `None` if it is not in it.
fn septets(symbol: char) -> Option<usize> {
    if symbol.is_ascii_alphanumeric() || BASIC.contains(symbol) {
        return Some(1);
    }
    EXTENDED.contains(symbol).then_some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gsm(count: usize) -> Parts {
        Parts {
            encoding: Encoding::Gsm,
            count,
        }
    }

    fn unicode(count: usize) -> Parts {
        Parts {
            encoding: Encoding::Unicode,
            count,
        }
    }

    /// The limits are those of "SMS character limits": 160 characters, or 153 in each of several
    /// parts; 70 and 67 with a character outside of GSM 03.38.
    #[test]
    fn a_text_has_as_many_parts_as_the_tables_of_aws_say() {
        for (text, parts) in [
            ("a".repeat(160), gsm(1)),
            ("a".repeat(161), gsm(2)),
            ("a".repeat(306), gsm(2)),
            ("a".repeat(307), gsm(3)),
            ("é".repeat(160), gsm(1)),
            ("Δ£ñ¿".repeat(40), gsm(1)),
            ("あ".repeat(70), unicode(1)),
            ("あ".repeat(71), unicode(2)),
            ("あ".repeat(134), unicode(2)),
            ("あ".repeat(135), unicode(3)),
            // One character outside of the alphabet changes the encoding of all.
            (format!("{}あ", "a".repeat(69)), unicode(1)),
            (format!("{}あ", "a".repeat(70)), unicode(2)),
            // The table has è but not ê, and Ç but not ç.
            ("ê".repeat(71), unicode(2)),
            ("ç".repeat(71), unicode(2)),
            ("`".repeat(71), unicode(2)),
        ] {
            assert_eq!(Parts::of(&text), parts, "{text}");
        }
    }

    #[test]
    fn extended_characters_count_two() {
        for symbol in ["^", "{", "}", "[", "]", "~", "\\", "|", "€"] {
            assert_eq!(Parts::of(&symbol.repeat(80)), gsm(1), "{symbol}");
            assert_eq!(Parts::of(&symbol.repeat(81)), gsm(2), "{symbol}");
        }
        // A part of 153 has room for 76 of them, since an escape is not divided from its character.
        assert_eq!(Parts::of(&"€".repeat(152)), gsm(2));
        assert_eq!(Parts::of(&"€".repeat(153)), gsm(3));
    }

    #[test]
    fn characters_beyond_the_basic_plane_count_two() {
        assert_eq!(Parts::of(&"😀".repeat(35)), unicode(1));
        assert_eq!(Parts::of(&"😀".repeat(36)), unicode(2));
        // A part of 67 has room for 33 of them.
        assert_eq!(Parts::of(&"😀".repeat(66)), unicode(2));
        assert_eq!(Parts::of(&"😀".repeat(67)), unicode(3));
    }
}
