//! What passes between an execution and whoever drives it.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;

use crate::{Flow, Queue, Voice};

/// A key of the telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(char);

impl Key {
    /// One of `0`-`9`, `*` and `#`; anything else is no key.
    pub fn new(symbol: char) -> Option<Self> {
        matches!(symbol, '0'..='9' | '*' | '#').then_some(Self(symbol))
    }

    /// The symbol on the key.
    pub fn symbol(self) -> char {
        self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// `Type` of CreateContactFlow, plus modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the API's own")]
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

/// A flow with the identity under which it was found.
#[derive(Debug, Clone)]
pub struct LoadedFlow {
    /// The flow's id, a UUID.
    pub id: String,
    /// The flow's ARN, as flow logs print it.
    pub arn: String,
    /// The flow's name, as flow logs print it.
    pub name: String,
    /// What kind it is.
    pub kind: FlowKind,
    /// Its checked content.
    pub flow: Flow,
}

/// What a prompt consists of, references already resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptSource {
    /// Text to be spoken as it is.
    Text(String),
    /// SSML with a `<speak>` root.
    Ssml(String),
    /// A recorded prompt, by id or ARN.
    Recording(String),
    /// An audio file in S3.
    Media(String),
}

/// Something the caller hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What.
    pub source: PromptSource,
    /// In which voice.
    pub voice: Voice,
    /// The contact's language at that moment, such as `ja-JP`.
    pub language_code: Option<String>,
    /// Whether the first key ends it (input blocks) or it plays to its end.
    pub interruptible: bool,
}

/// How the answer of a function is to be read.
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
    /// ARN, references resolved.
    pub function_arn: String,
    /// The whole event (`Name`, `Details.ContactData`, `Details.Parameters`).
    pub event: Value,
    /// 1 to 8 seconds.
    pub time_limit: Duration,
    /// Whether nobody waits for the answer.
    pub asynchronous: bool,
    /// How the answer is judged.
    pub response_type: ResponseType,
}

/// Why a function gave no usable answer. All of them take the flow to `NoMatchingError`; they
/// differ in what the flow log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionFailure {
    /// The function itself failed (`X-Amz-Function-Error`).
    FunctionError,
    /// Lambda refused; HTTP status and error code.
    Refused {
        /// Such as 403.
        status: u16,
        /// Such as `AccessDeniedException`.
        code: String,
    },
    /// No answer within the time limit.
    TimedOut,
}

/// What became of a transfer to an outside number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialOutcome {
    /// The third party answered and has hung up; the caller is still there.
    ReturnedAfterCall,
    /// The third party answered; the flow does not go on.
    Connected,
    /// Nobody answered within the limit.
    TimedOut,
    /// The number could not be reached.
    Failed,
}

/// What became of the attempt to put the contact into its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueEntry {
    /// It waits in the queue now.
    Entered,
    /// The queue is full.
    AtCapacity,
    /// The queue does not exist, or something else is wrong.
    Failed,
}

/// What the execution needs next. Each says with which [`Input`] to resume.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Let the caller hear this. Resume with [`Input::Played`], with [`Input::KeyPressed`] when a
    /// key interrupted or accompanied it, or with [`Input::HungUp`]. For a prompt that keys do not
    /// interrupt there is also [`Input::PlayedOver`].
    Play(Prompt),
    /// Wait for a key until this moment. Resume with [`Input::KeyPressed`],
    /// [`Input::TimeReached`] or [`Input::HungUp`].
    AwaitKey {
        /// Moment on the execution's clock at which waiting ends.
        until: OffsetDateTime,
    },
    /// Let this much time pass (Wait block). Resume with [`Input::TimeReached`] or
    /// [`Input::HungUp`].
    Sleep {
        /// Moment on the execution's clock.
        until: OffsetDateTime,
    },
    /// Invoke a function. Resume with [`Input::FunctionAnswered`].
    InvokeFunction(FunctionCall),
    /// Fetch a published flow or module by id or ARN. Resume with [`Input::FlowLoaded`].
    LoadFlow {
        /// Id or ARN as the block gave it, references resolved.
        id: String,
        /// Whether a module is meant.
        module: bool,
    },
    /// Find a queue by id or ARN. Resume with [`Input::QueueFound`].
    FindQueue {
        /// Id or ARN as the block gave it.
        id: String,
    },
    /// Say whether these hours of operation (or the target queue's) are open at this moment.
    /// Resume with [`Input::Hours`].
    CheckHours {
        /// Id or ARN; `None` means the target queue's hours.
        hours_of_operation_id: Option<String>,
        /// The moment on the execution's clock.
        at: OffsetDateTime,
    },
    /// Draw a whole number from 1 to 100. Resume with [`Input::Drawn`].
    DrawPercent,
    /// Put the contact into its target queue. Resume with [`Input::QueueEntered`].
    EnterQueue(Queue),
    /// Connect the caller with an outside number. Resume with [`Input::Dialled`].
    Dial {
        /// The number, references resolved.
        number: String,
        /// Seconds to let it ring.
        time_limit: Duration,
        /// Whether the flow goes on when the third party hangs up.
        returns: bool,
    },
    /// The execution is over; resuming it again is an error.
    Ended(Ending),
}

