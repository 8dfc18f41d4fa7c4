//! Executions of test cases: queue, results, records and filters.

use bytes::Bytes;
use tokio::sync::Semaphore;

use super::test_cases::{CONTENT, calls, test_case};
use super::*;

/// Functions that answer one invocation for each permit.
struct Gate(Semaphore);

impl FunctionInvoker for Gate {
    fn invoke(&self, _request: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>> {
        async {
            self.0.acquire().await.unwrap().forget();
            Ok(FunctionAnswer {
                payload: Bytes::from_static(b"{}"),
                function_error: None,
                executed_version: "$LATEST".into(),
            })
        }
        .boxed()
    }
}

/// An instance whose flow waits for a function, with a test case that calls it.
struct Line {
    account: Account,
    gate: Arc<Gate>,
    instance: String,
    /// The path of the test case.
    case: String,
}

impl Line {
    fn new() -> Self {
        let neighbours = Arc::new(Neighbours::default());
        let gate = Arc::new(Gate(Semaphore::new(0)));
        let account = Account {
            service: ConnectService::new(ConnectPorts {
                functions: neighbours.clone(),
                invoker: gate.clone(),
                logs: neighbours.clone(),
                time_limits: false,
                repeat_limit: crate::REPEAT_LIMIT,
                instances_per_region: crate::INSTANCES_PER_REGION,
                alias_hold: Duration::ZERO,
            }),
            neighbours,
        };
        let (instance, _) = account.instance("pin-sms");
        let flow = json!({"Version": "2019-10-30", "StartAction": "ask", "Metadata": {}, "Actions": [
            {"Identifier": "ask", "Type": "InvokeLambdaFunction",
             "Parameters": {"LambdaFunctionARN": FUNCTION, "InvocationTimeLimitSeconds": "8"},
             "Transitions": {"NextAction": "bye", "Conditions": [],
                             "Errors": [{"NextAction": "bye", "ErrorType": "NoMatchingError"}]}},
            {"Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {},
             "Transitions": {}}]});
        let created = account.ok(
            Method::PUT,
            &format!("/contact-flows/{instance}"),
            json!({"Name": "line", "Type": "CONTACT_FLOW", "Content": flow.to_string()}),
        );
        let content = CONTENT.replace(
            r#"{"Identifier":"end","Type":"TestControl","Parameters":{"ActionType":"TestControl","Command":{"Type":"EndTest"}}}"#,
            "",
        );
        let mut body = test_case("waits", &calls(&text(&created["ContactFlowId"])));
        body["Content"] = content.into();
        body["Tags"] = json!({"team": "a"});
        let created = account.ok(Method::PUT, &format!("/test-cases/{instance}"), body);
        Self {
            case: format!("/test-cases/{instance}/{}", text(&created["TestCaseId"])),
            account,
            gate,
            instance,
        }
    }

    /// Creates another test case, and returns its path.
    fn create(&self, body: Value) -> String {
        let path = format!("/test-cases/{}", self.instance);
        let created = self.account.ok(Method::PUT, &path, body);
        format!("{path}/{}", text(&created["TestCaseId"]))
    }

    /// Starts an execution, and returns its path.
    fn start(&self, case: &str) -> String {
        let path = format!("{case}/start-execution");
        let started = self.account.ok(Method::PUT, &path, json!({}));
        assert_eq!(started["Status"], "INITIATED");
        format!("{case}/{}", text(&started["TestCaseExecutionId"]))
    }

    fn summary(&self, execution: &str) -> Value {
        let path = format!("{execution}/summary");
        self.account.ok(Method::GET, &path, Value::Null)
    }

    fn status(&self, execution: &str) -> String {
        text(&self.summary(execution)["Status"])
    }

    /// Lets the tasks run until an execution is over, and returns its status.
    async fn over(&self, execution: &str) -> String {
        for _ in 0..100_000 {
            let status = self.status(execution);
            if !matches!(status.as_str(), "INITIATED" | "IN_PROGRESS") {
                return status;
            }
            tokio::task::yield_now().await;
        }
        panic!("{execution}: {}", self.summary(execution));
    }

    fn executions(&self, query: &str) -> Vec<Value> {
        let path = format!("/test-case-executions/{}?{query}", self.instance);
        let listed = self.account.ok(Method::GET, &path, Value::Null);
        listed["TestCaseExecutions"].as_array().unwrap().clone()
    }

