//! A call whose customer is a test case: reports the events of the contact to it, and does what it says.

use std::mem;
use std::time::Duration;

use connect_flow::{
    Ending, Execution, FunctionCall, FunctionFailure, Input, Output, OutsideAnswer, OutsideBlock,
    Participant, PromptSource, Provided, ProvidedBranch, QueueEntry, TraceEvent, Transition,
    TransitionKind,
};
use connect_test_cases::{
    Effect, Event, Facts, FlowAction, FlowActionType, Heard, Report, Speech, Strategy,
};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{Call, WhenWaiting};
use crate::calls::bot;
use crate::calls::conversation::{CallEvent, keys};
use crate::calls::testing::{self, Tester};
use crate::calls::typing::Typing;
use crate::state::DisconnectReason;

/// The part of the customer in the next step of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tested {
    /// The call goes on.
    GoesOn,
    /// The customer hangs up, or the test is over.
    HangsUp,
    /// The test was stopped, and the contact stays in its queue until StopContact (recorded).
    Leaves,
}

/// The error type of a result that no condition names.
const NO_CONDITION: &str = "NoMatchingCondition";

/// Returns the names of the bot or the agent of a block.
fn outside_names(parameters: &Map<String, Value>) -> Vec<String> {
    let agent = parameters.get("AgentConfiguration");
    let agent = agent.and_then(|agent| agent.get("ApplicationId")?.as_str());
    let mut names = bot::names(parameters);
    names.extend(agent.map(str::to_owned));
    names
}

/// The contact's values.
struct Values<'a>(&'a Execution);

impl Facts for Values<'_> {
    fn read(&self, path: &str) -> Option<String> {
        self.0.read(path)
    }
}

impl Call {
    /// Runs the flow to the end of a test.
    pub(in crate::calls) async fn begin_test(&mut self, tester: Tester) {
        self.tester = Some(Box::new(tester));
        self.record(&Output::NewContact);
        let mut typing = Typing::default();
        let over = match self.stops() {
            true => true,
            false => self.observe(&Event::TestInitiated, &mut typing) == Tested::HangsUp,
        };
        let mut first = self.resume(Input::Start);
        if over && !matches!(first, Output::Ended(_)) {
            first = self.resume(Input::HungUp);
        }
        self.run(first, typing, WhenWaiting::StaySilent).await;
    }

    /// Returns the report of a test, and the blocks that were executed.
    pub(in crate::calls) fn end_test(
        &mut self,
        contact_id: &str,
    ) -> Option<(Report, Vec<TraceEvent>)> {
        let tester = self.tester.take()?;
        let now = tester.ended.unwrap_or(self.execution.now());
        let trace = std::mem::take(&mut self.trace);
        Some((tester.run.report(contact_id, now), trace))
    }

    /// Stops the test if StopTestCaseExecution asked for it, and reports whether it did.
    fn stops(&mut self) -> bool {
        let Some(tester) = self.tester.as_mut() else {
            return false;
        };
        let stops = tester.stop.is_requested() && !tester.run.is_over();
        if stops {
            tester.run.stop();
            self.left_by = Some(DisconnectReason::Other);
        }
        stops
    }

    /// Reports an event to the test, and does what the test then does.
    fn observe(&mut self, event: &Event, typing: &mut Typing) -> Tested {
        let Some(tester) = self.tester.as_mut() else {
            return Tested::GoesOn;
        };
        let now = tester.ended.unwrap_or(self.execution.now());
        let effects = tester.run.observe(event, &Values(&self.execution), now);
        let mut next = Tested::GoesOn;
        for effect in effects {
            match effect {
                // The reader of test cases accepts telephone keys alone.
                Effect::Press(pressed) => {
                    if let Ok(strokes) = keys(&pressed) {
                        self.events.push(CallEvent::Pressed {
                            keys: strokes.len(),
                        });
                        typing.then(now, &strokes);
                    }
                }
                Effect::Say { .. } => self.events.push(CallEvent::Warning {
                    block: self.execution.position().1.to_owned(),
                    message: "an utterance reaches a bot of Lex, which the local account does not \
                              have; mock the bot with OverrideSystemBehavior"
                        .to_owned(),
                }),
                Effect::HangUp => {
                    self.left_by = Some(DisconnectReason::Customer);
                    next = Tested::HangsUp;
                }
                Effect::End => {
                    self.left_by = Some(DisconnectReason::Other);
                    next = Tested::HangsUp;
                }
            }
        }
        next
    }

