//! The number of parts (segments) in which a text travels to a handset.
//!
//! A text whose characters are all in the GSM 7-bit alphabet (3GPP TS 23.038) travels in septets, any
//! other text in UCS-2. A part that is one of several has a header, and less room.

/// The most parts of a message: each one is billed.
pub const MOST_PARTS: usize = 3;

/// The characters of the basic table, without the escape.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// The characters that take two septets, the first of them an escape.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// The capacity of a part in an alphabet: of a single part, and of one of several.
struct Room {
    alone: usize,
    joined: usize,
}

const GSM: Room = Room {
    alone: 160,
    joined: 153,
};

const UCS2: Room = Room {
    alone: 70,
    joined: 67,
};

/// Returns the number of parts of `text`; one for an empty text.
pub fn count(text: &str) -> usize {
    match text.chars().map(septets).collect::<Option<Vec<_>>>() {
        Some(widths) => parts(&widths, &GSM),
        None => parts(
            &text.chars().map(char::len_utf16).collect::<Vec<_>>(),
            &UCS2,
        ),
    }
}

/// Returns whether `text` needs more parts than are sent even if each character takes one place, which is how
/// a plan counts. The euro sign is the last character of the 7-bit alphabet in Unicode.
pub fn is_certainly_too_long(text: &str) -> bool {
    let room = match text.chars().any(|c| c > '€') {
        true => UCS2,
        false => GSM,
    };
    text.chars().count() > MOST_PARTS * room.joined
}

/// Returns the septets of a character in the 7-bit alphabet; nothing for a character of another alphabet.
fn septets(c: char) -> Option<usize> {
    if BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// Counts the parts for characters of these widths. A character that does not fit at the end of a part begins
/// the next one.
fn parts(widths: &[usize], room: &Room) -> usize {
    if widths.iter().sum::<usize>() <= room.alone {
        return 1;
    }
    let mut parts = 1;
    let mut used = 0;
    for width in widths {
        if used + width > room.joined {
            parts += 1;
            used = 0;
        }
        used += width;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_basic_table_is_complete() {
        assert_eq!(BASIC.chars().count(), 127, "128 with the escape");
        assert_eq!(EXTENSION.chars().count(), 10);
    }

    #[test]
    fn counts_as_phones_do() {
        for (text, parts) in [
            (String::new(), 1),
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("a".repeat(459), 3),
            ("a".repeat(460), 4),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            // 153 is odd: the last septet of a part stays empty.
            ("€".repeat(152), 2),
            ("€".repeat(153), 3),
            (format!("{}€", "a".repeat(159)), 2),
            ("あ".repeat(70), 1),
            ("あ".repeat(71), 2),
            ("あ".repeat(134), 2),
            ("あ".repeat(135), 3),
            ("あ".repeat(201), 3),
            ("あ".repeat(202), 4),
            ("🎁".repeat(35), 1),
            ("🎁".repeat(36), 2),
            ("🎁".repeat(66), 2),
            ("🎁".repeat(67), 3),
            (format!("{}あ", "a".repeat(70)), 2),
            ("`".repeat(71), 2),
        ] {
            assert_eq!(count(&text), parts, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_longer_text_never_takes_fewer_parts(text in ".{0,300}", more in "[a-z]{0,40}") {
            let longer = format!("{text}{more}");
            prop_assert!(count(&text) >= 1);
            prop_assert!(count(&longer) >= count(&text));
        }

        #[test]
        fn each_part_holds_as_much_as_fits(text in "[あ-ん🎁a-z]{1,400}") {
            let units = text.encode_utf16().count();
            let parts = count(&text);
            if text.chars().any(|c| septets(c).is_none()) {
                if units <= 70 {
                    prop_assert_eq!(parts, 1);
                } else {
                    prop_assert!(parts >= units.div_ceil(67) && parts <= units.div_ceil(66));
                }
            }
        }
    }
}
