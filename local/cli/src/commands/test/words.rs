//! Text from outside, made safe to print.

/// The most characters of a text that are printed.
const LONGEST: usize = 400;

/// Returns a text on one line: control characters escaped, and cut if it is long.
pub(crate) fn shown(text: &str) -> String {
    local_terminal::shown(text, LONGEST)
}
