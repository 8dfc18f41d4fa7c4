//! What the flow is told.

use serde::Serialize;

use crate::rules::outcome::Outcome;

/// The member id that stands for "not a member".
const NOBODY: &str = "-1";

/// The member id of a caller who is none and must not learn it.
const ANYBODY: &str = "0";

/// An answer: a flat map of texts, the one shape that every response validation of a flow accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To `getMemberId`.
    Member {
        /// The id, or `-1`; `0` for callers who shall not learn that they are no members.
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

impl Answer {
    fn member(id: &str) -> Self {
        Self::Member {
            member_id: id.to_owned(),
        }
    }
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Member(member_id) => Self::Member { member_id },
            Outcome::NotAMember { disguised: true } => Self::member(ANYBODY),
            Outcome::NotAMember { disguised: false } | Outcome::NobodyToLookUp => {
                Self::member(NOBODY)
            }
            Outcome::Sent { .. } | Outcome::SentBefore => Self::Sent { result: "Success" },
            Outcome::NotSent(reason) => Self::NotSent {
                result: "Failed",
                reason: reason.code(),
            },
        }
    }
}
