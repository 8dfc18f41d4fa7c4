//! What the flow is told.

use serde::Serialize;

use crate::line::Outcome;

/// The member id that stands for "not a member".
const NOBODY: &str = "-1";

/// An answer: a flat map of texts, the one shape that every response validation of a flow accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To `getMemberId`.
    Member {
        /// The id, or `-1`.
        #[serde(rename = "memberId")]
        member_id: String,
    },
    /// To `sendSms`, when the message was handed over.
    Sent {
        /// `Success`.
        result: &'static str,
    },
    /// To `sendSms`, when it was not.
    NotSent {
        /// `Failed`.
        result: &'static str,
        /// A stable code, to branch on.
        reason: &'static str,
    },
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Member(member_id) => Self::Member { member_id },
            Outcome::NotAMember | Outcome::NobodyToLookUp => Self::Member {
                member_id: NOBODY.to_owned(),
            },
            Outcome::Sent { .. } => Self::Sent { result: "Success" },
            Outcome::NotSent(reason) => Self::NotSent {
                result: "Failed",
                reason: reason.code(),
            },
        }
    }
}
