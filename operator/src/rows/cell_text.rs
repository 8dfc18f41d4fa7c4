//! Removes invisible characters and the marks that spreadsheets put around a cell.

use unicode_normalization::UnicodeNormalization;

/// Returns a number, PIN, switch or time in its plain form: full-width characters become narrow
/// ones, and invisible characters are removed, as are the marks that keep a spreadsheet from
/// reading the cell as a number (`'0042` and `="0042"`).
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

/// Reports whether the character has no width. Address books wrap numbers in direction marks, and
/// web pages put soft hyphens and joiners between digits.
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
    fn invisible_characters_are_ignored() {
        for text in [
            "0042",
            "００４２",
            " 0042 ",
            "'0042",
            "’0042",
            "=\"0042\"",
            // Invisible characters that address books, web pages and spreadsheets add.
            "\u{202a}0042\u{202c}",
            "\u{202d}0042",
            "\u{202e}0042",
            "\u{2066}0042\u{2069}",
            "00\u{200b}42",
            "00\u{ad}42",
            "\u{feff}0042",
            // Further characters without a width.
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
