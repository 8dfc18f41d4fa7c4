//! Executions of test cases: the queue of an instance, and the results.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use connect_test_cases::{ExecutionStatus as Judged, Record};
use local_wire::Fault;
use serde_json::json;
use time::OffsetDateTime;

use super::{Runnable, Tags, TestCaseRecord, names, new_id, no_such};

/// The most executions of an instance that run at the same time (administrator guide, "Test your contact
/// center flows").
const RUNNING: usize = 5;

/// The most executions of an instance that run or wait, including those that run (the same page).
const UNDER_WAY: usize = 100;

/// The most executions of an instance; beyond that, the oldest one that is over is forgotten. AWS keeps
/// them without end.
const KEPT: usize = 1_000;

/// The most bytes of an instance's records; beyond that, the oldest execution that is over is forgotten.
const KEPT_BYTES: usize = 32 * 1024 * 1024;

/// `TestCaseExecutionStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExecutionStatus {
    /// It waits for its turn.
    Initiated,
    InProgress,
    /// It is over.
    Over(Judged),
}

impl ExecutionStatus {
    /// Returns the name in the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Initiated => "INITIATED",
            Self::InProgress => "IN_PROGRESS",
            Self::Over(judged) => judged.name(),
        }
    }

    fn is_over(self) -> bool {
        matches!(self, Self::Over(_))
    }
}

/// `ObservationSummary`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) total: usize,
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

/// The end of an execution.
#[derive(Debug)]
pub(crate) struct Conclusion {
    pub(crate) status: Judged,
    pub(crate) counts: Counts,
    pub(crate) records: Vec<Record>,
}

impl Conclusion {
    /// Returns the end of an execution whose contact was never created. One that was seen on the service
    /// had the counts 0/0/0 and this failure reason.
    pub(crate) fn not_started(why: &str) -> Self {
        Self::without_contact(
            Judged::Failed,
            json!({ "Type": "FAILURE", "Message": why,
                    "FailureReasons": ["INITIALIZATION_FAILURE"] }),
        )
    }

    /// Returns the end of an execution that was stopped while it waited.
    fn stopped_in_queue() -> Self {
        Self::without_contact(
            Judged::Stopped,
            json!({ "Type": "FAILURE", "Message": "The execution was stopped" }),
        )
    }

    fn without_contact(status: Judged, reason: serde_json::Value) -> Self {
        let record = json!({ "Type": "COMPLETION", "CompletionReason": reason });
        Self {
            status,
            counts: Counts::default(),
            records: vec![Record {
                observation: None,
                status: match status {
                    Judged::Passed => connect_test_cases::RecordStatus::Passed,
                    Judged::Failed => connect_test_cases::RecordStatus::Failed,
                    Judged::Stopped => connect_test_cases::RecordStatus::Stopped,
                },
                at: OffsetDateTime::now_utc(),
                record: record.to_string(),
            }],
        }
    }
}

/// An execution of a test case. It outlasts the test case.
#[derive(Debug, Clone)]
pub(crate) struct TestExecution {
    pub(crate) id: String,
    pub(crate) test_case_id: String,
    test_case_arn: String,
    pub(crate) test_case_name: String,
    /// The tags of the test case at the start.
    pub(crate) tags: Tags,
    pub(crate) status: ExecutionStatus,
    pub(crate) started: OffsetDateTime,
    pub(crate) ended: Option<OffsetDateTime>,
    pub(crate) counts: Counts,
    pub(crate) records: Vec<Record>,
    /// The published version at the start; `None` once it has run.
    runnable: Option<Runnable>,
    stop: Stop,
}

impl TestExecution {
    /// Reports whether this is an execution of the test case with this id or ARN.
    pub(crate) fn is_of(&self, test_case: &str) -> bool {
        names(&self.test_case_id, &self.test_case_arn, test_case)
    }

    fn bytes(&self) -> usize {
        self.records.iter().map(|record| record.record.len()).sum()
    }

    fn end(&mut self, conclusion: Conclusion) {
        self.status = ExecutionStatus::Over(conclusion.status);
        self.counts = conclusion.counts;
        self.records = conclusion.records;
        self.ended = Some(OffsetDateTime::now_utc());
        self.runnable = None;
    }
}

/// A request to stop a running test, as StopTestCaseExecution makes it.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks the test to stop at its next step.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Reports whether the test was asked to stop.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// An execution whose turn has come.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) id: String,
    pub(crate) runnable: Runnable,
    pub(crate) stop: Stop,
}

