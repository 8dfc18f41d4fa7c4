//! The kinds and the paths of problems.

use serde_json::{Value, json};

use super::{action, bye, flow};
use crate::ProblemKind::{self, *};
use crate::{Flow, FlowKind};

#[track_caller]
fn problem(content: &Value, kind: ProblemKind, path: &str) {
    let problems = Flow::publish(&content.to_string(), FlowKind::ContactFlow).unwrap_err();
    let found: Vec<_> = problems.iter().map(|p| (p.kind, p.path.as_str())).collect();
    assert!(found.contains(&(kind, path)), "{path}: {found:?}");
}

/// The path is that of the JSON value, also where the service's second validator names another one.
#[test]
fn a_problem_has_the_path_of_its_value() {
    let input = json!({ "Text": "Hi", "PromptId": "p", "StoreInput": "True",
                        "InputTimeLimitSeconds": "x",
                        "InputValidation": { "CustomValidation": { "MaximumLength": "4" } } });
    let input = flow(action("GetParticipantInput", input, &[], &[]));
    problem(
        &input,
        PropertyValue,
        "Actions[0].Parameters.InputTimeLimitSeconds",
    );
    problem(&input, ExclusiveProperties, "Actions[0].Parameters");
    problem(&input, MissingError, "Actions[0].Transitions.Errors");

    let call = json!({ "LambdaFunctionARN": "a", "InvocationTimeLimitSeconds": "8", "X.y": "z" });
    let call = flow(action(
        "InvokeLambdaFunction",
        call,
        &["NoMatchingError", "Other"],
        &[("a", "b")],
    ));
    problem(&call, PropertyName, "Actions[0].Parameters.X.y");
    problem(&call, Error, "Actions[0].Transitions.Errors[1]");
    problem(&call, Condition, "Actions[0].Transitions.Conditions");

    let compare = json!({ "ComparisonValue": "$.External.x" });
    let mut compare = flow(action(
        "Compare",
        compare,
        &["NoMatchingCondition"],
        &[("Equals", "")],
    ));
    let operand = "Actions[0].Transitions.Conditions[0].Condition.Operands[0]";
    problem(&compare, Condition, operand);
    compare["Actions"][0]["Transitions"]["NextAction"] = "nothing".into();
    problem(&compare, Reference, "Actions[0].Transitions.NextAction");
    compare["Actions"][0]["Type"] = "PlayPrompt".into();
    problem(&compare, BlockType, "Actions[0].Type");
    compare["Actions"][0]["Type"] = "EndFlowExecution".into();
    problem(&compare, Transitions, "Actions[0].Transitions");

    let mut top =
        json!({ "Version": "2", "StartAction": "x", "Settings": {}, "Actions": [bye(), bye()] });
    problem(&top, Version, "Version");
    problem(&top, Reference, "StartAction");
    problem(&top, Field, "Settings");
    problem(&top, Identifier, "Actions[1].Identifier");
    top["Actions"] = json!([]);
    top["StartAction"] = Value::Null;
    problem(&top, Field, "StartAction");
    problem(&json!([]), Content, "");
    problem(&json!({ "modules": [] }), OldExport, "");
}

/// A message is cut after 256 characters; the path is not.
#[test]
fn the_path_is_whole() {
    let name = "n".repeat(300);
    let parameters = json!({ name.as_str(): "x" });
    let content = flow(action("DisconnectParticipant", parameters, &[], &[]));
    problem(
        &content,
        PropertyName,
        &format!("Actions[0].Parameters.{name}"),
    );
}