    fn records(&self, execution: &str, query: &str) -> Vec<Value> {
        let path = format!("{execution}/records?{query}");
        let listed = self.account.ok(Method::GET, &path, Value::Null);
        listed["ExecutionRecords"].as_array().unwrap().clone()
    }
}

/// The end of a path.
fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// Administrator guide: an execution is INITIATED, then IN_PROGRESS, then PASSED. The record's types are
/// those that public clients read.
#[tokio::test]
async fn an_execution_runs_in_the_background_and_passes() {
    let line = Line::new();
    let execution = line.start(&line.case);
    tokio::task::yield_now().await;
    let summary = line.summary(&execution);
    assert_eq!(summary["Status"], "IN_PROGRESS");
    assert_eq!(summary.get("EndTime"), None);
    assert_eq!(summary["ObservationSummary"]["TotalObservations"], 1);
    line.gate.0.add_permits(1);
    assert_eq!(line.over(&execution).await, "PASSED");
    let summary = line.summary(&execution);
    assert_eq!(
        summary["ObservationSummary"],
        json!({"TotalObservations": 1, "ObservationsPassed": 1, "ObservationsFailed": 0})
    );
    let (start, end) = (&summary["StartTime"], &summary["EndTime"]);
    // In seconds, as the service model has time stamps in JSON.
    let seconds = 1_700_000_000..10_000_000_000;
    assert!(seconds.contains(&start.as_i64().unwrap()) && end.as_i64() >= start.as_i64());
    let records = line.records(&execution, "");
    let kinds: Vec<String> = records
        .iter()
        .map(|record| {
            let record: Value = serde_json::from_str(record["Record"].as_str().unwrap()).unwrap();
            text(&record["Type"])
        })
        .collect();
    assert_eq!(
        kinds,
        ["INITIATION", "EXECUTION_START", "OBSERVATION", "COMPLETION"]
    );
    assert_eq!(records[2]["ObservationId"], "start");
    assert_eq!(records[2]["Status"], "PASSED");
    assert_eq!(line.records(&execution, "status=FAILED"), [] as [Value; 0]);
    let paged = format!("{execution}/records?maxResults=3");
    let paged = line.account.ok(Method::GET, &paged, Value::Null);
    assert_eq!(paged["ExecutionRecords"].as_array().unwrap().len(), 3);
    let token = encoded(&text(&paged["NextToken"]));
    let rest = line.records(&execution, &format!("maxResults=3&nextToken={token}"));
    assert_eq!(rest, records[3..]);
}

/// Recorded by a public project: when the contact ends, a waiting observation fails at once, and the
/// execution with it.
#[tokio::test]
async fn an_observation_that_never_matches_fails_the_execution() {
    let line = Line::new();
    let (flow, _) = line.account.flow(&line.instance, "short");
    let waits = CONTENT.replace(
        r#""Type":"TestInitiated","Actor":"System","Properties":{}"#,
        r#""Type":"MessageReceived","Actor":"System","Properties":{"Text":"never",
            "MatchingCriteria":{"Type":"Inclusion"}}"#,
    );
    let started = r#"{"Identifier":"first","Event":{"Type":"TestInitiated","Actor":"System","Properties":{}},
        "Actions":[],"Transitions":{"NextObservations":["start"]}},"#;
    let mut body = test_case("fails", &calls(&flow));
    body["Content"] = waits
        .replace(
            r#""Observations":["#,
            &format!(r#""Observations":[{started}"#),
        )
        .into();
    let execution = line.start(&line.create(body));
    assert_eq!(line.over(&execution).await, "FAILED");
    assert_eq!(
        line.summary(&execution)["ObservationSummary"],
        json!({"TotalObservations": 2, "ObservationsPassed": 1, "ObservationsFailed": 1})
    );
    let failed = line.records(&execution, "status=FAILED");
    assert_eq!(failed[0]["ObservationId"], "start");
}

