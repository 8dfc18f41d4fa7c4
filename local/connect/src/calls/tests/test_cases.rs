//! Test cases that play the customer of a call.

mod ends;
mod events;
mod messages;
mod overrides;

use std::sync::Arc;

use connect_test_cases::{
    Completion, Event, ExecutionStatus, Matching, ObservationStatus, Start, TestCase,
};

use super::*;
use crate::{Stop, TestError, TestOutcome};

const BOT: &str = "arn:aws:lex:ap-northeast-1:123456789012:bot-alias/BOT/ALIAS";
const FUNCTION: &str = "arn:aws:lambda:ap-northeast-1:000000000000:function:line";

/// A line that asks for a PIN, passes it to a function, and says its answer.
fn pin_line() -> Vec<Value> {
    vec![
        action(
            "ask",
            "GetParticipantInput",
            json!({ "Text": "暗証番号を押して下さい", "StoreInput": "True",
                    "InputTimeLimitSeconds": "5",
                    "InputValidation": { "CustomValidation": { "MaximumLength": "8" } },
                    "DTMFConfiguration": { "InputTerminationSequence": "#" } }),
            "check",
            &[],
            &[("NoMatchingError", "sorry")],
        ),
        action(
            "check",
            "InvokeLambdaFunction",
            json!({ "LambdaFunctionARN": FUNCTION, "InvocationTimeLimitSeconds": "8",
                    "LambdaInvocationAttributes": { "pin": "$.StoredCustomerInput" },
                    "ResponseValidation": { "ResponseType": "JSON" } }),
            "say",
            &[],
            &[("NoMatchingError", "sorry")],
        ),
        say("say", "$.External.words", "bye"),
        say("sorry", "申し訳ありません", "bye"),
        bye(),
    ]
}

fn observation(name: &str, event: Value, actions: Value, next: &[&str]) -> Value {
    json!({ "Identifier": name, "Event": event, "Actions": actions,
            "Transitions": { "NextObservations": next } })
}

fn initiated() -> Value {
    json!({ "Type": "TestInitiated", "Actor": "System", "Properties": {} })
}

fn hears(text: &str) -> Value {
    json!({ "Type": "MessageReceived", "Actor": "System", "Properties": {
        "Text": text, "MatchingCriteria": { "Type": "Inclusion" } } })
}

fn press(keys: &str) -> Value {
    json!([{ "Identifier": "press", "Type": "SendInstruction", "Parameters": {
        "ActionType": "SendInstruction", "Actor": "Customer",
        "Instruction": { "Type": "DtmfInput", "Properties": { "Value": keys } } } }])
}

fn end() -> Value {
    json!([{ "Identifier": "end", "Type": "TestControl", "Parameters": {
        "ActionType": "TestControl", "Command": { "Type": "EndTest" } } }])
}

/// An action that overrides a block: name, type, parameters and strategy.
fn override_of(name: &str, kind: &str, parameters: &Value, strategy: &Value) -> Value {
    json!({ "Identifier": name, "Type": "OverrideSystemBehavior", "Parameters": {
        "ActionType": "OverrideSystemBehavior", "Behavior": { "Type": "FlowAction", "Properties": {
            "ActionType": kind, "ActionParameters": parameters, "Strategy": strategy } } } })
}

fn mocked(response: &Value) -> Value {
    json!({ "Type": "MockResponse", "Response": response })
}

/// A mocked result, with a delay in seconds.
fn result(value: &str, delay: u64) -> Value {
    mocked(&json!({ "Type": "ExecutionResult",
                    "ExecutionResult": { "LoadedData": value, "DelaySeconds": delay } }))
}

fn error(value: &str) -> Value {
    mocked(&json!({ "Type": "Error", "Error": { "Value": value } }))
}

fn mock(response: &Value) -> Value {
    json!([override_of(
        "mock",
        "InvokeLambdaFunction",
        &function(),
        &mocked(response)
    )])
}

fn function() -> Value {
    json!({ "LambdaFunctionARN": FUNCTION })
}

fn block(event: &str, kind: &str, parameters: &Value) -> Value {
    json!({ "Type": event, "Actor": "System",
            "Properties": { "ActionType": kind, "ActionParameters": parameters } })
}

fn completed() -> Value {
    json!({ "Type": "TestCompleted", "Actor": "System", "Properties": {} })
}

fn check(path: &str, operand: &str) -> Value {
    json!([{ "Identifier": "check", "Type": "Assert", "Parameters": {
        "Namespace": path, "Operator": "Equals", "Operand": operand } }])
}

fn disconnect() -> Value {
    json!([{ "Identifier": "leave", "Type": "SendInstruction", "Parameters": {
        "ActionType": "SendInstruction", "Actor": "Customer",
        "Instruction": { "Type": "Disconnect" } } }])
}

