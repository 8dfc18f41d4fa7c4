//! Functions of managed runtimes, in the interpreters of this machine.
//!
//! The members of contexts and the shapes of errors are those of Lambda's guide ("Using the Lambda context
//! object", "Python function errors"/"Node.js function errors" in "Understanding Lambda function errors"),
//! the error types and the lines of logs those of AWS's runtime interface clients for Python and Node.js.

use common::{interpreter, node, printed, python};

use super::*;

/// An event of a flow, with the members of "Invoke a Lambda function" in Amazon Connect's guide.
fn call_from(number: &str) -> Value {
    json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Attributes": {},
                "Channel": "VOICE",
                "ContactId": "4a573372-1f28-4e26-b97b-000000000001",
                "CustomerEndpoint": { "Address": number, "Type": "TELEPHONE_NUMBER" },
                "InitiationMethod": "INBOUND",
                "SystemEndpoint": { "Address": "+81312345678", "Type": "TELEPHONE_NUMBER" },
            },
            "Parameters": { "greeting": "Hello" },
        },
    })
}

async fn answer(account: &Account, event: Value) -> Value {
    let answer = account.invoke("worker", event).await.ok();
    assert_eq!(answer.function_error(), None, "{:?}", answer.body);
    answer.json()
}

async fn error(account: &Account, event: Value) -> Value {
    let answer = account.invoke("worker", event).await.ok();
    assert_eq!(
        answer.function_error(),
        Some("Unhandled"),
        "{:?}",
        answer.body
    );
    answer.json()
}

