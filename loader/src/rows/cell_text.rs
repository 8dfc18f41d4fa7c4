//! What programs put around the characters of a cell, and people never see.

use unicode_normalization::UnicodeNormalization;

/// The characters of a number, a PIN, a switch or a time, in their plain forms: full-width ones are
/// narrow, invisible ones are gone, and so is what keeps a spreadsheet from taking the cell for a
/// number (`'0042` and `="0042"`).
pub(super) fn plain(text: &str) -> String {
    let text: String = text
        .nfkc()
        .filter(|symbol| !is_invisible(*symbol))
        .collect();
    let text = text.trim();
    let formula = text
        .strip_prefix("=\"")
        .and_then(|text| text.strip_suffix('"'));
    let marked = || text.strip_prefix(['\'', '’']);
    formula.or_else(marked).unwrap_or(text).to_owned()
}

/// Whether the character has no width of its own. Address books wrap numbers in marks of direction,
/// web pages put soft hyphens and joiners between their digits.
pub(super) fn is_invisible(symbol: char) -> bool {
    matches!(
        symbol,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_not_read() {
        for text in [
            "0042",
            "００４２",
            " 0042 ",
            "'0042",
            "’0042",
            "=\"0042\"",
            // The characters of issue 14, one by one.
            "\u{202a}0042\u{202c}",
            "\u{202d}0042",
            "\u{202e}0042",
            "\u{2066}0042\u{2069}",
            "00\u{200b}42",
            "00\u{ad}42",
            "\u{feff}0042",
            // Their kin.
            "\u{200e}0042\u{200f}",
            "00\u{2060}42",
            "\u{61c}0042",
            "0042\u{fe0f}",
        ] {
            assert_eq!(plain(text), "0042", "{text:?}");
        }
        for text in ["", "\u{200b}", " \u{feff} ", "=\"\"", "'"] {
            assert_eq!(plain(text), "", "{text:?}");
        }
        for text in ["=0042", "\"0042\"", "0042'"] {
            assert_eq!(plain(text), text);
        }
    }
}
