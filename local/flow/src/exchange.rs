//! The values that an execution and its driver exchange.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::check::block_types;
use crate::{Agent, Contact, Flow, Queue, Voice};

/// A key of a telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(char);

impl Key {
    /// Returns the key for one of `0`-`9`, `*` and `#`; `None` for other characters.
    pub fn new(symbol: char) -> Option<Self> {
        matches!(symbol, '0'..='9' | '*' | '#').then_some(Self(symbol))
    }

    /// Returns the symbol on the key.
    pub fn symbol(self) -> char {
        self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The kind of a flow: `Type` of CreateContactFlow, or a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlowKind {
    ContactFlow,
    CustomerQueue,
    CustomerHold,
    CustomerWhisper,
    AgentHold,
    AgentWhisper,
    OutboundWhisper,
    AgentTransfer,
    QueueTransfer,
    Campaign,
    Module,
}

/// A published flow with its identity.
#[derive(Debug, Clone)]
pub struct LoadedFlow {
    /// The flow's id, a UUID.
    pub id: String,
    /// The flow's ARN, for flow logs.
    pub arn: String,
    /// The flow's name, for flow logs.
    pub name: String,
    pub kind: FlowKind,
    /// The flow's checked content.
    pub flow: Flow,
}

/// The content of a prompt, with references resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptSource {
    /// Plain text to be spoken.
    Text(String),
    /// SSML with a `<speak>` root.
    Ssml(String),
    /// A recorded prompt, by id or ARN.
    Recording(String),
    /// An audio file in S3.
    Media(String),
}

impl PromptSource {
    /// Returns the text, the SSML, or the name of the recording.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Ssml(text) | Self::Recording(text) | Self::Media(text) => text,
        }
    }
}

/// A prompt for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// The content.
    pub source: PromptSource,
    /// The voice that speaks it.
    pub voice: Voice,
    /// The contact's language at that moment, such as `ja-JP`.
    pub language_code: Option<String>,
    /// Whether the first key ends the prompt, as in input blocks, or it plays to its end.
    pub interruptible: bool,
    /// The moment on the execution's clock at which the prompt ends in any case: the interrupt time
    /// of Loop prompts, or the end of a hold. The driver states the full length nevertheless.
    pub cut_at: Option<OffsetDateTime>,
}

/// A participant of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Participant {
    Customer,
    Agent,
}

/// The actions of an agent with a connected contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentAction {
    /// Puts a participant on hold for this time. The hold flow of that participant runs.
    Hold { who: Participant, time: Duration },
    /// Transfers the contact with a quick connect of an agent or of a queue.
    Transfer {
        /// The flow of the quick connect, by id or ARN; without it, the instance's default flow.
        flow: Option<String>,
        /// [`FlowKind::AgentTransfer`] or [`FlowKind::QueueTransfer`].
        kind: FlowKind,
        /// The queue of the quick connect, or that of its agent.
        queue: Option<Queue>,
    },
    /// Transfers the caller to an outside number, and leaves.
    TransferToNumber {
        /// The number.
        number: String,
    },
    /// Hangs up; the customer remains.
    HangUp,
}

/// A callback that a flow requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The contact to be created. It has no id of its own yet: [`Contact::id`] is empty.
    pub contact: Contact,
    /// The queue that routes it.
    pub queue: Queue,
    /// The number to dial.
    pub number: String,
    /// The minimum time before it is routed.
    pub delay: Duration,
}

/// The type of a function's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseType {
    /// A flat object of strings.
    StringMap,
    /// Any JSON object.
    Json,
}

/// A function to invoke.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionCall {
    /// The ARN, with references resolved.
    pub function_arn: String,
    /// The complete event (`Name`, `Details.ContactData`, `Details.Parameters`).
    pub event: Value,
    /// The time limit, 1 to 8 seconds.
    pub time_limit: Duration,
    /// Whether the flow continues without the answer.
    pub asynchronous: bool,
    /// The expected type of the answer.
    pub response_type: ResponseType,
}

/// The reason why a function returned no usable answer. All of them lead to `NoMatchingError`, but
/// have different texts in the flow log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionFailure {
    /// The function itself failed (`X-Amz-Function-Error`).
    FunctionError,
    /// Lambda refused the invocation.
    Refused {
        /// The HTTP status, such as 403.
        status: u16,
        /// The error code, such as `AccessDeniedException`.
        code: String,
        /// The id of the request, a UUID, for the flow log.
        request_id: String,
    },
    /// No answer within the time limit.
    TimedOut,
}

