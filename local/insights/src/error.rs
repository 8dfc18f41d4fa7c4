//! The refusal of a query.

use std::ops::Range;

/// A query that cannot be compiled: what is wrong, and its place in the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CompileError {
    /// The message, with line and position where the text is to blame.
    pub message: String,
    /// The characters to blame, counted from the beginning of the query.
    pub characters: Range<usize>,
}

/// A run that needs more memory than a query may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rows of a query, or one of its texts, must have {most} bytes at most, but have more")]
pub struct OutOfMemory {
    /// The most bytes.
    pub most: usize,
}
