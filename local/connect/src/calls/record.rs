//! Records of calls: the blocks that a call visited, and the values that each met.

use std::collections::BTreeMap;

use connect_flow::{FunctionCall, FunctionFailure, Transition, TransitionKind};
use local_wire::TraceHeader;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::conversation::CallEvent;

/// The head of a call's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallSummary {
    /// The id of the first contact, as logs print it.
    pub contact_id: String,
    /// The ids of all contacts of the call, in order: a transfer or a callback is a contact of its own.
    pub contact_ids: Vec<String>,
    /// The Region of the instance.
    pub region: String,
    /// The alias of the instance.
    pub instance_alias: String,
    /// The channel, such as `VOICE`.
    pub channel: String,
    /// The caller's number; absent if withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The dialed number; absent in a chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The start of the call, on the account's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// Whether the line waits for the caller's keys.
    pub waiting: bool,
    /// The code of the function's last answer, such as `SENT`; absent if it gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The way in which the call ended, as a sentence; absent while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
}

/// A call: its head, and the blocks that it visited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallRecord {
    #[serde(flatten)]
    pub summary: CallSummary,
    /// The blocks in the order of the visits.
    pub blocks: Vec<VisitedBlock>,
    /// The number of later visits, of which nothing is kept.
    pub left_out: usize,
}

impl CallRecord {
    /// Returns the block that the call visits; `None` before the first one, and once visits are left out.
    pub(super) fn visited(&mut self) -> Option<&mut VisitedBlock> {
        match self.left_out {
            0 => self.blocks.last_mut(),
            _ => None,
        }
    }
}

/// A visit of a block. In all values, what the caller keyed in is masked with `•`: it may be a PIN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VisitedBlock {
    /// The id of the flow or module.
    pub flow_id: String,
    /// The name of the flow or module.
    pub flow_name: String,
    /// The identifier of the block.
    pub block: String,
    /// The type of the block, such as `MessageParticipant`.
    pub block_type: String,
    /// The time since the start of the call in milliseconds, on the call's clock: prompts and silence take
    /// their time there, although nobody waits for them.
    pub at_ms: u64,
    /// The parameters, with references filled in; an undefined one is null.
    pub parameters: Map<String, Value>,
    /// The user-defined attributes of the contact before the block.
    pub attributes: BTreeMap<String, String>,
    /// The answer of the last function before the block, `$.External`.
    pub external: Map<String, Value>,
    /// The branch by which the block was left; absent while it runs, and where the call ended in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_by: Option<TakenBranch>,
    /// The function that the block invoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<InvokedFunction>,
    /// The events of the call during the visit.
    pub events: Vec<CallEvent>,
    /// The lines that the block wrote to the flow log.
    pub log: Vec<Value>,
}

/// A branch that a call took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TakenBranch {
    pub kind: BranchKind,
    /// The operand of a condition, or the type of an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The identifier of the next block; absent at the end of a flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// The kind of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BranchKind {
    /// `NextAction`.
    Next,
    /// One of the `Conditions`.
    Condition,
    /// One of the `Errors`.
    Error,
    /// The block ended its flow or module.
    End,
}

impl TakenBranch {
    /// Returns the name of the branch among those of its block: `NextAction`, the operand of a condition or the
    /// type of an error; `None` at the end of a flow.
    pub fn label(&self) -> Option<&str> {
        match self.kind {
            BranchKind::Next => Some("NextAction"),
            BranchKind::Condition | BranchKind::Error => self.name.as_deref(),
            BranchKind::End => None,
        }
    }
}

impl From<&Transition> for TakenBranch {
    fn from(transition: &Transition) -> Self {
        let (kind, name) = match &transition.kind {
            TransitionKind::Next => (BranchKind::Next, None),
            TransitionKind::Condition { operand, .. } => (BranchKind::Condition, Some(operand)),
            TransitionKind::Error { error_type } => (BranchKind::Error, Some(error_type)),
            TransitionKind::Terminal => (BranchKind::End, None),
        };
        Self {
            kind,
            name: name.map(|name| name.to_string()),
            target: transition.target.as_deref().map(str::to_owned),
        }
    }
}

/// An invocation of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvokedFunction {
    pub arn: String,
    /// The id of the X-Ray trace, which the function's own requests name, too.
    pub trace_id: String,
    /// The event that the function received.
    pub request: Value,
    /// The answer as JSON, or as text if it is not JSON; absent if the function returned none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
    /// The reason why there is no answer, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The moment of the invocation, on the account's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// The moment of the answer, on the account's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub finished_at: OffsetDateTime,
}

impl InvokedFunction {
    /// Describes an invocation that begins now.
    pub(super) fn begin(call: &FunctionCall) -> Self {
        let now = OffsetDateTime::now_utc();
        Self {
            arn: call.function_arn.clone(),
            trace_id: TraceHeader::fresh().root,
            request: call.event.clone(),
            answer: None,
            failure: None,
            started_at: now,
            finished_at: now,
        }
    }

    /// Adds the answer, or the reason why there is none.
    pub(super) fn answered(&mut self, answer: &Result<Vec<u8>, FunctionFailure>) {
        match answer {
            Ok(payload) => {
                let text = || Value::String(String::from_utf8_lossy(payload).into_owned());
                self.answer = Some(serde_json::from_slice(payload).unwrap_or_else(|_| text()));
            }
            Err(failure) => self.failure = Some(reason(failure)),
        }
        self.finished_at = OffsetDateTime::now_utc();
    }
}

fn reason(failure: &FunctionFailure) -> String {
    match failure {
        FunctionFailure::FunctionError => "the function failed".to_owned(),
        FunctionFailure::Refused { status, code, .. } => {
            format!("Lambda refused the invocation: {code} ({status})")
        }
        FunctionFailure::TimedOut => "the function did not answer in time".to_owned(),
    }
}
