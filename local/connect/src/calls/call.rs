//! A call: provides what the execution requests, and records what happens.

mod queued;
mod recording;
mod tested;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use connect_flow::{
    Callback, Contact, DialOutcome, Ending, Execution, Input, Output, OutsideBlock, Participant,
    Prompt, PromptSource, QueueEntry, TraceEvent, speaking_time,
};
use time::OffsetDateTime;

use super::agents::{Agents, describe};
use super::bot;
use super::conversation::{CallEvent, Spoken};
use super::encryption;
use super::flow_log::FlowLog;
use super::functions;
use super::history::Recorder;
use super::line_outcome;
use super::outside::{Moment, Outside};
use super::record::InvokedFunction;
use super::script::CallScript;
use super::testing::Tester;
use super::typing::{Stroke, Typing};
use crate::state::DisconnectReason;
use crate::{ConnectService, InstanceFacts};
use queued::{Waiting, staffing};
use tested::Tested;

/// The time on the call's clock after which a caller who hears the same music hangs up. Without
/// this limit, a call in a queue without an agent would never end.
const LONGEST_CALL: Duration = Duration::from_secs(60 * 60);

/// The end of a call that StopContact ends: the line hangs up.
const STOPPED: Ending = Ending::Disconnected;

/// A call in progress, or after its end.
pub struct Call {
    connect: Arc<ConnectService>,
    instance: InstanceFacts,
    execution: Execution,
    outside: Outside,
    log: FlowLog,
    gives_up_at: OffsetDateTime,
    /// The id of the current contact.
    contact_id: String,
    agents: Agents,
    in_queue: Option<Waiting>,
    /// Callbacks that flows requested, in order.
    callbacks: VecDeque<Callback>,
    waiting: Option<Output>,
    /// The participant who left the current contact.
    left_by: Option<DisconnectReason>,
    /// The id of the contact that StopContact ended, when its flow ends for that.
    stopped: Option<String>,
    ending: Option<Ending>,
    events: Vec<CallEvent>,
    trace: Vec<TraceEvent>,
    /// The recorder for the account's history; absent for the contact of a test case.
    recorder: Option<Recorder>,
    /// The test case that plays the customer.
    tester: Option<Box<Tester>>,
    /// Whether the contact stays in its queue after the end of its test.
    stays_in_queue: bool,
}

/// The caller's behavior when all keys are pressed and the line waits.
enum WhenWaiting {
    /// The caller does nothing yet: `run` returns.
    Return,
    /// The caller stays silent until the line's time-out, once.
    StaySilent,
}

impl Call {
    pub(super) fn new(
        connect: Arc<ConnectService>,
        instance: InstanceFacts,
        execution: Execution,
        script: CallScript,
        agents: Agents,
    ) -> Self {
        let log = FlowLog::new(&instance, execution.now());
        let gives_up_at = execution.now() + LONGEST_CALL;
        Self {
            connect,
            instance,
            contact_id: execution.contact().id.clone(),
            execution,
            outside: Outside::new(script),
            log,
            gives_up_at,
            agents,
            in_queue: None,
            callbacks: VecDeque::new(),
            waiting: None,
            left_by: None,
            stopped: None,
            ending: None,
            events: Vec::new(),
            trace: Vec::new(),
            recorder: None,
            tester: None,
            stays_in_queue: false,
        }
    }

    /// Records the call in the history of the account.
    pub(super) fn keep_record(&mut self) {
        self.execution.observe_visits();
        let recorder = Recorder::new(&self.connect.history, &self.instance, &self.execution);
        self.recorder = Some(recorder);
    }

    pub(super) async fn begin(&mut self) {
        self.record(&Output::NewContact);
        let first = self.resume(Input::Start);
        self.run(first, Typing::default(), WhenWaiting::Return)
            .await;
    }

    /// Presses keys one after the other, the first one while the line waits. From then on the call's clock
    /// decides: keys that are pressed while the line does not listen, as during a pause or a function, are lost
    /// unless the flow has switched the touch-tone buffer on, as on a real line.
    pub async fn press<S: Into<Stroke> + Copy>(&mut self, strokes: &[S]) {
        let Some(waiting) = self.waiting.take() else {
            return;
        };
        let typing = Typing::new(self.execution.now(), strokes);
        self.events.push(CallEvent::Pressed { keys: typing.len() });
        if typing.is_empty() {
            self.waiting = Some(waiting);
            return;
        }
        self.run(waiting, typing, WhenWaiting::Return).await;
    }

