//! Functions that run as real processes.

#[path = "../common/mod.rs"]
mod common;

mod failures;
mod logs;
mod managed;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use common::{
    Account, ENDPOINT, FUNCTIONS, REGION, ROLE, WORKER, is_running, make_fifo, script, tail, zip,
};
use http::Method;
use local_lambda::Hosting;
use local_wire::{FunctionInvoker, InvocationType, InvokeRequest, Principal};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:lambda:ap-northeast-1:123456789012:function:worker";

#[tokio::test(flavor = "multi_thread")]
async fn an_invocation_returns_a_response_and_the_end_of_its_log() {
    let account = Account::worker(json!({})).await;
    let answer = account.invoke("worker", json!({})).await.ok();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.function_error(), None);
    assert_eq!(answer.header("x-amz-executed-version"), Some("$LATEST"));
    let pid = answer.json()["pid"].as_u64().unwrap();

    let log = account.log();
    assert!(log[0].starts_with("INIT_START Runtime Version: provided:al2023.v1\t"));
    assert_eq!(log[1], format!("cold {pid}"));
    let id = log[2]
        .strip_prefix("START RequestId: ")
        .and_then(|rest| rest.strip_suffix(" Version: $LATEST"))
        .unwrap_or_else(|| panic!("{log:?}"))
        .to_owned();
    // The two pipes are read concurrently: only the order within each is certain.
    let mut lines = log[3..6].to_vec();
    lines.sort();
    assert_eq!(lines, ["line one", "line two", "unfinished"]);
    assert_eq!(log[6], format!("END RequestId: {id}"));
    let report = &log[7];
    assert!(report.starts_with(&format!("REPORT RequestId: {id}\tDuration: ")));
    assert!(report.contains("\tMemory Size: 256 MB\tMax Memory Used: "));
    assert!(!report.contains("Max Memory Used: 0 MB"), "{report}");
    assert!(report.contains("\tInit Duration: "), "{report}");
    assert_eq!(log.len(), 8, "{log:?}");
    assert_eq!(answer.header("x-amzn-requestid"), Some(&*id));

    let tail = tail(&answer);
    assert!(tail.starts_with("START RequestId"), "{tail}");
    assert!(tail.contains("line one\n"), "{tail}");

    let streams = account.logs.streams("/aws/lambda/worker");
    let stream = streams.iter().next().unwrap();
    let (date, id) = stream.split_once("/[$LATEST]").unwrap();
    assert_eq!((date.len(), id.len()), (10, 32), "{stream}");
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_process_is_reused() {
    let account = Account::worker(json!({})).await;
    let first = account.pid().await;
    assert_eq!(account.pid().await, first);
    assert_eq!(account.logs.streams("/aws/lambda/worker").len(), 1);
    let reports: Vec<String> = account
        .log()
        .into_iter()
        .filter(|line| line.starts_with("REPORT"))
        .collect();
    assert!(!reports[1].contains("Init Duration"), "{reports:?}");
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_is_lambdas() {
    let variables = json!({ "Variables": { "TABLE": "pins", "LANG": "C" } });
    let logging = json!({ "LogFormat": "JSON", "ApplicationLogLevel": "WARN" });
    let account =
        Account::worker(json!({ "Environment": variables, "LoggingConfig": logging })).await;
    let answer = account
        .invoke("worker", json!({ "do": "environment" }))
        .await
        .ok();
    let text = answer.json();
    let found: std::collections::HashMap<&str, &str> = text
        .as_str()
        .unwrap()
        .split('|')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let stream = account.logs.streams("/aws/lambda/worker");
    for (name, value) in [
        ("TABLE", "pins"),
        ("LANG", "C"),
        ("_HANDLER", "bootstrap"),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ENDPOINT_URL", ENDPOINT),
        ("AWS_LAMBDA_FUNCTION_NAME", "worker"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/worker"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", stream.iter().next().unwrap()),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_LAMBDA_LOG_LEVEL", "WARN"),
        ("TZ", ":UTC"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
    ] {
        assert_eq!(found.get(name), Some(&value), "{name}");
    }
    assert_eq!(found.get("PWD"), found.get("LAMBDA_TASK_ROOT"));
    assert!(!found.contains_key("HOME"), "{found:?}");
    let identity = account.service.identity_of(found["AWS_ACCESS_KEY_ID"]);
    let identity = identity.unwrap();
    assert_eq!(
        (identity.role_arn.as_str(), identity.function_arn.as_str()),
        (ROLE, ARN)
    );
    assert_eq!(account.service.identity_of("AKIAOTHER"), None);
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invocation_is_described_to_the_runtime() {
    let account = Account::worker(json!({})).await;
    let uri = format!("{FUNCTIONS}/worker/invocations?Qualifier=$LATEST");
    let trace = "Root=1-00000000-000000000000000000000000;Sampled=1";
    let answer = account
        .send(
            Method::POST,
            &uri,
            &[("x-amzn-trace-id", trace)],
            r#"{"do":"headers"}"#,
        )
        .await
        .ok();
    let body = answer.json();
    assert_eq!(body["arn"], format!("{ARN}:$LATEST"));
    assert_eq!(body["trace"], trace);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as u64;
    let deadline = body["deadline"].as_u64().unwrap();
    assert!((now..=now + 20_000).contains(&deadline), "{deadline} {now}");

    let states = account
        .invoke("worker", json!({ "do": "states" }))
        .await
        .ok();
    assert_eq!(states.json(), json!([403, 400, 404]));
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_invocations_have_processes_of_their_own() {
    let account = Account::worker(json!({})).await;
    let fifo = account.directory.path().join("fifo");
    make_fifo(&fifo);
    // Each end of the pipe waits for the other: one process alone would block.
    let (reader, writer) = tokio::join!(
        account.invoke("worker", json!({ "read": fifo })),
        account.invoke("worker", json!({ "write": fifo })),
    );
    let (reader, writer) = (reader.ok().json(), writer.ok().json());
    assert_ne!(reader["pid"], writer["pid"]);
    assert_eq!(account.logs.streams("/aws/lambda/worker").len(), 2);
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrency_is_limited() {
    let account = Account::worker(json!({})).await;
    let concurrency = "/2017-10-31/functions/worker/concurrency";
    account
        .put(concurrency, json!({ "ReservedConcurrentExecutions": 1 }))
        .await
        .ok();
    let fifo = account.directory.path().join("fifo");
    make_fifo(&fifo);
    let busy = account.invoke("worker", json!({ "read": fifo }));
    let check = async {
        let path = fifo.clone();
        // Opening the pipe returns when the function has opened its end, so it is running now.
        let open = move || std::fs::OpenOptions::new().write(true).open(path).unwrap();
        let mut end = tokio::task::spawn_blocking(open).await.unwrap();
        let refused = account.invoke("worker", json!({})).await;
        std::io::Write::write_all(&mut end, b"line\n").unwrap();
        refused
    };
    let (busy, refused) = tokio::join!(busy, check);
    busy.ok();
    assert_eq!(refused.status, 429);
    assert_eq!(refused.error(), "TooManyRequestsException");
    assert_eq!(
        refused.json()["Reason"],
        "ReservedFunctionConcurrentInvocationLimitExceeded"
    );
    account.pid().await;

    account
        .put(concurrency, json!({ "ReservedConcurrentExecutions": 0 }))
        .await
        .ok();
    assert_eq!(account.invoke("worker", json!({})).await.status, 429);
    account.delete(concurrency).await.ok();
    account.pid().await;
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_passed_on_as_they_are() {
    let account = Account::worker(json!({})).await;
    let first = account.pid().await;
    let error = account
        .invoke("worker", json!({ "do": "error" }))
        .await
        .ok();
    assert_eq!(error.function_error(), Some("Unhandled"));
    assert_eq!(
        error.json(),
        json!({ "errorType": "Test", "errorMessage": "as asked" })
    );
    let text = account.invoke("worker", json!({ "do": "text" })).await.ok();
    assert_eq!(text.function_error(), None);
    assert_eq!(text.body, "not JSON");
    // Neither ends the process.
    assert_eq!(account.pid().await, first);
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_replaces_the_process() {
    let account = Account::worker(json!({})).await;
    let first = account.pid().await;
    let uri = format!("{FUNCTIONS}/worker/code");
    let changed = format!("# new\n{WORKER}");
    account
        .put(&uri, json!({ "ZipFile": script(&changed) }))
        .await
        .ok();
    assert!(!is_running(first));
    let second = account.pid().await;
    assert_ne!(second, first);

    let uri = format!("{FUNCTIONS}/worker/configuration");
    let variables = json!({ "Environment": { "Variables": { "TABLE": "changed" } } });
    account.put(&uri, variables).await.ok();
    assert!(!is_running(second));
    let environment = account
        .invoke("worker", json!({ "do": "environment" }))
        .await;
    let environment = environment.ok().json();
    assert!(environment.as_str().unwrap().contains("TABLE=changed|"));

    let third = account.pid().await;
    account.delete(&format!("{FUNCTIONS}/worker")).await.ok();
    assert!(!is_running(third));
    let gone = account.invoke("worker", json!({})).await;
    assert_eq!(gone.error(), "ResourceNotFoundException");
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_aliases_run_their_own_code() {
    let account = Account::worker(json!({})).await;
    let published = account
        .post(&format!("{FUNCTIONS}/worker/versions"), json!({}))
        .await
        .ok()
        .json();
    assert_eq!(published["Version"], "1");
    account
        .post(
            &format!("{FUNCTIONS}/worker/aliases"),
            json!({ "Name": "live", "FunctionVersion": "1" }),
        )
        .await
        .ok();
    let changed = "while :; do next; answer '\"changed\"'; done";
    let uri = format!("{FUNCTIONS}/worker/code");
    account
        .put(&uri, json!({ "ZipFile": script(changed) }))
        .await
        .ok();
    let live = account.invoke("worker:live", json!({})).await.ok();
    assert_eq!(live.header("x-amz-executed-version"), Some("1"));
    assert!(live.json()["pid"].is_u64());
    let latest = account.invoke("worker", json!({})).await.ok();
    assert_eq!(latest.json(), "changed");
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_events_and_responses_pass_up_to_the_limit() {
    let account = Account::worker(json!({ "MemorySize": 1024 })).await;
    let event = json!({ "do": "echo", "fill": "x".repeat(100_000) });
    let answer = account.invoke("worker", event.clone()).await.ok();
    assert_eq!(answer.json(), event);
    let answer = account
        .invoke("worker", json!({ "do": "large" }))
        .await
        .ok();
    assert_eq!(answer.function_error(), Some("Unhandled"));
    assert_eq!(answer.json()["errorType"], "Function.ResponseSizeTooLarge");
    let answer = account
        .invoke("worker", json!({ "do": "broken" }))
        .await
        .ok();
    assert_eq!(answer.json()["errorType"], "Runtime.ExitError");
    let event = json!({ "fill": "x".repeat(6 * 1024 * 1024) });
    let refused = account.invoke("worker", event).await;
    assert_eq!(
        (refused.status, refused.error()),
        (413, "RequestTooLargeException".into())
    );
    let uri = format!("{FUNCTIONS}/worker/invocations");
    let refused = account.send(Method::POST, &uri, &[], "{").await;
    assert_eq!(refused.error(), "InvalidRequestContentException");
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_run_later_and_dry_runs_never() {
    let account = Account::worker(json!({})).await;
    let fifo = account.directory.path().join("fifo");
    make_fifo(&fifo);
    let uri = format!("{FUNCTIONS}/worker/invocations");
    let kind = |kind| [("x-amz-invocation-type", kind)];
    let dry = account
        .send(Method::POST, &uri, &kind("DryRun"), "{}")
        .await;
    assert_eq!(dry.status, 204);
    let event = json!({ "write": fifo }).to_string();
    let answer = account
        .send(Method::POST, &uri, &kind("Event"), event)
        .await;
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    let id = answer.header("x-amzn-requestid").unwrap();
    let read = move || std::fs::read_to_string(fifo).unwrap();
    let line = tokio::task::spawn_blocking(read).await.unwrap();
    assert_eq!(line, "line\n");
    account.service.shutdown().await;
    let starts = account.log();
    let starts = starts.iter().filter(|line| line.starts_with("START"));
    let starts: Vec<&String> = starts.collect();
    assert_eq!(starts.len(), 1);
    assert!(starts[0].contains(id), "{starts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn services_need_permission() {
    let account = Account::worker(json!({})).await;
    let instance = "arn:aws:connect:ap-northeast-1:123456789012:instance/i-1";
    let request = || InvokeRequest {
        function_arn: ARN.into(),
        payload: Bytes::from_static(b"{}"),
        principal: Principal::Service {
            name: "connect.amazonaws.com".into(),
            source_arn: instance.into(),
            source_account: "123456789012".into(),
        },
        invocation_type: InvocationType::Synchronous,
        trace_id: None,
    };
    let denied = account.service.invoke(request()).await.unwrap_err();
    assert_eq!(
        (denied.status, denied.code.as_str()),
        (403, "AccessDeniedException")
    );
    account
        .post(
            &format!("{FUNCTIONS}/worker/policy"),
            json!({
                "StatementId": "connect",
                "Action": "lambda:InvokeFunction",
                "Principal": "connect.amazonaws.com",
                "SourceAccount": "123456789012",
                "SourceArn": instance,
            }),
        )
        .await
        .ok();
    let answer = account.service.invoke(request()).await.unwrap();
    assert_eq!(answer.function_error, None);
    assert_eq!(answer.executed_version, "$LATEST");
    let mut qualified = request();
    qualified.function_arn = format!("{ARN}:$LATEST");
    assert!(account.service.invoke(qualified).await.is_ok());
    account.service.shutdown().await;
    // The refused invocation left no line and no metric: fitthejob/connect-terraform, README.
    let lines = account.log();
    let starts = lines.iter().filter(|line| line.starts_with("START"));
    assert_eq!(starts.count(), 2);
    assert_eq!(account.metrics.sum("worker", "Invocations"), 2.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_leaves_nothing() {
    let account = Account::worker(json!({})).await;
    let idle = account.pid().await;
    let fifo = account.directory.path().join("fifo");
    make_fifo(&fifo);
    let busy = account.invoke("worker", json!({ "read": fifo }));
    let stop = async {
        let path = fifo.clone();
        let open = move || std::fs::OpenOptions::new().write(true).open(path).unwrap();
        let _end = tokio::task::spawn_blocking(open).await.unwrap();
        account.service.shutdown().await;
    };
    let (busy, ()) = tokio::join!(busy, stop);
    assert_eq!(busy.function_error(), Some("Unhandled"));
    assert!(!is_running(idle));
    let work = account.directory.path().join("work");
    assert_eq!(std::fs::read_dir(work).unwrap().count(), 0);
    let late = account.invoke("worker", json!({})).await;
    assert_eq!(late.error(), "ServiceException");
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_service_kills_its_processes() {
    let account = Account::worker(json!({})).await;
    let pid = account.pid().await;
    let Account {
        service, directory, ..
    } = account;
    drop(service);
    tokio::time::timeout(Duration::from_secs(10), async {
        while is_running(pid) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    let work = directory.path().join("work");
    assert_eq!(std::fs::read_dir(work).unwrap().count(), 0);
}