    /// Reports what happened until this output to the test.
    pub(super) fn test(&mut self, output: &Output, typing: &mut Typing) -> Tested {
        if self.stops() && self.execution.queued().is_some() {
            return Tested::Leaves;
        }
        let now = self.execution.now();
        let Some(tester) = self.tester.as_mut() else {
            return Tested::GoesOn;
        };
        if tester.run.is_over() {
            return Tested::HangsUp;
        }
        let deadline = tester.run.deadline();
        let late = now > deadline;
        let mut next = Tested::GoesOn;
        if !late {
            next = self.test_blocks(typing);
        }
        // After the customer has hung up, prompts and blocks of the line are no events of the test.
        if !late && next == Tested::GoesOn {
            next = self.test_output(output, typing);
        }
        let waits_for_agent = matches!(output, Output::AwaitAgent(_)) && next == Tested::GoesOn;
        if late || waits_for_agent {
            if let Some(tester) = self.tester.as_mut() {
                tester.ended = Some(deadline);
            }
            // Recorded for a contact in a queue: TestCompleted comes at the time limit.
            self.flush(typing);
            self.observe(&Event::TestCompleted, typing);
            if let Some(tester) = self.tester.as_mut() {
                tester.run.time_out();
            }
            self.left_by = Some(DisconnectReason::Other);
            return Tested::HangsUp;
        }
        if let Output::Ended(ending) = output {
            if let (Ending::Stopped(reason), Some(tester)) = (ending, self.tester.as_mut()) {
                tester.run.fail(reason.to_string());
            }
            self.observe(&Event::TestCompleted, typing);
            if let Some(tester) = self.tester.as_mut() {
                tester.run.contact_ended();
            }
        }
        next
    }

    /// Reports the blocks that the trace has since the last time.
    fn test_blocks(&mut self, typing: &mut Typing) -> Tested {
        let mut next = Tested::GoesOn;
        while let Some(event) = self.unseen() {
            let reported = match &event {
                TraceEvent::Entered { kind, .. } => self.test_entry(kind, typing),
                TraceEvent::Taken { transition, .. } => self.test_transition(transition, typing),
                TraceEvent::Warning { .. } => Tested::GoesOn,
            };
            if reported == Tested::HangsUp {
                next = reported;
            }
        }
        next
    }

    fn test_entry(&mut self, kind: &str, typing: &mut Typing) -> Tested {
        if let Some(tester) = self.tester.as_mut() {
            kind.clone_into(&mut tester.block_type);
        }
        match testing::goes_on_speaking(kind) {
            true => Tested::GoesOn,
            false => self.flush(typing),
        }
    }

    fn test_transition(&mut self, transition: &Transition, typing: &mut Typing) -> Tested {
        let Some(tester) = self.tester.as_mut() else {
            return Tested::GoesOn;
        };
        let error = match &transition.kind {
            TransitionKind::Error { error_type } => Some(&**error_type),
            _ => None,
        };
        let input = testing::takes_input(&tester.block_type);
        tester.repeats = input && transition.target.as_ref() == Some(&transition.action);
        let running = tester.running.take();
        let results = mem::take(&mut tester.results);
        // An input ends the message. Recorded: a prompt that a key without a branch has interrupted is in one
        // message with the words about that.
        let next = match input && error != Some(NO_CONDITION) {
            true => self.flush(typing),
            false => Tested::GoesOn,
        };
        // A bot whose result no condition names has answered; the block has not failed.
        match running.filter(|_| error.is_none_or(|error| error == NO_CONDITION)) {
            Some(action) if next == Tested::GoesOn => {
                self.observe(&Event::FlowActionCompleted { action, results }, typing)
            }
            _ => next,
        }
    }

    fn unseen(&mut self) -> Option<TraceEvent> {
        let tester = self.tester.as_mut()?;
        let event = self.trace.get(tester.seen)?.clone();
        tester.seen += 1;
        Some(event)
    }

    /// Reports the message of the line that is complete.
    fn flush(&mut self, typing: &mut Typing) -> Tested {
        let message = self.tester.as_mut().and_then(|tester| tester.message());
        match message {
            Some(message) => self.observe(&Event::MessageReceived(message), typing),
            None => Tested::GoesOn,
        }
    }

