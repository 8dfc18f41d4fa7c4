//! Calls through the public interface: what a caller hears, and what the flow log has.
#![allow(clippy::unwrap_used, reason = "a broken fixture is a failed test")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connect_flow::Ending;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::Method;
use local_connect::{
    Call, CallEvent, CallerId, ConnectPorts, ConnectService, INSTANCES_PER_REGION, REPEAT_LIMIT,
    strokes,
};
use local_wire::{
    Fault, FunctionAnswer, FunctionInvoker, FunctionPolicies, InvokeRequest, LogEvent, LogSink,
    LogSinkError, Principal, Request, Service,
};
use serde_json::{Value, json};

const FUNCTION: &str = "arn:aws:lambda:ap-northeast-1:123456789012:function:f";

/// The rest of the account: a function that answers after some time, and a log.
struct Neighbours {
    answer: Result<Value, Fault>,
    after: Duration,
    invoked: Mutex<Vec<Value>>,
    logged: Mutex<Vec<String>>,
}

impl FunctionPolicies for Neighbours {
    fn grant_invoke(&self, _: &str, _: &str, _: &Principal) -> Result<(), Fault> {
        Ok(())
    }

    fn revoke_invoke(&self, _: &str, _: &str) {}
}

impl FunctionInvoker for Neighbours {
    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>> {
        async move {
            let event = serde_json::from_slice(&request.payload).unwrap();
            self.invoked.lock().unwrap().push(event);
            tokio::time::sleep(self.after).await;
            self.answer.clone().map(|answer| FunctionAnswer {
                payload: answer.to_string().into(),
                function_error: None,
                executed_version: "$LATEST".into(),
            })
        }
        .boxed()
    }
}

impl LogSink for Neighbours {
    fn ensure_group<'a>(
        &'a self,
        _region: &'a str,
        _group: &'a str,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        async { Ok(()) }.boxed()
    }

    fn append<'a>(
        &'a self,
        _region: &'a str,
        _group: &'a str,
        _stream: &'a str,
        events: Vec<LogEvent>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        let messages = events.into_iter().map(|event| event.message);
        self.logged.lock().unwrap().extend(messages);
        async { Ok(()) }.boxed()
    }
}

/// An instance whose number is answered by one flow.
struct Line {
    connect: Arc<ConnectService>,
    neighbours: Arc<Neighbours>,
    instance: String,
    queue: String,
    number: String,
}

