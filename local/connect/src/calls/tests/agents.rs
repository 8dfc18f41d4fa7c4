//! Calls with agents, to flows that were published through the API.

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
use time::OffsetDateTime;

use super::*;
use crate::{ConnectPorts, Staffing};

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

/// Administrator guide, "Default flows".
#[test]
fn a_new_instance_has_the_default_flows() {
    let line = Line::new();
    let path = format!("/contact-flows-summary/{}", line.instance);
    let listed = line.send(Method::GET, &path, Value::Null);
    let flows = listed["ContactFlowSummaryList"].as_array().unwrap();
    let mut names: Vec<_> = flows.iter().map(|flow| text(&flow["Name"])).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "Default agent hold",
            "Default agent transfer",
            "Default agent whisper",
            "Default customer hold",
            "Default customer queue",
            "Default customer whisper",
            "Default outbound",
            "Default queue transfer",
        ]
    );
}

/// Administrator guide, "Set customer queue flow". Without an agent, the caller waits for an hour.
#[tokio::test]
async fn a_caller_in_a_queue_hears_the_default_customer_queue_flow() {
    let line = Line::new();
    line.answers_with_queue(&[]);
    let call = line.dial(json!({})).await;
    assert_eq!(
        told(&call),
        [format!("caller: {IN_QUEUE}"), "the caller hung up".into()]
    );
}

/// Administrator guide, "Loop prompts": ten seconds, not the 84 of the prompt.
#[tokio::test]
async fn the_interrupt_of_a_queue_flow_comes_on_time() {
    let line = Line::new();
    let flow = line.flow(
        "own",
        "CUSTOMER_QUEUE",
        &[
            json!({ "Identifier": "music", "Type": "MessageParticipantIteratively",
                    "Parameters": { "Messages": [{ "Text": "A".repeat(600) }],
                                    "InterruptFrequencySeconds": "10" },
                    "Transitions": { "NextAction": "bye", "Errors": [], "Conditions": [
                        { "NextAction": "told", "Condition":
                            { "Operator": "Equals", "Operands": ["MessagesInterrupted"] } }] } }),
            say("told", "interrupted", "bye"),
            bye(),
        ],
    );
    line.answers_with_queue(&[("CustomerQueue", &flow)]);
    let call = line.dial(json!({})).await;
    assert_eq!(call.heard()[1], "interrupted");
    assert_eq!(line.gap("music", "told"), 10);
}

/// The order of the flows is that of the administrator guide, "Contact initiation methods".
#[tokio::test]
async fn an_agent_answers_a_queued_call() {
    let line = Line::new();
    line.answers_with_queue(&[]);
    let call = line
        .dial(json!({ "agents": [{
            "name": "jane", "queue": "BasicQueue", "answers_after": "20s",
            "does": [{ "wait": "10s" }, { "hold": "30s" }, { "agent_hold": "5s" }, { "wait": "5s" }, "hang_up"],
        }] }))
        .await;
    assert_eq!(
        told(&call),
        [
            &format!("caller: {IN_QUEUE}"),
            "jane answers the call in the queue BasicQueue",
            "agent: BasicQueue",
            "caller: Beep.wav",
            "jane puts the caller on hold for 30 s",
            &format!("caller: {ON_HOLD}"),
            "jane is on hold for 5 s",
            "agent: <speak>You are on hold<break time=\"10s\"/></speak>",
            "jane hangs up",
            "the line hung up",
        ]
    );
    assert_eq!(call.ending(), Some(&Ending::Disconnected));
    assert_eq!(line.gap("enter", "queue"), 20);
}

/// An agent of another queue does not answer.
#[tokio::test]
async fn agents_answer_their_own_queues_only() {
    let line = Line::new();
    line.answers_with_queue(&[]);
    let script = json!({ "agents": [{ "name": "joe", "queue": "Experts" }] });
    let call = line.dial(script).await;
    assert!(!told(&call).iter().any(|told| told.starts_with("joe")));
    let script = serde_json::from_value(json!({ "agents": [{ "name": "joe", "queue": "None" }] }));
    let from = CallerId::Withheld;
    let refused = line
        .connect
        .dial_scripted(&line.number, from, script.unwrap())
        .await;
    assert_eq!(
        refused.err().unwrap().to_string(),
        "the script's agent joe must name a queue of the instance, but named None"
    );
}