/// The caller's input before its encryption.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainInput {
    /// The input.
    pub text: String,
    /// The id of the key that was uploaded to the instance.
    pub key_id: String,
    /// The X.509 certificate of the key, in PEM.
    pub certificate: String,
}

/// Shows the key, but not the input.
impl fmt::Debug for PlainInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlainInput")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// A block whose effect lies outside of the flow, such as the search for a customer profile.
#[derive(Debug, Clone, PartialEq)]
pub struct OutsideBlock {
    /// The identifier of the action.
    pub identifier: Arc<str>,
    /// The type of the action, such as `GetCustomerProfile`.
    pub kind: Arc<str>,
    /// The parameters, with references resolved.
    pub parameters: Map<String, Value>,
    /// The key that interrupted the block's prompt.
    pub key: Option<Key>,
}

/// The answer to an [`OutsideBlock`].
#[derive(Debug, Clone, PartialEq)]
pub enum OutsideAnswer {
    /// The driver does not provide the block's effect. The block takes the branch that it takes in
    /// an instance without the service that it needs, and the trace gives the reason.
    Absent,
    /// The driver provides the block's effect.
    Provided(Provided),
}

/// The effect of an [`OutsideBlock`].
#[derive(Debug, Clone, PartialEq)]
pub struct Provided {
    /// The branch that the block takes.
    pub branch: ProvidedBranch,
    /// The values that references can read from now on, by the name of their root, such as
    /// `Customer` for `$.Customer.FirstName`. They replace the earlier values of the same roots.
    pub values: Map<String, Value>,
    /// The time that the caller waited.
    pub took: Duration,
}

/// The branch that an [`OutsideBlock`] takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProvidedBranch {
    /// `NextAction`.
    Done,
    /// The condition that is true for this result.
    Result(String),
    /// The branch of this error type.
    Failed(String),
}

/// The roots of the values that a driver can provide.
pub const PROVIDED_ROOTS: &[&str] = &[
    "AgenticCX",
    "Case",
    "Customer",
    "DataTables",
    "Lex",
    "Loop",
    "Media",
    "MediaStreams",
    "Metrics",
    "References",
    "Views",
    "Wisdom",
];

/// A branch that a type does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownBranch {
    /// The type has no effect outside of the flow, or does not exist.
    #[error("the type must be one with an effect outside of the flow, but was {0}")]
    Type(String),
    /// The type has no results.
    #[error("the branch of {kind} must be done or an error, but was the result '{given}'")]
    NoResults {
        /// The type.
        kind: String,
        /// The result.
        given: String,
    },
    /// The type has other results.
    #[error("the result of {kind} must be one of {known}, but was '{given}'")]
    Result {
        /// The type.
        kind: String,
        /// The results of the type, separated by commas.
        known: String,
        /// The result.
        given: String,
    },
    /// The type has other errors.
    #[error("the error of {kind} must be one of {known}, but was '{given}'")]
    Error {
        /// The type.
        kind: String,
        /// The errors of the type, separated by commas.
        known: String,
        /// The error.
        given: String,
    },
}

impl ProvidedBranch {
    /// Checks that a type has this branch.
    ///
    /// # Errors
    /// [`UnknownBranch`], a sentence with the branches that the type has.
    pub fn check(&self, kind: &str) -> Result<(), UnknownBranch> {
        let row = match block_types::find(kind) {
            Ok(Some(row)) if row.is_outside() => row,
            _ => return Err(UnknownBranch::Type(kind.to_owned())),
        };
        row.check_branch(kind, self)
    }
}

/// The outcome of a transfer to an outside number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialOutcome {
    /// The third party answered and has hung up; the caller is still connected.
    ReturnedAfterCall,
    /// The third party answered; the flow does not continue.
    Connected,
    /// The third party did not answer within the limit.
    TimedOut,
    /// The number could not be reached.
    Failed,
}

/// The outcome of an attempt to put the contact into its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueEntry {
    /// The contact waits in the queue.
    Entered,
    /// The contact waits in another queue, by which a test case replaced it.
    Substituted(Queue),
    /// The queue is full.
    AtCapacity,
    /// The queue does not exist, or another error occurred.
    Failed,
}