    /// Stays silent until the line stops waiting.
    pub async fn wait(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            self.run(waiting, Typing::default(), WhenWaiting::StaySilent)
                .await;
        }
    }

    /// Hangs up. Does nothing if the call is already over.
    pub async fn hang_up(&mut self) {
        let Some(waiting) = self.waiting.take() else {
            return;
        };
        let next = match self.is_stopped() {
            true => waiting,
            false => self.resume(Input::HungUp),
        };
        self.run(next, Typing::default(), WhenWaiting::Return).await;
    }

    /// Reports whether the line waits for keys.
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some() && !self.is_stopped()
    }

    /// Returns the end of the call, or `None` while it is in progress.
    pub fn ending(&self) -> Option<&Ending> {
        match &self.ending {
            None if self.is_stopped() => Some(&STOPPED),
            ending => ending.as_ref(),
        }
    }

    /// Returns the contact, as Connect describes it.
    pub fn contact(&self) -> &Contact {
        self.execution.contact()
    }

    /// Returns everything that happened so far.
    pub fn events(&self) -> &[CallEvent] {
        &self.events
    }

    /// Returns the texts that the caller heard so far.
    pub fn heard(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|event| match event {
                CallEvent::Heard(spoken) => Some(spoken.text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Returns the blocks and transitions that were executed.
    pub fn trace(&self) -> &[TraceEvent] {
        &self.trace
    }

    /// Runs the flow until it waits for the caller and no key is left, or until the end.
    async fn run(&mut self, output: Output, typing: Typing, when_waiting: WhenWaiting) {
        self.run_on(output, typing, when_waiting).await;
        let waiting = self.is_waiting();
        if let Some(recorder) = &mut self.recorder {
            recorder.events(&self.events);
            recorder.pause(&self.connect.history, waiting);
        }
    }

    async fn run_on(
        &mut self,
        mut output: Output,
        mut typing: Typing,
        mut when_waiting: WhenWaiting,
    ) {
        loop {
            self.collect(&output).await;
            let tested = self.test(&output, &mut typing);
            let input = match output {
                Output::Ended(ending) => {
                    self.contact_ended(&ending);
                    let ending = match self.stopped.take() {
                        Some(_) => STOPPED,
                        None => ending,
                    };
                    self.events.push(CallEvent::ended(&ending));
                    // The ending of a call is that of the caller's own, not that of a callback.
                    self.ending.get_or_insert(ending);
                    match self.call_back() {
                        Some(next) => {
                            output = next;
                            continue;
                        }
                        None => return,
                    }
                }
                _ if self.stopped.is_none() && self.is_stopped() => {
                    self.stopped = Some(self.contact_id.clone());
                    self.left_by = Some(DisconnectReason::Api);
                    Input::HungUp
                }
                _ if tested == Tested::HangsUp => Input::HungUp,
                _ if tested == Tested::Leaves => {
                    self.stays_in_queue = true;
                    return;
                }
                _ if self.execution.now() > self.gives_up_at => {
                    // A disconnect flow that runs after that ends sooner or later, too.
                    self.gives_up_at = self.execution.now() + LONGEST_CALL;
                    Input::HungUp
                }
                ref output
                    if let Some(answer) = self.agent_answers(output, &typing, &when_waiting) =>
                {
                    answer
                }
                // Agents press no keys, and neither does the customer of a callback.
                Output::AwaitKey { .. }
                    if self.execution.listener() == Participant::Agent || self.ending.is_some() =>
                {
                    Input::TimeReached
                }
                Output::AwaitKey { until } => {
                    match (typing.next(self.execution.now(), until), &when_waiting) {
                        (Some((key, after)), _) => Input::KeyPressed { key, after },
                        // The caller pauses for longer than the line waits.
                        (None, _) if !typing.is_empty() => {
                            self.events.push(CallEvent::Silence);
                            Input::TimeReached
                        }
                        (None, WhenWaiting::StaySilent) => {
                            when_waiting = WhenWaiting::Return;
                            self.events.push(CallEvent::Silence);
                            Input::TimeReached
                        }
                        // The test case alone presses keys, so the line's time-out is reached.
                        (None, WhenWaiting::Return) if self.tester.is_some() => {
                            self.events.push(CallEvent::Silence);
                            Input::TimeReached
                        }
                        (None, WhenWaiting::Return) => {
                            self.waiting = Some(output);
                            return;
                        }
                    }
                }
                Output::Play(prompt) => self.play(prompt, &mut typing),
                Output::Outside(block) => self.outside(&block, &mut typing),
                other => self.provide(other, &mut typing).await,
            };
            output = self.resume(input);
        }
    }

    /// Answers the pending output.
    fn resume(&mut self, input: Input) -> Output {
        self.take_changes();
        self.leaving(&input);
        self.execution.resume(input)
    }

    fn play(&mut self, prompt: Prompt, typing: &mut Typing) -> Input {
        let text = match prompt.source {
            PromptSource::Text(text) | PromptSource::Ssml(text) => text,
            PromptSource::Recording(name) | PromptSource::Media(name) => name,
        };
        let took = speaking_time(&text);
        let spoken = Spoken {
            text,
            voice: prompt.voice.name,
            language_code: prompt.language_code,
        };
        if self.execution.listener() == Participant::Agent {
            self.events.push(CallEvent::HeardByAgent(spoken));
            return Input::Played { took };
        }
        self.events.push(CallEvent::Heard(spoken));
        let now = self.execution.now();
        // The caller presses all keys while an announcement plays to its end.
        if !prompt.interruptible {
            let keys = typing.until(now + took);
            return Input::PlayedOver { keys, took };
        }
        match typing.next(now, now + took) {
            Some((key, after)) => Input::KeyPressed { key, after },
            None => Input::Played { took },
        }
    }

    /// Reports the keys that are pressed until the moment `end` while the line does not listen.
    fn press_meanwhile(&mut self, typing: &mut Typing, end: OffsetDateTime) {
        for key in typing.until(end) {
            self.execution.press_meanwhile(key);
        }
    }

    /// Provides everything that is not up to the caller.
    async fn provide(&mut self, output: Output, typing: &mut Typing) -> Input {
        match output {
            Output::InvokeFunction(mut call) => {
                let mocked = self.mocked_function(&mut call);
                let asynchronous = call.asynchronous;
                let function_arn = call.function_arn.clone();
                let invoked = self
                    .recorder
                    .is_some()
                    .then(|| InvokedFunction::begin(&call));
                let (answer, took) = match mocked {
                    Some(mocked) => mocked,
                    None => {
                        let trace_id = invoked.as_ref().map(|invoked| invoked.trace_id.clone());
                        functions::invoke(self.connect.ports(), &self.instance, call, trace_id)
                            .await
                    }
                };
                self.answered(asynchronous, &answer);
                if let (Some(recorder), Some(mut invoked)) = (&self.recorder, invoked) {
                    invoked.answered(&answer);
                    recorder.invoked(invoked);
                }
                self.events.push(CallEvent::FunctionInvoked {
                    function_arn,
                    succeeded: answer.is_ok(),
                    took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                    outcome: answer
                        .as_deref()
                        .ok()
                        .and_then(line_outcome::of_answer)
                        .map(|outcome| outcome.code.to_owned()),
                });
                self.press_meanwhile(typing, self.execution.now() + took);
                Input::FunctionAnswered { answer, took }
            }
            Output::LoadFlow { id, module } => {
                let found = if module {
                    self.connect.load_module(&self.instance, &id)
                } else {
                    self.connect.load_flow(&self.instance, &id)
                };
                Input::FlowLoaded(found.map(Box::new))
            }
            Output::LoadDefaultFlow { kind } => {
                Input::FlowLoaded(self.default_flow(kind).map(Box::new))
            }
            Output::FindAgentQueue { agent } => Input::QueueFound(self.agents.queue_of(&agent)),
            Output::NewContact => Input::ContactId(uuid::Uuid::new_v4().to_string()),
            Output::CheckDialable { .. } => Input::Dialable(self.instance.outbound_calls),
            Output::CreateCallback(callback) => self.create_callback(*callback),
            // No agent of the script comes; `agent_answers` found none.
            Output::AwaitAgent(_) => Input::TimeReached,
            Output::Connected(agent) => {
                let (action, after) = self.agents.act();
                self.events.push(CallEvent::Agent {
                    name: agent.user_name,
                    did: describe(&action),
                });
                Input::AgentActed { action, after }
            }
            Output::FindQueue { id } => Input::QueueFound(
                self.connect
                    .find_queue(&self.instance, &id)
                    .map(|found| found.queue),
            ),
            Output::CheckHours {
                hours_of_operation_id,
                at,
            } => Input::Hours(self.tested_hours(hours_of_operation_id, at, typing)),
            Output::DrawPercent => Input::Drawn(rand::random_range(1..=100)),
            Output::EnterQueue(queue) => Input::QueueEntered(self.tested_queue(&queue.arn, typing)),
            // A third party never answers: the account has one telephone, the caller's.
            Output::Dial {
                returns,
                time_limit,
                ..
            } => {
                let took = time_limit.min(Duration::from_secs(1));
                self.press_meanwhile(typing, self.execution.now() + took);
                let outcome = self.dial_out(returns);
                Input::Dialled { outcome, took }
            }
            Output::Encrypt(input) => {
                Input::Encrypted(encryption::encrypt(&input).map_err(|error| error.to_string()))
            }
            // A wait in the flow; the virtual clock skips it.
            Output::Sleep { until } => {
                self.press_meanwhile(typing, until);
                Input::TimeReached
            }
            // Up to the caller; `run` handles these itself.
            Output::Play(_) | Output::AwaitKey { .. } | Output::Outside(_) | Output::Ended(_) => {
                Input::HungUp
            }
        }
    }

    pub(super) fn hours(
        &mut self,
        hours_of_operation_id: Option<String>,
        at: OffsetDateTime,
    ) -> Option<bool> {
        let id = hours_of_operation_id.or_else(|| self.hours_of_queue())?;
        match self.connect.hours_open(&self.instance, &id, at) {
            Ok(open) => open,
            Err(error) => {
                self.events.push(CallEvent::Warning {
                    block: id,
                    message: error.to_string(),
                });
                None
            }
        }
    }

    /// Returns the id of the hours of operation of the target queue.
    pub(super) fn hours_of_queue(&self) -> Option<String> {
        let queue = self.execution.contact().queue.as_ref()?;
        let found = self.connect.find_queue(&self.instance, &queue.arn)?;
        Some(found.hours_of_operation_id)
    }

    /// Provides the effect of a block that lies outside of the flow.
    fn outside(&mut self, block: &OutsideBlock, typing: &mut Typing) -> Input {
        if let Some(key) = block.key {
            bot::take_input(key, typing);
        }
        if let Some(mocked) = self.mocked_bot(block) {
            return Input::OutsideAnswered(mocked);
        }
        let now = self.execution.now();
        let waiting = self.in_queue.as_ref();
        let moment = Moment {
            connect: &self.connect,
            instance: &self.instance,
            contact: self.execution.contact(),
            staffing: &|queue| staffing(&self.agents, waiting, now, Some(queue)),
        };
        let (answer, event) = self.outside.answer(&moment, block);
        self.events.extend(event);
        Input::OutsideAnswered(answer)
    }

    pub(super) fn enter_queue(&self, queue: &str) -> QueueEntry {
        // An agent's own queue has no record here.
        if queue.contains("/queue/agent/") {
            return QueueEntry::Entered;
        }
        match self.connect.find_queue(&self.instance, queue) {
            None => QueueEntry::Failed,
            Some(found) if !found.enabled => QueueEntry::Failed,
            Some(found) if found.max_contacts == Some(0) => QueueEntry::AtCapacity,
            Some(_) => QueueEntry::Entered,
        }
    }

    /// An instance without outbound calls cannot connect a caller with a third party.
    fn dial_out(&self, returns: bool) -> DialOutcome {
        match (self.instance.outbound_calls, returns) {
            (false, _) => DialOutcome::Failed,
            (true, true) => DialOutcome::ReturnedAfterCall,
            (true, false) => DialOutcome::Connected,
        }
    }

    /// Records the events of the execution since the last time.
    async fn collect(&mut self, output: &Output) {
        let trace = self.execution.take_trace();
        if let Some(recorder) = &mut self.recorder {
            recorder.events(&self.events);
            recorder.trace(&trace, &self.execution);
        }
        for event in trace {
            if let TraceEvent::Warning {
                action, message, ..
            } = &event
            {
                self.events.push(CallEvent::Warning {
                    block: action.to_string(),
                    message: message.clone(),
                });
            }
            self.trace.push(event);
        }
        self.contact_changed();
        self.record(output);
        let records = self.execution.take_log();
        if let Some(recorder) = &self.recorder {
            recorder.log(&records);
        }
        self.log.write(&self.connect.ports().logs, records).await;
    }
}
