//! What passes between a caller and the line.

use std::time::Duration;

use connect_flow::{Ending, Key};
use serde::{Deserialize, Serialize};

/// What the network says of the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerId {
    /// A number in E.164.
    Number(String),
    /// Withheld, and nothing is passed on.
    Withheld,
    /// Withheld, and this text stands in its place, such as `anonymous`. AWS does not say which
    /// of the two forms it uses.
    Anonymous(String),
}

/// Something the caller heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spoken {
    /// The words, the SSML, or the name of the recording.
    pub text: String,
    /// Polly voice that read it.
    pub voice: String,
    /// Language of the contact at that moment, such as `ja-JP`.
    pub language_code: Option<String>,
}

/// One event of a call, in the order in which they happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum CallEvent {
    /// The caller heard something.
    Heard(Spoken),
    /// The caller pressed keys. How many, not which: they may be a PIN.
    Pressed {
        /// Number of keys.
        keys: usize,
    },
    /// The caller said nothing until the line gave up waiting.
    Silence,
    /// The flow invoked a function.
    FunctionInvoked {
        /// ARN of the function.
        function_arn: String,
        /// Whether it gave a usable answer.
        succeeded: bool,
        /// Milliseconds the caller waited.
        took_ms: u64,
    },
    /// Something in the flow that its author should look at.
    Warning {
        /// Identifier of the block.
        block: String,
        /// One sentence.
        message: String,
    },
    /// The call is over.
    Ended {
        /// How, as a sentence.
        how: String,
        /// False when the engine had to stop: an unsupported block or a missing branch.
        regular: bool,
    },
}

impl CallEvent {
    pub(super) fn ended(ending: &Ending) -> Self {
        let how = match ending {
            Ending::Disconnected => "the line hung up".to_owned(),
            Ending::CallerHungUp => "the caller hung up".to_owned(),
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

/// Why a number was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// Nobody claimed it.
    #[error("{0} is not in service: no instance of this account has claimed it")]
    NotInService(String),
    /// The instance takes no calls.
    #[error("the instance {0} has inbound calls switched off")]
    InboundCallsOff(String),
    /// The number leads nowhere.
    #[error("{0} is claimed but not associated with a contact flow")]
    NoFlow(String),
    /// The flow is a draft.
    #[error("the contact flow {0} of this number is not published")]
    FlowNotPublished(String),
}

/// How long it takes to say something: a little over seven characters a second, the pace of a
/// Japanese announcement. Only the clock of the flow log depends on it.
pub(super) fn speaking_time(text: &str) -> Duration {
    Duration::from_millis(140) * u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// Pause between two keys of a caller who knows what to press.
pub(super) const KEY_PAUSE: Duration = Duration::from_millis(300);

/// A character that stands on no key of a telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is on no telephone; press 0 to 9, * and #")]
pub struct UnknownKey(pub char);

/// Reads keys as people write them; spaces and hyphens are for the eye.
///
/// # Errors
/// The first character that is on no telephone.
pub fn keys(text: &str) -> Result<Vec<Key>, UnknownKey> {
    text.chars()
        .filter(|symbol| !matches!(symbol, ' ' | '-'))
        .map(|symbol| Key::new(symbol).ok_or(UnknownKey(symbol)))
        .collect()
}
