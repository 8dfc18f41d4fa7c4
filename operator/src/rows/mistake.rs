//! Mistakes and warnings about a file.

use std::fmt;

/// The rows of a file that can be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet<T> {
    /// Rows, in the order of the file.
    pub rows: Vec<T>,
    /// Warnings, in the order of their lines.
    pub warnings: Vec<Warning>,
}

/// A mistake that must be corrected before the file can be loaded. It gives the place and the
/// reason, but never the content of the cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1.
    pub line: usize,
    /// `None` if the mistake is about the whole line.
    pub column: Option<&'static str>,
    /// The reason, and what to do.
    pub sentence: String,
}

impl Mistake {
    /// A mistake in one cell.
    pub fn in_cell(line: usize, column: &'static str, sentence: impl fmt::Display) -> Self {
        Self {
            line,
            column: Some(column),
            sentence: sentence.to_string(),
        }
    }

    /// A mistake in a whole line.
    pub fn in_line(line: usize, sentence: impl fmt::Display) -> Self {
        Self {
            line,
            column: None,
            sentence: sentence.to_string(),
        }
    }
}

/// The format that compilers use, to be printed after the file's name and a colon.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.line)?;
        if let Some(column) = self.column {
            write!(f, "{column}: ")?;
        }
        f.write_str(&self.sentence)
    }
}

/// A likely mistake, which does not stop the load. It never contains the content of the cell,
/// either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Counted from 1.
    pub line: usize,
    pub column: &'static str,
    /// The unusual value, and what to do about it.
    pub sentence: String,
}

impl Warning {
    /// A warning about one cell, or about the first of several cells.
    pub fn in_cell(line: usize, column: &'static str, sentence: impl fmt::Display) -> Self {
        Self {
            line,
            column,
            sentence: sentence.to_string(),
        }
    }
}

/// The format that compilers use, to be printed after the file's name and a colon.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            sentence,
        } = self;
        write!(f, "{line}: warning: {column}: {sentence}")
    }
}

/// Returns the rows and warnings, or the mistakes if there are any.
pub(super) fn rows_or_mistakes<T>(
    mut mistakes: Vec<Mistake>,
    rows: Vec<T>,
    mut warnings: Vec<Warning>,
) -> Result<Sheet<T>, Vec<Mistake>> {
    if mistakes.is_empty() {
        warnings.sort_by_key(|warning| warning.line);
        return Ok(Sheet { rows, warnings });
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    Err(mistakes)
}
