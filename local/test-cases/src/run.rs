//! One execution of a test case: the observations that wait, and what they did.

mod report;

pub use report::{
    ActionReport, Completion, ExecutionStatus, ObservationReport, ObservationStatus, Report,
};

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;

use crate::content::{
    ActionKind, Assertion, Command, EventPattern, Instruction, Observation, Strategy, TestCase,
};
use crate::event::{Event, FlowAction, Message};
use crate::exchange::{Effect, Facts};
use crate::matching::{self, Matching, Verdict};
use crate::overrides::{Overrides, is_about};
use report::{Judged, Nearest};

/// The time after which an execution ends in any case (administrator guide).
pub const TIME_LIMIT: Duration = Duration::from_secs(5 * 60);

/// A run of a test case over one contact.
///
/// The driver reports each event with [`Run::observe`], asks for overrides before it provides the
/// effect of a block, and calls [`Run::contact_ended`] or [`Run::time_out`] at the end.
#[derive(Debug)]
pub struct Run {
    case: Arc<TestCase>,
    matching: Matching,
    started: OffsetDateTime,
    observations: Vec<Judged>,
    overrides: Overrides,
    /// The results of the blocks whose FlowActionCompleted was matched, by their root.
    results: Vec<(&'static str, Value)>,
    messages: Vec<Message>,
    completion: Option<Completion>,
}

impl Run {
    /// Creates a run whose contact is created at the moment `now`. Observations to which no other one
    /// leads are active.
    pub fn new(case: Arc<TestCase>, matching: Matching, now: OffsetDateTime) -> Self {
        let judged = |observation: &Observation| Judged {
            status: match observation.is_first {
                true => ObservationStatus::Active,
                false => ObservationStatus::NotReached,
            },
            since: now,
            ..Judged::default()
        };
        Self {
            observations: case.observations.iter().map(judged).collect(),
            case,
            matching,
            started: now,
            overrides: Overrides::default(),
            results: Vec::new(),
            messages: Vec::new(),
            completion: None,
        }
    }

    /// Returns the moment of the time limit.
    pub fn deadline(&self) -> OffsetDateTime {
        self.started
            .saturating_add(TIME_LIMIT.try_into().unwrap_or(time::Duration::MAX))
    }

    /// Reports whether the run is over.
    pub fn is_over(&self) -> bool {
        self.completion.is_some()
    }

    /// Takes an event. The first active observation that it fits, in the order of the content, is
    /// matched: its actions run, and the observations after it become active.
    ///
    /// Returns what the driver must do, in order. The order of observations is our assumption.
    pub fn observe(
        &mut self,
        event: &Event,
        facts: &dyn Facts,
        now: OffsetDateTime,
    ) -> Vec<Effect> {
        if self.is_over() {
            return Vec::new();
        }
        let mut matched = None;
        let case = Arc::clone(&self.case);
        for (index, observation) in case.observations.iter().enumerate() {
            if self.observations[index].status != ObservationStatus::Active {
                continue;
            }
            let verdict = judge(&observation.event, event, self.matching);
            if verdict.matches() {
                matched = Some((index, verdict));
                break;
            }
            if let Event::MessageReceived(message) = event
                && matches!(observation.event, EventPattern::MessageReceived(_))
            {
                self.observations[index].heard(message, verdict.score());
            }
        }
        if let Event::MessageReceived(message) = event {
            self.messages.push(message.clone());
        }
        let Some((index, verdict)) = matched else {
            return Vec::new();
        };
        if let Event::FlowActionCompleted { results, .. } = event {
            for (root, value) in results {
                self.results.retain(|(known, _)| known != root);
                self.results.push((root, value.clone()));
            }
        }
        let judged = &mut self.observations[index];
        judged.status = ObservationStatus::Passed;
        judged.at = Some(now);
        judged.matched = Some((event.clone(), verdict));
        let effects = self.act(index, facts, now);
        if self.completion.is_none() {
            let case = Arc::clone(&self.case);
            for next in &case.observations[index].next {
                let next = &mut self.observations[*next];
                if next.status == ObservationStatus::NotReached {
                    next.status = ObservationStatus::Active;
                    next.since = now;
                }
            }
        }
        effects
    }

    /// Runs the actions of a matched observation, until one of them ends the test.
    fn act(&mut self, index: usize, facts: &dyn Facts, now: OffsetDateTime) -> Vec<Effect> {
        let mut effects = Vec::new();
        let case = Arc::clone(&self.case);
        for action in &case.observations[index].actions {
            let mut report = ActionReport::passed(action);
            match &action.kind {
                ActionKind::SendInstruction(instruction) => effects.push(match instruction {
                    Instruction::Dtmf(keys) => Effect::Press(keys.clone()),
                    Instruction::Utterance {
                        text,
                        language_code,
                    } => Effect::Say {
                        text: text.clone(),
                        language_code: language_code.clone(),
                    },
                    Instruction::Disconnect => Effect::HangUp,
                }),
                ActionKind::OverrideSystemBehavior(new) => self.overrides.set(new.clone()),
                ActionKind::TestControl(Command::LogData(expressions)) => {
                    let filled = expressions
                        .iter()
                        .map(|(label, text)| (label.clone(), self.fill(text, facts)));
                    report.logged = filled.collect();
                }
                ActionKind::TestControl(Command::EndTest) => {
                    self.completion = Some(Completion::Success);
                    effects.push(Effect::End);
                }
                ActionKind::Assert(assertion) => {
                    let found = self.read(&assertion.namespace, facts);
                    if !passes(assertion, found.as_deref()) {
                        report.fail(assertion, found);
                        self.observations[index].status = ObservationStatus::Failed;
                        let failed = &case.observations[index].identifier;
                        self.completion = Some(Completion::CheckFailed {
                            observation: failed.clone(),
                        });
                        effects.push(Effect::End);
                    }
                }
            }
            self.observations[index].actions.push(report);
            if self.completion.is_some() {
                self.observations[index].at = Some(now);
                break;
            }
        }
        effects
    }

