//! The content of a test case, checked.

use std::time::Duration;

use serde_json::Value;

/// The channel of a simulated contact, by the type of its entry point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// `VOICE_CALL`.
    Voice,
    /// `CHAT`.
    Chat,
}

/// A test case whose content has been read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct TestCase {
    /// The observations, in the order of the content.
    pub observations: Vec<Observation>,
    /// The advice of the reader: the service would take the content, but likely not as meant.
    pub notes: Vec<String>,
}

/// An observation: an event to wait for, and the actions that follow it.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    pub identifier: String,
    pub event: EventPattern,
    /// The actions, in the order in which they run.
    pub actions: Vec<Action>,
    /// The positions of the observations that become active after this one.
    pub next: Vec<usize>,
    /// Whether no other observation leads here, so that it is active from the start.
    pub is_first: bool,
}

/// The event that an observation waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum EventPattern {
    TestInitiated,
    TestCompleted,
    MessageReceived(MessagePattern),
    FlowActionStarted(FlowActionPattern),
    FlowActionCompleted(FlowActionPattern),
}

impl EventPattern {
    /// Returns the name of the type.
    pub fn name(&self) -> &'static str {
        match self {
            Self::TestInitiated => "TestInitiated",
            Self::TestCompleted => "TestCompleted",
            Self::MessageReceived(_) => "MessageReceived",
            Self::FlowActionStarted(_) => "FlowActionStarted",
            Self::FlowActionCompleted(_) => "FlowActionCompleted",
        }
    }
}

/// The message that an observation expects.
#[derive(Debug, Clone, PartialEq)]
pub struct MessagePattern {
    pub source: PatternSource,
    pub matching: MatchKind,
}

/// The content of an expected message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternSource {
    Text(String),
    Ssml(String),
    /// A recorded prompt, by id or ARN.
    Recording(String),
    /// An audio file in S3, by its URI.
    Media(String),
}

impl PatternSource {
    /// Returns the text, the SSML, or the name of the recording.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Ssml(text) | Self::Recording(text) | Self::Media(text) => text,
        }
    }
}

/// The way in which an expected text is compared: `MatchingCriteria.Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchKind {
    /// The meaning is compared; the default here, since AWS names none.
    Similarity,
    /// The expected text is part of the message. The console calls it Contains.
    Inclusion,
}

/// The types of blocks that a test can observe or override.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlowActionType {
    InvokeLambdaFunction,
    CheckHoursOfOperation,
    TransferContactToQueue,
    DequeueContactAndTransferToQueue,
    ConnectParticipantWithLexBot,
    ConnectParticipantWithAgenticCx,
}

impl FlowActionType {
    /// All types.
    pub const ALL: &[Self] = &[
        Self::InvokeLambdaFunction,
        Self::CheckHoursOfOperation,
        Self::TransferContactToQueue,
        Self::DequeueContactAndTransferToQueue,
        Self::ConnectParticipantWithLexBot,
        Self::ConnectParticipantWithAgenticCx,
    ];

    /// Returns the name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvokeLambdaFunction => "InvokeLambdaFunction",
            Self::CheckHoursOfOperation => "CheckHoursOfOperation",
            Self::TransferContactToQueue => "TransferContactToQueue",
            Self::DequeueContactAndTransferToQueue => "DequeueContactAndTransferToQueue",
            Self::ConnectParticipantWithLexBot => "ConnectParticipantWithLexBot",
            Self::ConnectParticipantWithAgenticCx => "ConnectParticipantWithAgenticCX",
        }
    }

    /// Returns the type with this name.
    pub fn named(name: &str) -> Option<Self> {
        // The developer guide's page of overrides shortens one name.
        if name == "DequeueAndTransferToQueue" {
            return Some(Self::DequeueContactAndTransferToQueue);
        }
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// A block that an event or an override is about: its type, and the resource that it uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowActionPattern {
    pub kind: FlowActionType,
    /// Id or ARN of the function, hours, queue or bot alias.
    pub resource: String,
}

/// An action of an observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    pub identifier: String,
    pub kind: ActionKind,
}

/// The types of actions.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionKind {
    SendInstruction(Instruction),
    Assert(Assertion),
    TestControl(Command),
    OverrideSystemBehavior(Override),
}

