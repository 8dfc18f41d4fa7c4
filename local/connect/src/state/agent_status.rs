//! Statuses of agents.

use super::{Identity, Kind, Resource, identified};

/// A status that agents can choose.
#[derive(Debug, Clone)]
pub(crate) struct AgentStatusRecord {
    pub(crate) identity: Identity,
    pub(crate) description: Option<String>,
    /// `ROUTABLE`, `CUSTOM` or `OFFLINE`.
    pub(crate) kind: &'static str,
    pub(crate) display_order: Option<u8>,
    pub(crate) enabled: bool,
}

identified!(AgentStatusRecord);

impl Resource for AgentStatusRecord {
    const KIND: Kind = Kind {
        arn: "agent-state",
        title: "Agent status",
        one: "An agent status",
        many: "agent statuses",
        // Administrator guide, "Amazon Connect service quotas".
        quota: 50,
    };
}

/// The type of a status that a client creates (administrator guide, "Add Custom Agent Status").
pub(crate) const CUSTOM: &str = "CUSTOM";

/// The statuses of a new instance (administrator guide, "Add Custom Agent Status"), with their types (an
/// agent's configuration in Amazon Connect Streams).
pub(super) const DEFAULTS: [(&str, &str); 2] = [("Available", "ROUTABLE"), ("Offline", "OFFLINE")];

impl AgentStatusRecord {
    /// Creates an enabled status.
    pub(crate) fn new(identity: Identity, kind: &'static str) -> Self {
        Self {
            identity,
            description: None,
            kind,
            display_order: None,
            enabled: true,
        }
    }
}
