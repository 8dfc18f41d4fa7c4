//! The state machine that carries a contact through its flows.

mod agent;
mod branching;
mod collector;
mod data;
mod encryption;
mod function;
mod input;
mod loops;
mod modules;
mod outside;
mod pending;
mod queue;
mod repeats;
mod scope;
mod talking;
mod transfers;
mod transitions;
mod values;
mod waits;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use crate::action::{Action, Block};
use crate::reference::Reference;
use crate::{
    Contact, Ending, Flow, FlowKind, FlowLogRecord, Input, Key, LoadedFlow, Output, Participant,
    Queue, StopReason, TraceEvent,
};
use agent::Stage;
use loops::Interrupted;
use pending::Pending;
use repeats::Repeats;
use scope::Scope;

/// The maximum number of outputs without a key and without progress of the clock; more mean that
/// a block loops within itself, through prompts that take no time.
const MOST_IDLE_OUTPUTS: u32 = 10_000;

const NO_MATCH: &str = "NoMatchingError";
const NO_CONDITION: &str = "NoMatchingCondition";

/// A contact that passes through its flows.
///
/// Drive it with [`Execution::resume`]: the first input is [`Input::Start`], every other one
/// answers the output before it. The clock advances only by the times in inputs.
///
/// ```
/// # use connect_flow::*;
/// # use std::time::Duration;
/// let content = r#"{ "Version": "2019-10-30", "StartAction": "greet", "Actions": [
///     { "Identifier": "greet", "Type": "MessageParticipant", "Parameters": { "Text": "Hello" },
///       "Transitions": { "NextAction": "bye" } },
///     { "Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {},
///       "Transitions": {} } ] }"#;
/// let flow = LoadedFlow {
///     id: "f-1".into(),
///     arn: "arn:aws:connect:ap-northeast-1:000000000000:instance/i/contact-flow/f-1".into(),
///     name: "main".into(),
///     kind: FlowKind::ContactFlow,
///     flow: Flow::publish(content, FlowKind::ContactFlow).map_err(|p| p[0].message.clone())?,
/// };
/// let caller = Some(Endpoint::telephone("+819000000001"));
/// let called = Endpoint::telephone("+815000000002");
/// let contact = Contact::inbound("c-1", "arn:i", "ap-northeast-1", caller, called);
/// let mut call = Execution::new(contact, flow, time::OffsetDateTime::UNIX_EPOCH);
/// assert!(matches!(call.resume(Input::Start), Output::Play(_)));
/// let took = Duration::from_secs(1);
/// assert_eq!(call.resume(Input::Played { took }), Output::Ended(Ending::Disconnected));
/// # Ok::<(), String>(())
/// ```
pub struct Execution {
    contact: Contact,
    contact_id: Arc<str>,
    now: OffsetDateTime,
    flow: Arc<Running>,
    /// The position of the current action.
    at: usize,
    scope: Scope,
    /// The flows and modules that wait for the current module to return, outermost first.
    callers: Vec<Caller>,
    pending: Pending,
    logging: bool,
    log: Vec<FlowLogRecord>,
    trace: Vec<TraceEvent>,
    /// Whether the trace has the values that each action meets.
    observed: bool,
    /// Keys that were pressed ahead, if the touch-tone buffer is on.
    typed_ahead: Option<VecDeque<Key>>,
    hooks: BTreeMap<&'static str, String>,
    /// Hooks for which no flow runs.
    disabled_hooks: BTreeSet<&'static str>,
    /// Error types to fail with, by action identifier.
    faults: BTreeMap<String, String>,
    /// The part of the contact's life that the current flow belongs to.
    stage: Stage,
    /// The loop of prompts whose interrupt's branch is running.
    interrupted: Option<Interrupted>,
    /// Whether the caller has hung up; only a disconnect flow runs after that.
    caller_gone: bool,
    /// The time spent in functions since the last prompt.
    in_functions: Duration,
    repeats: Repeats,
    idle_outputs: u32,
}

/// The current flow.
struct Running {
    id: Arc<str>,
    arn: Arc<str>,
    name: Arc<str>,
    kind: FlowKind,
    flow: Flow,
}

impl From<LoadedFlow> for Running {
    fn from(loaded: LoadedFlow) -> Self {
        Self {
            id: loaded.id.into(),
            arn: loaded.arn.into(),
            name: loaded.name.into(),
            kind: loaded.kind,
            flow: loaded.flow,
        }
    }
}

