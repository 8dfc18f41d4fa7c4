//! What travels below `/_local/`.

use local_connect::CallEvent;
use serde::{Deserialize, Serialize};

/// A call to place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CallRequest {
    /// The number to dial, E.164.
    pub to: String,
    /// The caller's number, E.164; absent means withheld.
    pub from: Option<String>,
}

/// What the caller does next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CallStep {
    /// Presses keys: `0`-`9`, `*`, `#`.
    Press(String),
    /// Says nothing until the line gives up waiting.
    Wait,
    /// Hangs up.
    HangUp,
}

/// What happened since the caller last did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallTurn {
    /// The call, for the next step.
    pub id: String,
    /// `ContactId`, as logs print it.
    pub contact_id: String,
    /// New events, in order.
    pub events: Vec<CallEvent>,
    /// Whether the line waits for keys; false means that the call is over.
    pub waiting: bool,
}

/// Moves a Region into the SMS sandbox or out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SandboxRequest {
    /// Such as `ap-northeast-1`.
    pub region: String,
    /// True: only verified numbers are reached.
    pub inside: bool,
}

/// Puts a number on a Region's opt-out list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OptOutRequest {
    /// Such as `ap-northeast-1`.
    pub region: String,
    /// E.164.
    pub phone_number: String,
}

/// Whose use of rights is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthorizationsQuery {
    /// Name or ARN of a role; all roles when absent.
    pub(super) role: Option<String>,
}