    /// Returns the strategy for a block that is about to run, which is used up; `None` if the block
    /// has its usual effect.
    pub fn take_override(&mut self, action: &FlowAction) -> Option<Strategy> {
        match self.is_over() {
            true => None,
            false => self.overrides.take(action),
        }
    }

    /// Ends the run after the contact has ended and [`Event::TestCompleted`] was observed. An
    /// observation that still waits fails: the service was seen to fail it soon after the contact.
    pub fn contact_ended(&mut self) {
        self.end(Completion::ContactEnded, Completion::Success);
    }

    /// Ends the run at the time limit. It passes if nothing waits (recorded for a contact in a queue).
    pub fn time_out(&mut self) {
        self.end(Completion::TimedOut, Completion::TimedOutWithoutWaiting);
    }

    /// Ends the run because StopTestCaseExecution asked for it.
    pub fn stop(&mut self) {
        self.completion.get_or_insert(Completion::Stopped);
    }

    /// Ends the run because the contact's flow cannot go on, for a reason of the local engine.
    pub fn fail(&mut self, why: impl Into<String>) {
        self.completion
            .get_or_insert(Completion::Broken(why.into()));
    }

    fn end(&mut self, waiting: Completion, otherwise: Completion) {
        if self.is_over() {
            return;
        }
        let mut waits = false;
        for judged in &mut self.observations {
            if judged.status == ObservationStatus::Active {
                judged.status = ObservationStatus::Failed;
                waits = true;
            }
        }
        self.completion = Some(if waits { waiting } else { otherwise });
    }

    /// Returns the value of a path. Results of blocks are readable after their FlowActionCompleted was
    /// matched, and empty before (developer guide).
    fn read(&self, path: &str, facts: &dyn Facts) -> Option<String> {
        let steps: Vec<&str> = path.strip_prefix("$.")?.split('.').collect();
        let (root, steps) = match steps.as_slice() {
            ["External", rest @ ..] | ["LambdaInvocation", "ResultData", rest @ ..] => {
                ("External", rest)
            }
            ["Lex", rest @ ..] => ("Lex", rest),
            ["AgenticCX", rest @ ..] => ("AgenticCX", rest),
            _ => return facts.read(path),
        };
        let (_, value) = self.results.iter().find(|(known, _)| *known == root)?;
        let leaf = steps
            .iter()
            .try_fold(value, |value, step| value.get(*step))?;
        match leaf {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(leaf.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Fills the paths of a text in. An undefined one becomes empty.
    fn fill(&self, text: &str, facts: &dyn Facts) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("$.") {
            filled.push_str(&rest[..start]);
            let path = &rest[start..];
            let symbol =
                |symbol: char| symbol.is_alphanumeric() || matches!(symbol, '.' | '_' | '-' | '$');
            let end = path.find(|one: char| !symbol(one)).unwrap_or(path.len());
            let whole = path[..end].trim_end_matches('.');
            filled.push_str(&self.read(whole, facts).unwrap_or_default());
            rest = &path[whole.len()..];
        }
        filled.push_str(rest);
        filled
    }

    /// Returns the report of the run, whose contact was at the moment `now` at its end.
    pub fn report(self, contact_id: &str, now: OffsetDateTime) -> Report {
        let completion = self.completion.unwrap_or(Completion::Stopped);
        let unused = self.overrides.unused().cloned().collect();
        let started = self.started;
        report::build(
            &self.case,
            self.observations,
            self.messages,
            unused,
            completion,
            (contact_id, started, now),
        )
    }
}

fn passes(assertion: &Assertion, found: Option<&str>) -> bool {
    found.is_some_and(|found| assertion.operator.holds(found, &assertion.operand))
}

/// Compares an event with the one that an observation waits for.
fn judge(pattern: &EventPattern, event: &Event, matching: Matching) -> Verdict {
    let same = |same: bool| match same {
        true => Verdict::Equal,
        false => Verdict::Different { score: 0.0 },
    };
    match (pattern, event) {
        (EventPattern::TestInitiated, Event::TestInitiated)
        | (EventPattern::TestCompleted, Event::TestCompleted) => Verdict::Equal,
        (EventPattern::MessageReceived(pattern), Event::MessageReceived(message)) => {
            matching::compare(message, pattern, matching)
        }
        (EventPattern::FlowActionStarted(pattern), Event::FlowActionStarted(action))
        | (EventPattern::FlowActionCompleted(pattern), Event::FlowActionCompleted { action, .. }) => {
            same(is_about(pattern, action))
        }
        _ => same(false),
    }
}

impl Judged {
    /// Keeps the message if it is nearer than the ones before.
    fn heard(&mut self, message: &Message, score: f64) {
        let nearer = self
            .nearest
            .as_ref()
            .is_none_or(|nearest| nearest.score < score);
        if nearer {
            self.nearest = Some(Nearest {
                message: message.clone(),
                score,
            });
        }
    }
}

#[cfg(test)]
mod tests;