impl Line {
    /// Runs a test case that begins as `start` says.
    async fn test(
        &self,
        start: &Start,
        observations: &[Value],
        stop: Stop,
    ) -> Result<TestOutcome, TestError> {
        let content =
            json!({ "Version": "2019-10-30", "Metadata": {}, "Observations": observations });
        let case = TestCase::publish(&content.to_string(), start.channel);
        let case = case.unwrap_or_else(|problems| panic!("{problems:?}"));
        let instance = self.service.instance(REGION, &self.instance).unwrap();
        let run = self
            .service
            .run_test(instance, Arc::new(case), start, Matching::Strict, stop);
        run.await
    }

    /// Publishes a flow, and runs a test case against it.
    async fn tested(&self, actions: &[Value], observations: &[Value]) -> TestOutcome {
        let start = self.entering(actions);
        let run = self.test(&start, observations, Stop::default());
        run.await.unwrap()
    }

    /// Publishes a flow for a caller to enter.
    fn entering(&self, actions: &[Value]) -> Start {
        let flow_id = self.publish(&uuid::Uuid::new_v4().to_string(), actions);
        let start = json!({ "Type": "VOICE_CALL", "VoiceCallEntryPointParameters": {
            "FlowId": flow_id, "SourcePhoneNumber": CALLER } });
        Start::read(&start, None).unwrap()
    }

    fn contact_of(&self, outcome: &TestOutcome) -> Value {
        let path = format!("/contacts/{}/{}", self.instance, outcome.contact_id);
        self.send(Method::GET, &path, Value::Null)["Contact"].clone()
    }
}

/// The blocks that put the contact into a queue.
fn into_queue(queue: &str, next: &str) -> [Value; 2] {
    let failed = ("NoMatchingError", next);
    [
        action(
            "set",
            "UpdateContactTargetQueue",
            json!({ "QueueId": queue }),
            "enter",
            &[],
            &[failed],
        ),
        action(
            "enter",
            "TransferContactToQueue",
            json!({}),
            next,
            &[],
            &[("QueueAtCapacity", next), failed],
        ),
    ]
}

fn heard(outcome: &TestOutcome) -> Vec<String> {
    let messages = &outcome.report.messages;
    messages.iter().map(|message| message.words()).collect()
}

async fn run(actions: &[Value], observations: &[Value]) -> TestOutcome {
    Line::new().tested(actions, observations).await
}

/// A PIN line: the function is mocked, and the digits are keyed.
#[tokio::test]
async fn a_test_case_presses_keys_and_mocks_the_function() {
    let result = json!({ "Type": "ExecutionResult",
                         "ExecutionResult": { "LoadedData": "{\"words\":\"SMSを送りました\"}" } });
    let completed = json!({ "Type": "FlowActionCompleted", "Actor": "System", "Properties": {
        "ActionType": "InvokeLambdaFunction",
        "ActionParameters": { "LambdaFunctionARN": FUNCTION } } });
    let check = json!([{ "Identifier": "check", "Type": "Assert", "Parameters": {
        "Namespace": "$.External.words", "Operator": "TextStartsWith", "Operand": "SMS" } }]);
    let outcome = run(
        &pin_line(),
        &[
            observation("start", initiated(), mock(&result), &["ask"]),
            observation("ask", hears("暗証番号"), press("0042#"), &["checked"]),
            observation("checked", completed, check, &["sent"]),
            observation("sent", hears("送りました"), end(), &[]),
        ],
    )
    .await;
    let report = &outcome.report;
    assert_eq!(report.completion, Completion::Success, "{report:#?}");
    assert_eq!(report.counts(), (4, 0));
    assert!(report.unused_overrides.is_empty());
}

/// A block that left by its error branch never completes (developer guide).
#[tokio::test]
async fn a_mocked_error_takes_the_error_branch() {
    for error in ["TimeLimitExceeded", "NoMatchingError"] {
        let response = json!({ "Type": "Error", "Error": { "Value": error } });
        let outcome = run(
            &pin_line(),
            &[
                observation("start", initiated(), mock(&response), &["ask"]),
                observation("ask", hears("暗証番号"), press("0042#"), &["sorry"]),
                observation("sorry", hears("申し訳ありません"), end(), &[]),
            ],
        )
        .await;
        let report = &outcome.report;
        assert_eq!(
            report.status,
            ExecutionStatus::Passed,
            "{error}: {report:#?}"
        );
    }
}

/// The service ends a test that waits after five minutes; here they take no time.
#[tokio::test]
async fn a_test_whose_message_never_comes_fails() {
    let outcome = run(
        &[say("say", "hello", "bye"), bye()],
        &[
            observation("start", initiated(), json!([]), &["other"]),
            observation("other", hears("goodbye"), json!([]), &[]),
        ],
    )
    .await;
    assert_eq!(outcome.report.completion, Completion::ContactEnded);
    let (nearest, _) = outcome.report.observations[1].nearest.as_ref().unwrap();
    assert_eq!(nearest.words(), "hello");
}
