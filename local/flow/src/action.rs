//! Actions of a published flow, with parsed parameters, and with positions in place of identifiers.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::condition::Condition;
use crate::reference::{Reference, Template};
use crate::{Key, ResponseType, Routing, Transition, TransitionKind};

/// An action of a flow.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Action {
    pub(crate) identifier: Arc<str>,
    pub(crate) kind: Arc<str>,
    /// All parameters, for blocks whose effect lies outside of the flow and for the values of visits.
    pub(crate) parameters: Vec<(String, JsonTemplate)>,
    pub(crate) block: Block,
    pub(crate) next: Option<usize>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) errors: Vec<ErrorBranch>,
}

/// One entry of `Errors`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ErrorBranch {
    pub(crate) error_type: Arc<str>,
    pub(crate) target: usize,
}

/// The operation of an action.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Block {
    PlayPrompt {
        prompt: PromptTemplate,
        skip_when_buffered: bool,
    },
    LoopPrompts {
        messages: Vec<PromptTemplate>,
        interrupt: Option<Duration>,
        /// Whether the prompts go on while the interrupt's branch runs.
        continues: bool,
    },
    Menu {
        prompt: PromptTemplate,
        time_limit: Duration,
    },
    StoreInput(Box<StoreInput>),
    TouchToneBuffer {
        enable: bool,
        /// Whether the buffer's content becomes the stored input.
        store: bool,
        encryption: Option<InputEncryption>,
    },
    Compare {
        value: Reference,
    },
    Loop {
        count: Template,
    },
    Distribute,
    CheckHours {
        hours: Option<Template>,
    },
    Wait {
        time_limit: Template,
        /// Whether the wait may end with an event.
        for_event: bool,
        /// "Keep running while waiting": the flow goes on in the branch `Continue`.
        keeps_running: bool,
    },
    SetAttributes {
        attributes: Vec<(Template, Template)>,
        related: bool,
    },
    SetFlowAttributes {
        attributes: Vec<(String, Template)>,
    },
    SetContactData {
        fields: Vec<(ContactField, Template)>,
        related: bool,
    },
    SetVoice {
        voice: Template,
        engine: Option<Template>,
        style: Option<Template>,
    },
    SetLogging {
        enabled: bool,
    },
    SetRecording {
        /// The recorded participants: `Agent`, `Customer`, both or none.
        participants: Vec<String>,
    },
    SetEventHook {
        hook: &'static str,
        flow: Template,
        /// Whether no flow runs for the hook, not even the default one.
        disabled: bool,
    },
    Tag {
        tags: Vec<(Template, Template)>,
    },
    Untag {
        keys: Vec<Template>,
    },
    SetQueue {
        queue: Template,
    },
    /// Sets the target queue to an agent's own.
    SetAgentQueue {
        agent: Template,
    },
    EnterQueue,
    /// Moves a contact from its queue to another one.
    ChangeQueue {
        queue: Option<Target>,
    },
    /// Connects the customer with the agent of the target queue.
    TransferToAgent,
    SetCallbackNumber {
        number: Reference,
    },
    CreateCallback {
        queue: Option<Target>,
        delay: Duration,
        /// Whether a flow should run first, which has no effect here.
        runs_flow: bool,
    },
    SetRouting(Option<Routing>),
    TransferToFlow {
        flow: Template,
    },
    Dial {
        number: Template,
        time_limit: Template,
        returns: bool,
    },
    InvokeFunction(Box<InvokeFunction>),
    InvokeModule {
        module: Template,
        input: Vec<(String, JsonTemplate)>,
    },
    ReturnFromModule {
        result: Option<Template>,
        data: Vec<(String, JsonTemplate)>,
    },
    Disconnect,
    EndFlow,
    /// A type whose effect lies outside of the flow.
    Outside {
        /// The prompt that is played first; the caller may interrupt it.
        prompt: Option<PromptTemplate>,
        absent: &'static Absent,
    },
}

/// The branch that a block takes in an instance without the service that it needs.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Absent {
    pub(crate) branch: AbsentBranch,
    /// The reason, for the trace; one sentence without a full stop.
    pub(crate) because: String,
    /// Whether each call without a script takes the branch; false if it depends on the state of the
    /// instance or the call.
    #[serde(default = "always")]
    pub(crate) always: bool,
}

fn always() -> bool {
    true
}

/// See [`Absent`].
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AbsentBranch {
    /// `NextAction`.
    Done,
    /// The condition that is true for this result.
    Result(String),
    /// The branch of this error type.
    Error(String),
}

/// A queue, or the agent whose own queue it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    Queue(Template),
    Agent(Template),
}

/// The source of a prompt.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PromptTemplate {
    Text(Template),
    Ssml(Template),
    Recording(Template),
    Media(Template),
}

/// The store form of GetParticipantInput.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoreInput {
    pub(crate) prompt: PromptTemplate,
    /// The time limit for the first key.
    pub(crate) first_key: Duration,
    /// The time limit between keys.
    pub(crate) next_key: Template,
    pub(crate) terminator: Vec<Key>,
    pub(crate) cancel_key: bool,
    pub(crate) validation: InputValidation,
    pub(crate) encryption: Option<InputEncryption>,
}

/// The encryption of an input.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InputEncryption {
    pub(crate) key_id: Template,
    /// The X.509 certificate in PEM.
    pub(crate) certificate: Template,
}

