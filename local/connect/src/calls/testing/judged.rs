//! Test cases as requests, and their outcomes as reports that another process can read.

use std::sync::Arc;

use connect_flow::{Coverage, Flow, TraceEvent};
use connect_test_cases::{
    ActionReport, Completion, Matching, Message, ObservationReport, ObservationStatus, Origin,
    Report, Start, StartError, TestCase,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{TestError, TestOutcome};
use crate::{ConnectService, InstanceFacts, Stop};

/// A test case to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestRequest {
    /// The content, as JSON in a text.
    pub content: String,
    /// `EntryPoint` of CreateTestCase; absent for an anonymous call to the only number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_point: Option<Value>,
    /// `InitializationData` of CreateTestCase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization_data: Option<String>,
    /// True if similar texts are not enough.
    #[serde(default)]
    pub strict: bool,
}

/// The reason for which a test case was not run.
#[derive(Debug, thiserror::Error)]
pub enum TestRefusal {
    /// The service would refuse the entry point or the initial data.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The service would refuse the content.
    #[error("AWS would refuse the content: {}", .0.join("; "))]
    Content(Vec<String>),
    /// A test case without an entry point is for the only number, and there are none or several.
    #[error(
        "a test case without EntryPoint calls the account's only number, so there must be one, but \
         there were {0}"
    )]
    NotOneNumber(usize),
    /// No instance has the flow or the number, and there is not one instance alone.
    #[error(
        "the flow or number of EntryPoint must be in an instance of the account, but was in none: {0}"
    )]
    NoInstance(String),
    /// The contact cannot be created.
    #[error(transparent)]
    Contact(#[from] TestError),
}

/// A block of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestedBlock {
    /// The id of the flow or module.
    pub flow_id: String,
    /// The identifier of the block.
    pub block: String,
    /// The type of the block; absent where a prompt names its block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_type: Option<String>,
}

/// A message of the line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SaidMessage {
    /// The words of all prompts.
    pub text: String,
    /// The block of the first prompt.
    pub at: TestedBlock,
    /// The resemblance to an expected text, from 0 to 1, where it was compared with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
}

/// A check that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedCheck {
    /// The identifier of the action.
    pub action: String,
    /// The path of the value.
    pub attribute: String,
    pub operator: String,
    pub expected: String,
    /// The value; absent if it was undefined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

/// A label and its text, from LogData.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedText {
    pub label: String,
    pub text: String,
}

/// An observation after a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JudgedObservation {
    pub identifier: String,
    /// `passed`, `failed`, `waiting` (EndTest came first) or `notReached`.
    pub status: String,
    /// The type of the event.
    pub event: String,
    /// The expected text or resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// True if it failed because its event never came.
    pub unmet: bool,
    /// The score of a match by similarity alone, from 0 to 1. AWS may judge it differently.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_similarity: Option<f64>,
    /// The messages since it began to wait, if its event never came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said_instead: Vec<SaidMessage>,
    /// The message nearest to the expected text, if that never came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<SaidMessage>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_checks: Vec<FailedCheck>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logged: Vec<LoggedText>,
}

/// A branch of a flow, and the number of times that a test took it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestedBranch {
    /// The branch, such as `ask -> sorry (NoMatchingError)`.
    pub branch: String,
    pub taken: usize,
}

/// The branches of a flow or module that a test entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestedFlow {
    pub flow_id: String,
    pub name: String,
    pub branches: Vec<TestedBranch>,
}

/// The outcome of a test, for people and machines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JudgedTest {
    /// `PASSED`, `FAILED` or `STOPPED`.
    pub status: String,
    /// The reason for which the test ended, as a sentence.
    pub reason: String,
    pub contact_id: String,
    /// The time on the contact's clock, in milliseconds.
    pub duration_ms: u64,
    pub observations: Vec<JudgedObservation>,
    /// The messages of the line, in order.
    pub messages: Vec<SaidMessage>,
    /// The blocks that ran, in order.
    pub way: Vec<TestedBlock>,
    /// Likely mistakes of the flow.
    pub warnings: Vec<String>,
    /// The blocks whose overrides were not used.
    pub unused_overrides: Vec<String>,
    /// The reader's advice about the test case.
    pub notes: Vec<String>,
    pub flows: Vec<TestedFlow>,
}