/// Sends a request of the control plane, which must succeed.
async fn send(connect: &ConnectService, method: Method, path: String, body: Value) -> Value {
    let uri = path.parse().unwrap();
    let request = Request::rest("ap-northeast-1", "connect", method, uri, &body);
    let answer = connect.handle(request).await;
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    assert!(answer.status().is_success(), "{path}: {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

impl Line {
    async fn new(content: &Value) -> Self {
        Self::with_function(content, Ok(json!({})), Duration::ZERO, REPEAT_LIMIT).await
    }

    async fn with_function(
        content: &Value,
        answer: Result<Value, Fault>,
        after: Duration,
        repeat_limit: u32,
    ) -> Self {
        let neighbours = Arc::new(Neighbours {
            answer,
            after,
            invoked: Mutex::default(),
            logged: Mutex::default(),
        });
        let connect = ConnectService::new(ConnectPorts {
            functions: neighbours.clone(),
            invoker: neighbours.clone(),
            logs: neighbours.clone(),
            time_limits: true,
            repeat_limit,
            instances_per_region: INSTANCES_PER_REGION,
            alias_hold: Duration::ZERO,
        });
        let send = async |method: Method, path: String, body: Value| {
            send(&connect, method, path, body).await
        };
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let instance = json!({"InstanceAlias": "line", "IdentityManagementType": "CONNECT_MANAGED",
                              "InboundCallsEnabled": true, "OutboundCallsEnabled": true});
        let instance = send(Method::PUT, "/instance".into(), instance).await;
        let id = text(&instance["Id"]);
        let logs = json!({"Value": "true"});
        let path = format!("/instance/{id}/attribute/CONTACTFLOW_LOGS");
        send(Method::POST, path, logs).await;
        let path = format!("/hours-of-operations-summary/{id}");
        let hours = send(Method::GET, path, Value::Null).await;
        let hours = &hours["HoursOfOperationSummaryList"][0]["Id"];
        let queue = json!({"Name": "colleagues", "HoursOfOperationId": hours});
        let queue = send(Method::PUT, format!("/queues/{id}"), queue).await;
        let queue = text(&queue["QueueId"]);
        let content = content.to_string().replace("@queue", &queue);
        let flow = json!({"Name": "line", "Type": "CONTACT_FLOW", "Content": content});
        let flow = send(Method::PUT, format!("/contact-flows/{id}"), flow).await;
        let offer = json!({"TargetArn": instance["Arn"], "PhoneNumberCountryCode": "JP",
                           "PhoneNumberType": "DID", "MaxResults": 1});
        let offer = send(Method::POST, "/phone-number/search-available".into(), offer).await;
        let number = text(&offer["AvailableNumbersList"][0]["PhoneNumber"]);
        let claim = json!({"TargetArn": instance["Arn"], "PhoneNumber": number});
        let claimed = send(Method::POST, "/phone-number/claim".into(), claim).await;
        let path = format!(
            "/phone-number/{}/contact-flow",
            text(&claimed["PhoneNumberId"])
        );
        let answered_by = json!({"InstanceId": id, "ContactFlowId": flow["ContactFlowId"]});
        send(Method::PUT, path, answered_by).await;
        let path = format!("/queues/{id}/{queue}/outbound-caller-config");
        let caller = json!({"OutboundCallerIdNumberId": claimed["PhoneNumberId"]});
        let caller = json!({"OutboundCallerConfig": caller});
        send(Method::POST, path, caller).await;
        Self {
            connect,
            neighbours,
            instance: id,
            queue,
            number,
        }
    }

    async fn send(&self, method: Method, path: String, body: Value) -> Value {
        send(&self.connect, method, path, body).await
    }

    async fn contact(&self, id: &str) -> Value {
        let path = format!("/contacts/{}/{id}", self.instance);
        self.send(Method::GET, path, Value::Null).await["Contact"].clone()
    }

    async fn call(&self) -> Call {
        let caller = CallerId::Number("+819012345678".into());
        self.connect.dial(&self.number, caller).await.unwrap()
    }
}

fn action(id: &str, kind: &str, parameters: Value, next: &str, errors: &[(&str, &str)]) -> Value {
    conditional(id, kind, parameters, next, &[], errors)
}

fn conditional(
    id: &str,
    kind: &str,
    parameters: Value,
    next: &str,
    conditions: &[(&str, &str)],
    errors: &[(&str, &str)],
) -> Value {
    let conditions: Vec<_> = conditions
        .iter()
        .map(|(operand, target)| {
            json!({"NextAction": target, "Condition": {"Operator": "Equals", "Operands": [operand]}})
        })
        .collect();
    let errors: Vec<_> = errors
        .iter()
        .map(|(kind, target)| json!({"NextAction": target, "ErrorType": kind}))
        .collect();
    json!({"Identifier": id, "Type": kind, "Parameters": parameters,
           "Transitions": {"NextAction": next, "Conditions": conditions, "Errors": errors}})
}

fn say(id: &str, text: &str, next: &str) -> Value {
    action(id, "MessageParticipant", json!({"Text": text}), next, &[])
}

fn bye() -> Value {
    json!({"Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}})
}

fn menu(id: &str, next: &str) -> Value {
    conditional(
        id,
        "GetParticipantInput",
        json!({"Text": id, "StoreInput": "False", "InputTimeLimitSeconds": "5"}),
        "bye",
        &[("1", next), ("2", "two")],
        &[
            ("InputTimeLimitExceeded", "late"),
            ("NoMatchingCondition", "other"),
            ("NoMatchingError", "bye"),
        ],
    )
}

fn function(next: &str, failed: &str) -> Value {
    let parameters = json!({"LambdaFunctionARN": FUNCTION, "InvocationTimeLimitSeconds": "8"});
    action(
        "function",
        "InvokeLambdaFunction",
        parameters,
        next,
        &[("NoMatchingError", failed)],
    )
}

fn pause(next: &str) -> Value {
    conditional(
        "pause",
        "Wait",
        json!({"TimeLimitSeconds": "4", "Events": ["CustomerReturned"]}),
        "bye",
        &[("WaitCompleted", next), ("CustomerReturned", next)],
        &[("NoMatchingError", "bye")],
    )
}

/// Asks for a key, does something that takes time, and asks again.
fn two_menus(between: Value, buffer: bool) -> Value {
    let to = between["Identifier"].as_str().unwrap().to_owned();
    let enable = json!({"EnableDTMFBuffer": buffer.to_string()});
    flow(&[
        action(
            "buffer",
            "GetParticipantInput",
            enable,
            "first",
            &[("NoMatchingError", "bye")],
        ),
        menu("first", &to),
        between,
        menu("second", "one"),
        say("one", "you pressed 1", "bye"),
        say("two", "you pressed 2", "bye"),
        say("late", "too late", "bye"),
        say("other", "another key", "bye"),
        bye(),
    ])
}

fn flow(actions: &[Value]) -> Value {
    json!({"Version": "2019-10-30", "StartAction": actions[0]["Identifier"], "Actions": actions})
}

/// The API reference of GetParticipantInput: keys that are pressed while no input block runs are kept only if
/// the touch-tone buffer is on.
#[tokio::test(start_paused = true)]
async fn keys_in_a_pause_are_lost_without_the_buffer() {
    // The second key follows after 2.3 seconds; the pause is 4 seconds long.
    let line = Line::new(&two_menus(pause("second"), false)).await;
    let mut call = line.call().await;
    call.press(&strokes("1,,2").unwrap()).await;
    assert_eq!(call.heard().last(), Some(&"second"));
    assert!(call.is_waiting());
    call.wait().await;
    assert_eq!(call.heard().last(), Some(&"too late"));

    let line = Line::new(&two_menus(pause("second"), true)).await;
    let mut call = line.call().await;
    call.press(&strokes("1,,2").unwrap()).await;
    assert_eq!(call.heard().last(), Some(&"you pressed 2"));
    assert!(call.ending().is_some());
}

/// After the pause the line listens again.
#[tokio::test(start_paused = true)]
async fn a_key_after_the_pause_is_heard() {
    let line = Line::new(&two_menus(pause("second"), false)).await;
    let mut call = line.call().await;
    call.press(&strokes("1,,,,,2").unwrap()).await;
    assert_eq!(call.heard().last(), Some(&"you pressed 2"));
}

#[tokio::test(start_paused = true)]
async fn keys_during_a_slow_function_are_lost_without_the_buffer() {
    for (buffer, keys, heard) in [
        (false, "12", "second"),
        (true, "12", "you pressed 2"),
        (false, "1,,,,2", "you pressed 2"),
    ] {
        let content = two_menus(function("second", "bye"), buffer);
        let slow = Duration::from_secs(3);
        let line = Line::with_function(&content, Ok(json!({})), slow, REPEAT_LIMIT).await;
        let mut call = line.call().await;
        call.press(&strokes(keys).unwrap()).await;
        assert_eq!(call.heard().last(), Some(&heard), "{keys} {buffer}");
    }
}

#[tokio::test(start_paused = true)]
async fn keys_during_an_announcement_are_lost_without_the_buffer() {
    // 20 characters take 2.8 seconds.
    let announcement = say("announcement", &"a".repeat(20), "second");
    let line = Line::new(&two_menus(announcement.clone(), false)).await;
    let mut call = line.call().await;
    call.press(&strokes("12").unwrap()).await;
    assert_eq!(call.heard().last(), Some(&"second"));
    let mut call = line.call().await;
    call.press(&strokes("1,,,2").unwrap()).await;
    assert_eq!(call.heard().last(), Some(&"you pressed 2"));
}

/// A caller who pauses for longer than the block waits is too late.
#[tokio::test(start_paused = true)]
async fn a_pause_of_the_caller_can_be_too_long() {
    let line = Line::new(&two_menus(pause("second"), false)).await;
    let mut call = line.call().await;
    call.press(&strokes(",,,,,,1").unwrap()).await;
    assert_eq!(call.heard().last(), Some(&"too late"));
    assert!(call.events().contains(&CallEvent::Silence));
}

#[test]
fn commas_are_pauses_and_other_symbols_are_refused() {
    assert_eq!(strokes("1, 2-#").unwrap().len(), 4);
    let error = strokes("1;2").unwrap_err().to_string();
    assert!(error.contains("';'") && error.contains("comma"), "{error}");
}

/// A retry without end occupied a call for a minute: the account stops it and names the block.
#[tokio::test(start_paused = true)]
async fn a_flow_that_retries_without_end_is_stopped() {
    let content =
        include_str!("../../flow/cases/runaway-retry.json").replace("@function", FUNCTION);
    let content = serde_json::from_str(&content).unwrap();
    let refused = Err(Fault::new(403, "AccessDeniedException", "no"));
    let line = Line::with_function(&content, refused, Duration::ZERO, REPEAT_LIMIT).await;
    let call = line.call().await;
    let Some(CallEvent::Ended { how, regular }) = call.events().last() else {
        panic!("{:?}", call.events());
    };
    assert!(!regular && how.contains("\"look\""), "{how}");
    assert_eq!(line.neighbours.invoked.lock().unwrap().len(), 101);

    let line = Line::with_function(&content, Ok(json!({})), Duration::ZERO, 7).await;
    line.call().await;
    assert_eq!(line.neighbours.invoked.lock().unwrap().len(), 8);
}

/// `Queue.OutboundCallerId` of the event (AWS documentation, "Lambda function input").
#[tokio::test(start_paused = true)]
async fn the_event_has_the_outbound_caller_id_of_the_queue() {
    let queue = json!({"QueueId": "@queue"});
    let errors = [("NoMatchingError", "bye")];
    let line = Line::new(&flow(&[
        action(
            "queue",
            "UpdateContactTargetQueue",
            queue,
            "function",
            &errors,
        ),
        function("bye", "bye"),
        bye(),
    ]))
    .await;
    line.call().await;
    let events = line.neighbours.invoked.lock().unwrap();
    assert_eq!(
        events[0]["Details"]["ContactData"]["Queue"]["OutboundCallerId"],
        json!({"Address": line.number, "Type": "TELEPHONE_NUMBER"})
    );
}

/// Lines in the order of published ones: with `Results` first, which AWS's queries for Logs Insights rely on
/// (re:Post, "connect-lambda-function-failures").
#[tokio::test(start_paused = true)]
async fn a_refused_function_is_logged_with_its_request() {
    let logging = json!({"FlowLoggingBehavior": "Enabled"});
    let content = flow(&[
        action("on", "UpdateFlowLoggingBehavior", logging, "function", &[]),
        function("bye", "bye"),
        bye(),
    ]);
    let refused = Err(Fault::new(403, "AccessDeniedException", "no"));
    let line = Line::with_function(&content, refused, Duration::ZERO, REPEAT_LIMIT).await;
    line.call().await;
    let lines = line.neighbours.logged.lock().unwrap();
    let results = lines[1]
        .strip_prefix(
            r#"{"Results":"Status Code: 403; Error Code: AccessDeniedException; RequestId: "#,
        )
        .unwrap_or_else(|| panic!("{}", lines[1]));
    let (request, rest) = results.split_at(36);
    assert!(request.chars().all(|c| c.is_ascii_hexdigit() || c == '-'));
    assert!(rest.starts_with(r#"","ContactId":""#), "{rest}");
}

/// API reference: DescribeContact, UpdateContactAttributes, GetCurrentMetricData and StopContact work
/// on contacts that are under way.
#[tokio::test(start_paused = true)]
async fn a_call_in_progress_is_seen_and_changed_through_the_api() {
    let queue = json!({"QueueId": "@queue"});
    let content = flow(&[
        action(
            "queue",
            "UpdateContactTargetQueue",
            queue,
            "first",
            &[("NoMatchingError", "bye")],
        ),
        menu("first", "hello"),
        say("hello", "Hello $.Attributes.name", "second"),
        menu("second", "bye"),
        say("two", "two", "bye"),
        say("late", "late", "bye"),
        say("other", "other", "bye"),
        bye(),
    ]);
    let line = Line::new(&content).await;
    let mut call = line.call().await;
    let id = call.contact().id.clone();
    assert_eq!(line.contact(&id).await["DisconnectTimestamp"], Value::Null);

    let attributes = json!({"InstanceId": line.instance, "InitialContactId": id,
                            "Attributes": {"name": "Kim"}});
    let path = "/contact/attributes".to_owned();
    line.send(Method::POST, path, attributes).await;
    call.press(&strokes("1").unwrap()).await;
    assert_eq!(call.heard(), ["first", "Hello Kim", "second"]);

    // The caller has a target queue, but does not wait in it.
    let metrics = json!({"Filters": {"Queues": [line.queue]},
                         "CurrentMetrics": [{"Name": "CONTACTS_IN_QUEUE", "Unit": "COUNT"}]});
    let path = format!("/metrics/current/{}", line.instance);
    let metrics = line.send(Method::POST, path, metrics).await;
    assert_eq!(metrics["MetricResults"], json!([]));

    let stop = json!({"InstanceId": line.instance, "ContactId": id});
    line.send(Method::POST, "/contact/stop".into(), stop).await;
    assert!(!call.is_waiting());
    call.press(&strokes("2").unwrap()).await;
    assert_eq!(call.heard().last(), Some(&"second"));
    let contact = line.contact(&id).await;
    assert_eq!(contact["DisconnectReason"], "OTHER");
    assert_eq!(contact["Attributes"], json!({"name": "Kim"}));
}

/// StopContact during a function: the flow does not continue after its answer.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_stopped_during_a_function_ends_after_it() {
    let content = two_menus(function("second", "bye"), false);
    let slow = Duration::from_secs(3);
    let line = Line::with_function(&content, Ok(json!({})), slow, REPEAT_LIMIT).await;
    let mut call = line.call().await;
    let id = call.contact().id.clone();
    let keys = strokes("1").unwrap();
    let stop = async {
        while line.neighbours.invoked.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        let stop = json!({"InstanceId": line.instance, "ContactId": id});
        line.send(Method::POST, "/contact/stop".into(), stop).await;
    };
    tokio::join!(call.press(&keys), stop);
    assert_eq!(call.heard(), ["first"]);
    assert_eq!(call.ending(), Some(&Ending::Disconnected));
}
