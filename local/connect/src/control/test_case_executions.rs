//! Executions of test cases.
//!
//! An execution takes the published version at its start, and runs in the background. At most five of an
//! instance run at the same time, and at most 100 run or wait (administrator guide).

use local_wire::{Declared, Fault, Outcome, done, get, post, put, reply};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Serve::Now;
use super::{ControlRequest, Serve};
use crate::state::{Counts, State, Tags, TestExecution};
use crate::{ConnectService, InstanceFacts};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("StartTestCaseExecution", "/test-cases/{InstanceId}/{TestCaseId}/start-execution", Now(start_test_case_execution)),
    post("StopTestCaseExecution", "/test-cases/{InstanceId}/{TestCaseId}/{TestCaseExecutionId}/stop-execution", Now(stop_test_case_execution)),
    get("GetTestCaseExecutionSummary", "/test-cases/{InstanceId}/{TestCaseId}/{TestCaseExecutionId}/summary", Now(get_test_case_execution_summary)),
    get("ListTestCaseExecutionRecords", "/test-cases/{InstanceId}/{TestCaseId}/{TestCaseExecutionId}/records", Now(list_test_case_execution_records)),
    get("ListTestCaseExecutions", "/test-case-executions/{InstanceId}", Now(list_test_case_executions)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartExecution {
    client_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StartedExecution<'a> {
    test_case_execution_id: &'a str,
    test_case_id: &'a str,
    status: &'static str,
}

impl<'a> StartedExecution<'a> {
    fn of(execution: &'a TestExecution) -> Self {
        Self {
            test_case_execution_id: &execution.id,
            test_case_id: &execution.test_case_id,
            status: execution.status.name(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ObservationSummary {
    total_observations: usize,
    observations_passed: usize,
    observations_failed: usize,
}

impl From<Counts> for ObservationSummary {
    fn from(counts: Counts) -> Self {
        Self {
            total_observations: counts.total,
            observations_passed: counts.passed,
            observations_failed: counts.failed,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExecutionSummary {
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
    status: &'static str,
    observation_summary: ObservationSummary,
}

/// `ExecutionRecord`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RecordShape<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    observation_id: Option<&'a str>,
    status: &'static str,
    timestamp: i64,
    record: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RecordList<'a> {
    execution_records: Vec<RecordShape<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// `TestCaseExecution`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExecutionShape<'a> {
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
    test_case_execution_id: &'a str,
    test_case_id: &'a str,
    test_case_execution_status: &'static str,
    tags: &'a Tags,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExecutionList<'a> {
    test_case_executions: Vec<ExecutionShape<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The filters of ListTestCaseExecutions.
struct Filter {
    test_case_id: Option<String>,
    test_case_name: Option<String>,
    status: Option<String>,
    /// In milliseconds since the epoch.
    from: Option<i64>,
    to: Option<i64>,
}

impl Filter {
    fn of(request: &ControlRequest<'_>) -> Self {
        // The service model has checked that these are whole numbers.
        let time = |name| request.query(name).and_then(|time| time.parse().ok());
        Self {
            test_case_id: request.query("testCaseId"),
            test_case_name: request.query("testCaseName"),
            status: request.query("status"),
            from: time("startTime"),
            to: time("endTime"),
        }
    }

    /// Reports whether an execution passes all filters. AWS does not say whether a bound of the time
    /// belongs to it; here it does, so that the time of a listed execution finds it.
    fn accepts(&self, execution: &TestExecution) -> bool {
        let is = |wanted: &Option<String>, value: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == value)
        };
        let started = milliseconds(execution.started);
        let case = self.test_case_id.as_ref();
        case.is_none_or(|case| execution.is_of(case))
            && is(&self.test_case_name, &execution.test_case_name)
            && is(&self.status, execution.status.name())
            && self.from.is_none_or(|from| started >= from)
            && self.to.is_none_or(|to| started <= to)
    }
}

/// Returns the milliseconds of a moment as clients know it: responses have whole seconds.
fn milliseconds(moment: OffsetDateTime) -> i64 {
    moment.unix_timestamp() * 1_000
}

impl ControlRequest<'_> {
    /// Returns the execution that the path names. Its test case may have been deleted.
    fn execution<'s>(&self, state: &'s State) -> Result<&'s TestExecution, Fault> {
        let executions = &self.instance(state)?.test_executions;
        executions.get(self.path("TestCaseId"), self.path("TestCaseExecutionId"))
    }
}

fn start_test_case_execution(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    const OPERATION: &str = "StartTestCaseExecution";
    let input: StartExecution = request.input()?;
    let mut state = service.state();
    let instance = request.instance(&state)?;
    let case = instance.test_cases.get(request.path("TestCaseId"))?.clone();
    let facts = InstanceFacts::of(request.region(), instance);
    // The test case is in the path, so that the body alone does not tell two requests apart.
    let token = input
        .client_token
        .map(|token| format!("{} {token}", case.id));
    let earlier = request.earlier(&state, OPERATION, token.as_deref())?;
    let executions = &request.instance(&state)?.test_executions;
    if let Some(known) = earlier.and_then(|id| executions.get(&case.id, &id).ok()) {
        return reply(&StartedExecution::of(known));
    }
    let itself = service.itself().filter(|_| service.test_runs.can_run());
    let Some(itself) = itself else {
        return Err(Fault::new(
            500,
            "InternalServiceException",
            "The account must be running to execute a test case.",
        ));
    };
    let instance = request.instance_mut(&mut state)?;
    let started = instance.test_executions.enqueue(&case)?;
    let (id, answer) = (started.id.clone(), reply(&StartedExecution::of(started)));
    request.record(&mut state, OPERATION, token.as_deref(), &id);
    drop(state);
    itself.run_tests(&facts);
    answer
}

fn stop_test_case_execution(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    let executions = &mut request.instance_mut(&mut state)?.test_executions;
    executions.stop(
        request.path("TestCaseId"),
        request.path("TestCaseExecutionId"),
    )?;
    done()
}

fn get_test_case_execution_summary(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let state = service.state();
    let execution = request.execution(&state)?;
    reply(&ExecutionSummary {
        start_time: execution.started.unix_timestamp(),
        end_time: execution.ended.map(OffsetDateTime::unix_timestamp),
        status: execution.status.name(),
        observation_summary: execution.counts.into(),
    })
}

fn list_test_case_execution_records(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let status = request.query("status");
    let page = request.query_page(100)?;
    let state = service.state();
    let records = request.execution(&state)?.records.iter();
    let records = records.filter(|record| {
        let wanted = status.as_deref();
        wanted.is_none_or(|wanted| wanted == record.status.name())
    });
    let (execution_records, next_token) = page.cut(records.map(|record| RecordShape {
        observation_id: record.observation.as_deref(),
        status: record.status.name(),
        timestamp: record.at.unix_timestamp(),
        record: &record.record,
    }));
    reply(&RecordList {
        execution_records,
        next_token,
    })
}

fn list_test_case_executions(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let filter = Filter::of(request);
    let page = request.query_page(100)?;
    let state = service.state();
    let executions = request.instance(&state)?.test_executions.iter();
    let executions = executions.filter(|execution| filter.accepts(execution));
    let (test_case_executions, next_token) = page.cut(executions.map(|execution| ExecutionShape {
        start_time: execution.started.unix_timestamp(),
        end_time: execution.ended.map(OffsetDateTime::unix_timestamp),
        test_case_execution_id: &execution.id,
        test_case_id: &execution.test_case_id,
        test_case_execution_status: execution.status.name(),
        tags: &execution.tags,
    }));
    reply(&ExecutionList {
        test_case_executions,
        next_token,
    })
}
