//! Tests of the reader. Unless a comment says otherwise, refusals and their words were recorded on the service by
//! public projects; ours are marked as not recorded.

mod actions;
mod overrides;
mod placements;
mod properties;

use serde_json::json;

use super::*;
use crate::content::ActionKind;

const FUNCTION: &str = "arn:aws:lambda:ap-northeast-1:111122223333:function:line";

fn content(observations: &Value) -> Value {
    json!({ "Version": "2019-10-30", "Metadata": {}, "Observations": observations })
}

fn publish(content: &Value) -> Result<TestCase, Vec<Problem>> {
    TestCase::publish(&content.to_string(), Channel::Voice)
}

/// Returns kind, message and origin of the only problem.
fn refusal(content: &Value) -> (ProblemKind, String, bool) {
    only(publish(content), content)
}

fn only(read: Result<TestCase, Vec<Problem>>, content: &Value) -> (ProblemKind, String, bool) {
    let problems = read.expect_err(&content.to_string());
    assert_eq!(problems.len(), 1, "{problems:?}");
    let Problem {
        kind,
        message,
        recorded,
        ..
    } = problems.into_iter().next().unwrap();
    (kind, message, recorded)
}

/// A test case whose first observation has this event.
fn with_event(event: Value) -> Value {
    content(&json!([
        { "Identifier": "start", "Event": { "Type": "TestInitiated", "Actor": "System", "Properties": {} } },
        { "Identifier": "it", "Event": event },
    ]))
}

fn hears(properties: Value) -> Value {
    with_event(json!({ "Type": "MessageReceived", "Actor": "System", "Properties": properties }))
}

/// A test case with these actions after its TestInitiated.
fn with_actions(actions: Value) -> Value {
    content(&json!([{
        "Identifier": "start",
        "Event": { "Identifier": "e", "Type": "TestInitiated", "Actor": "System", "Properties": {} },
        "Actions": actions,
        "Transitions": { "NextObservations": [] },
    }]))
}

fn end(identifier: &str) -> Value {
    json!({ "Identifier": identifier, "Type": "TestControl",
            "Parameters": { "ActionType": "TestControl", "Command": { "Type": "EndTest" } } })
}

fn overrides(kind: &str, parameters: Value, strategy: Value) -> Value {
    with_actions(
        json!([{ "Identifier": "a", "Type": "OverrideSystemBehavior", "Parameters": {
        "ActionType": "OverrideSystemBehavior", "Behavior": { "Type": "FlowAction", "Properties": {
            "ActionType": kind, "ActionParameters": parameters, "Strategy": strategy } } } }]),
    )
}

fn first_action(content: &Value) -> ActionKind {
    publish(content).unwrap().observations[0].actions[0]
        .kind
        .clone()
}

/// Asserts that content of another shape begins with the recorded words.
#[track_caller]
fn invalid(content: &Value) {
    let (kind, message, recorded) = refusal(content);
    assert!(
        kind == ProblemKind::InvalidContent
            && recorded
            && message.starts_with("Invalid test case content"),
        "{message}"
    );
}

/// Returns the shortest test case that is known to pass on the service.
fn shortest() -> Value {
    with_actions(json!([end("end")]))
}

#[test]
fn only_the_version_of_the_developer_guide_is_accepted() {
    assert!(publish(&shortest()).is_ok());
    let mut other = shortest();
    // The API reference's example.
    other["Version"] = json!("2025-06-21");
    assert_eq!(
        refusal(&other),
        (
            ProblemKind::InvalidContent,
            "Invalid test case content: Version must be 2019-10-30, but was 2025-06-21".to_owned(),
            true
        )
    );
    other.as_object_mut().unwrap().remove("Version");
    invalid(&other);
}

#[test]
fn content_of_another_shape_is_refused() {
    for text in ["", "{", "[]", "1", "null", "\"text\""] {
        let problems = TestCase::publish(text, Channel::Voice).unwrap_err();
        assert!(problems[0].message.starts_with("Invalid test case content"));
    }
    for (place, value) in [
        ("/Metadata", json!([])),
        ("/Observations", json!({})),
        ("/Observations/0/Event", json!(null)),
        ("/Observations/0/Event/Type", json!("Unknown")),
        ("/Observations/0/Event/Actor", json!("Customer")),
        ("/Observations/0/Event/Properties", json!([])),
        ("/Observations/0/Actions", json!({})),
        ("/Observations/0/Actions/0/Parameters", json!([])),
        ("/Observations/0/Transitions", json!([])),
        ("/Observations/0/Identifier", json!("")),
        ("/Observations/0/Identifier", json!(1)),
        (
            "/Observations/0/Actions/0/Parameters/ActionType",
            json!("Assert"),
        ),
        (
            "/Observations/0/Actions/0/Parameters/Command",
            json!({ "Type": "Pause" }),
        ),
    ] {
        let mut damaged = shortest();
        *damaged.pointer_mut(place).unwrap() = value;
        invalid(&damaged);
    }
    let mut unknown = shortest();
    unknown["Observations"][0]["Actions"][0] = json!({ "Identifier": "a", "Type": "Unknown",
                                                       "Parameters": { "ActionType": "Unknown" } });
    invalid(&unknown);
}

