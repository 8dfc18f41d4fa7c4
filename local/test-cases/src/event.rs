//! The events of a contact.

use serde_json::Value;
use time::OffsetDateTime;

use crate::content::FlowActionType;

/// An event of the simulated contact.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The contact was created.
    TestInitiated,
    /// The contact has ended.
    TestCompleted,
    /// The line said something.
    MessageReceived(Message),
    /// A block begins.
    FlowActionStarted(FlowAction),
    /// A block has succeeded.
    FlowActionCompleted {
        action: FlowAction,
        /// The block's result by the root of the paths that read it, such as `External`.
        results: Vec<(&'static str, Value)>,
    },
}

impl Event {
    /// Returns the name of the type.
    pub fn name(&self) -> &'static str {
        match self {
            Self::TestInitiated => "TestInitiated",
            Self::TestCompleted => "TestCompleted",
            Self::MessageReceived(_) => "MessageReceived",
            Self::FlowActionStarted(_) => "FlowActionStarted",
            Self::FlowActionCompleted { .. } => "FlowActionCompleted",
        }
    }
}

/// A message: the prompts that the line played without an input or a silent block in between.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub prompts: Vec<Heard>,
}

impl Message {
    /// Returns the spoken words of all prompts, as one transcript.
    pub fn words(&self) -> String {
        let words: Vec<_> = self
            .prompts
            .iter()
            .map(|heard| heard.speech.words())
            .collect();
        words.join(" ")
    }
}

/// A prompt that the simulated customer heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    pub speech: Speech,
    /// The id of the flow.
    pub flow_id: String,
    /// The identifier of the block.
    pub block: String,
    /// The moment on the contact's clock at which the prompt began.
    pub at: OffsetDateTime,
}

/// The content of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speech {
    Text(String),
    Ssml(String),
    /// A recorded prompt, by id or ARN.
    Recording(String),
    /// An audio file in S3, by its URI.
    Media(String),
}

impl Speech {
    /// Returns the words that are spoken: SSML without its tags. A recording has only its name.
    pub fn words(&self) -> String {
        match self {
            Self::Text(text) | Self::Recording(text) | Self::Media(text) => text.clone(),
            Self::Ssml(ssml) => spoken_words(ssml),
        }
    }
}

/// Returns the words of SSML: without its tags, and with the five entities of XML resolved.
pub(crate) fn spoken_words(ssml: &str) -> String {
    let words = connect_flow::without_tags(ssml);
    let words = words.replace("&lt;", "<").replace("&gt;", ">");
    let words = words.replace("&quot;", "\"").replace("&apos;", "'");
    words.replace("&amp;", "&")
}

/// A block that runs, and the resource that it uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowAction {
    pub kind: FlowActionType,
    /// The resource as the flow names it, and by all other names that it has: id and ARN.
    pub names: Vec<String>,
    /// The id of the flow.
    pub flow_id: String,
    /// The identifier of the block.
    pub block: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssml_is_compared_by_its_words() {
        let ssml = "<speak>Press <break time=\"1s\"/>one &amp; wait</speak>";
        assert_eq!(Speech::Ssml(ssml.to_owned()).words(), "Press one & wait");
    }
}