/// The kind of input that is accepted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum InputValidation {
    Length(Template),
    E164,
    Local { country: String },
}

/// Properties that UpdateContactData sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContactField {
    Name,
    Description,
    LanguageCode,
    CustomerId,
    /// Accepted by the service, without effect here.
    Other(&'static str),
}

impl ContactField {
    /// Returns the name of the parameter.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Description => "Description",
            Self::LanguageCode => "LanguageCode",
            Self::CustomerId => "CustomerId",
            Self::Other(name) => name,
        }
    }
}

/// InvokeLambdaFunction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InvokeFunction {
    pub(crate) arn: Template,
    pub(crate) time_limit: Duration,
    pub(crate) asynchronous: bool,
    pub(crate) parameters: Vec<(Template, JsonTemplate)>,
    pub(crate) response_type: ResponseType,
}

/// A JSON value whose strings may contain references.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum JsonTemplate {
    Text(Template),
    Object(Vec<(String, JsonTemplate)>),
    List(Vec<JsonTemplate>),
    Fixed(Value),
}

impl JsonTemplate {
    pub(crate) fn new(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Text(Template::parse(text)),
            Value::Object(map) => Self::Object(
                map.iter()
                    .map(|(key, value)| (key.clone(), Self::new(value)))
                    .collect(),
            ),
            Value::Array(list) => Self::List(list.iter().map(Self::new).collect()),
            Value::Null | Value::Bool(_) | Value::Number(_) => Self::Fixed(value.clone()),
        }
    }
}

impl Block {
    /// Reports whether the block fails in a chat (administrator guide, "Supported channels for flow
    /// blocks").
    pub(crate) fn needs_call(&self) -> bool {
        match self {
            Self::Menu { .. }
            | Self::StoreInput(_)
            | Self::TouchToneBuffer { .. }
            | Self::Dial { .. } => true,
            Self::SetEventHook { hook, .. } => matches!(*hook, "AgentHold" | "CustomerHold"),
            _ => false,
        }
    }
}

impl Action {
    /// Reports whether `NextAction` can ever be followed. If every result has its own branch, or
    /// success leaves the flow, it exists only because the service requires it.
    fn follows_next(&self) -> bool {
        match &self.block {
            Block::Menu { .. }
            | Block::Compare { .. }
            | Block::Loop { .. }
            | Block::Distribute
            | Block::CheckHours { .. }
            | Block::Wait { .. }
            | Block::EnterQueue
            | Block::ChangeQueue { .. }
            | Block::TransferToAgent
            | Block::TransferToFlow { .. }
            | Block::ReturnFromModule { .. }
            | Block::Disconnect
            | Block::EndFlow => false,
            Block::Dial { returns, .. } => *returns,
            Block::LoopPrompts { interrupt, .. } => {
                interrupt.is_some() && self.conditions.is_empty()
            }
            Block::Outside { .. } => true,
            Block::PlayPrompt { .. }
            | Block::StoreInput(_)
            | Block::TouchToneBuffer { .. }
            | Block::SetAttributes { .. }
            | Block::SetFlowAttributes { .. }
            | Block::SetContactData { .. }
            | Block::SetVoice { .. }
            | Block::SetLogging { .. }
            | Block::SetRecording { .. }
            | Block::SetEventHook { .. }
            | Block::Tag { .. }
            | Block::Untag { .. }
            | Block::SetQueue { .. }
            | Block::SetAgentQueue { .. }
            | Block::SetCallbackNumber { .. }
            | Block::CreateCallback { .. }
            | Block::SetRouting(_)
            | Block::InvokeFunction(_)
            | Block::InvokeModule { .. } => true,
        }
    }

    /// Reports whether the flow or module can end here on success.
    fn ends_flow(&self) -> bool {
        matches!(
            self.block,
            Block::EnterQueue
                | Block::ChangeQueue { .. }
                | Block::TransferToAgent
                | Block::TransferToFlow { .. }
                | Block::Dial { returns: false, .. }
                | Block::ReturnFromModule { .. }
                | Block::Disconnect
                | Block::EndFlow
        )
    }

    pub(crate) fn transition(&self, kind: TransitionKind, target: Option<&Action>) -> Transition {
        Transition {
            action: self.identifier.clone(),
            kind,
            target: target.map(|action| action.identifier.clone()),
        }
    }

    /// Returns every transition that an execution can take from here.
    pub(crate) fn transitions<'a>(
        &'a self,
        actions: &'a [Action],
    ) -> impl Iterator<Item = Transition> + 'a {
        let next = self
            .next
            .filter(|_| self.follows_next())
            .map(|next| self.transition(TransitionKind::Next, actions.get(next)));
        let conditions = self
            .conditions
            .iter()
            .enumerate()
            .map(|(index, condition)| {
                let operand = condition.source.clone();
                let kind = TransitionKind::Condition { index, operand };
                self.transition(kind, actions.get(condition.target))
            });
        let errors = self.errors.iter().map(|branch| {
            let error_type = branch.error_type.clone();
            let kind = TransitionKind::Error { error_type };
            self.transition(kind, actions.get(branch.target))
        });
        let end = self
            .ends_flow()
            .then(|| self.transition(TransitionKind::Terminal, None));
        next.into_iter().chain(conditions).chain(errors).chain(end)
    }
}