/// What the world answers.
#[derive(Debug, Clone)]
pub enum Input {
    /// Begin. The first input of every execution, and only that.
    Start,
    /// The prompt was heard; it took this long.
    Played {
        /// Length of the prompt on the execution's clock; zero is fine.
        took: Duration,
    },
    /// A prompt that keys do not interrupt was heard to its end, and these keys were pressed
    /// meanwhile. They are lost unless the touch-tone buffer is on. [`Input::KeyPressed`] says the
    /// same of a single key, with `after` as the length of the prompt.
    PlayedOver {
        /// In the order they were pressed.
        keys: Vec<Key>,
        /// Length of the prompt on the execution's clock.
        took: Duration,
    },
    /// The caller pressed a key this long after the last output. A key after the moment that
    /// [`Output::AwaitKey`] named is too late: it counts as [`Input::TimeReached`].
    KeyPressed {
        /// Which one.
        key: Key,
        /// How long after the output that is being answered.
        after: Duration,
    },
    /// Nothing happened until the moment that the output named.
    TimeReached,
    /// The caller hung up.
    HungUp,
    /// The function's answer or failure.
    FunctionAnswered {
        /// The payload, parsed as JSON where it was JSON; `Err` carries why there is none.
        answer: Result<Vec<u8>, FunctionFailure>,
        /// How long the caller waited.
        took: Duration,
    },
    /// The flow, or `None` when there is none of that id or it is not published.
    FlowLoaded(Option<Box<LoadedFlow>>),
    /// The queue, or `None`.
    QueueFound(Option<Queue>),
    /// Open, closed, or `None` when there are no such hours.
    Hours(Option<bool>),
    /// 1 to 100.
    Drawn(u8),
    /// What the queue said.
    QueueEntered(QueueEntry),
    /// What became of the outside call.
    Dialled {
        /// What.
        outcome: DialOutcome,
        /// How long it took.
        took: Duration,
    },
}

/// How a contact's way through its flows ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// A Disconnect block hung up.
    Disconnected,
    /// The caller hung up.
    CallerHungUp,
    /// An End flow block ended a flow after which nothing follows.
    FlowEnded,
    /// The contact was connected with an outside number for good.
    ConnectedTo {
        /// The number.
        number: String,
    },
    /// The contact waits in a queue, and no customer queue flow is left to run.
    Queued {
        /// The queue.
        queue: Queue,
    },
    /// The engine could not go on. Never a success.
    Stopped(StopReason),
}

/// Why the engine stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StopReason {
    /// A block this engine does not execute.
    #[error("the block \"{identifier}\" has the type {kind}, which this engine does not execute")]
    UnsupportedBlock {
        /// The action's identifier.
        identifier: String,
        /// The action's type.
        kind: String,
    },
    /// A block failed and has no branch for that failure.
    #[error("the block \"{identifier}\" failed with {error} and has no branch for it")]
    NoBranch {
        /// The action's identifier.
        identifier: String,
        /// The error type that found no branch.
        error: String,
    },
    /// More blocks than any sane call takes, without anything happening in between.
    #[error("the flow ran {blocks} blocks without a prompt, input or call: it loops")]
    EndlessLoop {
        /// How many.
        blocks: usize,
    },
    /// The flow that an event hook names is not there, or is not of the kind the hook needs.
    #[error("the {hook} hook names the flow {id}, which is not there or not of that kind")]
    NoHookFlow {
        /// Such as `CustomerQueue`.
        hook: String,
        /// Id or ARN as the hook has it.
        id: String,
    },
    /// The engine is in a state it should never be in. A defect of this crate.
    #[error("the flow engine is broken: {detail}")]
    Broken {
        /// What was found.
        detail: String,
    },
    /// The driver answered an output with an input that does not belong to it.
    #[error("{input} does not answer {output}")]
    WrongInput {
        /// What came.
        input: String,
        /// What was asked.
        output: String,
    },
}