impl JudgedTest {
    /// Reports whether the test passed.
    pub fn passed(&self) -> bool {
        self.status == "PASSED"
    }
}

impl ConnectService {
    /// Runs a test case that is given as text, and reports its outcome.
    ///
    /// The instance is the one that has the flow or number of the entry point, or else the only one.
    ///
    /// # Errors
    /// [`TestRefusal`] if the test case cannot be run. A failed test is an outcome.
    pub async fn judge_test(
        self: &Arc<Self>,
        request: &TestRequest,
    ) -> Result<JudgedTest, TestRefusal> {
        let data = request.initialization_data.as_deref();
        let start = match &request.entry_point {
            Some(entry_point) => Start::read(entry_point, data)?,
            None => {
                let numbers = self.claimed_numbers();
                let [number] = &*numbers else {
                    return Err(TestRefusal::NotOneNumber(numbers.len()));
                };
                let entry_point = serde_json::json!({
                    "Type": "VOICE_CALL",
                    "VoiceCallEntryPointParameters": { "SourcePhoneNumber": number.number },
                });
                Start::read(&entry_point, data)?
            }
        };
        let case = TestCase::publish(&request.content, start.channel).map_err(|problems| {
            TestRefusal::Content(problems.iter().map(ToString::to_string).collect())
        })?;
        let notes = case.notes.clone();
        let instance = self.instance_of(&start)?;
        let matching = match request.strict {
            true => Matching::Strict,
            false => Matching::Similar,
        };
        let (stop, at) = (Stop::default(), instance.clone());
        let outcome = self
            .run_test(at, Arc::new(case), &start, matching, stop)
            .await?;
        let flows = self.tested_flows(&instance, &outcome.trace);
        Ok(judged(outcome, notes, flows))
    }

    fn instance_of(&self, start: &Start) -> Result<InstanceFacts, TestRefusal> {
        let instances = self.instances();
        let (found, named) = match &start.origin {
            Origin::Numbers { destination, .. } => {
                let number = self.dialled(destination);
                (number.map(|number| number.instance), destination)
            }
            Origin::Flow { flow_id, .. } => {
                let mut having = instances.iter();
                let found = having.find(|instance| self.load_flow(instance, flow_id).is_some());
                (found.cloned(), flow_id)
            }
        };
        match (found, &*instances) {
            (Some(instance), _) => Ok(instance),
            (None, [only]) => Ok(only.clone()),
            (None, _) => Err(TestRefusal::NoInstance(named.clone())),
        }
    }

    /// Returns the branches of the flows that a trace entered, in the order of entry.
    fn tested_flows(&self, instance: &InstanceFacts, trace: &[TraceEvent]) -> Vec<TestedFlow> {
        let mut flows: Vec<TestedFlow> = Vec::new();
        for event in trace {
            let TraceEvent::Entered { flow_id, .. } = event else {
                continue;
            };
            if flows.iter().any(|flow| *flow.flow_id == **flow_id) {
                continue;
            }
            // A flow that was deleted meanwhile has no branches any more.
            let loaded = self
                .load_flow(instance, flow_id)
                .or_else(|| self.load_module(instance, flow_id));
            if let Some(loaded) = loaded {
                flows.push(TestedFlow {
                    branches: branches(flow_id, &loaded.flow, trace),
                    flow_id: flow_id.to_string(),
                    name: loaded.name,
                });
            }
        }
        flows
    }
}

fn branches(flow_id: &str, flow: &Flow, trace: &[TraceEvent]) -> Vec<TestedBranch> {
    let mut coverage = Coverage::of(flow_id, flow);
    coverage.record(trace);
    let branches = coverage.branches().map(|(branch, taken)| TestedBranch {
        branch: branch.to_string(),
        taken,
    });
    branches.collect()
}

