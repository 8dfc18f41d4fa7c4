//! The function's answers to a flow.

use serde::Serialize;

use crate::rules::outcome::Outcome;

/// The member id that stands for "not a member".
const NOT_A_MEMBER: &str = "-1";

/// The member id for callers who are not members and must not find out.
const UNDISCLOSED: &str = "0";

/// An answer: a flat map of texts, which every response validation of a flow accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The answer to `getMemberId`.
    Member {
        /// The id; `-1` for callers who are not members, or `0` where they must not find out.
        #[serde(rename = "memberId")]
        member_id: String,
    },
    /// The answer to `sendSms` when the message was handed over.
    Sent {
        /// `Success`.
        result: &'static str,
    },
    /// The answer to `sendSms` when no message was handed over.
    NotSent {
        /// `Failed`.
        result: &'static str,
        /// The stable code on which the flow branches.
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
            Outcome::NotAMember { disguised: true } => Self::member(UNDISCLOSED),
            Outcome::NotAMember { disguised: false } | Outcome::CallerUnknown => {
                Self::member(NOT_A_MEMBER)
            }
            Outcome::Sent { .. } | Outcome::SentBefore => Self::Sent { result: "Success" },
            Outcome::NotSent(reason) => Self::NotSent {
                result: "Failed",
                reason: reason.flow_code(),
            },
        }
    }
}
