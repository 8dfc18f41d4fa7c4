//! The actions of observations.

use super::*;
use crate::content::{Command, Instruction, Operator};

fn send(instruction: Value) -> Value {
    with_actions(
        json!([{ "Identifier": "a", "Type": "SendInstruction", "Parameters": {
        "ActionType": "SendInstruction", "Actor": "Customer", "Instruction": instruction } }]),
    )
}

fn check(parameters: Value) -> Value {
    with_actions(json!([{ "Identifier": "a", "Type": "Assert", "Parameters": parameters }]))
}

#[test]
fn exists_is_refused_although_it_is_documented() {
    for operator in ["Exists", "equals", ""] {
        let check =
            check(json!({ "Namespace": "$.Attributes.k", "Operator": operator, "Operand": "" }));
        assert_eq!(
            refusal(&check),
            (
                ProblemKind::InvalidAction,
                "Invalid operator parameter for AssertAction".to_owned(),
                true
            )
        );
    }
    for operator in Operator::ALL {
        let check = check(
            json!({ "Namespace": "$.Attributes.k", "Operator": operator.name(),
                                  "Operand": "1" }),
        );
        assert!(publish(&check).is_ok(), "{}", operator.name());
    }
}

#[test]
fn an_operand_may_be_empty_but_not_missing() {
    let (kind, message, _) = refusal(&check(
        json!({ "Namespace": "$.Attributes.k", "Operator": "Equals" }),
    ));
    assert_eq!(
        (kind, message.as_str()),
        (
            ProblemKind::InvalidAction,
            "Operand of an Assert must be given"
        )
    );
    for operator in ["TextContains", "TextStartsWith"] {
        let empty = json!({ "Namespace": "$.Attributes.k", "Operator": operator, "Operand": "" });
        assert!(publish(&check(empty)).is_ok(), "{operator}");
    }
    let no_path = json!({ "Namespace": "k", "Operator": "Equals", "Operand": "v" });
    assert_eq!(refusal(&check(no_path)).0, ProblemKind::InvalidAction);
}

#[test]
fn keys_are_a_text_or_a_number() {
    let keys =
        |value: Value| send(json!({ "Type": "DtmfInput", "Properties": { "Value": value } }));
    for (value, read) in [(json!("0042*#"), "0042*#"), (json!(42), "42")] {
        let pressed = ActionKind::SendInstruction(Instruction::Dtmf(read.to_owned()));
        assert_eq!(first_action(&keys(value)), pressed);
    }
    for value in [
        json!(""),
        json!("12 3"),
        json!("A"),
        json!(-1),
        json!(1.5),
        json!(null),
    ] {
        invalid(&keys(value));
    }
}

#[test]
fn a_chat_has_no_keys() {
    let keys = send(json!({ "Type": "DtmfInput", "Properties": { "Value": "1" } }));
    let read = TestCase::publish(&keys.to_string(), Channel::Chat);
    assert_eq!(
        only(read, &keys),
        (
            ProblemKind::InvalidAction,
            "DTMF input is not supported for Chat entry point".to_owned(),
            true
        )
    );
}

/// Recorded: the documented TextUtterance is refused; TextInput is in use in a public issue.
#[test]
fn a_text_is_written_as_utterance() {
    let say =
        |kind: &str, properties: Value| send(json!({ "Type": kind, "Properties": properties }));
    let said = ActionKind::SendInstruction(Instruction::Utterance {
        text: "hello".to_owned(),
        language_code: Some("en-US".to_owned()),
    });
    let spoken = json!({ "Value": "hello", "LanguageCode": "en-US" });
    assert_eq!(first_action(&say("Utterance", spoken.clone())), said);
    assert_eq!(first_action(&say("TextInput", spoken.clone())), said);
    assert_eq!(
        publish(&say("Utterance", spoken.clone()))
            .unwrap()
            .notes
            .len(),
        0
    );
    let notes = publish(&say("TextInput", spoken.clone())).unwrap().notes;
    assert!(notes[0].contains("write Utterance"), "{notes:?}");
    let documented = json!({ "Text": "hello", "LanguageCode": "en-US" });
    for (kind, properties) in [
        ("TextUtterance", documented.clone()),
        ("TextUtterance", json!({ "SSML": "<speak>a</speak>" })),
        ("TextUtterance", spoken),
        ("Utterance", documented),
        ("Utterance", json!({ "Value": "hello", "LanguageCode": 1 })),
        ("Shout", json!({})),
    ] {
        invalid(&say(kind, properties));
    }
    let hangs_up = ActionKind::SendInstruction(Instruction::Disconnect);
    assert_eq!(
        first_action(&send(json!({ "Type": "Disconnect" }))),
        hangs_up
    );
}

#[test]
fn log_data_has_texts() {
    let log = |expressions: Value| {
        with_actions(
            json!([{ "Identifier": "a", "Type": "TestControl", "Parameters": {
            "ActionType": "TestControl", "Command": { "Type": "LogData",
                "Properties": { "Expressions": expressions } } } }]),
        )
    };
    let logged = Command::LogData(vec![("label".to_owned(), "is $.Attributes.k".to_owned())]);
    assert_eq!(
        first_action(&log(json!({ "label": "is $.Attributes.k" }))),
        ActionKind::TestControl(logged)
    );
    for other in [json!({}), json!([]), json!({ "label": 1 })] {
        invalid(&log(other));
    }
}