/// Sizes of CloudFormation's schema of AWS::Connect::TestCase: Content has 1 to 256000 characters.
#[test]
fn content_has_at_most_256000_characters() {
    let mut long = shortest();
    long["Metadata"] = json!({ "note": "" });
    let rest = 256_000 - long.to_string().chars().count();
    long["Metadata"]["note"] = json!("あ".repeat(rest));
    assert_eq!(long.to_string().chars().count(), 256_000);
    assert!(publish(&long).is_ok());
    long["Metadata"]["note"] = json!("あ".repeat(rest + 1));
    let (_, message, _) = refusal(&long);
    assert!(message.contains("1 to 256000 characters"), "{message}");
}

/// The console keeps canvas positions and annotations there.
#[test]
fn metadata_is_not_read() {
    let mut noted = shortest();
    noted["Metadata"] = json!({ "Annotations": [{ "type": "cluster", "id": 1 }],
                                "ActionMetadata": { "start": { "position": { "x": -1.5 } } } });
    assert_eq!(publish(&noted), publish(&shortest()));
    noted.as_object_mut().unwrap().remove("Metadata");
    assert_eq!(publish(&noted), publish(&shortest()));
}

/// A published test case of a public project leaves it out; the console writes it.
#[test]
fn the_identifier_of_an_event_is_optional() {
    let mut bare = shortest();
    bare["Observations"][0]["Event"]
        .as_object_mut()
        .unwrap()
        .remove("Identifier");
    assert_eq!(publish(&bare), publish(&shortest()));
}

#[test]
fn usage_is_refused_in_every_form() {
    let forms = [
        json!("EXACTLY"),
        json!("ANY"),
        json!(null),
        json!({ "Type": "Exactly", "Times": 1 }),
    ];
    for usage in forms {
        for at in 0..2 {
            let mut used = hears(json!({ "Text": "PIN" }));
            used["Observations"][at]["Usage"] = usage.clone();
            assert_eq!(
                refusal(&used),
                (
                    ProblemKind::InvalidObservation,
                    "Invalid usage type".to_owned(),
                    true
                )
            );
        }
    }
}

#[test]
fn a_next_action_must_be_one_of_the_observation() {
    for (next, message) in [
        ("", "Invalid next action identifier: "),
        ("gone", "Invalid next action identifier: gone"),
    ] {
        let mut last = end("a");
        last["Transitions"] = json!({ "NextAction": next });
        assert_eq!(
            refusal(&with_actions(json!([last]))),
            (ProblemKind::InvalidAction, message.to_owned(), true)
        );
    }
    // Another shape than the language.
    for transitions in [
        json!({ "NextAction": 1 }),
        json!({ "NextAction": null }),
        json!([]),
    ] {
        let mut last = end("a");
        last["Transitions"] = transitions;
        invalid(&with_actions(json!([last])));
    }
}

/// The developer guide: the first of the list runs first, then `NextAction`.
#[test]
fn actions_run_along_their_transitions() {
    let log = |name: &str, transitions: Value| {
        json!({ "Identifier": name, "Type": "TestControl", "Transitions": transitions,
                "Parameters": { "ActionType": "TestControl", "Command": { "Type": "LogData",
                    "Properties": { "Expressions": { "label": "text" } } } } })
    };
    let to = |next: &str| json!({ "NextAction": next });
    let actions = json!([log("a", to("c")), log("b", json!({})), log("c", to("b"))]);
    let case = publish(&with_actions(actions)).unwrap();
    let order = case.observations[0].actions.iter();
    let order: Vec<_> = order.map(|action| action.identifier.as_str()).collect();
    assert_eq!(order, ["a", "c", "b"]);

    // The messages of these three refusals are our own, since no public record has the service's.
    for (actions, words) in [
        (
            json!([log("a", to("b")), log("b", to("a"))]),
            "The actions of an observation must not run in a circle",
        ),
        (
            json!([log("a", json!({})), log("b", json!({}))]),
            "Unreachable action: b",
        ),
        (
            json!([
                log("a", to("a2")),
                log("a2", json!({})),
                log("a2", json!({}))
            ]),
            "Duplicate action identifier: a2",
        ),
    ] {
        let problems = publish(&with_actions(actions)).unwrap_err();
        assert_eq!(problems[0].kind, ProblemKind::InvalidAction);
        assert_eq!(
            (problems[0].message.as_str(), problems[0].recorded),
            (words, false)
        );
    }
}

