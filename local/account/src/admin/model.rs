//! Requests and responses of the `/_local/` interface.

use local_connect::{CallEvent, CallRecord, CallScript};
use serde::{Deserialize, Serialize};

use crate::requests::RequestRecord;

/// A call to place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CallRequest {
    /// The number to dial, in E.164 form.
    pub to: String,
    /// The caller's number, in E.164 form; absent if withheld.
    pub from: Option<String>,
    /// The script of the call, such as its agents; absent for a call without them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<CallScript>,
}

/// A chat to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChatRequest {
    /// The published inbound flow, by name, id or ARN.
    pub flow: String,
    /// The customer's part: what bots understand, and what the customer does in views.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<CallScript>,
}

/// The caller's next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CallStep {
    /// Presses keys: `0`-`9`, `*`, `#`, and a comma for a pause of a second.
    Press(String),
    /// Presses nothing until the line stops waiting.
    Wait,
    /// Hangs up.
    HangUp,
}

/// The events since the caller's last step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallTurn {
    /// The call's id, for the next step.
    pub id: String,
    /// The `ContactId`, as logs print it.
    pub contact_id: String,
    /// New events, in order.
    pub events: Vec<CallEvent>,
    /// Whether the line waits for keys; false means that the call has ended.
    pub waiting: bool,
}

/// The record of a call, with the requests that its functions sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallReport {
    #[serde(flatten)]
    pub record: CallRecord,
    /// The requests of the functions that blocks invoked, in the order of the blocks.
    pub requests: Vec<FunctionRequests>,
}

/// The requests that a function sent to the account's services during one invocation. Contents are never
/// recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionRequests {
    /// The position of the block among the record's blocks, from 0.
    pub block: usize,
    /// The requests, ordered by arrival.
    pub requests: Vec<RequestRecord>,
}

/// Moves a Region into the SMS sandbox or out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SandboxRequest {
    /// The Region, such as `ap-northeast-1`.
    pub region: String,
    /// If true, only verified numbers are reached.
    pub inside: bool,
}

/// Sets what a Region may spend on text messages in a month, as AWS's staff does for an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpendQuotaRequest {
    /// The Region, such as `ap-northeast-1`.
    pub region: String,
    /// In whole US dollars.
    pub dollars: u64,
}

/// Adds a number to a Region's opt-out list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OptOutRequest {
    /// The Region, such as `ap-northeast-1`.
    pub region: String,
    /// In E.164 form.
    pub phone_number: String,
}

/// Selects the authorization records to return.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthorizationsQuery {
    /// The name or ARN of a role; absent for all roles.
    pub(super) role: Option<String>,
}
