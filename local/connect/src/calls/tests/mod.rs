//! Tests of calls, with flows that were published through the control plane.

mod chats;
mod encrypted;
mod history;
mod modules;
mod outbound;
mod queued;
mod scripts;
mod test_cases;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use connect_flow::Ending;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::Method;
use local_wire::{
    Fault, FunctionAnswer, FunctionInvoker, FunctionPolicies, InvokeRequest, LogEvent, LogSink,
    LogSinkError, Principal,
};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::test_requests::{self, REGION};
use crate::{Call, CallEvent, CallScript, CallerId, ConnectPorts, ConnectService};

const CALLER: &str = "+819000000001";

/// Replaces the rest of the account, and keeps events of functions and the flow log.
#[derive(Default)]
struct Neighbours {
    /// Whether functions exist; they answer with an empty object.
    has_functions: bool,
    invoked: Mutex<Vec<Value>>,
    /// The ARNs of the functions that were invoked.
    called: Mutex<Vec<String>>,
    /// Holds each answer back.
    held: Option<Arc<Held>>,
    log: Mutex<Vec<Value>>,
}

/// A function that answers when a test says so.
#[derive(Default)]
struct Held {
    begun: Notify,
    answers: Notify,
}

impl FunctionPolicies for Neighbours {
    fn grant_invoke(
        &self,
        _function_arn: &str,
        _statement_id: &str,
        _principal: &Principal,
    ) -> Result<(), Fault> {
        Ok(())
    }

    fn revoke_invoke(&self, _function_arn: &str, _statement_id: &str) {}
}

impl FunctionInvoker for Neighbours {
    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>> {
        let event = serde_json::from_slice(&request.payload).unwrap();
        self.invoked.lock().unwrap().push(event);
        self.called.lock().unwrap().push(request.function_arn);
        let answer = match self.has_functions {
            true => Ok(FunctionAnswer {
                payload: Bytes::from_static(b"{}"),
                function_error: None,
                executed_version: "$LATEST".into(),
            }),
            false => Err(Fault::new(404, "ResourceNotFoundException", "no function")),
        };
        let held = self.held.clone();
        async move {
            if let Some(held) = held {
                held.begun.notify_one();
                held.answers.notified().await;
            }
            answer
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
        let lines = events
            .iter()
            .map(|event| serde_json::from_str(&event.message).unwrap());
        self.log.lock().unwrap().extend(lines);
        async { Ok(()) }.boxed()
    }
}

/// An instance with one number.
struct Line {
    service: Arc<ConnectService>,
    neighbours: Arc<Neighbours>,
    instance: String,
    number: String,
    number_id: String,
}

impl Line {
    fn new() -> Self {
        Self::with(Neighbours::default(), false)
    }

    fn with(neighbours: Neighbours, outbound_calls: bool) -> Self {
        let neighbours = Arc::new(neighbours);
        let service = ConnectService::new(ConnectPorts {
            functions: neighbours.clone(),
            invoker: neighbours.clone(),
            logs: neighbours.clone(),
            time_limits: true,
            repeat_limit: crate::REPEAT_LIMIT,
            instances_per_region: crate::INSTANCES_PER_REGION,
            alias_hold: std::time::Duration::ZERO,
        });
        let mut line = Self {
            service,
            neighbours,
            instance: String::new(),
            number: String::new(),
            number_id: String::new(),
        };
        let created = line.send(
            Method::PUT,
            "/instance",
            json!({"InstanceAlias": "calls", "IdentityManagementType": "CONNECT_MANAGED",
                   "InboundCallsEnabled": true, "OutboundCallsEnabled": outbound_calls}),
        );
        line.instance = text(&created["Id"]);
        let target = &created["Arn"];
        let found = line.send(
            Method::POST,
            "/phone-number/search-available",
            json!({"TargetArn": target, "PhoneNumberCountryCode": "JP",
                   "PhoneNumberType": "DID", "MaxResults": 1}),
        );
        let number = &found["AvailableNumbersList"][0]["PhoneNumber"];
        let claimed = line.send(
            Method::POST,
            "/phone-number/claim",
            json!({"TargetArn": target, "PhoneNumber": number}),
        );
        line.number = text(number);
        line.number_id = text(&claimed["PhoneNumberId"]);
        line
    }

