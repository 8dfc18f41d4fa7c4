//! Text that has room in a picture, and that is safe in XML.

use unicode_width::UnicodeWidthChar;

/// The widths of characters, in thousandths of the size of the font: of capitals, of others, and of wide
/// ones such as Japanese. The font is not known where a picture is drawn, so these are those of a rather wide
/// one.
const CAPITAL: i32 = 680;
const NARROW: i32 = 560;
const WIDE: i32 = 2 * NARROW;

/// Returns the width of a text in a font of this size.
pub(crate) fn width(text: &str, size: i32) -> i32 {
    scaled(text.chars().map(advance).sum(), size)
}

fn advance(symbol: char) -> i32 {
    match symbol.width().unwrap_or(1) {
        2.. => WIDE,
        _ if symbol.is_uppercase() => CAPITAL,
        _ => NARROW,
    }
}

fn scaled(advances: i32, size: i32) -> i32 {
    advances * size / 1000
}

/// Returns the text cut to a width, with an ellipsis if something is cut.
pub(crate) fn cut(text: &str, size: i32, room: i32) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut shown = String::new();
    for symbol in text.chars() {
        shown.push(symbol);
        if width(&shown, size) + width("…", size) > room {
            shown.pop();
            break;
        }
    }
    shown.truncate(shown.trim_end().len());
    shown.push('…');
    shown
}

/// Breaks a text into at most `most` lines of this width, with an ellipsis if something is cut. A word
/// stays whole where the line has room for it; Japanese breaks anywhere.
pub(crate) fn lines(text: &str, size: i32, room: i32, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if lines.len() + 1 >= most {
            lines.push(cut(rest, size, room));
            break;
        }
        let end = line_end(rest, size, room);
        lines.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start();
    }
    lines
}

/// Returns the length of the first line of a text, in bytes; at least one character.
fn line_end(text: &str, size: i32, room: i32) -> usize {
    let (mut end, mut space) = (0, None);
    let mut advances = 0;
    for (at, symbol) in text.char_indices() {
        advances += advance(symbol);
        let next = at + symbol.len_utf8();
        if scaled(advances, size) > room {
            return match space {
                _ if end == 0 => next,
                _ if symbol == ' ' => end,
                Some(space) => space,
                None => end,
            };
        }
        end = next;
        if symbol == ' ' || advance(symbol) == WIDE {
            space = Some(end);
        }
    }
    end
}

/// Returns the text as XML content or as the value of an attribute in double quotes. Characters that XML
/// does not have, and those that turn the direction of writing, are replaced.
pub(crate) fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for symbol in text.chars() {
        match symbol {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push_str(&format!("&#{};", u32::from(symbol))),
            symbol => escaped.push(printable(symbol)),
        }
    }
    escaped
}

/// Returns the character, or the replacement character if it would steer what shows it.
pub(crate) fn printable(symbol: char) -> char {
    match symbol {
        '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fffe}'
        | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        symbol if symbol.is_control() => char::REPLACEMENT_CHARACTER,
        symbol => symbol,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_have_twice_the_room() {
        assert_eq!(width("暗証", 10), width("abcd", 10));
        assert_eq!(width("é", 10), width("e", 10));
    }

    #[test]
    fn long_texts_end_with_an_ellipsis() {
        assert_eq!(cut("Play", 10, 100), "Play");
        let shown = cut("キャンペーンの暗証番号を入力して下さい", 10, 100);
        // Eight wide characters of 11 and the ellipsis of 5 are 95 wide.
        assert_eq!(shown, "キャンペーンの暗…");
        assert!(width(&shown, 10) <= 100);
    }

    #[test]
    fn words_stay_whole_and_japanese_breaks_anywhere() {
        let shown = lines("Please enter your PIN, then press pound", 10, 99, 2);
        assert_eq!(shown, ["Please enter your", "PIN, then press…"]);
        let shown = lines("キャンペーンの暗証番号", 10, 99, 3);
        assert_eq!(shown, ["キャンペーンの暗", "証番号"]);
        assert_eq!(lines("Supercalifragilistic", 10, 60, 3).len(), 2);
        assert!(lines("", 10, 60, 3).is_empty());
    }

    #[test]
    fn markup_and_controls_are_text() {
        assert_eq!(xml("<a b=\"c\">&"), "&lt;a b=&quot;c&quot;&gt;&amp;");
        assert_eq!(
            xml("a\u{0}\u{1b}\u{202e}\n"),
            "a\u{fffd}\u{fffd}\u{fffd}&#10;"
        );
    }
}
