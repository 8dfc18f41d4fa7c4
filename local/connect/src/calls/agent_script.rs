//! The agents of a call's script.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::effects::duration;

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentScript {
    /// The user name, as in `$.Agent.UserName`.
    pub name: String,
    /// The user's id; absent for one of the account's choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default)]
    pub first_name: String,
    #[serde(default)]
    pub last_name: String,
    /// The queue that the agent serves, by name, id or ARN; absent for any queue. Agents serve
    /// their own queues in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The time that a contact waits in the queue before the agent answers, such as `20s`.
    #[serde(default, with = "duration")]
    pub answers_after: Duration,
    /// The agent's steps with the contact. At the end of the list the agent hangs up.
    #[serde(default)]
    pub does: Vec<AgentStep>,
}

/// A step of an agent. Times are texts such as `30s`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum AgentStep {
    /// Talks.
    Wait(#[serde(with = "duration")] Duration),
    /// Puts the customer on hold, who hears the customer hold flow.
    Hold(#[serde(with = "duration")] Duration),
    /// Is on hold, and hears the agent hold flow.
    AgentHold(#[serde(with = "duration")] Duration),
    /// Transfers the contact with the quick connect of a queue.
    TransferToQueue {
        /// The queue, by name, id or ARN.
        queue: String,
        /// The queue transfer flow, by id or ARN; absent for the default one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        flow: Option<String>,
    },
    /// Transfers the contact with the quick connect of another agent of the script.
    TransferToAgent {
        /// The agent, by name, id or ARN.
        agent: String,
        /// The agent transfer flow, by id or ARN; absent for the default one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        flow: Option<String>,
    },
    /// Transfers the contact to an outside number.
    TransferToNumber(String),
    /// Hangs up.
    HangUp,
}

/// An agent of a script that the instance cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// No queue of the instance has this name, id or ARN.
    #[error("the script's agent {agent} must name a queue of the instance, but named {queue}")]
    NoQueue { agent: String, queue: String },
    /// No agent of the script has this name, id or ARN.
    #[error("the script's agent {agent} must transfer to an agent of the script, but named {to}")]
    NoAgent { agent: String, to: String },
}
