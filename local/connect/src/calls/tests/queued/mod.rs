//! Calls to flows that were published through the API.

mod agents;

use std::sync::Mutex;

use bytes::Bytes;
use connect_flow::Ending;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use local_wire::{
    Fault, FunctionAnswer, FunctionInvoker, FunctionPolicies, InvokeRequest, LogEvent, LogSink,
    LogSinkError, Principal, Request, Service,
};
use serde_json::{Value, json};

use super::super::*;
use crate::ConnectPorts;

const REGION: &str = "ap-northeast-1";
const FUNCTION: &str = "arn:aws:lambda:ap-northeast-1:123456789012:function:survey";
const CALLER: &str = "+819012345678";
/// The prompt of our default customer queue flow.
const IN_QUEUE: &str = "All lines are busy. Please stay on the line.";
const ON_HOLD: &str = "<speak>Please hold the line.<break time=\"10s\"/></speak>";

/// Replaces the rest of the account.
#[derive(Default)]
struct Neighbours {
    invoked: Mutex<Vec<Value>>,
    lines: Mutex<Vec<Value>>,
}

impl FunctionPolicies for Neighbours {
    fn grant_invoke(&self, _: &str, _: &str, _: &Principal) -> Result<(), Fault> {
        Ok(())
    }

    fn revoke_invoke(&self, _: &str, _: &str) {}
}

