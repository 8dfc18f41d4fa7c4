//! Queues.

use serde::{Deserialize, Serialize};

use super::{Identity, Kind, Resource, identified};

/// A standard queue of an instance.
#[derive(Debug, Clone)]
pub(crate) struct QueueRecord {
    pub(crate) identity: Identity,
    pub(crate) description: Option<String>,
    pub(crate) hours_of_operation_id: String,
    pub(crate) max_contacts: Option<u32>,
    pub(crate) enabled: bool,
    pub(crate) outbound_caller: Option<OutboundCaller>,
    /// The ids of the quick connects that its agents see, in order of their associations. As many as
    /// an instance may have.
    pub(crate) quick_connect_ids: Vec<String>,
}

identified!(QueueRecord);

impl Resource for QueueRecord {
    const KIND: Kind = Kind {
        arn: "queue",
        title: "Queue",
        one: "A queue",
        many: "queues",
        // The default (administrator guide, "Amazon Connect service quotas").
        quota: 50,
    };
}

impl QueueRecord {
    /// Creates an enabled queue.
    pub(crate) fn new(identity: Identity, hours_of_operation_id: String) -> Self {
        Self {
            identity,
            description: None,
            hours_of_operation_id,
            max_contacts: None,
            enabled: true,
            outbound_caller: None,
            quick_connect_ids: Vec::new(),
        }
    }

    /// Associates quick connects with the queue, each once.
    pub(crate) fn associate_quick_connects(&mut self, ids: Vec<String>) {
        for id in ids {
            if !self.quick_connect_ids.contains(&id) {
                self.quick_connect_ids.push(id);
            }
        }
    }
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