#[track_caller]
fn has_line(account: &Account, part: &str) {
    let log = account.log();
    assert!(
        log.iter().any(|line| line.contains(part)),
        "{part}: {log:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_function_looks_the_caller_of_a_flow_up() {
    let Some(runtime) = python() else { return };
    let app = r#"
from line import customers

def handler(event, context):
    details = event["Details"]
    number = details["ContactData"]["CustomerEndpoint"]["Address"]
    name = customers.NAMES.get(number)
    if name is None:
        return {"known": "false"}
    return {"known": "true", "text": details["Parameters"]["greeting"] + " " + name}
"#;
    let customers = "NAMES = {'+819012345678': 'Tanaka'}\n";
    let files = [("line/app.py", app), ("line/customers.py", customers)];
    let account = Account::new();
    account
        .modules(&runtime, "line/app.handler", &files, json!({}))
        .await;
    assert_eq!(
        answer(&account, call_from("+819012345678")).await,
        json!({ "known": "true", "text": "Hello Tanaka" })
    );
    assert_eq!(
        answer(&account, call_from("+819000000000")).await,
        json!({ "known": "false" })
    );
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_function_looks_the_caller_of_a_flow_up() {
    let Some(runtime) = node() else { return };
    let app = r#"
import { names } from './customers.mjs';

export const handler = async (event) => {
  const { ContactData, Parameters } = event.Details;
  const name = names[ContactData.CustomerEndpoint.Address];
  return name ? { known: 'true', text: `${Parameters.greeting} ${name}` } : { known: 'false' };
};
"#;
    let customers = "export const names = { '+819012345678': 'Tanaka' };\n";
    let files = [("line/app.mjs", app), ("line/customers.mjs", customers)];
    let account = Account::new();
    account
        .modules(&runtime, "line/app.handler", &files, json!({}))
        .await;
    assert_eq!(
        answer(&account, call_from("+819012345678")).await,
        json!({ "known": "true", "text": "Hello Tanaka" })
    );
    assert_eq!(
        answer(&account, call_from("+819000000000")).await,
        json!({ "known": "false" })
    );
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_handlers_have_lambdas_context_environment_and_log() {
    let Some(runtime) = python() else { return };
    let app = r#"
import logging, os, sys

def handler(event, context):
    print("printed")
    print("to stderr", file=sys.stderr)
    logging.getLogger().warning("two\nlines")
    return {
        "id": context.aws_request_id,
        "name": context.function_name,
        "version": context.function_version,
        "memory": context.memory_limit_in_mb,
        "arn": context.invoked_function_arn,
        "group": context.log_group_name,
        "left": context.get_remaining_time_in_millis(),
        "client": context.client_context,
        "pool": context.identity.cognito_identity_pool_id,
        "environment": dict(os.environ),
        "root": sys.path[0],
    }
"#;
    let account = Account::new();
    let extra = json!({ "Environment": { "Variables": { "TABLE": "pins" } } });
    account
        .modules(&runtime, "app.handler", &[("app.py", app)], extra)
        .await;
    let invoked = account.invoke("worker", json!({})).await.ok();
    let found = invoked.json();
    let id = invoked.header("x-amzn-requestid").unwrap();
    for (member, value) in [
        ("id", id),
        ("name", "worker"),
        ("version", "$LATEST"),
        ("memory", "256"),
        ("arn", ARN),
        ("group", "/aws/lambda/worker"),
    ] {
        assert_eq!(found[member], value, "{member}");
    }
    let left = found["left"].as_u64().unwrap();
    assert!((1..=20_000).contains(&left), "{left}");
    assert_eq!(
        (&found["client"], &found["pool"]),
        (&Value::Null, &Value::Null)
    );
    let environment = &found["environment"];
    for (name, value) in [
        ("_HANDLER", "app.handler"),
        ("AWS_EXECUTION_ENV", &*format!("AWS_Lambda_{runtime}")),
        ("TABLE", "pins"),
        ("AWS_ENDPOINT_URL", ENDPOINT),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
    assert_eq!(environment["PYTHONPATH"], environment["LAMBDA_RUNTIME_DIR"]);
    assert_eq!(environment["LAMBDA_TASK_ROOT"], found["root"]);
    let version = runtime.trim_start_matches("python");
    has_line(
        &account,
        &format!("INIT_START Runtime Version: python:{version}.v1\t"),
    );
    has_line(&account, "printed");
    has_line(&account, "to stderr");
    let log = account.log();
    let warning = log.iter().find(|line| line.starts_with("[WARNING]\t"));
    let warning = warning.unwrap_or_else(|| panic!("{log:?}"));
    assert!(
        warning.ends_with(&format!("Z\t{id}\ttwo\rlines")),
        "{warning:?}"
    );
    assert_eq!(account.metrics.sum("worker", "Invocations"), 1.0);
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_handlers_have_lambdas_context_environment_and_log() {
    let Some(runtime) = node() else { return };
    let app = r#"
exports.handler = (event, context, callback) => {
  console.log('two\nlines %d', 7);
  console.error('to the log');
  setTimeout(() => console.log('before the response'), 20);
  callback(null, {
    id: context.awsRequestId,
    name: context.functionName,
    version: context.functionVersion,
    memory: context.memoryLimitInMB,
    arn: context.invokedFunctionArn,
    group: context.logGroupName,
    left: context.getRemainingTimeInMillis(),
    environment: process.env,
  });
};
"#;
    let account = Account::new();
    account
        .modules(&runtime, "app.handler", &[("app.js", app)], json!({}))
        .await;
    let invoked = account.invoke("worker", json!({})).await.ok();
    let found = invoked.json();
    let id = invoked.header("x-amzn-requestid").unwrap();
    for (member, value) in [
        ("id", id),
        ("name", "worker"),
        ("version", "$LATEST"),
        ("memory", "256"),
        ("arn", ARN),
        ("group", "/aws/lambda/worker"),
    ] {
        assert_eq!(found[member], value, "{member}");
    }
    let left = found["left"].as_u64().unwrap();
    assert!((1..=20_000).contains(&left), "{left}");
    let environment = &found["environment"];
    assert_eq!(environment["_HANDLER"], "app.handler");
    assert_eq!(
        environment["AWS_EXECUTION_ENV"],
        format!("AWS_Lambda_{runtime}")
    );
    let directory = environment["LAMBDA_RUNTIME_DIR"].as_str().unwrap();
    let path = environment["NODE_PATH"].as_str().unwrap();
    assert!(
        path.starts_with(&format!("{directory}/node_modules")),
        "{path}"
    );
    has_line(&account, &format!("Z\t{id}\tINFO\ttwo\rlines 7"));
    has_line(&account, &format!("Z\t{id}\tERROR\tto the log"));
    has_line(&account, "before the response");
    account.service.shutdown().await;
}

/// The kinds of handlers in "Define Lambda function handler in Node.js".
#[tokio::test(flavor = "multi_thread")]
async fn node_handlers_may_be_of_every_kind() {
    let Some(runtime) = node() else { return };
    let common = r#"
exports.asynchronous = async (event) => [event];
exports.nothing = async () => {};
exports.silent = () => {};
exports.at_once = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  setInterval(() => {}, 1000);
  callback(null, 'at once');
};
exports.deep = { er: async () => 'deeper' };
"#;
    let module = "export const handler = async () => typeof require;";
    let files = [
        ("common.js", common),
        ("explicit.cjs", "exports.handler = async () => 'cjs';"),
        ("typed/package.json", r#"{ "type": "module" }"#),
        ("typed/app.js", module),
    ];
    let account = Account::new();
    account
        .modules(&runtime, "common.asynchronous", &files, json!({}))
        .await;
    for (handler, response) in [
        ("common.asynchronous", json!([{}])),
        ("common.nothing", Value::Null),
        ("common.silent", Value::Null),
        ("common.at_once", json!("at once")),
        ("common.deep.er", json!("deeper")),
        ("explicit.handler", json!("cjs")),
        ("typed/app.handler", json!("undefined")),
    ] {
        let uri = format!("{FUNCTIONS}/worker/configuration");
        let changed = account.put(&uri, json!({ "Handler": handler })).await;
        changed.ok();
        assert_eq!(answer(&account, json!({})).await, response, "{handler}");
    }
    account.service.shutdown().await;
}

/// "Callback-based function handlers" in Lambda's guide: supported up to Node.js 22. The machine's Node.js
/// stands in for version 24.
#[tokio::test(flavor = "multi_thread")]
async fn handlers_of_node_24_have_no_callback() {
    if node().is_none() {
        return;
    }
    let path = printed("node", &["-p", "process.execPath"]).unwrap();
    let directory = tempfile::tempdir().unwrap();
    interpreter(directory.path(), "node", "24.1.0", &path, 0);
    let account = Account::configured(|config| config.search_path = directory.path().into());
    let app = r#"
exports.callback = (event, context, callback) => callback(null, 'called back');
exports.promise = async (event, context) => 'kept';
"#;
    let files = [("app.js", app)];
    account
        .modules("nodejs24.x", "app.callback", &files, json!({}))
        .await;
    let refused = error(&account, json!({})).await;
    assert_eq!(refused["errorType"], "Runtime.CallbackHandlerDeprecated");
    let uri = format!("{FUNCTIONS}/worker/configuration");
    let changed = account.put(&uri, json!({ "Handler": "app.promise" }));
    changed.await.ok();
    assert_eq!(answer(&account, json!({})).await, "kept");
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_errors_are_reported_as_by_lambda() {
    let Some(runtime) = python() else { return };
    let app = r#"
def handler(event, context):
    if event.get("set"):
        return {1}
    if event.get("exit"):
        raise SystemExit(3)
    raise ValueError("not a number")
"#;
    let files = [
        ("app.py", app),
        ("absent.py", "import a_missing_module"),
        ("broken.py", "def handler(:"),
        ("raising.py", "raise RuntimeError('at import')"),
    ];
    let account = Account::new();
    account
        .modules(&runtime, "app.handler", &files, json!({}))
        .await;
    let raised = error(&account, json!({})).await;
    assert_eq!(
        (&raised["errorType"], &raised["errorMessage"]),
        (&json!("ValueError"), &json!("not a number"))
    );
    assert!(raised["requestId"].is_string(), "{raised}");
    let trace = raised["stackTrace"].as_array().unwrap();
    assert_eq!(trace.len(), 1, "{raised}");
    let frame = trace[0].as_str().unwrap();
    assert!(frame.contains("app.py\", line 7, in handler\n"), "{frame}");
    has_line(
        &account,
        "[ERROR] ValueError: not a number\rTraceback (most recent call last):\r",
    );
    let kind = error(&account, json!({ "set": true })).await;
    assert_eq!(kind["errorType"], "Runtime.MarshalError");
    let exit = error(&account, json!({ "exit": true })).await;
    assert_eq!(exit["errorType"], "Runtime.ExitError");
    assert_eq!(account.metrics.sum("worker", "Errors"), 3.0);
    for (handler, kind, message) in [
        (
            "absent.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'absent': No module named 'a_missing_module'",
        ),
        (
            "nowhere.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'nowhere': No module named 'nowhere'",
        ),
        (
            "broken.handler",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'broken': ",
        ),
        (
            "app.nothing",
            "Runtime.HandlerNotFound",
            "Handler 'nothing' missing on module 'app'",
        ),
        (
            "handler",
            "Runtime.MalformedHandlerName",
            "Bad handler 'handler': not enough values to unpack (expected 2, got 1)",
        ),
        ("raising.handler", "RuntimeError", "at import"),
    ] {
        let uri = format!("{FUNCTIONS}/worker/configuration");
        account.put(&uri, json!({ "Handler": handler })).await.ok();
        let failed = error(&account, json!({})).await;
        assert_eq!(failed["errorType"], kind, "{handler}");
        let text = failed["errorMessage"].as_str().unwrap();
        assert!(text.starts_with(message), "{handler}: {text}");
    }
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_errors_are_reported_as_by_lambda() {
    let Some(runtime) = node() else { return };
    let app = r#"
exports.handler = async (event) => {
  if (event.text) throw 'text';
  if (event.stray) {
    Promise.reject(new Error('stray'));
    await new Promise((resolve) => setTimeout(resolve, 10000));
  }
  throw new TypeError('not a number');
};
exports.callback = (event, context, callback) => callback(new RangeError('called back'));
exports.value = 1;
"#;
    let files = [
        ("app.js", app),
        ("absent.js", "require('a-missing-module');"),
        ("imported.mjs", "import 'a-missing-module';"),
        ("broken.js", "function ("),
        ("raising.js", "throw new RangeError('at import');"),
    ];
    let account = Account::new();
    account
        .modules(&runtime, "app.handler", &files, json!({}))
        .await;
    let thrown = error(&account, json!({})).await;
    assert_eq!(
        (&thrown["errorType"], &thrown["errorMessage"]),
        (&json!("TypeError"), &json!("not a number"))
    );
    assert_eq!(thrown["trace"][0], "TypeError: not a number");
    let frame = thrown["trace"][1].as_str().unwrap();
    assert!(frame.contains("app.js:8:9"), "{frame}");
    has_line(
        &account,
        "\tERROR\tInvoke Error\t{\"errorType\":\"TypeError\",",
    );
    assert_eq!(
        error(&account, json!({ "text": true })).await,
        json!({ "errorType": "string", "errorMessage": "text", "trace": [] })
    );
    let stray = error(&account, json!({ "stray": true })).await;
    assert_eq!(
        (&stray["errorType"], &stray["errorMessage"]),
        (
            &json!("Runtime.UnhandledPromiseRejection"),
            &json!("Error: stray")
        )
    );
    for (handler, kind, message) in [
        ("app.callback", "RangeError", "called back"),
        (
            "absent.handler",
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'a-missing-module'\nRequire stack:\n",
        ),
        (
            "imported.handler",
            "Runtime.ImportModuleError",
            "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'a-missing-module'",
        ),
        (
            "nowhere.handler",
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'nowhere'",
        ),
        (
            "broken.handler",
            "Runtime.UserCodeSyntaxError",
            "SyntaxError: ",
        ),
        (
            "app.nothing",
            "Runtime.HandlerNotFound",
            "app.nothing is undefined or not exported",
        ),
        (
            "app.value",
            "Runtime.HandlerNotFound",
            "app.value is not a function",
        ),
        ("handler", "Runtime.MalformedHandlerName", "Bad handler"),
        ("raising.handler", "RangeError", "at import"),
    ] {
        let uri = format!("{FUNCTIONS}/worker/configuration");
        account.put(&uri, json!({ "Handler": handler })).await.ok();
        let failed = error(&account, json!({})).await;
        assert_eq!(failed["errorType"], kind, "{handler}");
        let text = failed["errorMessage"].as_str().unwrap();
        assert!(text.starts_with(message), "{handler}: {text}");
    }
    account.service.shutdown().await;
}

/// The members of JSON logs are those of "Using the Lambda JSON log format" in Lambda's guide.
#[tokio::test(flavor = "multi_thread")]
async fn json_logs_have_lambdas_members() {
    let python_app = r#"
import logging
def handler(event, context):
    logging.getLogger("line").info("left out")
    logging.getLogger("line").warning("kept")
"#;
    let node_app =
        "exports.handler = async () => { console.info('left out'); console.warn('kept'); };";
    let applications = [
        (python(), "app.py", python_app, "WARNING"),
        (node(), "app.js", node_app, "WARN"),
    ];
    for (runtime, file, app, level) in applications {
        let Some(runtime) = runtime else { continue };
        let account = Account::new();
        let logging = json!({ "LogFormat": "JSON", "ApplicationLogLevel": "WARN" });
        let extra = json!({ "LoggingConfig": logging });
        account
            .modules(&runtime, "app.handler", &[(file, app)], extra)
            .await;
        let invoked = account.invoke("worker", json!({})).await.ok();
        assert_eq!(invoked.function_error(), None, "{:?}", invoked.body);
        let log = account.log();
        assert!(!log.iter().any(|line| line.contains("left out")), "{log:?}");
        let kept = log.iter().find(|line| line.contains("kept"));
        let kept = kept.unwrap_or_else(|| panic!("{log:?}"));
        let kept: Value = serde_json::from_str(kept).unwrap();
        assert_eq!(
            (&kept["message"], &kept["level"]),
            (&json!("kept"), &json!(level))
        );
        assert_eq!(
            kept["requestId"],
            invoked.header("x-amzn-requestid").unwrap()
        );
        assert!(kept["timestamp"].is_string(), "{kept}");
        account.service.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_is_stopped_at_its_time_limit() {
    let Some(runtime) = node() else { return };
    let account = Account::new();
    let app = "exports.handler = () => { for (;;); };";
    let extra = json!({ "Timeout": 1 });
    account
        .modules(&runtime, "app.handler", &[("app.js", app)], extra)
        .await;
    let stopped = error(&account, json!({})).await;
    assert_eq!(stopped["errorType"], "Sandbox.Timedout");
    account.service.shutdown().await;
}
