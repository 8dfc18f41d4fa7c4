//! Text from files, made fit for a terminal.

/// The characters that are shown of a text from a file.
const LONGEST: usize = 300;

/// Returns the text as it may be printed, cut where it is long.
pub(crate) fn printable(text: &str) -> String {
    local_terminal::shown(text, LONGEST)
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
