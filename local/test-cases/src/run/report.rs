//! The report of a run: for people, and as the records of the API.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::content::{Action, Assertion, FlowActionPattern, TestCase};
use crate::event::{Event, Message};
use crate::matching::Verdict;
use crate::record::{Record, RecordStatus};

/// The status of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionStatus {
    Passed,
    Failed,
    Stopped,
}

impl ExecutionStatus {
    /// Returns the name in the API.
    pub fn name(self) -> &'static str {
        self.of_record().name()
    }

    fn of_record(self) -> RecordStatus {
        match self {
            Self::Passed => RecordStatus::Passed,
            Self::Failed => RecordStatus::Failed,
            Self::Stopped => RecordStatus::Stopped,
        }
    }
}

/// The reason for which a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completion {
    /// EndTest ran, or the contact ended and nothing waited.
    Success,
    /// A check failed.
    CheckFailed {
        /// The identifier of its observation.
        observation: String,
    },
    /// The contact ended while an observation waited.
    ContactEnded,
    /// The time limit was reached while an observation waited.
    TimedOut,
    /// The time limit was reached, and nothing waited.
    TimedOutWithoutWaiting,
    /// The execution was stopped.
    Stopped,
    /// The local engine could not go on; the reason.
    Broken(String),
}

impl Completion {
    /// Returns the status of an execution that ended so.
    pub fn status(&self) -> ExecutionStatus {
        match self {
            Self::Success | Self::TimedOutWithoutWaiting => ExecutionStatus::Passed,
            Self::Stopped => ExecutionStatus::Stopped,
            Self::CheckFailed { .. } | Self::ContactEnded | Self::TimedOut | Self::Broken(_) => {
                ExecutionStatus::Failed
            }
        }
    }
}

/// The status of an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ObservationStatus {
    /// No observation before it was matched.
    #[default]
    NotReached,
    /// It waits for its event.
    Active,
    /// Its event came, and its checks passed.
    Passed,
    /// Its event never came, or a check failed.
    Failed,
}

/// The state of an observation during a run.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) status: ObservationStatus,
    /// The moment since which it waited.
    pub(super) since: OffsetDateTime,
    /// The moment at which it was matched.
    pub(super) at: Option<OffsetDateTime>,
    pub(super) matched: Option<(Event, Verdict)>,
    pub(super) actions: Vec<ActionReport>,
    pub(super) nearest: Option<Nearest>,
}

impl Default for Judged {
    fn default() -> Self {
        Self {
            status: ObservationStatus::NotReached,
            since: OffsetDateTime::UNIX_EPOCH,
            at: None,
            matched: None,
            actions: Vec::new(),
            nearest: None,
        }
    }
}

/// The message that came nearest to an expected one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Nearest {
    pub(crate) message: Message,
    /// The score, from 0 to 1.
    pub(crate) score: f64,
}

/// An action that ran.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionReport {
    pub identifier: String,
    /// The name of the type, such as `Assert`.
    pub kind: &'static str,
    /// The check that failed, and the value that was found.
    pub failed: Option<(Assertion, Option<String>)>,
    /// The labels and texts of LogData.
    pub logged: Vec<(String, String)>,
}

impl ActionReport {
    pub(super) fn passed(action: &Action) -> Self {
        Self {
            identifier: action.identifier.clone(),
            kind: action.kind.name(),
            failed: None,
            logged: Vec::new(),
        }
    }

    pub(super) fn fail(&mut self, assertion: &Assertion, found: Option<String>) {
        self.failed = Some((assertion.clone(), found));
    }
}

/// An observation after a run.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservationReport {
    pub identifier: String,
    pub status: ObservationStatus,
    /// The name of its event's type.
    pub event: &'static str,
    /// The expected text or resource, if the event has one.
    pub expected: Option<String>,
    /// The moment since which it waited, on the contact's clock.
    pub since: OffsetDateTime,
    /// The event that it took, and the outcome of the comparison.
    pub matched: Option<(Event, Verdict)>,
    /// The actions that ran.
    pub actions: Vec<ActionReport>,
    /// For a message that never came: the nearest one, and its score from 0 to 1.
    pub nearest: Option<(Message, f64)>,
}

/// The report of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub status: ExecutionStatus,
    pub completion: Completion,
    /// One for each observation, in the order of the content.
    pub observations: Vec<ObservationReport>,
    /// The messages of the line, in order.
    pub messages: Vec<Message>,
    /// The overrides that no block used.
    pub unused_overrides: Vec<FlowActionPattern>,
    /// The records, as the API returns them.
    pub records: Vec<Record>,
    /// The start and the end on the contact's clock.
    pub started: OffsetDateTime,
    pub ended: OffsetDateTime,
}

impl Report {
    /// Returns the observations that were still waiting when EndTest ended the test.
    pub fn left_waiting(&self) -> impl Iterator<Item = &ObservationReport> {
        let active = |one: &&ObservationReport| one.status == ObservationStatus::Active;
        self.observations.iter().filter(active)
    }

    /// Returns the observations that passed by similarity alone, which AWS may judge differently.
    pub fn by_similarity(&self) -> impl Iterator<Item = (&ObservationReport, f64)> {
        self.observations
            .iter()
            .filter_map(|one| match one.matched {
                Some((_, Verdict::Similar { score })) => Some((one, score)),
                _ => None,
            })
    }

    /// Returns the numbers of observations that passed and that failed.
    pub fn counts(&self) -> (usize, usize) {
        let count = |status| {
            let of_status = |one: &&ObservationReport| one.status == status;
            self.observations.iter().filter(of_status).count()
        };
        (
            count(ObservationStatus::Passed),
            count(ObservationStatus::Failed),
        )
    }
}