impl ActionKind {
    /// Returns the name of the type.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SendInstruction(_) => "SendInstruction",
            Self::Assert(_) => "Assert",
            Self::TestControl(_) => "TestControl",
            Self::OverrideSystemBehavior(_) => "OverrideSystemBehavior",
        }
    }
}

/// An action of the simulated customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instruction {
    /// Presses keys: `0` to `9`, `*` and `#`, at least one.
    Dtmf(String),
    /// Says or types something, which a bot of Lex understands.
    Utterance {
        text: String,
        language_code: Option<String>,
    },
    /// Hangs up, or leaves the chat.
    Disconnect,
}

/// A check of a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Assertion {
    /// The path of the value, such as `$.Attributes.campaign`.
    pub namespace: String,
    pub operator: Operator,
    /// The text or number to compare with.
    pub operand: String,
}

/// The operators that the service accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    Equals,
    TextStartsWith,
    TextEndsWith,
    TextContains,
    NumberGreaterThan,
    NumberGreaterOrEqualTo,
    NumberLessThan,
    NumberLessOrEqualTo,
}

impl Operator {
    /// All operators. `Exists` is documented, but the service was seen to refuse it.
    pub const ALL: &[Self] = &[
        Self::Equals,
        Self::TextStartsWith,
        Self::TextEndsWith,
        Self::TextContains,
        Self::NumberGreaterThan,
        Self::NumberGreaterOrEqualTo,
        Self::NumberLessThan,
        Self::NumberLessOrEqualTo,
    ];

    /// Returns the name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Self::Equals => "Equals",
            Self::TextStartsWith => "TextStartsWith",
            Self::TextEndsWith => "TextEndsWith",
            Self::TextContains => "TextContains",
            Self::NumberGreaterThan => "NumberGreaterThan",
            Self::NumberGreaterOrEqualTo => "NumberGreaterOrEqualTo",
            Self::NumberLessThan => "NumberLessThan",
            Self::NumberLessOrEqualTo => "NumberLessOrEqualTo",
        }
    }

    /// Returns the operator with this name.
    pub fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|operator| operator.name() == name)
    }

    /// Reports whether a value passes. A number operator fails for a value that is not a number.
    pub fn holds(self, found: &str, operand: &str) -> bool {
        let numbers = || Some((found.trim().parse().ok()?, operand.trim().parse().ok()?));
        let compare = |passes: fn(f64, f64) -> bool| {
            numbers().is_some_and(|(found, operand)| passes(found, operand))
        };
        match self {
            Self::Equals => found == operand,
            Self::TextStartsWith => found.starts_with(operand),
            Self::TextEndsWith => found.ends_with(operand),
            Self::TextContains => found.contains(operand),
            Self::NumberGreaterThan => compare(|found, operand| found > operand),
            Self::NumberGreaterOrEqualTo => compare(|found, operand| found >= operand),
            Self::NumberLessThan => compare(|found, operand| found < operand),
            Self::NumberLessOrEqualTo => compare(|found, operand| found <= operand),
        }
    }
}

/// A command to the test itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Ends the test and the contact.
    EndTest,
    /// Writes texts with paths into the records: labels and expressions.
    LogData(Vec<(String, String)>),
}

/// A substitute for the effect of a block, for its next use.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    pub target: FlowActionPattern,
    pub strategy: Strategy,
}

/// The kinds of substitutes.
#[derive(Debug, Clone, PartialEq)]
pub enum Strategy {
    /// Uses another resource of the same type, by id or ARN.
    Substitute(String),
    /// Answers with a result, after a delay in seconds.
    Result { delay_seconds: u64, value: Value },
    /// Fails with an error type, after a delay in seconds.
    Error {
        delay_seconds: u64,
        error_type: String,
    },
}

impl Strategy {
    /// Returns the virtual time that the block takes; a substitute has none of its own.
    pub fn delay(&self) -> Duration {
        match self {
            Self::Substitute(_) => Duration::ZERO,
            Self::Result { delay_seconds, .. } | Self::Error { delay_seconds, .. } => {
                Duration::from_secs(*delay_seconds)
            }
        }
    }
}