/// The position to continue at after a module.
struct Caller {
    flow: Arc<Running>,
    at: usize,
    scope: Scope,
}

/// The outcome of a block.
enum Step {
    /// Success without a result.
    Done,
    /// Success with this result; with `None`, an undefined result, no condition is true.
    Result(Option<String>),
    /// Failure with this error type.
    Failed(&'static str),
    /// Continue with this action, independent of the transitions.
    Enter(usize),
    /// Return this output to the driver, and wait for its answer.
    Ask(Output, Pending),
    /// The end of the execution.
    End(Ending),
}

impl Execution {
    /// Creates the execution of a contact that enters `flow` at the moment `now`. Nothing runs
    /// before the first [`Execution::resume`].
    pub fn new(contact: Contact, flow: LoadedFlow, now: OffsetDateTime) -> Self {
        Self::in_flow(contact, Arc::new(flow.into()), now)
    }

    fn in_flow(contact: Contact, flow: Arc<Running>, now: OffsetDateTime) -> Self {
        Self {
            contact_id: contact.id.as_str().into(),
            contact,
            now,
            flow,
            at: 0,
            scope: Scope::default(),
            callers: Vec::new(),
            pending: Pending::Start,
            logging: false,
            log: Vec::new(),
            trace: Vec::new(),
            observed: false,
            typed_ahead: None,
            hooks: BTreeMap::new(),
            disabled_hooks: BTreeSet::new(),
            faults: BTreeMap::new(),
            stage: Stage::Flow,
            interrupted: None,
            caller_gone: false,
            in_functions: Duration::ZERO,
            repeats: Repeats::new(repeats::MOST_REPEATS),
            idle_outputs: 0,
        }
    }

    /// Takes the answer to the last output, and runs until the next output.
    ///
    /// An input that does not answer the output ends the execution with [`StopReason::WrongInput`],
    /// and so does any input after the end. [`Input::HungUp`] answers every output.
    pub fn resume(&mut self, input: Input) -> Output {
        let pending = mem::replace(&mut self.pending, Pending::Over);
        let mut step = self.answer(pending, input);
        loop {
            let over = self.stage.ends_at().is_some_and(|end| end <= self.now);
            if over && !matches!(step, Step::End(_)) {
                step = self.hold_over();
            }
            step = match step {
                Step::Ask(_, pending) if self.caller_gone && pending.needs_caller() => {
                    self.without_caller(pending)
                }
                Step::Enter(index) => self.enter(index),
                Step::Done => self.take_next(),
                Step::Result(result) => self.take_result(result.as_deref()),
                Step::Failed(error) => self.take_error(error),
                Step::Ask(output, pending) => {
                    self.idle_outputs += 1;
                    if self.idle_outputs <= MOST_IDLE_OUTPUTS {
                        self.pending = pending;
                        return output;
                    }
                    self.endless(MOST_IDLE_OUTPUTS)
                }
                Step::End(ending) => return Output::Ended(ending),
            };
        }
    }

    /// Returns the contact in its current state.
    pub fn contact(&self) -> &Contact {
        &self.contact
    }

    /// Returns the value of a reference such as `$.Attributes.campaign`, as the next block would read it;
    /// `None` if it is undefined, or not a reference.
    pub fn read(&self, reference: &str) -> Option<String> {
        let reference = Reference::whole(reference)?;
        self.view().text(&reference).map(Cow::into_owned)
    }

    /// Returns the current time of the execution's clock.
    pub fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// Returns the flow log's lines since the last call, oldest first. There are none while logging
    /// is off, which is the default until an UpdateFlowLoggingBehavior block.
    pub fn take_log(&mut self) -> Vec<FlowLogRecord> {
        mem::take(&mut self.log)
    }

    /// Returns the trace since the last call, oldest first.
    pub fn take_trace(&mut self) -> Vec<TraceEvent> {
        mem::take(&mut self.trace)
    }

    /// Adds the values that each action meets to the trace from now on.
    pub fn observe_visits(&mut self) {
        self.observed = true;
    }

    /// Returns the flow, as id or ARN, that UpdateContactEventHooks has set for a hook such as
    /// `CustomerQueue` or `CustomerRemaining` (the disconnect flow).
    pub fn event_hook(&self, hook: &str) -> Option<&str> {
        self.hooks.get(hook).map(String::as_str)
    }