fn judged(outcome: TestOutcome, notes: Vec<String>, flows: Vec<TestedFlow>) -> JudgedTest {
    let report = &outcome.report;
    let ran = report.ended - report.started;
    let mut way = Vec::new();
    let mut warnings = Vec::new();
    for event in &outcome.trace {
        match event {
            TraceEvent::Entered {
                flow_id,
                action,
                kind,
                ..
            } => way.push(TestedBlock {
                flow_id: flow_id.to_string(),
                block: action.to_string(),
                block_type: Some(kind.to_string()),
            }),
            TraceEvent::Warning {
                action, message, ..
            } => warnings.push(format!("{action}: {message}")),
            TraceEvent::Taken { .. } => {}
        }
    }
    let unused = report.unused_overrides.iter();
    JudgedTest {
        status: report.status.name().to_owned(),
        reason: reason(&report.completion),
        duration_ms: u64::try_from(ran.whole_milliseconds()).unwrap_or_default(),
        observations: report
            .observations
            .iter()
            .map(|one| observation(one, report))
            .collect(),
        messages: report.messages.iter().map(|one| said(one, None)).collect(),
        way,
        warnings,
        unused_overrides: unused
            .map(|target| format!("{} {}", target.kind.name(), target.resource))
            .collect(),
        notes,
        flows,
        contact_id: outcome.contact_id,
    }
}

fn observation(one: &ObservationReport, report: &Report) -> JudgedObservation {
    let unmet = one.status == ObservationStatus::Failed && one.matched.is_none();
    let since = report.messages.iter().filter(|message| {
        let first = message.prompts.first();
        unmet && first.is_some_and(|prompt| prompt.at >= one.since)
    });
    let similar = report
        .by_similarity()
        .find(|(other, _)| other.identifier == one.identifier);
    let logged = one.actions.iter().flat_map(|action| &action.logged);
    JudgedObservation {
        identifier: one.identifier.clone(),
        status: match one.status {
            ObservationStatus::NotReached => "notReached",
            ObservationStatus::Active => "waiting",
            ObservationStatus::Passed => "passed",
            ObservationStatus::Failed => "failed",
        }
        .to_owned(),
        event: one.event.to_owned(),
        expected: one.expected.clone(),
        unmet,
        by_similarity: similar.map(|(_, score)| score),
        said_instead: since.map(|message| said(message, None)).collect(),
        nearest: one
            .nearest
            .as_ref()
            .filter(|_| unmet)
            .map(|(message, score)| said(message, Some(*score))),
        failed_checks: one.actions.iter().filter_map(failed_check).collect(),
        logged: logged
            .map(|(label, text)| LoggedText {
                label: label.clone(),
                text: text.clone(),
            })
            .collect(),
    }
}

fn failed_check(action: &ActionReport) -> Option<FailedCheck> {
    let (assertion, found) = action.failed.as_ref()?;
    Some(FailedCheck {
        action: action.identifier.clone(),
        attribute: assertion.namespace.clone(),
        operator: assertion.operator.name().to_owned(),
        expected: assertion.operand.clone(),
        found: found.clone(),
    })
}

fn said(message: &Message, score: Option<f64>) -> SaidMessage {
    let first = message.prompts.first();
    SaidMessage {
        text: message.words(),
        at: TestedBlock {
            flow_id: first.map_or_else(String::new, |prompt| prompt.flow_id.clone()),
            block: first.map_or_else(String::new, |prompt| prompt.block.clone()),
            block_type: None,
        },
        score,
    }
}

fn reason(completion: &Completion) -> String {
    match completion {
        Completion::Success => "the test reached its end".to_owned(),
        Completion::TimedOutWithoutWaiting => {
            "the time limit was reached, and no observation waited".to_owned()
        }
        Completion::TimedOut => {
            "an observation waited until the time limit of five minutes".to_owned()
        }
        Completion::ContactEnded => "the contact ended while an observation waited".to_owned(),
        Completion::CheckFailed { observation } => {
            format!("a check of the observation {observation} failed")
        }
        Completion::Stopped => "the test was stopped".to_owned(),
        Completion::Broken(why) => format!("the flow could not go on: {why}"),
    }
}