/// The executions of an instance, in the order of their starts.
#[derive(Debug, Clone, Default)]
pub(crate) struct TestExecutions(VecDeque<TestExecution>);

impl TestExecutions {
    /// Returns all executions, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &TestExecution> {
        self.0.iter()
    }

    /// Returns an execution of a test case.
    pub(crate) fn get(&self, test_case: &str, id: &str) -> Result<&TestExecution, Fault> {
        let found = self.0.iter().find(|one| one.id == id);
        found
            .filter(|one| one.is_of(test_case))
            .ok_or_else(|| no_such("Test case execution", id))
    }

    /// Adds an execution of the published version to the queue.
    ///
    /// # Errors
    /// `InvalidRequestException` if no version is published; `ServiceQuotaExceededException` if the queue
    /// is full.
    pub(crate) fn enqueue(&mut self, case: &TestCaseRecord) -> Result<&TestExecution, Fault> {
        let runnable = case.runnable()?.clone();
        let under_way = self.0.iter().filter(|one| !one.status.is_over()).count();
        if under_way >= UNDER_WAY {
            // The error's `Reason` exists for attached files alone.
            return Err(Fault::new(
                402,
                "ServiceQuotaExceededException",
                format!(
                    "The instance must have at most {UNDER_WAY} test case executions that run or \
                     wait, its quota."
                ),
            ));
        }
        let counts = Counts {
            total: runnable.case.observations.len(),
            ..Counts::default()
        };
        self.0.push_back(TestExecution {
            id: new_id(),
            test_case_id: case.id.clone(),
            test_case_arn: case.arn.clone(),
            test_case_name: case.name.clone(),
            tags: case.tags.clone(),
            status: ExecutionStatus::Initiated,
            started: OffsetDateTime::now_utc(),
            ended: None,
            counts,
            records: Vec::new(),
            runnable: Some(runnable),
            stop: Stop::default(),
        });
        self.forget();
        let added = self.0.len() - 1;
        Ok(&self.0[added])
    }

    /// Takes the execution that has waited longest, if fewer than five run.
    pub(crate) fn take_turn(&mut self) -> Option<Turn> {
        let status = |wanted| move |one: &&TestExecution| one.status == wanted;
        let running = self.0.iter().filter(status(ExecutionStatus::InProgress));
        if running.count() >= RUNNING {
            return None;
        }
        let mut waiting = self.0.iter_mut();
        let next = waiting.find(|one| one.status == ExecutionStatus::Initiated)?;
        let runnable = next.runnable.take()?;
        next.status = ExecutionStatus::InProgress;
        Some(Turn {
            id: next.id.clone(),
            runnable,
            stop: next.stop.clone(),
        })
    }

    /// Ends an execution that ran.
    pub(crate) fn conclude(&mut self, id: &str, conclusion: Conclusion) {
        if let Some(found) = self.0.iter_mut().find(|one| one.id == id) {
            found.end(conclusion);
        }
        self.forget();
    }

    /// Stops an execution: at once while it waits, at its next step while it runs. One that is over stays
    /// as it is, so that the request can be repeated.
    pub(crate) fn stop(&mut self, test_case: &str, id: &str) -> Result<(), Fault> {
        self.get(test_case, id)?;
        for found in self.0.iter_mut().filter(|one| one.id == id) {
            match found.status {
                ExecutionStatus::Initiated => found.end(Conclusion::stopped_in_queue()),
                ExecutionStatus::InProgress => found.stop.request(),
                ExecutionStatus::Over(_) => {}
            }
        }
        Ok(())
    }

    /// Stops all executions, because the instance is deleted.
    pub(super) fn stop_all(&self) {
        for one in &self.0 {
            one.stop.request();
        }
    }

    /// Forgets the oldest executions that are over, beyond those that the account keeps.
    fn forget(&mut self) {
        let mut bytes: usize = self.0.iter().map(TestExecution::bytes).sum();
        while self.0.len() > KEPT || bytes > KEPT_BYTES {
            let Some(oldest) = self.0.iter().position(|one| one.status.is_over()) else {
                return;
            };
            let forgotten = self.0.remove(oldest);
            bytes -= forgotten.as_ref().map_or(0, TestExecution::bytes);
        }
    }
}
