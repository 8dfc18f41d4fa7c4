//! The shipped tests through the API of test cases, as a client of the service runs them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use e2e::Failure;
use http::Method;
use serde_json::{Value, json};

use super::cases::{LANGUAGES, LineKind};
use super::{cases_of, enter, settings, shipped};
use crate::flow::renderer::Renderer;
use crate::flow::setup::{Fallback, FlowSetup};

e2e::trials![every_shipped_test_passes_through_the_api];

/// The time in which an execution must end. It takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);

async fn every_shipped_test_passes_through_the_api() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    for language in LANGUAGES {
        for kind in LineKind::ALL {
            let (languages, fallback) = settings(kind, language);
            let setup = FlowSetup::new(&renderer, &languages, fallback).await?;
            let send = async |method: Method, path: String, body: Value| {
                Ok(setup.send(method, &path, body).await)
            };
            for case in cases_of(kind, language) {
                let mut request = shipped(language, &case.file_name());
                enter(&mut request, &setup.flow);
                passes(&send, &setup.instance, &request).await?;
            }
        }
    }
    // A line that speaks English fails a test of Japanese, which the API says as well.
    let setup = FlowSetup::new(&renderer, &["en"], Fallback::None).await?;
    let send =
        async |method: Method, path: String, body: Value| Ok(setup.send(method, &path, body).await);
    let mut request = shipped("ja", "sent");
    enter(&mut request, &setup.flow);
    let (summary, _) = executed(&send, &setup.instance, &request).await?;
    assert_eq!(summary["Status"], "FAILED");
    Ok(())
}

/// Creates the test case, executes it, and asserts that every observation passed.
pub(crate) async fn passes(
    send: &impl AsyncFn(Method, String, Value) -> Result<Value, Failure>,
    instance: &str,
    request: &Value,
) -> Result<(), Failure> {
    let name = &request["Name"];
    let (summary, records) = executed(send, instance, request).await?;
    assert_eq!(summary["Status"], "PASSED", "{name}: {records:#?}");
    let content: Value = serde_json::from_str(request["Content"].as_str().unwrap_or_default())?;
    let names = |list: &[Value], member: &str| -> BTreeSet<String> {
        let names = list.iter().filter_map(|one| one[member].as_str());
        names.map(str::to_owned).collect()
    };
    let observations = content["Observations"].as_array().ok_or("observations")?;
    let total = observations.len();
    let counts = json!({ "TotalObservations": total, "ObservationsPassed": total,
                         "ObservationsFailed": 0 });
    assert_eq!(summary["ObservationSummary"], counts, "{name}");
    let wanted = names(observations, "Identifier");
    assert_eq!(names(&records, "ObservationId"), wanted, "{name}");
    Ok(())
}

/// Creates the test case as the file says, executes and deletes it. Returns the summary at the end, and the
/// records.
async fn executed(
    send: &impl AsyncFn(Method, String, Value) -> Result<Value, Failure>,
    instance: &str,
    request: &Value,
) -> Result<(Value, Vec<Value>), Failure> {
    // The service takes the instance from the path.
    let mut body = request.clone();
    body.as_object_mut()
        .ok_or("an object")?
        .remove("InstanceId");
    let created = send(Method::PUT, format!("/test-cases/{instance}"), body).await?;
    let case = created["TestCaseId"].as_str().ok_or("a TestCaseId")?;
    let of_case = format!("/test-cases/{instance}/{case}");
    let token = json!({ "ClientToken": case });
    let started = send(Method::PUT, format!("{of_case}/start-execution"), token).await?;
    let execution = started["TestCaseExecutionId"].as_str().ok_or("an id")?;
    let of_execution = format!("{of_case}/{execution}");
    let began = Instant::now();
    let summary = loop {
        let path = format!("{of_execution}/summary");
        let summary = send(Method::GET, path, Value::Null).await?;
        if !["INITIATED", "IN_PROGRESS"].contains(&summary["Status"].as_str().unwrap_or_default()) {
            break summary;
        }
        assert!(began.elapsed() < PATIENCE, "{}: {summary}", request["Name"]);
        tokio::task::yield_now().await;
    };
    let path = format!("{of_execution}/records?maxResults=100");
    let mut records = send(Method::GET, path, Value::Null).await?;
    let records = match records["ExecutionRecords"].take() {
        Value::Array(records) => records,
        other => return Err(format!("the records must be a list, was {other}").into()),
    };
    send(Method::DELETE, of_case, Value::Null).await?;
    Ok((summary, records))
}
