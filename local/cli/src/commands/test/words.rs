//! Text from outside, made safe to print.

/// The most characters of a text that are printed.
const LONGEST: usize = 400;

/// Returns a text on one line: control characters escaped, and cut if it is long.
pub(crate) fn shown(text: &str) -> String {
    local_terminal::shown(text, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_steer_the_terminal() {
        assert_eq!(shown("暗証\u{1b}[2J\n"), "暗証\\u{1b}[2J\\n");
        assert_eq!(shown(&"a".repeat(500)).chars().count(), LONGEST + 1);
    }
}
