//! The script of a call, which stands for everything beside the caller and the flow.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::agent_script::AgentScript;
use super::effects::{self, Blocks, BotTurn, QueueMetrics, Turns};

/// The script of a call: everything that the local account cannot know by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CallScript {
    /// Blocks whose effect lies outside of the account, by identifier or by type. The
    /// identifier has precedence.
    #[serde(
        default,
        deserialize_with = "effects::blocks",
        skip_serializing_if = "Blocks::is_empty"
    )]
    pub blocks: Blocks,
    /// The turns of bots of Lex, by the ARN of their alias, or by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bots: BTreeMap<String, Turns<BotTurn>>,
    /// Metrics of queues by ARN, id or name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, QueueMetrics>,
    /// The agents who answer queued calls and callbacks. Each one answers one contact; an agent who
    /// answers two is written twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<AgentScript>,
}
