//! Overrides.

use super::*;
use crate::content::{FlowActionType, Strategy};

/// The parameters of each target (developer guide).
fn targets() -> [(FlowActionType, Value); 5] {
    let queue = json!({ "QueueId": "q-1" });
    [
        (
            FlowActionType::InvokeLambdaFunction,
            json!({ "LambdaFunctionARN": FUNCTION }),
        ),
        (
            FlowActionType::CheckHoursOfOperation,
            json!({ "HoursOfOperationId": "h-1" }),
        ),
        (FlowActionType::TransferContactToQueue, queue.clone()),
        (FlowActionType::DequeueContactAndTransferToQueue, queue),
        (
            FlowActionType::ConnectParticipantWithLexBot,
            json!({ "LexV2Bot": { "AliasArn": "arn:aws:lex:ap-northeast-1:1:bot-alias/B/A" } }),
        ),
    ]
}

#[test]
fn an_override_must_name_its_block() {
    let substitute = json!({ "Type": "SubstituteResource", "SubstituteArn": "arn:other" });
    for (kind, parameters) in targets() {
        let named = overrides(kind.name(), parameters, substitute.clone());
        let ActionKind::OverrideSystemBehavior(read) = first_action(&named) else {
            panic!("an override");
        };
        assert_eq!(read.target.kind, kind);
        assert_eq!(read.strategy, Strategy::Substitute("arn:other".to_owned()));
        let empty = overrides(kind.name(), json!({}), substitute.clone());
        assert_eq!(refusal(&empty).0, ProblemKind::InvalidFlowActionParameters);
    }
    // The developer guide has no override of these.
    for kind in ["MessageParticipant", "ConnectParticipantWithAgenticCX"] {
        let parameters = json!({ "AgentConfiguration": { "ApplicationId": "a" } });
        let other = overrides(kind, parameters, substitute.clone());
        assert_eq!(refusal(&other).0, ProblemKind::InvalidAction);
    }
}

/// The developer guide's table of errors by target.
#[test]
fn a_target_fails_with_its_own_errors() {
    let bot_or_function: &[&str] = &["TimeLimitExceeded", "NoMatchingError"];
    let of_queue: &[&str] = &["QueueAtCapacity", "NoMatchingError"];
    let all = ["TimeLimitExceeded", "NoMatchingError", "QueueAtCapacity"];
    for (kind, parameters) in targets() {
        let known = match kind {
            FlowActionType::InvokeLambdaFunction | FlowActionType::ConnectParticipantWithLexBot => {
                bot_or_function
            }
            FlowActionType::CheckHoursOfOperation => &["NoMatchingError"],
            _ => of_queue,
        };
        for error in all {
            let strategy = json!({ "Type": "MockResponse", "Response": { "Type": "Error",
                                   "Error": { "DelaySeconds": 0, "Value": error } } });
            let mocked = overrides(kind.name(), parameters.clone(), strategy);
            assert_eq!(
                publish(&mocked).is_ok(),
                known.contains(&error),
                "{} {error}",
                kind.name()
            );
        }
    }
}

/// `LoadedData` is documented, `Value` was reported; an object in place of its text was refused.
#[test]
fn a_mocked_result_is_json_in_a_text() {
    let [
        (function, of_function),
        (hours, of_hours),
        (queue, of_queue),
        ..,
    ] = targets();
    let result = |kind: FlowActionType, parameters: &Value, result: Value| {
        let response = json!({ "Type": "ExecutionResult", "ExecutionResult": result });
        let strategy = json!({ "Type": "MockResponse", "Response": response });
        overrides(kind.name(), parameters.clone(), strategy)
    };
    for key in ["LoadedData", "Value"] {
        let mocked = result(
            function,
            &of_function,
            json!({ key: "{\"k\":1}", "DelaySeconds": 2 }),
        );
        let ActionKind::OverrideSystemBehavior(read) = first_action(&mocked) else {
            panic!("an override");
        };
        let value = json!({ "k": 1 });
        assert_eq!(
            read.strategy,
            Strategy::Result {
                delay_seconds: 2,
                value
            }
        );
        invalid(&result(function, &of_function, json!({ key: { "k": 1 } })));
        invalid(&result(function, &of_function, json!({ key: "k" })));
    }
    invalid(&result(
        function,
        &of_function,
        json!({ "Value": "{}", "DelaySeconds": -1 }),
    ));
    invalid(&result(queue, &of_queue, json!({ "Value": "{}" })));
    for (value, open) in [("InHours", true), ("InHour", true), ("OutOfHours", false)] {
        let case = publish(&result(hours, &of_hours, json!({ "Value": value }))).unwrap();
        let ActionKind::OverrideSystemBehavior(read) = &case.observations[0].actions[0].kind else {
            panic!("an override");
        };
        let value = json!(open);
        assert_eq!(
            read.strategy,
            Strategy::Result {
                delay_seconds: 0,
                value
            }
        );
        // One source saw it refused.
        assert!(
            case.notes[0].contains("SubstituteResource"),
            "{:?}",
            case.notes
        );
    }
    invalid(&result(hours, &of_hours, json!({ "Value": "Closed" })));
}