/// Administrator guide, "Default queue transfer" and "Contact initiation methods": a new contact.
#[tokio::test]
async fn an_agent_transfers_a_call_to_a_queue_and_to_an_agent() {
    let line = Line::new();
    line.answers_with_queue(&[]);
    let call = line
        .dial(json!({ "agents": [
            { "name": "jane", "queue": "BasicQueue",
              "does": [{ "transfer_to_queue": { "queue": "Experts" } }] },
            { "name": "joe", "queue": "Experts", "answers_after": "1s",
              "does": [{ "transfer_to_agent": { "agent": "jo" } }] },
            { "name": "jo", "answers_after": "3s", "does": [{ "transfer_to_number": "+81312345678" }] },
        ] }))
        .await;
    let on_hold = format!("caller: {ON_HOLD}");
    assert_eq!(
        told(&call),
        [
            "jane answers the call in the queue BasicQueue",
            "agent: BasicQueue",
            "caller: Beep.wav",
            "jane transfers the call to the queue Experts",
            "new contact: TRANSFER",
            "agent: Now transferring.",
            &on_hold,
            &format!("caller: {IN_QUEUE}"),
            "joe answers the call in the queue Experts",
            "agent: Experts",
            "caller: Beep.wav",
            "joe transfers the call to the agent jo",
            "new contact: TRANSFER",
            "agent: Transferring now.",
            "jo answers the call in the queue jo",
            "agent: jo",
            "caller: Beep.wav",
            "jo transfers the call to +81312345678",
            "connected to +81312345678",
        ]
    );
}

/// Administrator guide, "Set disconnect flow": it runs when the agent hangs up, and when the caller
/// does. A caller who has hung up hears nothing, but the function is invoked.
#[tokio::test]
async fn the_disconnect_flow_runs_for_agent_and_caller() {
    let line = Line::new();
    let survey = line.flow(
        "survey",
        "CONTACT_FLOW",
        &[
            say("thanks", "Thank you, $.Agent.ARN", "call"),
            action(
                "call",
                "InvokeLambdaFunction",
                json!({ "LambdaFunctionARN": FUNCTION, "InvocationTimeLimitSeconds": "8" }),
                "bye",
                &[("NoMatchingError", "bye")],
            ),
            bye(),
        ],
    );
    line.answers_with_queue(&[("CustomerRemaining", &survey)]);
    let agents = json!({ "agents": [{ "name": "jane", "id": "j-1" }] });
    let call = line.dial(agents).await;
    let told_by_agent = told(&call);
    assert_eq!(told_by_agent[4], "new contact: DISCONNECT");
    assert!(
        told_by_agent[5].ends_with("/agent/j-1"),
        "{told_by_agent:?}"
    );
    assert_eq!(told_by_agent[6..], ["function", "the line hung up"]);

    let call = line.dial(json!({})).await;
    assert_eq!(
        told(&call)[1..],
        ["new contact: DISCONNECT", "function", "the caller hung up"]
    );
    let invoked = line.neighbours.invoked.lock().unwrap();
    let data = &invoked[1]["Details"]["ContactData"];
    assert_eq!(data["InitiationMethod"], "DISCONNECT");
    assert_ne!(data["ContactId"], data["InitialContactId"]);
}

/// CreateCallbackContact; the whispers are those of the administrator guide for CALLBACK.
#[tokio::test]
async fn an_agent_calls_back() {
    let line = Line::new();
    let facts = line.connect.instance(REGION, "line").unwrap();
    let queue = line.connect.queue_named(&facts, "BasicQueue").unwrap();
    line.answers_with(&[
        action(
            "number",
            "UpdateContactCallbackNumber",
            json!({ "CallbackNumber": "$.CustomerEndpoint.Address" }),
            "create",
            &[
                ("InvalidCallbackNumber", "bye"),
                ("CallbackNumberNotDialable", "bye"),
            ],
        ),
        action(
            "create",
            "CreateCallbackContact",
            json!({ "QueueId": queue.queue.arn, "InitialCallDelaySeconds": "99",
                    "RetryDelaySeconds": "600", "MaximumConnectionAttempts": "1" }),
            "done",
            &[("NoMatchingError", "bye")],
        ),
        say("done", "We call you back.", "bye"),
        bye(),
    ]);
    let agents = json!({ "agents": [{ "name": "jane", "does": [{ "wait": "5s" }] }] });
    let call = line.dial(agents).await;
    assert_eq!(
        told(&call),
        [
            &format!("callback of {CALLER} in BasicQueue"),
            "caller: We call you back.",
            "the line hung up",
            "new contact: CALLBACK",
            "jane answers the call in the queue BasicQueue",
            "agent: BasicQueue",
            "caller: This call is not being recorded.",
            "jane hangs up",
            "the line hung up",
        ]
    );
    let waiting = told(&line.dial(json!({})).await);
    assert_eq!(waiting.last().unwrap(), "waiting in the queue BasicQueue");
}

/// Only agents who have not answered yet are available.
#[tokio::test]
async fn the_agents_of_a_script_are_counted() {
    let line = Line::new();
    line.answers_with_queue(&[]);
    let agents = json!({ "agents": [
        { "name": "jane", "queue": "BasicQueue" }, { "name": "joe", "queue": "Experts" },
    ] });
    let call = line.dial(agents).await;
    let facts = line.connect.instance(REGION, "line").unwrap();
    let queue = line
        .connect
        .queue_named(&facts, "BasicQueue")
        .unwrap()
        .queue;
    let staffing = Staffing {
        online: 1,
        staffed: 1,
        ..Staffing::default()
    };
    assert_eq!(call.staffing(Some(&queue)), staffing);
    let all = call.staffing(None);
    assert_eq!((all.online, all.available), (2, 1));
}