/// Administrator guide: five executions run at the same time, and 100 run or wait. API reference: the error
/// beyond is ServiceQuotaExceededException, 402.
#[tokio::test]
async fn five_executions_run_and_a_hundred_run_or_wait() {
    let line = Line::new();
    let executions: Vec<String> = (0..100).map(|_| line.start(&line.case)).collect();
    let start = format!("{}/start-execution", line.case);
    let refused = || line.account.refused(Method::PUT, &start, json!({}));
    assert_eq!(refused(), error(402, "ServiceQuotaExceededException"));
    let running = || line.executions("status=IN_PROGRESS");
    // The first five, in the order of their starts.
    let of = |listed: Vec<Value>| -> Vec<String> {
        let ids = listed.iter().map(|one| text(&one["TestCaseExecutionId"]));
        ids.collect()
    };
    let ids: Vec<&str> = executions.iter().map(|one| id(one)).collect();
    assert_eq!(of(running()), ids[..5]);
    line.gate.0.add_permits(1);
    assert_eq!(line.over(&executions[0]).await, "PASSED");
    assert_eq!(running().len(), 5);
    assert_eq!(line.status(&executions[5]), "IN_PROGRESS");
    // One place is free again.
    let last = line.start(&line.case);
    assert_eq!(refused(), error(402, "ServiceQuotaExceededException"));
    line.gate.0.add_permits(100);
    assert_eq!(line.over(&last).await, "PASSED");
    assert_eq!(line.executions("status=PASSED&maxResults=100").len(), 100);
    assert_eq!(line.executions("status=IN_PROGRESS").len(), 0);
}

/// API reference, StopTestCaseExecution: a running execution; also one that waits, here.
#[tokio::test]
async fn executions_that_wait_and_that_run_are_stopped() {
    let line = Line::new();
    let executions: Vec<String> = (0..6).map(|_| line.start(&line.case)).collect();
    let stop = |execution: &str| {
        let path = format!("{execution}/stop-execution");
        line.account
            .ok(Method::POST, &path, json!({"ClientToken": "t"}))
    };
    assert_eq!(stop(&executions[5]), json!({}));
    assert_eq!(line.status(&executions[5]), "STOPPED");
    let records = line.records(&executions[5], "");
    assert_eq!(records[0]["Status"], "STOPPED");
    tokio::task::yield_now().await;
    stop(&executions[0]);
    line.gate.0.add_permits(5);
    assert_eq!(line.over(&executions[0]).await, "STOPPED");
    assert_eq!(line.over(&executions[1]).await, "PASSED");
    // The request can be repeated, and changes nothing that is over.
    stop(&executions[1]);
    assert_eq!(line.status(&executions[1]), "PASSED");
}

/// API reference: `ClientToken` ensures the idempotency of the request.
#[tokio::test]
async fn a_repeated_client_token_names_the_same_execution() {
    let line = Line::new();
    let start = |case: &str, token: &str| {
        let path = format!("{case}/start-execution");
        let body = json!({"ClientToken": token});
        line.account.ok(Method::PUT, &path, body)
    };
    let first = start(&line.case, "t");
    assert_eq!(first["TestCaseId"], id(&line.case));
    let again = start(&line.case, "t");
    assert_eq!(first["TestCaseExecutionId"], again["TestCaseExecutionId"]);
    assert_eq!(again["Status"], "IN_PROGRESS");
    let other = line.create(json!({"Name": "other", "Content": CONTENT}));
    for different in [start(&line.case, "u"), start(&other, "t")] {
        let of = "TestCaseExecutionId";
        assert_ne!(first[of], different[of]);
    }
    let again = start(&line.case, "t");
    assert_eq!(first["TestCaseExecutionId"], again["TestCaseExecutionId"]);
    assert_eq!(line.executions("").len(), 3);
}

/// StartTestCaseExecution executes "a published test case" (API reference); the error of a saved one is
/// this account's choice.
#[tokio::test]
async fn only_a_published_test_case_is_executed() {
    let line = Line::new();
    let saved = line.create(json!({"Name": "s", "Content": CONTENT, "Status": "SAVED"}));
    let start = format!("{saved}/start-execution");
    assert_eq!(
        line.account.refused(Method::PUT, &start, json!({})),
        error(400, "InvalidRequestException")
    );
    let unknown = format!("/test-cases/{}/t/start-execution", line.instance);
    assert_eq!(
        line.account.refused(Method::PUT, &unknown, json!({})),
        error(404, "ResourceNotFoundException")
    );
}

/// Recorded by public projects: an execution that cannot begin ends with the counts 0/0/0 and the reason
/// INITIALIZATION_FAILURE.
#[tokio::test]
async fn an_execution_that_cannot_begin_fails() {
    let line = Line::new();
    let no_flow = line.create(test_case("no flow", &calls("f")));
    let no_entry = line.create(json!({"Name": "no entry", "Content": CONTENT}));
    for case in [no_flow, no_entry] {
        let execution = line.start(&case);
        assert_eq!(line.over(&execution).await, "FAILED");
        assert_eq!(
            line.summary(&execution)["ObservationSummary"],
            json!({"TotalObservations": 0, "ObservationsPassed": 0, "ObservationsFailed": 0})
        );
        let records = line.records(&execution, "");
        let record: Value = serde_json::from_str(records[0]["Record"].as_str().unwrap()).unwrap();
        assert_eq!(record["Type"], "COMPLETION");
        assert_eq!(
            record["CompletionReason"]["FailureReasons"],
            json!(["INITIALIZATION_FAILURE"])
        );
    }
}

