//! Queues.

use serde::{Deserialize, Serialize};

use super::Tags;

/// A standard queue of an instance.
#[derive(Debug, Clone)]
pub(crate) struct QueueRecord {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) hours_of_operation_id: String,
    pub(crate) max_contacts: Option<u32>,
    pub(crate) enabled: bool,
    pub(crate) outbound_caller: Option<OutboundCaller>,
    pub(crate) tags: Tags,
    pub(crate) modified: i64,
}

/// `OutboundCallerConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OutboundCaller {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outbound_caller_id_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outbound_caller_id_number_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outbound_flow_id: Option<String>,
}
