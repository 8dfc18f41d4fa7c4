//! What is wrong with a file, and what may be.

use std::fmt;

/// The rows of a file that can be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet<T> {
    /// In the order of the file.
    pub rows: Vec<T>,
    /// What the file hardly means, in the order of its lines.
    pub warnings: Vec<Warning>,
}

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

/// Something to look at in a file, which is loaded all the same. Like a mistake it never says what the
/// cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Counted from 1.
    pub line: usize,
    /// The column of the cell.
    pub column: &'static str,
    /// What is unusual, and what to do about it.
    pub sentence: String,
}

impl Warning {
    /// About one cell, or the first cell of several.
    pub fn in_cell(line: usize, column: &'static str, sentence: impl fmt::Display) -> Self {
        Self {
            line,
            column,
            sentence: sentence.to_string(),
        }
    }
}

/// As compilers do, to follow the file's name and a colon.
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

/// The rows with what may be wrong with them, unless something is.
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
