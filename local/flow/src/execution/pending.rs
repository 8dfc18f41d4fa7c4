//! The pending request of an execution, and the handling of its answer.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::collector::Collector;
use super::{Execution, Step};
use crate::{Ending, Input, StopReason};

/// The pending request.
pub(super) enum Pending {
    /// Nothing has run yet.
    Start,
    /// A prompt that keys do not interrupt.
    Prompt,
    /// One of the prompts of a loop.
    LoopedPrompt {
        index: usize,
        /// The time when the loop began, or was last interrupted.
        since: OffsetDateTime,
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
    QueueFlow {
        id: String,
    },
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
    QueueEntry,
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
            Self::Sleep { .. } => "Sleep",
            Self::Function => "InvokeFunction",
            Self::FlowToEnter { .. } | Self::QueueFlow { .. } | Self::Module { .. } => "LoadFlow",
            Self::Queue { .. } => "FindQueue",
            Self::Hours { .. } => "CheckHours",
            Self::Draw => "DrawPercent",
            Self::QueueEntry => "EnterQueue",
            Self::Dial { .. } => "Dial",
            Self::Encryption => "Encrypt",
            Self::Outside => "Outside",
            Self::Over => "Ended",
        }
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
        Input::Dialled { .. } => "Dialled",
        Input::Encrypted(_) => "Encrypted",
        Input::OutsideAnswered(_) => "OutsideAnswered",
    }
}

impl Execution {
    pub(super) fn answer(&mut self, pending: Pending, input: Input) -> Step {
        match (pending, input) {
            (Pending::Start, Input::Start) => Step::Enter(self.flow.flow.start()),
            (pending, Input::HungUp) if !matches!(pending, Pending::Start | Pending::Over) => {
                Step::End(Ending::CallerHungUp)
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
            (Pending::LoopedPrompt { index, since }, Input::Played { took }) => {
                self.pass(took);
                self.next_looped_prompt(index, since)
            }
            (Pending::LoopedPrompt { index, since }, Input::PlayedOver { keys, took }) => {
                self.pass(took);
                keys.into_iter().for_each(|key| self.type_ahead(key));
                self.next_looped_prompt(index, since)
            }
            (Pending::LoopedPrompt { index, since }, Input::KeyPressed { key, after }) => {
                self.pass(after);
                self.type_ahead(key);
                self.next_looped_prompt(index, since)
            }
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
            (Pending::QueueFlow { id }, Input::FlowLoaded(flow)) => {
                self.queue_flow_loaded(id, flow)
            }
            (Pending::Module { id, input }, Input::FlowLoaded(module)) => {
                self.module_loaded(&id, input, module)
            }
            (Pending::Queue { id }, Input::QueueFound(queue)) => self.queue_found(&id, queue),
            (Pending::Hours { id }, Input::Hours(open)) => self.hours_checked(id, open),
            (Pending::Draw, Input::Drawn(percent @ 1..=100)) => self.drawn(percent),
            (Pending::QueueEntry, Input::QueueEntered(entry)) => self.queue_entered(entry),
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
