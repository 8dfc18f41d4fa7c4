//! Actions of a published flow, with parsed parameters, and with positions in place of identifiers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::condition::Condition;
use crate::reference::{Reference, Template};
use crate::{Key, ResponseType, Routing, Transition, TransitionKind};

/// An action of a flow.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Action {
    pub(crate) identifier: Arc<str>,
    pub(crate) kind: Arc<str>,
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
        time_limit: Duration,
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
    /// A type that the service knows, but that is not executed here.
    Unsupported,
}

/// A queue, or the agent whose own queue it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    Queue(Template),
    Agent(Template),
}

impl Block {
    /// Returns the block of a type for queues and callbacks, whose parameters have been checked;
    /// `None` for another type.
    pub(crate) fn of_queues(kind: &str, parameters: &Map<String, Value>) -> Option<Self> {
        // All scalars are texts, but the service takes numbers as well.
        let text = |name: &str| match parameters.get(name)? {
            Value::String(text) => Some(text.clone()),
            value => Some(value.to_string()),
        };
        let target = || {
            let queue = text("QueueId").map(|id| Target::Queue(Template::parse(&id)));
            queue.or(text("AgentId").map(|id| Target::Agent(Template::parse(&id))))
        };
        Some(match kind {
            "DequeueContactAndTransferToQueue" => Self::ChangeQueue { queue: target() },
            "TransferContactToAgent" => Self::TransferToAgent,
            "UpdateContactCallbackNumber" => Self::SetCallbackNumber {
                number: Reference::whole(&text("CallbackNumber")?)?,
            },
            "CreateCallbackContact" => Self::CreateCallback {
                queue: target(),
                delay: Duration::from_secs(text("InitialCallDelaySeconds")?.parse().ok()?),
                runs_flow: parameters.contains_key("ContactFlowId"),
            },
            "UpdateContactRoutingBehavior" => {
                let number = |name: &str| text(name)?.parse::<i64>().ok();
                let priority = number("QueuePriority").and_then(|n| u64::try_from(n).ok());
                Self::SetRouting(
                    priority
                        .map(Routing::Priority)
                        .or(number("QueueTimeAdjustmentSeconds").map(Routing::Age)),
                )
            }
            _ => return None,
        })
    }
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
    pub(crate) next_key: Duration,
    pub(crate) terminator: Vec<Key>,
    pub(crate) cancel_key: bool,
    pub(crate) validation: InputValidation,
}

/// The kind of input that is accepted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum InputValidation {
    Length(usize),
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
            // Never executed, but its transitions are listed, so that coverage cannot hide them.
            Block::Unsupported
            | Block::PlayPrompt { .. }
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
