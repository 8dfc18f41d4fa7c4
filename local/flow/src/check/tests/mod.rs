//! The problems that publishing reports, with their messages.

mod block_types;
mod cases;
mod contracts;
mod document;
mod examples;
mod parameters;
mod paths;
mod recorded;
mod settings;

use serde_json::{Value, json};

use crate::{Flow, FlowKind};

pub(super) fn problems_of(content: &Value, kind: FlowKind) -> Vec<String> {
    match Flow::publish(&content.to_string(), kind) {
        Ok(_) => vec![],
        Err(problems) => problems.into_iter().map(|p| p.message).collect(),
    }
}

pub(super) fn bye() -> Value {
    json!({ "Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} })
}

pub(super) fn flow(action: Value) -> Value {
    json!({ "Version": "2019-10-30", "StartAction": action["Identifier"], "Actions": [action, bye()] })
}

/// An action "a" that leads to "bye" in any case.
pub(super) fn action(
    kind: &str,
    parameters: Value,
    errors: &[&str],
    conditions: &[(&str, &str)],
) -> Value {
    let errors: Vec<_> = errors
        .iter()
        .map(|error| json!({ "NextAction": "bye", "ErrorType": error }))
        .collect();
    let conditions: Vec<_> = conditions
        .iter()
        .map(|(operator, operand)| {
            json!({ "NextAction": "bye", "Condition": { "Operator": operator, "Operands": [operand] } })
        })
        .collect();
    json!({ "Identifier": "a", "Type": kind, "Parameters": parameters,
            "Transitions": { "NextAction": "bye", "Errors": errors, "Conditions": conditions } })
}

#[track_caller]
pub(super) fn refused(kind: &str, parameters: Value, errors: &[&str], messages: &[&str]) {
    let content = flow(action(kind, parameters, errors, &[]));
    assert_eq!(problems_of(&content, FlowKind::ContactFlow), messages);
}

#[track_caller]
pub(super) fn accepted(
    kind: &str,
    parameters: Value,
    errors: &[&str],
    conditions: &[(&str, &str)],
) {
    let content = flow(action(kind, parameters, errors, conditions));
    assert_eq!(problems_of(&content, FlowKind::ContactFlow), [""; 0]);
}

pub(super) const NME: &str = "NoMatchingError";
pub(super) const NMC: &str = "NoMatchingCondition";