    /// Reports what the flow asks for.
    fn test_output(&mut self, output: &Output, typing: &mut Typing) -> Tested {
        match output {
            Output::Play(prompt) if self.execution.listener() == Participant::Customer => {
                let next = self.looped(typing);
                if next == Tested::HangsUp || self.is_unheard() {
                    return next;
                }
                let speech = match prompt.source.clone() {
                    PromptSource::Text(text) => Speech::Text(text),
                    PromptSource::Ssml(ssml) => Speech::Ssml(ssml),
                    PromptSource::Recording(name) => Speech::Recording(name),
                    PromptSource::Media(uri) => Speech::Media(uri),
                };
                let (flow_id, block) = self.execution.position();
                let heard = Heard {
                    speech,
                    flow_id: flow_id.to_owned(),
                    block: block.to_owned(),
                    at: self.execution.now(),
                };
                if let Some(tester) = self.tester.as_mut() {
                    tester.heard.push(heard);
                }
                next
            }
            Output::AwaitKey { .. } | Output::Sleep { .. } | Output::Ended(_) => self.flush(typing),
            Output::InvokeFunction(call) => {
                let names = vec![call.function_arn.clone()];
                self.starts(FlowActionType::InvokeLambdaFunction, names, typing)
            }
            Output::CheckHours {
                hours_of_operation_id,
                ..
            } => {
                let id = hours_of_operation_id
                    .clone()
                    .or_else(|| self.hours_of_queue());
                let names = id.into_iter().collect();
                self.starts(FlowActionType::CheckHoursOfOperation, names, typing)
            }
            Output::EnterQueue(queue) => {
                let kind = self
                    .tester
                    .as_ref()
                    .map(|tester| tester.block_type.as_str());
                let kind = kind.and_then(FlowActionType::named);
                let kind = kind.unwrap_or(FlowActionType::TransferContactToQueue);
                let found = self.connect.find_queue(&self.instance, &queue.arn);
                let id = found.map(|found| found.id);
                let names = [Some(queue.arn.clone()), id].into_iter().flatten();
                self.starts(kind, names.collect(), typing)
            }
            Output::Outside(block) => match FlowActionType::named(&block.kind) {
                Some(kind) => self.starts(kind, outside_names(&block.parameters), typing),
                None => Tested::GoesOn,
            },
            _ => Tested::GoesOn,
        }
    }

    /// Reports the last prompt of a loop of prompts as a message, before the next one plays.
    fn looped(&mut self, typing: &mut Typing) -> Tested {
        let block = self.execution.position().1;
        let in_loop = self.tester.as_ref().is_some_and(|tester| {
            let last = tester.heard.last();
            tester.block_type == testing::LOOP && last.is_some_and(|last| last.block == block)
        });
        match in_loop {
            true => self.flush(typing),
            false => Tested::GoesOn,
        }
    }

    /// Reports whether no message has the prompt of the current block (recorded).
    fn is_unheard(&self) -> bool {
        let tester = self.tester.as_ref();
        tester.is_some_and(|tester| tester.repeats || tester.block_type == testing::BOT)
    }

    /// Reports that a block begins which tests can observe.
    fn starts(&mut self, kind: FlowActionType, names: Vec<String>, typing: &mut Typing) -> Tested {
        let spoken = self.flush(typing);
        let (flow_id, block) = self.execution.position();
        let action = FlowAction {
            kind,
            names,
            flow_id: flow_id.to_owned(),
            block: block.to_owned(),
        };
        let started = self.observe(&Event::FlowActionStarted(action.clone()), typing);
        if let Some(tester) = self.tester.as_mut() {
            tester.running = Some(action);
            tester.results.clear();
        }
        if started == Tested::HangsUp {
            started
        } else {
            spoken
        }
    }

