//! Lines and columns of a text.

use std::cmp::Ordering;

/// A place in a text, as editors count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters (Unicode scalar values), from 1.
    pub column: usize,
}

/// The beginnings of the lines of a text.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(after_breaks).collect(),
        }
    }

    /// Returns the place of a byte; beyond the end, that of the end.
    pub(crate) fn position(&self, byte: usize) -> Position {
        let byte = floor(self.text, byte);
        let line = match self.starts.binary_search(&byte) {
            Ok(line) => line,
            Err(after) => after.saturating_sub(1),
        };
        let start = self.starts.get(line).copied().unwrap_or_default();
        Position {
            line: line + 1,
            column: self.text[start..byte].chars().count() + 1,
        }
    }

    /// Returns the byte at a line, from 1, and a column in bytes, from 1, as serde_json counts them.
    pub(crate) fn byte(&self, line: usize, column: usize) -> usize {
        let at = line.saturating_sub(1);
        let Some(start) = self.starts.get(at).copied() else {
            return self.text.len();
        };
        let end = self.starts.get(at + 1).copied().unwrap_or(self.text.len());
        let byte = (start + column.saturating_sub(1)).min(end);
        floor(self.text, byte)
    }

    /// Returns the bytes of the lines from the one of `first` to the one of `last`, without the last line
    /// break, and the number of the first line.
    pub(crate) fn around(&self, first: usize, last: usize) -> (std::ops::Range<usize>, usize) {
        let (first, last) = (self.position(first).line, self.position(last).line);
        let start = self.starts.get(first - 1).copied().unwrap_or_default();
        let end = match self.starts.get(last) {
            Some(next) => next.saturating_sub(1),
            None => self.text.len(),
        };
        (start..end.max(start), first)
    }
}

/// Returns the beginning of the character that a byte belongs to.
pub(crate) fn floor(text: &str, byte: usize) -> usize {
    match byte.cmp(&text.len()) {
        Ordering::Less => text.floor_char_boundary(byte),
        Ordering::Equal | Ordering::Greater => text.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters_and_lines_end_with_a_line_feed() {
        let lines = Lines::new("ab\r\n名前x\n");
        let at = |byte| {
            let position = lines.position(byte);
            (position.line, position.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (1, 4));
        assert_eq!(at(4), (2, 1));
        // In the middle of a character, its beginning.
        assert_eq!(at(8), (2, 2));
        assert_eq!(at(10), (2, 3));
        assert_eq!(at(12), (3, 1));
        assert_eq!(at(99), (3, 1));
    }

    #[test]
    fn lines_and_columns_in_bytes_are_found() {
        let lines = Lines::new("ab\n名x");
        assert_eq!(lines.byte(1, 2), 1);
        assert_eq!(lines.byte(2, 4), 6);
        assert_eq!(lines.byte(2, 2), 3);
        assert_eq!(lines.byte(2, 0), 3);
        assert_eq!(lines.byte(9, 1), 7);
        assert_eq!(lines.around(0, 4), (0..7, 1));
        assert_eq!(lines.around(1, 1), (0..2, 1));
    }
}
