//! Test cases that play the customer of a call.

use std::sync::Arc;

use connect_test_cases::{Completion, ExecutionStatus, Matching, Start, TestCase};

use super::*;
use crate::{Stop, TestOutcome};

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

fn mock(response: &Value) -> Value {
    json!([{ "Identifier": "mock", "Type": "OverrideSystemBehavior", "Parameters": {
        "ActionType": "OverrideSystemBehavior", "Behavior": { "Type": "FlowAction", "Properties": {
            "ActionType": "InvokeLambdaFunction",
            "ActionParameters": { "LambdaFunctionARN": FUNCTION },
            "Strategy": { "Type": "MockResponse", "Response": response } } } } }])
}

async fn run(actions: &[Value], observations: &[Value]) -> TestOutcome {
    let line = Line::new();
    let flow_id = line.publish("tested", actions);
    let content = json!({ "Version": "2019-10-30", "Metadata": {}, "Observations": observations });
    let start = json!({ "Type": "VOICE_CALL", "VoiceCallEntryPointParameters": {
        "FlowId": flow_id, "SourcePhoneNumber": CALLER } });
    let start = Start::read(&start, None).unwrap();
    let case = TestCase::publish(&content.to_string(), start.channel).unwrap();
    let instance = line.service.instance(REGION, &line.instance).unwrap();
    let stop = Stop::default();
    let run = line
        .service
        .run_test(instance, Arc::new(case), &start, Matching::Strict, stop);
    run.await.unwrap()
}

/// The example of the reference: the function is mocked, and the digits are keyed.
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

/// Consecutive prompts are one message; a block without a prompt divides them.
#[tokio::test]
async fn prompts_without_a_block_between_them_are_one_message() {
    let set = action(
        "set",
        "UpdateContactAttributes",
        json!({ "Attributes": { "tier": "gold" }, "TargetContact": "Current" }),
        "three",
        &[],
        &[("NoMatchingError", "three")],
    );
    let outcome = run(
        &[
            say("one", "One.", "two"),
            say("two", "Two.", "set"),
            set,
            say("three", "Three.", "bye"),
            bye(),
        ],
        &[observation("start", initiated(), json!([]), &[])],
    )
    .await;
    let words: Vec<_> = outcome
        .report
        .messages
        .iter()
        .map(|message| message.words())
        .collect();
    assert_eq!(words, ["One. Two.", "Three."]);
    assert_eq!(outcome.report.status, ExecutionStatus::Passed);
}