    /// Returns the answer of a function that an override replaces, and the time that it takes. A
    /// substitute replaces the function's ARN instead.
    pub(super) fn mocked_function(
        &mut self,
        call: &mut FunctionCall,
    ) -> Option<(Result<Vec<u8>, FunctionFailure>, Duration)> {
        let strategy = self.tester.as_mut()?.strategy()?;
        let took = strategy.delay();
        match strategy {
            Strategy::Substitute(arn) => {
                call.function_arn = arn;
                None
            }
            Strategy::Result { value, .. } => {
                let answer = Ok(value.to_string().into_bytes());
                Some(match took > call.time_limit {
                    true => (Err(FunctionFailure::TimedOut), call.time_limit),
                    false => (answer, took),
                })
            }
            Strategy::Error { error_type, .. } => Some(match error_type.as_str() {
                "TimeLimitExceeded" => (Err(FunctionFailure::TimedOut), call.time_limit),
                _ => (
                    Err(FunctionFailure::FunctionError),
                    took.min(call.time_limit),
                ),
            }),
        }
    }

    /// Keeps the answer of a function for the checks of a test.
    pub(super) fn answered(
        &mut self,
        asynchronous: bool,
        answer: &Result<Vec<u8>, FunctionFailure>,
    ) {
        if let Some(tester) = self.tester.as_mut()
            && !asynchronous
            && let Ok(answer) = answer
            && let Ok(answer) = serde_json::from_slice::<Value>(answer)
        {
            tester.results = vec![("External", answer)];
        }
    }

    /// Checks hours of operation, unless an override replaces them.
    pub(super) fn tested_hours(
        &mut self,
        id: Option<String>,
        at: OffsetDateTime,
        typing: &mut Typing,
    ) -> Option<bool> {
        match self.delayed_strategy(typing) {
            None => self.hours(id, at),
            Some(Strategy::Substitute(other)) => self.hours(Some(other), at),
            Some(Strategy::Result { value, .. }) => value.as_bool(),
            Some(Strategy::Error { .. }) => None,
        }
    }

    /// Puts the contact into its queue, unless an override replaces that.
    pub(super) fn tested_queue(&mut self, queue: &str, typing: &mut Typing) -> QueueEntry {
        match self.delayed_strategy(typing) {
            Some(Strategy::Substitute(other)) => match self.enter_queue(&other) {
                QueueEntry::Entered => match self.connect.find_queue(&self.instance, &other) {
                    Some(found) => QueueEntry::Substituted(found.queue),
                    None => QueueEntry::Failed,
                },
                refused => refused,
            },
            Some(Strategy::Error { error_type, .. }) => match error_type.as_str() {
                "QueueAtCapacity" => QueueEntry::AtCapacity,
                _ => QueueEntry::Failed,
            },
            Some(Strategy::Result { .. }) | None => self.enter_queue(queue),
        }
    }

    /// Takes the strategy of an override of the running block, and lets its delay pass.
    fn delayed_strategy(&mut self, typing: &mut Typing) -> Option<Strategy> {
        let strategy = self.tester.as_mut()?.strategy()?;
        self.execution.pass_meanwhile(strategy.delay());
        let now = self.execution.now();
        self.press_meanwhile(typing, now);
        Some(strategy)
    }

    /// Returns the answer of a bot that an override replaces. A substitute alias has no bot here, so the
    /// block then does what it does without one.
    pub(super) fn mocked_bot(&mut self, block: &OutsideBlock) -> Option<OutsideAnswer> {
        FlowActionType::named(&block.kind)?;
        let tester = self.tester.as_mut()?;
        let strategy = tester.strategy()?;
        let took = strategy.delay();
        let (branch, values) = match strategy {
            Strategy::Substitute(_) => return None,
            Strategy::Result { value, .. } => {
                let intent = value.get("IntentName").and_then(Value::as_str);
                let branch = match intent {
                    Some(intent) => ProvidedBranch::Result(intent.to_owned()),
                    // No condition names it.
                    None => ProvidedBranch::Result(String::new()),
                };
                tester.results = vec![("Lex", value.clone())];
                let values = Map::from_iter([("Lex".to_owned(), value)]);
                (branch, values)
            }
            Strategy::Error { error_type, .. } => {
                let branch = ProvidedBranch::Failed(error_type);
                let branch = match branch.check(&block.kind) {
                    Ok(()) => branch,
                    // The block has no branch of its own for a bot that does not answer in time.
                    Err(_) => ProvidedBranch::Failed("NoMatchingError".to_owned()),
                };
                (branch, Map::new())
            }
        };
        Some(OutsideAnswer::Provided(Provided {
            branch,
            values,
            took,
        }))
    }
}
