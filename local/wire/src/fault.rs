//! AWS errors, as services return them.

use serde_json::{Map, Value};

/// An error of a service: AWS's code, AWS's status and a message. [`Reply`](crate::Reply) writes it
/// in the protocol of the request.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    /// HTTP status, from the service model.
    pub status: u16,
    /// The error's shape name, such as `ResourceNotFoundException`.
    pub code: String,
    /// The message, in plain text.
    pub message: String,
    /// Further members of the error's shape, such as `problems`.
    pub members: Map<String, Value>,
}

impl Fault {
    /// Creates a fault without further members.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            members: Map::new(),
        }
    }

    /// Returns the fault for an operation that this account does not implement; the message
    /// contains its name.
    pub fn not_implemented(service: &str, operation: &str) -> Self {
        Self::new(
            501,
            "NotImplementedException",
            format!("The local account does not implement {service}:{operation}."),
        )
    }

    /// Adds a member of the error's shape.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }
}