/// Builds the report of a run. The last argument is the contact's id, start and end.
pub(super) fn build(
    case: &TestCase,
    judged: Vec<Judged>,
    messages: Vec<Message>,
    unused_overrides: Vec<FlowActionPattern>,
    completion: Completion,
    (contact_id, started, ended): (&str, OffsetDateTime, OffsetDateTime),
) -> Report {
    let observations: Vec<_> = case
        .observations
        .iter()
        .zip(judged)
        .map(|(observation, judged)| {
            let matched_at = judged.at;
            let report = ObservationReport {
                identifier: observation.identifier.clone(),
                status: judged.status,
                event: observation.event.name(),
                expected: expected(observation),
                since: judged.since,
                matched: judged.matched,
                actions: judged.actions,
                nearest: judged
                    .nearest
                    .map(|nearest| (nearest.message, nearest.score)),
            };
            (report, matched_at)
        })
        .collect();
    let status = completion.status();
    let records = records(case, &observations, &completion, contact_id, started, ended);
    Report {
        status,
        completion,
        observations: observations.into_iter().map(|(report, _)| report).collect(),
        messages,
        unused_overrides,
        records,
        started,
        ended,
    }
}

fn expected(observation: &crate::Observation) -> Option<String> {
    use crate::EventPattern;
    match &observation.event {
        EventPattern::TestInitiated | EventPattern::TestCompleted => None,
        EventPattern::MessageReceived(message) => Some(message.source.text().to_owned()),
        EventPattern::FlowActionStarted(action) | EventPattern::FlowActionCompleted(action) => {
            Some(format!("{} {}", action.kind.name(), action.resource))
        }
    }
}

fn records(
    case: &TestCase,
    observations: &[(ObservationReport, Option<OffsetDateTime>)],
    completion: &Completion,
    contact_id: &str,
    started: OffsetDateTime,
    ended: OffsetDateTime,
) -> Vec<Record> {
    let record = |observation: Option<&str>, status, at, record: Value| Record {
        observation: observation.map(str::to_owned),
        status,
        at,
        record: record.to_string(),
    };
    let start = json!({ "Type": "EXECUTION_START", "ContactId": contact_id });
    let mut records = vec![
        record(
            None,
            RecordStatus::Passed,
            started,
            json!({ "Type": "INITIATION" }),
        ),
        record(None, RecordStatus::Passed, started, start),
    ];
    // In the order in which they were matched; those that never were come last.
    let mut order: Vec<usize> = (0..observations.len()).collect();
    order.sort_by_key(|index| observations[*index].1.unwrap_or(ended));
    for index in order {
        let (report, matched_at) = &observations[index];
        let status = match report.status {
            ObservationStatus::NotReached => continue,
            ObservationStatus::Passed => RecordStatus::Passed,
            ObservationStatus::Failed => RecordStatus::Failed,
            ObservationStatus::Active => match completion {
                Completion::Stopped => RecordStatus::Stopped,
                _ => RecordStatus::InProgress,
            },
        };
        let actions: Vec<_> = report.actions.iter().map(action_record).collect();
        let mut of_observation = json!({
            "Type": "OBSERVATION",
            "Identifier": report.identifier,
            "Status": status.name(),
            "Event": { "Type": case.observations[index].event.name() },
            "Actions": actions,
        });
        if let (RecordStatus::Failed, None, Some((nearest, _))) =
            (status, &report.matched, &report.nearest)
        {
            let actual = json!({ "Type": "MessageReceived",
                                 "Properties": { "Text": nearest.words() } });
            of_observation["ActualEvent"] = actual;
        }
        let at = matched_at.unwrap_or(ended);
        records.push(record(Some(&report.identifier), status, at, of_observation));
    }
    let status = completion.status().of_record();
    let completed = json!({ "Type": "COMPLETION", "CompletionReason": reason(completion) });
    records.push(record(None, status, ended, completed));
    records
}

fn action_record(action: &ActionReport) -> Value {
    let status = match action.failed {
        Some(_) => RecordStatus::Failed,
        None => RecordStatus::Passed,
    };
    let mut record = json!({
        "Identifier": action.identifier,
        "Type": action.kind,
        "Status": status.name(),
    });
    // The administrator guide names these four for a failed check.
    if let Some((assertion, found)) = &action.failed {
        record["Attribute"] = json!(assertion.namespace);
        record["Operator"] = json!(assertion.operator.name());
        record["Expected"] = json!(assertion.operand);
        record["Found"] = json!(found);
    }
    if !action.logged.is_empty() {
        let logged = action
            .logged
            .iter()
            .map(|(label, text)| (label.clone(), json!(text)));
        record["Expressions"] = Value::Object(logged.collect::<Map<_, _>>());
    }
    record
}

fn reason(completion: &Completion) -> Value {
    match completion {
        Completion::Success => json!({ "Type": "SUCCESS" }),
        Completion::TimedOutWithoutWaiting => json!({ "Type": "TIMEOUT" }),
        Completion::TimedOut => json!({
            "Type": "TIMEOUT",
            "Message": "An observation did not receive its event within five minutes",
            "FailureReasons": ["OBSERVE_EVENT"],
        }),
        Completion::ContactEnded => json!({
            "Type": "FAILURE",
            "Message": "The contact ended before an observation received its event",
            "FailureReasons": ["OBSERVE_EVENT"],
        }),
        Completion::CheckFailed { observation } => json!({
            "Type": "FAILURE",
            "Message": format!("A check of the observation {observation} failed"),
        }),
        Completion::Stopped => json!({ "Type": "FAILURE", "Message": "The execution was stopped" }),
        Completion::Broken(why) => json!({ "Type": "FAILURE", "Message": why }),
    }
}
