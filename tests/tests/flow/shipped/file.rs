//! The files in `flows/tests`: requests of CreateTestCase.
//!
//! Shapes are those of the service model and of AWS's developer guide (testing language).

use local_connect::CallerId;
use serde_json::{Map, Value, json};

use crate::flow::fake_services::{FUNCTION, answer};
use crate::flow::shipped::cases::ShippedCase;
use crate::flow::shipped::words;
use crate::flow::stories::{Reply, Step};

/// The example values of AWS's documents, which the reader replaces by those of the line.
pub(crate) const INSTANCE: &str = "12345678-1234-1234-1234-123456789012";
pub(crate) const FLOW: &str = "12345678-1234-1234-1234-123456789013";

/// Returns the request that creates the case's test for a language with these texts.
pub(crate) fn request(case: &ShippedCase, language: &str, texts: &Map<String, Value>) -> Value {
    let mut voice = json!({ "FlowId": FLOW });
    match &case.story.caller {
        CallerId::Number(number) => voice["SourcePhoneNumber"] = json!(number),
        // A test with a flow alone has an anonymous caller.
        CallerId::Withheld => {}
        other => panic!("the caller of a shipped test must be a number or withheld, was {other:?}"),
    }
    let content = json!({
        "Version": "2019-10-30",
        "Metadata": {},
        "Observations": observations(case, texts),
    });
    json!({
        "InstanceId": INSTANCE,
        "Name": format!("campaign-line-{language}-{}", case.file_name()),
        "Description": case.description,
        "EntryPoint": { "Type": "VOICE_CALL", "VoiceCallEntryPointParameters": voice },
        "InitializationData": json!({ "Attributes": {}, "SegmentAttributes": {} }).to_string(),
        "Content": content.to_string(),
        "Status": "PUBLISHED",
    })
}

/// Returns the observations: the start with an answer for each invocation, and then each sentence.
fn observations(case: &ShippedCase, texts: &Map<String, Value>) -> Vec<Value> {
    let story = &case.story;
    assert_eq!(
        story.steps.len() + 1,
        story.heard.len(),
        "{}: the caller must do one thing after each sentence but the last",
        case.sentence
    );
    let names: Vec<String> = (1..)
        .zip(&story.heard)
        .map(|(position, sentence)| format!("{position}-{sentence}"))
        .collect();
    let overrides = story.replies.iter().map(|reply| mock(*reply)).collect();
    let initiated = json!({ "Type": "TestInitiated", "Actor": "System", "Properties": {} });
    let mut observations = vec![observation("start", initiated, overrides, names.first())];
    for (position, sentence) in story.heard.iter().enumerate() {
        let hears = json!({
            "Type": "MessageReceived",
            "Actor": "System",
            "Properties": {
                "Text": words::of(sentence, texts),
                "MatchingCriteria": { "Type": "Inclusion" },
            },
        });
        let actions = match story.steps.get(position) {
            Some(Step::Press(keys)) => vec![press(keys)],
            Some(Step::Silence) => vec![],
            None => vec![action(
                "TestControl",
                json!({ "Command": { "Type": "EndTest" } }),
            )],
        };
        let next = names.get(position + 1);
        observations.push(observation(&names[position], hears, actions, next));
    }
    observations
}

/// Returns an observation, whose actions run one after another.
fn observation(name: &str, event: Value, mut actions: Vec<Value>, next: Option<&String>) -> Value {
    let count = actions.len();
    for (position, action) in (1..).zip(&mut actions) {
        action["Identifier"] = json!(format!("{name}-action-{position}"));
        action["Transitions"] = match position < count {
            true => json!({ "NextAction": format!("{name}-action-{}", position + 1) }),
            false => json!({}),
        };
    }
    json!({
        "Identifier": name,
        "Event": event,
        "Actions": actions,
        "Transitions": { "NextObservations": next.into_iter().collect::<Vec<_>>() },
    })
}

fn action(kind: &str, mut parameters: Value) -> Value {
    parameters["ActionType"] = json!(kind);
    json!({ "Type": kind, "Parameters": parameters })
}

fn press(keys: &str) -> Value {
    action(
        "SendInstruction",
        json!({
            "Actor": "Customer",
            "Instruction": { "Type": "DtmfInput", "Properties": { "Value": keys } },
        }),
    )
}

/// Returns an answer of the function. An override is used up by its first use, so that several answer one
/// invocation each, in order (administrator guide).
fn mock(reply: Reply) -> Value {
    let response = match answer(reply) {
        Ok(answer) => json!({
            "Type": "ExecutionResult",
            "ExecutionResult": { "LoadedData": answer.to_string() },
        }),
        Err(_) => json!({ "Type": "Error", "Error": { "Value": "NoMatchingError" } }),
    };
    action(
        "OverrideSystemBehavior",
        json!({ "Behavior": { "Type": "FlowAction", "Properties": {
            "ActionType": "InvokeLambdaFunction",
            "ActionParameters": { "LambdaFunctionARN": FUNCTION },
            "Strategy": { "Type": "MockResponse", "Response": response },
        } } }),
    )
}
