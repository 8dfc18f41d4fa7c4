//! Text from outside, made safe to print.

use local_terminal::is_unsafe;

/// The most characters of a text that are printed.
const LONGEST: usize = 400;

/// Returns a text on one line: control characters escaped, and cut if it is long.
pub(crate) fn shown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().min(LONGEST));
    for (count, symbol) in text.chars().enumerate() {
        if count == LONGEST {
            safe.push('…');
            break;
        }
        match is_unsafe(symbol) {
            true => safe.extend(symbol.escape_default()),
            false => safe.push(symbol),
        }
    }
    safe
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
