//! The pending request of an execution, and the handling of its answer.

use std::time::Duration;

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::agent::{HookFlow, NewContact};
use super::collector::Collector;
use super::{Execution, Step};
use crate::{Ending, Input, Queue, StopReason};

/// The pending request.
pub(super) enum Pending {
    /// Nothing has run yet.
    Start,
    /// A prompt that keys do not interrupt.
    Prompt,
    /// One of the prompts of a loop.
    LoopedPrompt {
        index: usize,
        /// The moment of the interrupt.
        cut_at: Option<OffsetDateTime>,
    },
    /// The rest of a prompt that went on during an interrupt.
    LoopRest {
        index: usize,
        cut_at: Option<OffsetDateTime>,
        rest: Duration,
    },
    MenuPrompt,
    MenuKey {
        until: OffsetDateTime,
    },
    StorePrompt(Collector),
    StoreKey {
        collector: Collector,
        until: OffsetDateTime,
    },
    Sleep {
        until: OffsetDateTime,
    },
    Function,
    FlowToEnter {
        id: String,
    },
    Hook(Box<HookFlow>),
    Module {
        id: String,
        input: Map<String, Value>,
    },
    Queue {
        id: String,
    },
    Hours {
        id: Option<String>,
    },
    Draw,
    QueueEntry {
        queue: Queue,
    },
    Agent,
    Connected,
    NewContact(NewContact),
    CallbackNumber {
        number: String,
    },
    Callback,
    Dial {
        number: String,
        returns: bool,
    },
    Encryption,
    OutsidePrompt,
    Outside,
    /// The execution has ended.
    Over,
}

impl Pending {
    /// Returns the name of the pending output.
    pub(super) fn question(&self) -> &'static str {
        match self {
            Self::Start => "the beginning",
            Self::Prompt
            | Self::LoopedPrompt { .. }
            | Self::MenuPrompt
            | Self::StorePrompt(_)
            | Self::OutsidePrompt => "Play",
            Self::MenuKey { .. } | Self::StoreKey { .. } => "AwaitKey",
            Self::Sleep { .. } | Self::LoopRest { .. } => "Sleep",
            Self::Function => "InvokeFunction",
            Self::FlowToEnter { .. } | Self::Hook(_) | Self::Module { .. } => "LoadFlow",
            Self::Queue { .. } => "FindQueue",
            Self::Hours { .. } => "CheckHours",
            Self::Draw => "DrawPercent",
            Self::QueueEntry { .. } => "EnterQueue",
            Self::Agent => "AwaitAgent",
            Self::Connected => "Connected",
            Self::NewContact(_) => "NewContact",
            Self::CallbackNumber { .. } => "CheckDialable",
            Self::Callback => "CreateCallback",
            Self::Dial { .. } => "Dial",
            Self::Encryption => "Encrypt",
            Self::Outside => "Outside",
            Self::Over => "Ended",
        }
    }

    /// Reports whether a caller hears a prompt, or is listened to.
    fn is_conversation(&self) -> bool {
        matches!(
            self,
            Self::Prompt
                | Self::LoopedPrompt { .. }
                | Self::LoopRest { .. }
                | Self::MenuPrompt
                | Self::MenuKey { .. }
                | Self::StorePrompt(_)
                | Self::StoreKey { .. }
        )
    }

    /// Reports whether the request needs a caller on the line.
    pub(super) fn needs_caller(&self) -> bool {
        self.is_conversation() || matches!(self, Self::QueueEntry { .. } | Self::Dial { .. })
    }

    /// Reports whether the answer takes time, so that an agent can come meanwhile.
    fn takes_time(&self) -> bool {
        self.is_conversation() || matches!(self, Self::Sleep { .. } | Self::Agent)
    }
}

/// Returns the name of an input, but never its content, which may be the caller's input.
fn name(input: &Input) -> &'static str {
    match input {
        Input::Start => "Start",
        Input::Played { .. } => "Played",
        Input::PlayedOver { .. } => "PlayedOver",
        Input::KeyPressed { .. } => "KeyPressed",
        Input::TimeReached => "TimeReached",
        Input::HungUp => "HungUp",
        Input::FunctionAnswered { .. } => "FunctionAnswered",
        Input::FlowLoaded(_) => "FlowLoaded",
        Input::QueueFound(_) => "QueueFound",
        Input::Hours(_) => "Hours",
        Input::Drawn(_) => "Drawn",
        Input::QueueEntered(_) => "QueueEntered",
        Input::AgentAnswered { .. } => "AgentAnswered",
        Input::AgentActed { .. } => "AgentActed",
        Input::ContactId(_) => "ContactId",
        Input::Dialable(_) => "Dialable",
        Input::CallbackCreated(_) => "CallbackCreated",
        Input::Dialled { .. } => "Dialled",
        Input::Encrypted(_) => "Encrypted",
        Input::OutsideAnswered(_) => "OutsideAnswered",
    }
}