/// The words of all of these are ours.
#[test]
fn observations_must_be_connected() {
    let observation = |name: &str, kind: &str, next: &[&str]| {
        json!({ "Identifier": name, "Event": { "Type": kind, "Actor": "System", "Properties": {} },
                "Transitions": { "NextObservations": next } })
    };
    for (observations, words) in [
        (
            json!([observation("a", "TestInitiated", &["gone"])]),
            "Invalid next observation identifier: gone",
        ),
        (
            json!([
                observation("a", "TestInitiated", &[]),
                observation("a", "TestCompleted", &[])
            ]),
            "Duplicate observation identifier: a",
        ),
        (
            json!([observation("a", "TestCompleted", &[])]),
            "One observation must have the event TestInitiated",
        ),
        (
            json!([]),
            "One observation must have the event TestInitiated",
        ),
    ] {
        assert_eq!(
            refusal(&content(&observations)),
            (ProblemKind::InvalidObservation, words.to_owned(), false)
        );
    }
}

/// The administrator guide: observations to which nothing leads are active from the start, TestInitiated among
/// them.
#[test]
fn the_start_is_active_even_when_something_leads_to_it() {
    let observation = |name: &str, kind: &str, next: &[&str]| {
        json!({ "Identifier": name, "Event": { "Type": kind, "Actor": "System", "Properties": {} },
                "Transitions": { "NextObservations": next } })
    };
    let case = publish(&content(&json!([
        observation("a", "TestInitiated", &["b"]),
        observation("b", "TestCompleted", &["a"]),
        observation("open", "TestCompleted", &[]),
        observation("lost", "TestCompleted", &["lost"]),
    ])))
    .unwrap();
    let first: Vec<_> = case.observations.iter().map(|one| one.is_first).collect();
    assert_eq!(first, [true, false, true, false]);
    assert_eq!(case.notes.len(), 1, "{:?}", case.notes);
    assert!(
        case.notes[0].contains("lost can never become active"),
        "{:?}",
        case.notes
    );
}

#[test]
fn a_message_must_have_a_text() {
    for properties in [
        json!({}),
        json!({ "Text": "" }),
        json!({ "Text": " \n" }),
        json!({ "Text": 1 }),
        json!({ "SSML": "" }),
        json!({ "Media": { "SourceType": "S3" } }),
    ] {
        assert_eq!(
            refusal(&hears(properties)),
            (
                ProblemKind::InvalidEvent,
                "At least one of PromptId, Text, or SSML must be present".to_owned(),
                true
            )
        );
    }
    for properties in [
        json!({ "Text": "a" }),
        json!({ "SSML": "<speak>a</speak>" }),
        json!({ "PromptId": "p" }),
        json!({ "Media": { "Uri": "s3://b/k.wav", "SourceType": "S3", "MediaType": "Audio" } }),
    ] {
        assert!(publish(&hears(properties.clone())).is_ok(), "{properties}");
    }
    let (kind, _, recorded) = refusal(&hears(json!({ "Text": "a", "PromptId": "p" })));
    assert_eq!((kind, recorded), (ProblemKind::InvalidEvent, false));
}

/// The service model: a problem has 1 to 256 characters, an answer 1 to 50 of them. Control characters of the
/// content are shown escaped.
#[test]
fn problems_are_bounded_and_printable() {
    let mut many = shortest();
    for at in 0..60 {
        many[format!("\u{1b}[31m{at}{}", "x".repeat(500))] = json!(1);
    }
    let problems = publish(&many).unwrap_err();
    assert_eq!(problems.len(), 50);
    for problem in problems {
        assert!((1..=256).contains(&problem.message.chars().count()));
        assert!(problem.path.chars().count() <= 200);
        let shown = problem.to_string();
        assert!(
            !shown.contains(char::is_control) && shown.contains("\\u{1b}"),
            "{shown}"
        );
    }
}
