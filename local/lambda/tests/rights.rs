//! The use of a function's role: Lambda acts as the role, and logs and traces with its rights.
#![allow(clippy::unwrap_used, reason = "a broken fixture is a failed test")]

mod common;

use common::{Account, FUNCTIONS, ROLE, WORKER, script};
use http::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_log_costs_only_the_log() {
    for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
        let account = Account::worker(json!({})).await;
        account.rights.deny(action);
        account.pid().await;
        assert_eq!(account.log(), Vec::<String>::new(), "{action}");
        account.rights.allow(action);
        account.pid().await;
        assert!(!account.log().is_empty(), "{action}");
        account.service.shutdown().await;
    }
    // An existing stream does not need the right to create one.
    let account = Account::worker(json!({})).await;
    account.pid().await;
    let before = account.log().len();
    account.rights.deny("logs:CreateLogStream");
    account.pid().await;
    assert!(account.log().len() > before);
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_must_trust_lambda() {
    const STRANGER: &str = "arn:aws:iam::123456789012:role/stranger";
    let account = Account::worker(json!({})).await;
    account.rights.deny(STRANGER);
    let sentence = "The role defined for the function cannot be assumed by Lambda.";
    let made = account
        .create("other", &script(WORKER), json!({ "Role": STRANGER }))
        .await;
    assert_eq!(made.error(), "InvalidParameterValueException");
    assert_eq!(made.json()["message"], sentence);
    let changed = account
        .put(
            &format!("{FUNCTIONS}/worker/configuration"),
            json!({ "Role": STRANGER }),
        )
        .await;
    assert_eq!(changed.error(), "InvalidParameterValueException");
    let function = account.get(&format!("{FUNCTIONS}/worker")).await.ok();
    assert_eq!(function.json()["Configuration"]["Role"], ROLE);
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_traced_invocation_has_two_segments_and_the_function_their_trace() {
    let account = Account::worker(json!({ "TracingConfig": { "Mode": "Active" } })).await;
    let answer = account
        .invoke("worker", json!({ "do": "headers" }))
        .await
        .ok();
    let header = answer.json()["trace"].as_str().unwrap().to_owned();
    let segments = account.traces.segments();
    let [service, function] = &segments[..] else {
        panic!("{segments:?}");
    };
    let (root, parent) = (&service["trace_id"], &function["id"]);
    let expected = format!(
        "Root={};Parent={};Sampled=1",
        root.as_str().unwrap(),
        parent.as_str().unwrap()
    );
    assert_eq!(header, expected);
    assert_eq!(function["trace_id"], *root);
    assert_eq!(function["parent_id"], service["id"]);
    assert_eq!(service["origin"], "AWS::Lambda");
    assert_eq!(function["origin"], "AWS::Lambda::Function");
    let names = |segment: &serde_json::Value| -> Vec<String> {
        let parts = segment["subsegments"].as_array().unwrap();
        let names = parts.iter().map(|part| part["name"].as_str().unwrap());
        names.map(str::to_owned).collect()
    };
    assert_eq!(names(function), ["Initialization", "Invocation"]);

    // A warm invocation below a caller's segment, which fails.
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let uri = format!("{FUNCTIONS}/worker/invocations");
    let with = [("x-amzn-trace-id", trace)];
    account
        .send(
            Method::POST,
            &uri,
            &with,
            r#"{"do":"error","pin":"98765432"}"#,
        )
        .await
        .ok();
    let segments = account.traces.segments();
    let [_, _, service, function] = &segments[..] else {
        panic!("{segments:?}");
    };
    assert_eq!(service["trace_id"], "1-5759e988-bd862e3fe1be46a994272793");
    assert_eq!(service["parent_id"], "53995c3f42cd8ad8");
    assert_eq!(
        (&service["error"], &function["fault"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(names(function), ["Invocation"]);
    // Segments contain nothing of events and responses.
    assert!(!json!(segments).to_string().contains("98765432"));

    // A caller that decided against sampling, a role without the right, and a mode that does not trace.
    let not_sampled = trace.replace("Sampled=1", "Sampled=0");
    let with = [("x-amzn-trace-id", not_sampled.as_str())];
    let answer = account
        .send(Method::POST, &uri, &with, r#"{"do":"headers"}"#)
        .await
        .ok();
    assert_eq!(answer.json()["trace"], not_sampled);
    account.rights.deny("xray:PutTraceSegments");
    account.pid().await;
    assert_eq!(account.traces.segments().len(), 4);
    account.service.shutdown().await;

    let quiet = Account::worker(json!({})).await;
    let answer = quiet
        .invoke("worker", json!({ "do": "headers" }))
        .await
        .ok();
    assert!(
        answer.json()["trace"]
            .as_str()
            .unwrap()
            .ends_with(";Sampled=0")
    );
    assert!(quiet.traces.segments().is_empty());
    quiet.service.shutdown().await;
}