impl Execution {
    pub(super) fn answer(&mut self, pending: Pending, input: Input) -> Step {
        match (pending, input) {
            (Pending::Start, Input::Start) => self.start(),
            (pending, Input::HungUp) if !matches!(pending, Pending::Start | Pending::Over) => {
                self.caller_hung_up()
            }
            (pending, Input::AgentAnswered { agent, after })
                if self.queued().is_some() && pending.takes_time() =>
            {
                self.pass(after);
                self.agent_answered(agent)
            }
            (Pending::Prompt, Input::Played { took }) => {
                self.pass(took);
                self.prompt_over()
            }
            (Pending::Prompt, Input::PlayedOver { keys, took }) => {
                self.pass(took);
                keys.into_iter().for_each(|key| self.type_ahead(key));
                self.prompt_over()
            }
            (Pending::Prompt, Input::KeyPressed { key, after }) => {
                self.pass(after);
                self.type_ahead(key);
                self.prompt_over()
            }
            (Pending::LoopedPrompt { index, cut_at }, Input::Played { took }) => {
                self.looped_prompt_played(index, cut_at, took, [])
            }
            (Pending::LoopedPrompt { index, cut_at }, Input::PlayedOver { keys, took }) => {
                self.looped_prompt_played(index, cut_at, took, keys)
            }
            (Pending::LoopedPrompt { index, cut_at }, Input::KeyPressed { key, after }) => {
                self.looped_prompt_played(index, cut_at, after, [key])
            }
            (
                Pending::LoopRest {
                    index,
                    cut_at,
                    rest,
                },
                Input::TimeReached,
            ) => self.looped_prompt_played(index, cut_at, rest, []),
            (Pending::MenuPrompt, Input::Played { took }) => {
                self.pass(took);
                self.await_menu_key()
            }
            (Pending::MenuPrompt, Input::KeyPressed { key, after }) => {
                self.pass(after);
                self.menu_key(key)
            }
            (Pending::MenuKey { until }, Input::KeyPressed { key, after }) => {
                if self.after(after) > until {
                    self.pass_until(until);
                    self.type_ahead(key);
                    return self.menu_timed_out();
                }
                self.pass(after);
                self.menu_key(key)
            }
            (Pending::MenuKey { until }, Input::TimeReached) => {
                self.pass_until(until);
                self.menu_timed_out()
            }
            (Pending::StorePrompt(collector), Input::Played { took }) => {
                self.pass(took);
                self.await_store_key(collector)
            }
            (Pending::StorePrompt(collector), Input::KeyPressed { key, after }) => {
                self.pass(after);
                self.store_key(collector, key)
            }
            (Pending::StoreKey { collector, until }, Input::KeyPressed { key, after }) => {
                if self.after(after) > until {
                    self.pass_until(until);
                    self.type_ahead(key);
                    return self.store_timed_out(collector);
                }
                self.pass(after);
                self.store_key(collector, key)
            }
            (Pending::StoreKey { collector, until }, Input::TimeReached) => {
                self.pass_until(until);
                self.store_timed_out(collector)
            }
            (Pending::Sleep { until }, Input::TimeReached) => {
                self.pass_until(until);
                self.waited()
            }
            (Pending::Function, Input::FunctionAnswered { answer, took }) => {
                self.pass(took);
                self.function_answered(answer, took)
            }
            (Pending::FlowToEnter { id }, Input::FlowLoaded(flow)) => self.flow_loaded(&id, flow),
            (Pending::Hook(hook), Input::FlowLoaded(flow)) => self.hook_loaded(*hook, flow),
            (Pending::Module { id, input }, Input::FlowLoaded(module)) => {
                self.module_loaded(&id, input, module)
            }
            (Pending::Queue { id }, Input::QueueFound(queue)) => self.queue_found(&id, queue),
            (Pending::Hours { id }, Input::Hours(open)) => self.hours_checked(id, open),
            (Pending::Draw, Input::Drawn(percent @ 1..=100)) => self.drawn(percent),
            (Pending::QueueEntry { queue }, Input::QueueEntered(entry)) => {
                self.queue_entered(queue, entry)
            }
            (Pending::Agent, Input::TimeReached) => self.no_agent(),
            (Pending::Connected, Input::AgentActed { action, after }) => {
                self.pass(after);
                self.agent_acted(action)
            }
            (Pending::NewContact(created), Input::ContactId(id)) => {
                self.contact_created(created, id)
            }
            (Pending::CallbackNumber { number }, Input::Dialable(dialable)) => {
                self.callback_number_checked(number, dialable)
            }
            (Pending::Callback, Input::CallbackCreated(created)) => self.callback_created(created),
            (Pending::Dial { number, returns }, Input::Dialled { outcome, took }) => {
                self.pass(took);
                self.dialled(number, returns, outcome)
            }
            (Pending::Encryption, Input::Encrypted(encrypted)) => self.encrypted(encrypted),
            (Pending::OutsidePrompt, Input::Played { took }) => {
                self.pass(took);
                self.ask_outside(None)
            }
            (Pending::OutsidePrompt, Input::KeyPressed { key, after }) => {
                self.pass(after);
                self.ask_outside(Some(key))
            }
            (Pending::Outside, Input::OutsideAnswered(answer)) => self.outside_answered(answer),
            (pending, input) => Step::End(Ending::Stopped(StopReason::WrongInput {
                input: name(&input).to_owned(),
                output: pending.question().to_owned(),
            })),
        }
    }
}
