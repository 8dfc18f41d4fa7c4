//! The records of an execution, as ListTestCaseExecutionRecords returns them.

use time::OffsetDateTime;

/// The status of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordStatus {
    Passed,
    Failed,
    InProgress,
    Stopped,
}

impl RecordStatus {
    /// Returns the name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "PASSED",
            Self::Failed => "FAILED",
            Self::InProgress => "IN_PROGRESS",
            Self::Stopped => "STOPPED",
        }
    }
}

/// A record of an execution.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The identifier of the observation, if it is one's record.
    pub observation: Option<String>,
    pub status: RecordStatus,
    /// The moment on the contact's clock.
    pub at: OffsetDateTime,
    /// JSON text. AWS publishes no schema; the names are those that public clients read.
    pub record: String,
}