    fn send(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = test_requests::send(&self.service, method, path, &body);
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(answer.status(), 200, "{path}: {body}");
        body
    }

    /// Publishes an inbound flow of these actions, and returns its id.
    fn publish(&self, name: &str, actions: &[Value]) -> String {
        let arn = self.publish_as(name, "CONTACT_FLOW", actions);
        arn.rsplit('/').next().unwrap().to_owned()
    }

    /// Publishes a flow, and returns its ARN.
    fn publish_as(&self, name: &str, kind: &str, actions: &[Value]) -> String {
        let content = json!({ "Version": "2019-10-30", "Actions": actions,
                              "StartAction": actions[0]["Identifier"] });
        let created = self.send(
            Method::PUT,
            &format!("/contact-flows/{}", self.instance),
            json!({"Name": name, "Type": kind, "Content": content.to_string()}),
        );
        text(&created["ContactFlowArn"])
    }

    /// Publishes an inbound flow, with which the number answers from then on.
    fn answer_with(&self, name: &str, actions: &[Value]) {
        let flow = self.publish(name, actions);
        self.send(
            Method::PUT,
            &format!("/phone-number/{}/contact-flow", self.number_id),
            json!({"InstanceId": self.instance, "ContactFlowId": flow}),
        );
    }

    async fn dial(&self, script: CallScript) -> Call {
        let from = CallerId::Number(CALLER.to_owned());
        self.service
            .dial_scripted(&self.number, from, script)
            .await
            .unwrap()
    }

    fn queue(&self, name: &str) -> String {
        let hours = self.send(
            Method::PUT,
            &format!("/hours-of-operations/{}", self.instance),
            json!({"Name": name, "TimeZone": "Asia/Tokyo", "Config": []}),
        );
        let created = self.send(
            Method::PUT,
            &format!("/queues/{}", self.instance),
            json!({"Name": name, "HoursOfOperationId": hours["HoursOfOperationId"]}),
        );
        text(&created["QueueId"])
    }

    /// Publishes a flow, and calls it.
    async fn call(&self, actions: &[Value], script: CallScript) -> Call {
        self.answer_with(&uuid::Uuid::new_v4().to_string(), actions);
        self.dial(script).await
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn script(script: Value) -> CallScript {
    serde_json::from_value(script).unwrap()
}

/// An action with conditions as `(Operator, operand, target)` and errors as `(ErrorType, target)`.
fn action(
    id: &str,
    kind: &str,
    parameters: Value,
    next: &str,
    conditions: &[(&str, &str, &str)],
    errors: &[(&str, &str)],
) -> Value {
    let conditions: Vec<_> = conditions
        .iter()
        .map(|(operator, operand, target)| {
            json!({ "NextAction": target,
                    "Condition": { "Operator": operator, "Operands": [operand] } })
        })
        .collect();
    let errors: Vec<_> = errors
        .iter()
        .map(|(kind, target)| json!({ "NextAction": target, "ErrorType": kind }))
        .collect();
    json!({ "Identifier": id, "Type": kind, "Parameters": parameters,
            "Transitions": { "NextAction": next, "Conditions": conditions, "Errors": errors } })
}

fn say(id: &str, text: &str, next: &str) -> Value {
    let text = json!({ "Text": text });
    action(id, "MessageParticipant", text, next, &[], &[])
}

fn terminal(id: &str, kind: &str) -> Value {
    json!({ "Identifier": id, "Type": kind, "Parameters": {}, "Transitions": {} })
}

fn bye() -> Value {
    terminal("bye", "DisconnectParticipant")
}

fn warnings(call: &Call) -> Vec<&str> {
    call.events()
        .iter()
        .filter_map(|event| match event {
            CallEvent::Warning { message, .. } => Some(message.as_str()),
            _ => None,
        })
        .collect()
}