/// The next request of an execution. Each variant lists the [`Input`]s that answer it.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Play a prompt. Resume with [`Input::Played`], with [`Input::KeyPressed`] if a key was
    /// pressed, or with [`Input::HungUp`]. For a prompt that keys do not interrupt,
    /// [`Input::PlayedOver`] is possible, too.
    Play(Prompt),
    /// Wait for a key until a moment. Resume with [`Input::KeyPressed`], [`Input::TimeReached`] or
    /// [`Input::HungUp`].
    AwaitKey {
        /// The end of the wait, on the execution's clock.
        until: OffsetDateTime,
    },
    /// Wait until a moment (Wait block). Resume with [`Input::TimeReached`] or [`Input::HungUp`].
    Sleep {
        /// The end of the wait, on the execution's clock.
        until: OffsetDateTime,
    },
    /// Invoke a function. Resume with [`Input::FunctionAnswered`].
    InvokeFunction(FunctionCall),
    /// Load a published flow or module by id or ARN. Resume with [`Input::FlowLoaded`].
    LoadFlow {
        /// Id or ARN, with references resolved.
        id: String,
        /// Whether it must be a module.
        module: bool,
    },
    /// Load the instance's default flow of a kind. Resume with [`Input::FlowLoaded`].
    LoadDefaultFlow { kind: FlowKind },
    /// Find a queue by id or ARN. Resume with [`Input::QueueFound`].
    FindQueue {
        /// Id or ARN, as in the block.
        id: String,
    },
    /// Find an agent's own queue. Resume with [`Input::QueueFound`].
    FindAgentQueue {
        /// The agent's id or ARN, as in the block.
        agent: String,
    },
    /// Check whether hours of operation are open at a moment. Resume with [`Input::Hours`].
    CheckHours {
        /// Id or ARN; `None` stands for the target queue's hours.
        hours_of_operation_id: Option<String>,
        /// The moment, on the execution's clock.
        at: OffsetDateTime,
    },
    /// Draw a whole number from 1 to 100. Resume with [`Input::Drawn`].
    DrawPercent,
    /// Put the contact into its target queue. Resume with [`Input::QueueEntered`].
    EnterQueue(Queue),
    /// Wait for an agent; no flow runs meanwhile. Resume with [`Input::AgentAnswered`],
    /// [`Input::HungUp`], or [`Input::TimeReached`] if no agent will ever answer.
    AwaitAgent(Queue),
    /// The customer is connected to an agent. Resume with [`Input::AgentActed`] or
    /// [`Input::HungUp`].
    Connected(Agent),
    /// Choose the id of a contact that is about to be created. Resume with [`Input::ContactId`].
    NewContact,
    /// Check whether the instance can dial a number. Resume with [`Input::Dialable`].
    CheckDialable { number: String },
    /// Create a callback. Resume with [`Input::CallbackCreated`].
    CreateCallback(Box<Callback>),
    /// Connect the caller to an outside number. Resume with [`Input::Dialled`].
    Dial {
        /// The number, with references resolved.
        number: String,
        /// The time limit for the third party to answer.
        time_limit: Duration,
        /// Whether the flow continues when the third party hangs up.
        returns: bool,
    },
    /// Encrypt the caller's input. Resume with [`Input::Encrypted`].
    Encrypt(PlainInput),
    /// Provide the effect of a block that lies outside of the flow. Resume with
    /// [`Input::OutsideAnswered`].
    Outside(OutsideBlock),
    /// The execution is over. Resuming it again is an error.
    Ended(Ending),
}