impl FunctionInvoker for Neighbours {
    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>> {
        let event = serde_json::from_slice(&request.payload).unwrap();
        self.invoked.lock().unwrap().push(event);
        async {
            Ok(FunctionAnswer {
                payload: Bytes::from_static(b"{}"),
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
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        async { Ok(()) }.boxed()
    }

    fn append<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: &'a str,
        events: Vec<LogEvent>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        let lines = events
            .iter()
            .map(|event| serde_json::from_str(&event.message).unwrap());
        self.lines.lock().unwrap().extend(lines);
        async { Ok(()) }.boxed()
    }
}

/// An instance with a number and two queues: BasicQueue, and Experts.
struct Line {
    connect: Arc<ConnectService>,
    neighbours: Arc<Neighbours>,
    instance: String,
    number: String,
    number_id: String,
}

impl Line {
    fn new() -> Self {
        let neighbours = Arc::new(Neighbours::default());
        let connect = ConnectService::new(ConnectPorts {
            functions: neighbours.clone(),
            invoker: neighbours.clone(),
            logs: neighbours.clone(),
            time_limits: true,
            repeat_limit: crate::REPEAT_LIMIT,
        });
        let mut line = Self {
            connect,
            neighbours,
            instance: String::new(),
            number: String::new(),
            number_id: String::new(),
        };
        let instance = line.send(
            Method::PUT,
            "/instance",
            json!({"InstanceAlias": "line", "IdentityManagementType": "CONNECT_MANAGED",
                   "InboundCallsEnabled": true, "OutboundCallsEnabled": true}),
        );
        line.instance = text(&instance["Id"]);
        let target = &instance["Arn"];
        let found = line.send(
            Method::POST,
            "/phone-number/search-available",
            json!({"TargetArn": target, "PhoneNumberCountryCode": "JP",
                   "PhoneNumberType": "DID", "MaxResults": 1}),
        );
        line.number = text(&found["AvailableNumbersList"][0]["PhoneNumber"]);
        let claimed = line.send(
            Method::POST,
            "/phone-number/claim",
            json!({"TargetArn": target, "PhoneNumber": line.number}),
        );
        line.number_id = text(&claimed["PhoneNumberId"]);
        let attribute = format!("/instance/{}/attribute/CONTACTFLOW_LOGS", line.instance);
        line.send(Method::POST, &attribute, json!({"Value": "true"}));
        let hours = line.send(
            Method::GET,
            &format!("/hours-of-operations-summary/{}", line.instance),
            Value::Null,
        );
        let hours = &hours["HoursOfOperationSummaryList"][0]["Id"];
        line.send(
            Method::PUT,
            &format!("/queues/{}", line.instance),
            json!({"Name": "Experts", "HoursOfOperationId": hours}),
        );
        line
    }

    fn send(&self, method: Method, path: &str, body: Value) -> Value {
        let request = Request {
            region: REGION.into(),
            service: "connect".into(),
            access_key_id: "test".into(),
            method,
            uri: path.parse().unwrap(),
            headers: HeaderMap::new(),
            body: match body {
                Value::Null => Bytes::new(),
                body => Bytes::from(body.to_string()),
            },
        };
        let answer = self.connect.handle(request).now_or_never().unwrap();
        let body = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(answer.status(), 200, "{path}: {body}");
        body
    }

    /// Publishes a flow, and returns its ARN.
    fn flow(&self, name: &str, kind: &str, actions: &[Value]) -> String {
        let content = json!({ "Version": "2019-10-30", "StartAction": actions[0]["Identifier"],
                              "Actions": actions });
        let created = self.send(
            Method::PUT,
            &format!("/contact-flows/{}", self.instance),
            json!({"Name": name, "Type": kind, "Content": content.to_string()}),
        );
        text(&created["ContactFlowArn"])
    }

    /// The number answers with a flow that sets these hooks and enters BasicQueue.
    fn answers_with_queue(&self, hooks: &[(&str, &str)]) {
        let mut actions = vec![action(
            "log",
            "UpdateFlowLoggingBehavior",
            json!({ "FlowLoggingBehavior": "Enabled" }),
            "hook0",
            &[],
        )];
        for (at, (hook, flow)) in hooks.iter().enumerate() {
            let hooks = json!({ "EventHooks": { *hook: flow } });
            let (id, next) = (format!("hook{at}"), format!("hook{}", at + 1));
            let errors = [("NoMatchingError", "bye")];
            actions.push(action(
                &id,
                "UpdateContactEventHooks",
                hooks,
                &next,
                &errors,
            ));
        }
        let facts = self.connect.instance(REGION, "line").unwrap();
        let queue = self.connect.queue_named(&facts, "BasicQueue").unwrap();
        actions.extend([
            action(
                &format!("hook{}", hooks.len()),
                "UpdateContactTargetQueue",
                json!({ "QueueId": queue.id }),
                "enter",
                &[("NoMatchingError", "bye")],
            ),
            action(
                "enter",
                "TransferContactToQueue",
                json!({}),
                "bye",
                &[("QueueAtCapacity", "bye"), ("NoMatchingError", "bye")],
            ),
            bye(),
        ]);
        self.answers_with(&actions);
    }

    fn answers_with(&self, actions: &[Value]) {
        let flow = self.flow("main", "CONTACT_FLOW", actions);
        self.send(
            Method::PUT,
            &format!("/phone-number/{}/contact-flow", self.number_id),
            json!({"InstanceId": self.instance, "ContactFlowId": flow.rsplit('/').next()}),
        );
    }

    async fn dial(&self, script: Value) -> Call {
        let script = serde_json::from_value(script).unwrap();
        let from = CallerId::Number(CALLER.into());
        self.connect
            .dial_scripted(&self.number, from, script)
            .await
            .unwrap()
    }

    /// Returns the seconds between two blocks of the flow log.
    fn gap(&self, from: &str, to: &str) -> i64 {
        let lines = self.neighbours.lines.lock().unwrap();
        let at = |block: &str| {
            let line = lines.iter().find(|line| line["Identifier"] == block);
            let at = line.unwrap()["Timestamp"].as_str().unwrap().to_owned();
            let format = time::format_description::well_known::Rfc3339;
            OffsetDateTime::parse(&at, &format).unwrap()
        };
        (at(to) - at(from)).whole_seconds()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn action(id: &str, kind: &str, parameters: Value, next: &str, errors: &[(&str, &str)]) -> Value {
    let errors: Vec<_> = errors
        .iter()
        .map(|(kind, target)| json!({ "NextAction": target, "ErrorType": kind }))
        .collect();
    json!({ "Identifier": id, "Type": kind, "Parameters": parameters,
            "Transitions": { "NextAction": next, "Conditions": [], "Errors": errors } })
}

fn say(id: &str, text: &str, next: &str) -> Value {
    action(id, "MessageParticipant", json!({ "Text": text }), next, &[])
}

fn terminal(id: &str, kind: &str) -> Value {
    json!({ "Identifier": id, "Type": kind, "Parameters": {}, "Transitions": {} })
}

fn bye() -> Value {
    terminal("bye", "DisconnectParticipant")
}

/// Returns the events in short: who heard what, and what the agents did.
fn told(call: &Call) -> Vec<String> {
    let short = |event: &CallEvent| match event {
        CallEvent::Heard(spoken) => format!("caller: {}", spoken.text),
        CallEvent::HeardByAgent(spoken) => format!("agent: {}", spoken.text),
        CallEvent::Agent { name, did } => format!("{name} {did}"),
        CallEvent::NewContact {
            initiation_method, ..
        } => format!("new contact: {initiation_method}"),
        CallEvent::CallbackCreated { number, queue } => format!("callback of {number} in {queue}"),
        CallEvent::Ended { how, .. } => how.clone(),
        CallEvent::FunctionInvoked { .. } => "function".to_owned(),
        other => format!("{other:?}"),
    };
    let warning = |event: &&CallEvent| matches!(event, CallEvent::Warning { .. });
    let events = call.events().iter().filter(|event| !warning(event));
    let mut told: Vec<_> = events.map(short).collect();
    told.dedup();
    told
}
