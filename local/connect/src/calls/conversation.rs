//! The exchange between a caller and the line.

use connect_flow::{Ending, Key};
use serde::{Deserialize, Serialize};

use super::agent_script::AgentError;

/// The caller ID that the network transmits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerId {
    /// A number in E.164.
    Number(String),
    /// Withheld, and the network transmits nothing.
    Withheld,
    /// Withheld, and the network transmits this text instead, such as `anonymous`. AWS does not
    /// document which of the two forms it uses.
    Anonymous(String),
}

/// A prompt that the caller heard.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spoken {
    /// The text, the SSML, or the name of the recording.
    pub text: String,
    /// The Polly voice that spoke it.
    pub voice: String,
    /// The language of the contact at that moment, such as `ja-JP`.
    pub language_code: Option<String>,
}

/// An event of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum CallEvent {
    Heard(Spoken),
    /// A prompt that the agent heard: a whisper, a hold or a transfer flow.
    HeardByAgent(Spoken),
    /// An agent answered or did something.
    Agent {
        /// The user name.
        name: String,
        /// The agent's action, as the rest of a sentence.
        did: String,
    },
    /// A flow requested a callback.
    CallbackCreated {
        number: String,
        /// The name of the queue.
        queue: String,
    },
    /// The call continues as a new contact: a transfer, a callback, or the disconnect flow.
    NewContact {
        contact_id: String,
        /// The initiation method, such as `DISCONNECT`.
        initiation_method: String,
    },
    /// The caller pressed keys. The event contains only their number, since they may be a PIN.
    Pressed {
        keys: usize,
    },
    /// The caller stayed silent until the line's time-out.
    Silence,
    /// The flow invoked a function.
    FunctionInvoked {
        function_arn: String,
        /// Whether its answer was usable.
        succeeded: bool,
        /// The time that the caller waited, in milliseconds.
        took_ms: u64,
        /// The code of the answer, if it is one of the module's function ([`line_outcome`]). An
        /// answer of another function may hold anything, and none of it is kept.
        ///
        /// [`line_outcome`]: crate::line_outcome
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
    },
    /// A bot of Lex recognized what the caller said.
    Understood {
        intent: String,
    },
    /// The flow created a task.
    TaskCreated {
        name: String,
        /// The name of the flow that routes it.
        flow: String,
    },
    /// A likely mistake in the flow.
    Warning {
        /// The identifier of the block.
        block: String,
        message: String,
    },
    Ended {
        /// The way it ended, as a sentence.
        how: String,
        /// False if the engine had to stop, at an unsupported block or a missing branch.
        regular: bool,
    },
}

impl CallEvent {
    /// The ending of a call that the caller ended.
    pub(super) const HUNG_UP: &str = "the caller hung up";

    pub(super) fn ended(ending: &Ending) -> Self {
        let how = match ending {
            Ending::Disconnected => "the line hung up".to_owned(),
            Ending::CallerHungUp => Self::HUNG_UP.to_owned(),
            Ending::FlowEnded => "the flow ended".to_owned(),
            Ending::ConnectedTo { number } => format!("connected to {number}"),
            Ending::Queued { queue } => format!("waiting in the queue {}", queue.name),
            Ending::Stopped(reason) => reason.to_string(),
        };
        Self::Ended {
            how,
            regular: !matches!(ending, Ending::Stopped(_)),
        }
    }
}

/// The reason why a number is not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// No instance has claimed the number.
    #[error("{0} is not in service: no instance of this account has claimed it")]
    NotInService(String),
    /// The instance does not accept calls.
    #[error("the instance {0} does not accept inbound calls")]
    InboundCallsOff(String),
    /// The number has no flow.
    #[error("{0} is claimed, but not associated with a contact flow")]
    NoFlow(String),
    /// The flow is only saved as a draft.
    #[error("the contact flow {0} of this number is not published")]
    FlowNotPublished(String),
    /// The script of the call cannot be followed.
    #[error(transparent)]
    Script(AgentError),
}

/// The reason why a chat cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// No published inbound flow has this name, id or ARN.
    #[error("the flow of a chat must be a published inbound flow, by name, id or ARN, but was {0}")]
    NoFlow(String),
    /// Several published inbound flows have this name.
    #[error(
        "the flow of a chat must be one flow, but {0} is the name of {1}; use the id or the ARN"
    )]
    SeveralFlows(String, usize),
    /// The script names an agent or queue that the instance cannot have.
    #[error(transparent)]
    Script(AgentError),
}

/// A character that is not a telephone key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a telephone key: use 0 to 9, * or #, and a comma for a pause of a second")]
pub struct UnknownKey(pub char);

/// Parses keys. Spaces and hyphens are ignored.
///
/// # Errors
/// The first character that is not a telephone key.
pub fn keys(text: &str) -> Result<Vec<Key>, UnknownKey> {
    text.chars()
        .filter(|symbol| !matches!(symbol, ' ' | '-'))
        .map(|symbol| Key::new(symbol).ok_or(UnknownKey(symbol)))
        .collect()
}