    /// Makes every action with this identifier, in any flow, fail with this error type (such as
    /// `NoMatchingError`) instead of running. For tests: many required error branches cannot be
    /// reached in any other way.
    pub fn fail_at(&mut self, identifier: impl Into<String>, error_type: impl Into<String>) {
        self.faults.insert(identifier.into(), error_type.into());
    }

    /// Reports a key that the caller pressed while the pending output was not about keys, as during a pause or
    /// a function. The line does not listen then: the key is kept if the touch-tone buffer is on, and lost
    /// otherwise.
    pub fn press_meanwhile(&mut self, key: Key) {
        self.type_ahead(key);
    }

    /// Lets time pass before the pending output is answered, for outputs whose answer has no duration of its
    /// own: a check of hours, or the entry of a queue.
    pub fn pass_meanwhile(&mut self, time: Duration) {
        self.pass(time);
    }

    /// Sets how often a block may repeat without input or a wait before the execution stops with
    /// [`StopReason::EndlessLoop`]; 100 unless it is set. Prompts and functions are no waits.
    pub fn limit_repeats(&mut self, most: u32) {
        self.repeats.limit(most);
    }

    /// Returns the id of the current flow or module, and the identifier of the current action,
    /// which is empty before the start.
    pub fn position(&self) -> (&str, &str) {
        let action = match self.pending {
            Pending::Start => None,
            _ => self.flow.flow.action(self.at),
        };
        (
            &self.flow.id,
            action.map_or("", |action| &action.identifier),
        )
    }

    /// Returns the queue in which the contact waits, and in which an agent can answer it.
    pub fn queued(&self) -> Option<&Queue> {
        self.stage.queue()
    }

    /// Returns the participant who hears the current prompt and presses the awaited keys.
    pub fn listener(&self) -> Participant {
        self.stage.listener()
    }

    fn enter(&mut self, index: usize) -> Step {
        if let Some(step) = self.return_to_wait(index) {
            return step;
        }
        self.at = index;
        let flow = Arc::clone(&self.flow);
        let Some(action) = flow.flow.action(index) else {
            return broken(format!("no action at position {index}"));
        };
        if matches!(action.block, Block::LoopPrompts { .. }) {
            // The caller waits, here and in everything that interrupts the prompts.
            self.repeats.forget();
        }
        let actions = flow.flow.actions().len();
        if self.repeats.exceeded(&flow.id, actions, index) {
            return self.endless(self.repeats.most());
        }
        self.trace.push(TraceEvent::Entered {
            flow_id: flow.id.clone(),
            action: action.identifier.clone(),
            kind: action.kind.clone(),
            at: self.now,
            visit: self.observed.then(|| Arc::new(self.visit(action))),
        });
        if let Some(error) = self.faults.get(&*action.identifier).cloned() {
            return self.take_error(&error);
        }
        self.run(action)
    }

