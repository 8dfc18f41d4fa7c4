//! Text from files, made fit for a terminal.

/// The characters that are shown of a text from a file.
const LONGEST: usize = 300;

/// Returns the text as it may be printed, cut where it is long.
pub(crate) fn printable(text: &str) -> String {
    local_terminal::shown(text, LONGEST)
}
