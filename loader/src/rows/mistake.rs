//! What is wrong with a file.

use std::fmt;

/// Something to mend in a file. It says where and why, never what the cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1.
    pub line: usize,
    /// Nothing when it is about the whole line.
    pub column: Option<&'static str>,
    /// Why.
    pub sentence: String,
}

impl Mistake {
    /// About one cell.
    pub fn in_cell(line: usize, column: &'static str, sentence: impl fmt::Display) -> Self {
        Self {
            line,
            column: Some(column),
            sentence: sentence.to_string(),
        }
    }

    /// About the whole line.
    pub fn in_line(line: usize, sentence: impl fmt::Display) -> Self {
        Self {
            line,
            column: None,
            sentence: sentence.to_string(),
        }
    }
}

/// As compilers do, to follow the file's name and a colon.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.line)?;
        if let Some(column) = self.column {
            write!(f, "{column}: ")?;
        }
        f.write_str(&self.sentence)
    }
}

/// Mistakes in the order of the file, if there are any.
pub(super) fn none_or_sorted(mut mistakes: Vec<Mistake>) -> Result<(), Vec<Mistake>> {
    if mistakes.is_empty() {
        return Ok(());
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    Err(mistakes)
}