/// Service model: filters by test case, name, time of the start in milliseconds, and status.
#[tokio::test]
async fn executions_are_listed_by_all_filters_and_outlast_their_test_case() {
    let line = Line::new();
    let (flow, _) = line.account.flow(&line.instance, "short");
    let other = line.create(test_case("ends at once", &calls(&flow)));
    let first = line.start(&other);
    let second = line.start(&line.case);
    assert_eq!(line.over(&first).await, "PASSED");
    let listed = line.executions("");
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[1]["TestCaseId"], id(&line.case));
    assert_eq!(listed[1]["Tags"], json!({"team": "a"}));
    assert_eq!(listed[0]["TestCaseExecutionStatus"], "PASSED");
    let started = listed[0]["StartTime"].as_i64().unwrap() * 1_000;
    let (before, after) = (started - 60_000, started + 3_600_000);
    for (query, wanted) in [
        (format!("testCaseId={}", id(&other)), &[&first][..]),
        ("testCaseName=ends%20at%20once".to_owned(), &[&first]),
        ("testCaseName=ends".to_owned(), &[]),
        ("status=IN_PROGRESS".to_owned(), &[&second]),
        ("status=STOPPED".to_owned(), &[]),
        (format!("startTime={before}"), &[&first, &second]),
        (format!("startTime={after}"), &[]),
        (format!("endTime={before}"), &[]),
        (
            format!("startTime={started}&endTime={after}"),
            &[&first, &second],
        ),
        (format!("endTime={after}&status=PASSED"), &[&first]),
    ] {
        let listed = line.executions(&query);
        let found: Vec<&str> = listed
            .iter()
            .map(|one| one["TestCaseExecutionId"].as_str().unwrap())
            .collect();
        let wanted: Vec<&str> = wanted.iter().map(|path| id(path)).collect();
        assert_eq!(found, wanted, "{query}");
    }
    let page = format!("/test-case-executions/{}?maxResults=1", line.instance);
    let page = line.account.ok(Method::GET, &page, Value::Null);
    let token = encoded(&text(&page["NextToken"]));
    let next = line.executions(&format!("maxResults=1&nextToken={token}"));
    assert_eq!(next[0]["TestCaseExecutionId"], id(&second));
    // This account's choice: executions stay, and one that runs goes on.
    for case in [&other, &line.case] {
        line.account.ok(Method::DELETE, case, Value::Null);
    }
    assert_eq!(line.executions("").len(), 2);
    assert_eq!(line.status(&first), "PASSED");
    line.gate.0.add_permits(1);
    assert_eq!(line.over(&second).await, "PASSED");
    for operation in ["summary", "records"] {
        let path = format!("/test-cases/{}/t/{}/{operation}", line.instance, id(&first));
        assert_eq!(
            line.account.refused(Method::GET, &path, Value::Null),
            error(404, "ResourceNotFoundException")
        );
    }
}

#[tokio::test]
async fn executions_end_with_their_instance() {
    let line = Line::new();
    for _ in 0..6 {
        line.start(&line.case);
    }
    tokio::task::yield_now().await;
    // Each task keeps the service.
    assert!(Arc::strong_count(&line.account.service) > 5);
    let path = format!("/instance/{}", line.instance);
    line.account.ok(Method::DELETE, &path, Value::Null);
    line.gate.0.add_permits(5);
    for _ in 0..100_000 {
        if Arc::strong_count(&line.account.service) == 1 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the executions must end");
}

#[tokio::test]
async fn an_ended_account_executes_nothing() {
    let line = Line::new();
    let execution = line.start(&line.case);
    tokio::task::yield_now().await;
    // The task of the execution keeps the service until it is aborted.
    let service = Arc::downgrade(&line.account.service);
    line.account.service.end_test_runs();
    tokio::task::yield_now().await;
    assert_eq!(service.strong_count(), 1);
    assert_eq!(line.status(&execution), "IN_PROGRESS");
    let start = format!("{}/start-execution", line.case);
    assert_eq!(
        line.account.refused(Method::PUT, &start, json!({})),
        error(500, "InternalServiceException")
    );
}