    fn run(&mut self, action: &Action) -> Step {
        if self.contact.is_chat() && action.block.needs_call() {
            return self.fail("the contact must be a call");
        }
        match &action.block {
            Block::PlayPrompt {
                prompt,
                skip_when_buffered,
            } => self.play_prompt(action, prompt, *skip_when_buffered),
            Block::LoopPrompts {
                messages,
                interrupt,
                ..
            } => self.loop_prompts(action, messages, *interrupt),
            Block::Menu { prompt, .. } => self.menu(action, prompt),
            Block::StoreInput(spec) => self.store_input(action, spec),
            Block::TouchToneBuffer {
                enable,
                store,
                encryption,
            } => self.set_buffer(*enable, *store, encryption.as_ref()),
            Block::Compare { value } => self.compare(action, value),
            Block::Loop { count } => self.count(action, count),
            Block::Distribute => Step::Ask(Output::DrawPercent, Pending::Draw),
            Block::CheckHours { hours } => self.check_hours(action, hours.as_ref()),
            Block::Wait {
                time_limit,
                for_event,
                keeps_running,
            } => self.wait(action, time_limit, *for_event, *keeps_running),
            Block::SetAttributes {
                attributes,
                related,
            } => self.set_attributes(action, attributes, *related),
            Block::SetFlowAttributes { attributes } => self.set_flow_attributes(action, attributes),
            Block::SetContactData { fields, related } => {
                self.set_contact_data(action, fields, *related)
            }
            Block::SetVoice {
                voice,
                engine,
                style,
            } => self.set_voice(action, voice, engine.as_ref(), style.as_ref()),
            Block::SetLogging { enabled } => self.set_logging(action, *enabled),
            Block::SetRecording { participants } => self.set_recording(action, participants),
            Block::SetEventHook {
                hook,
                flow,
                disabled,
            } => self.set_event_hook(action, hook, flow, *disabled),
            Block::Tag { tags } => self.tag(action, tags),
            Block::Untag { keys } => self.untag(action, keys),
            Block::SetQueue { queue } => self.set_queue(action, queue),
            Block::SetAgentQueue { agent } => self.set_agent_queue(action, agent),
            Block::EnterQueue => self.enter_queue(action),
            Block::ChangeQueue { queue } => self.change_queue(action, queue.as_ref()),
            Block::TransferToAgent => self.transfer_to_agent(action),
            Block::SetCallbackNumber { number } => self.set_callback_number(action, number),
            Block::CreateCallback {
                queue, runs_flow, ..
            } => self.create_callback(action, queue.as_ref(), *runs_flow),
            Block::SetRouting(routing) => self.set_routing(action, *routing),
            Block::TransferToFlow { flow } => self.transfer_to_flow(action, flow),
            Block::Dial {
                number,
                time_limit,
                returns,
            } => self.dial(action, number, time_limit, *returns),
            Block::InvokeFunction(call) => self.invoke_function(action, call),
            Block::InvokeModule { module, input } => self.invoke_module(action, module, input),
            Block::ReturnFromModule { result, data } => {
                self.return_from_module(action, result.as_ref(), data)
            }
            Block::Disconnect => {
                self.log(action, "Disconnect", None, Vec::new);
                self.leave(action);
                self.flow_over(Ending::Disconnected)
            }
            Block::EndFlow => {
                self.log(action, "Resume", None, Vec::new);
                self.leave(action);
                self.flow_over(Ending::FlowEnded)
            }
            Block::Outside { prompt, .. } => self.outside(action, prompt.as_ref()),
        }
    }

    fn with_action(&mut self, act: impl FnOnce(&mut Self, &Action) -> Step) -> Step {
        let flow = Arc::clone(&self.flow);
        match flow.flow.action(self.at) {
            Some(action) => act(self, action),
            None => broken(format!("no action at position {}", self.at)),
        }
    }

    /// Stops a flow at the current action, which would repeat without end.
    fn endless(&mut self, times: u32) -> Step {
        self.with_action(|_, action| {
            Step::End(Ending::Stopped(StopReason::EndlessLoop {
                identifier: action.identifier.to_string(),
                times,
            }))
        })
    }

    fn pass(&mut self, time: Duration) {
        if !time.is_zero() {
            self.idle_outputs = 0;
            // In a queue the caller waits for an agent, whatever the flow does meanwhile.
            if self.scope.kept_wait.is_some() || self.queued().is_some() {
                self.repeats.forget();
            }
        }
        self.now = self.bounded(self.after(time));
    }

    fn pass_until(&mut self, moment: OffsetDateTime) {
        if moment > self.now {
            self.idle_outputs = 0;
            self.now = self.bounded(moment);
        }
    }

    /// Returns the moment, or that of the end of a hold before it.
    fn bounded(&self, moment: OffsetDateTime) -> OffsetDateTime {
        self.stage.ends_at().map_or(moment, |end| moment.min(end))
    }

    fn after(&self, time: Duration) -> OffsetDateTime {
        let time = time::Duration::try_from(time).unwrap_or(time::Duration::MAX);
        self.now.saturating_add(time)
    }

    /// Handles a key that no block waits for: it is kept if the touch-tone buffer is on, and lost
    /// otherwise.
    fn type_ahead(&mut self, key: Key) {
        const LONGEST_BUFFER: usize = 30;
        self.idle_outputs = 0;
        if let Some(keys) = self
            .typed_ahead
            .as_mut()
            .filter(|k| k.len() < LONGEST_BUFFER)
        {
            keys.push_back(key);
        }
    }
}

/// Shows the position of the execution, but no prompts or input.
impl fmt::Debug for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (flow, action) = self.position();
        f.debug_struct("Execution")
            .field("contact", &self.contact.id)
            .field("flow", &flow)
            .field("action", &action)
            .field("now", &self.now)
            .field("waits_for", &self.pending.question())
            .finish_non_exhaustive()
    }
}

fn broken(detail: impl Into<String>) -> Step {
    Step::End(Ending::Stopped(StopReason::Broken {
        detail: detail.into(),
    }))
}
