//! Text from files, made fit for a terminal.

use local_terminal::is_unsafe;

/// The characters that are shown of a text from a file.
const LONGEST: usize = 300;

/// Returns the text with control characters, and characters that turn the direction of writing, escaped,
/// and cut where it is long.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(LONGEST));
    for (count, symbol) in text.chars().enumerate() {
        if count == LONGEST {
            shown.push('…');
            break;
        }
        match is_unsafe(symbol) {
            true => shown.extend(symbol.escape_default()),
            false => shown.push(symbol),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_is_escaped() {
        assert_eq!(printable("a\u{1b}[2Jb\n名"), "a\\u{1b}[2Jb\\n名");
        assert_eq!(printable("\u{202e}x"), "\\u{202e}x");
        assert_eq!(printable(&"y".repeat(400)).chars().count(), 301);
    }
}