/// The driver's answer to an [`Output`].
#[derive(Debug, Clone)]
pub enum Input {
    /// Start the execution. This is the first input, and only the first.
    Start,
    /// The prompt was played to its end.
    Played {
        /// The length of the prompt on the execution's clock; may be zero.
        took: Duration,
    },
    /// A prompt that keys do not interrupt was played to its end, and keys were pressed in the
    /// meantime. They are lost unless the touch-tone buffer is on. For a single key,
    /// [`Input::KeyPressed`] means the same, with `after` as the length of the prompt.
    PlayedOver {
        /// The keys in the order in which they were pressed.
        keys: Vec<Key>,
        /// The length of the prompt on the execution's clock.
        took: Duration,
    },
    /// The caller pressed a key. A key after the moment of [`Output::AwaitKey`] is too late, and
    /// counts as [`Input::TimeReached`].
    KeyPressed {
        /// The key.
        key: Key,
        /// The time since the output that this answers.
        after: Duration,
    },
    /// Nothing happened until the moment of the output.
    TimeReached,
    /// The caller hung up.
    HungUp,
    /// The function's answer, or its failure.
    FunctionAnswered {
        /// The payload as bytes, or the reason why there is none.
        answer: Result<Vec<u8>, FunctionFailure>,
        /// The time that the caller waited.
        took: Duration,
    },
    /// The flow, or `None` if it does not exist or is not published.
    FlowLoaded(Option<Box<LoadedFlow>>),
    /// The queue, or `None` if it does not exist.
    QueueFound(Option<Queue>),
    /// Open or closed, or `None` if the hours do not exist.
    Hours(Option<bool>),
    /// The number, 1 to 100.
    Drawn(u8),
    /// The outcome of entering the queue.
    QueueEntered(QueueEntry),
    /// An agent answered the contact, which is in a queue. This answers [`Output::AwaitAgent`], and
    /// each output of a customer queue flow that takes time: [`Output::Play`], [`Output::AwaitKey`]
    /// and [`Output::Sleep`].
    AgentAnswered {
        /// The agent.
        agent: Agent,
        /// The time since the output that this answers.
        after: Duration,
    },
    /// The agent did something with the connected contact.
    AgentActed {
        action: AgentAction,
        /// The time since the output that this answers.
        after: Duration,
    },
    /// The id of a new contact.
    ContactId(String),
    /// Whether the instance can dial the number.
    Dialable(bool),
    /// Whether the callback was created.
    CallbackCreated(bool),
    /// The outcome of the outside call.
    Dialled {
        /// The outcome.
        outcome: DialOutcome,
        /// The time that it took.
        took: Duration,
    },
    /// The encrypted input, as text; or the reason for which it cannot be encrypted.
    Encrypted(Result<String, String>),
    /// The effect of a block that lies outside of the flow.
    OutsideAnswered(OutsideAnswer),
}

/// The way in which a contact's flows ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// A Disconnect block hung up.
    Disconnected,
    /// The caller hung up.
    CallerHungUp,
    /// An End flow block ended the last flow.
    FlowEnded,
    /// The contact was connected to an outside number, and the flow does not continue.
    ConnectedTo {
        /// The outside number.
        number: String,
    },
    /// The contact waits in a queue, has no customer queue flow to run, and no agent answers.
    Queued { queue: Queue },
    /// The engine had to stop. Never a success.
    Stopped(StopReason),
}

/// The reason why the engine stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StopReason {
    /// A block failed, and has no branch for the failure.
    #[error("the block \"{identifier}\" failed with {error} and has no branch for it")]
    NoBranch {
        /// The action's identifier.
        identifier: String,
        /// The error type.
        error: String,
    },
    /// A block repeated far more often than in any real call, without input or a wait in between.
    #[error(
        "the block \"{identifier}\" must not repeat without input or a wait, but repeated more than \
         {times} times: the flow loops; give the loop an end, or raise the limit"
    )]
    EndlessLoop {
        /// The action's identifier.
        identifier: String,
        /// The limit that was exceeded.
        times: u32,
    },
    /// The flow of an event hook does not exist, or is of another kind than the hook needs.
    #[error("the {hook} hook must name a published flow of its kind, but named {id}")]
    NoHookFlow {
        /// The hook, such as `CustomerQueue`.
        hook: String,
        /// The id or ARN in the hook.
        id: String,
    },
    /// The driver provided a branch that the block's type does not have.
    #[error("the block \"{identifier}\" must take a branch of its type: {unknown}")]
    UnknownBranch {
        /// The action's identifier.
        identifier: String,
        /// The reason.
        unknown: UnknownBranch,
    },
    /// The engine is in an impossible state, which is a bug of this crate.
    #[error("bug in the flow engine: {detail}")]
    Broken {
        /// The unexpected state.
        detail: String,
    },
    /// The driver answered an output with an input of the wrong kind.
    #[error("the input must answer {output}, but was {input}")]
    WrongInput {
        /// The kind of the input.
        input: String,
        /// The kind of the output.
        output: String,
    },
}
