//! The reasons for which a test case is refused.

use std::fmt;

/// The kind of a [`Problem`], by the names that the service uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The content has another shape than the language.
    InvalidContent,
    /// An observation cannot be used.
    InvalidObservation,
    /// The event of an observation cannot be used.
    InvalidEvent,
    /// An action cannot be used.
    InvalidAction,
    /// The parameters of a block that an event or an override names cannot be used.
    InvalidFlowActionParameters,
}

/// A reason for which the service would refuse the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub kind: ProblemKind,
    /// The message, 1 to 256 characters.
    pub message: String,
    /// The place in the content, such as `Observations[1].Actions[0]`; empty for all of it.
    pub path: String,
    /// Whether the service's own words were recorded. Other messages are ours.
    pub recorded: bool,
}

/// The message, and the place that it is about.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "{} (at {path})", self.message),
        }
    }
}
