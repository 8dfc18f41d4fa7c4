//! The checks of publishing a flow, which return the compiled flow.
//!
//! The messages are the service's own where they are known; the others follow their pattern.

mod branching;
mod not_executed;
pub(crate) use branching::{loop_limit, wait_limit};
mod data;
mod fields;
mod flow_kinds;
mod integrations;
pub(crate) mod problems;
mod rules;
mod talking;
mod transfers;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::action::{Action, Block};
use crate::document::{Document, RawAction, missing_field};
use crate::flow::Compiled;
use crate::{FlowKind, Problem};
use fields::Fields;
use problems::Problems;
use rules::Rules;

const VERSION: &str = "2019-10-30";
const LONGEST_CONTENT: usize = 256_000;
const MOST_ACTIONS: usize = 250;
const LONGEST_IDENTIFIER: usize = 50;
const FORBIDDEN_IN_IDENTIFIERS: &[char] = &[
    '%', ':', '(', '\\', '/', ')', '=', '$', ',', ';', '[', ']', '{', '}',
];
/// Names of members of every JavaScript object, which the AWS documentation excludes.
const PROTOTYPE_NAMES: &[&str] = &[
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
];

/// Parses, checks and compiles a flow.
pub(crate) fn publish(content: &str, kind: FlowKind) -> Result<Compiled, Vec<Problem>> {
    let problems = Problems::default();
    let compiled = check(content, kind, &problems);
    match compiled {
        Some(compiled) if problems.is_empty() => Ok(compiled),
        _ => {
            if problems.is_empty() {
                // Each check that returns nothing reports a problem. If one ever does not, there is
                // still at least one problem.
                problems.report("Invalid content");
            }
            Err(problems.into_vec())
        }
    }
}

fn check(content: &str, kind: FlowKind, problems: &Problems) -> Option<Compiled> {
    if content.is_empty() || content.chars().count() > LONGEST_CONTENT {
        problems.report(format!(
            "Invalid content. The content must have 1 to {LONGEST_CONTENT} characters"
        ));
        return None;
    }
    let value: Value = match serde_json::from_str(content) {
        Ok(value) => value,
        Err(error) => {
            // The error's own text contains the position.
            problems.report(format!("Invalid JSON. {error}"));
            return None;
        }
    };
    let document = Document::read(&value, problems)?;
    if let Some(version) = document.version.filter(|version| *version != VERSION) {
        problems.report(format!("Invalid Version. Version: {version}"));
    }
    check_settings(document.settings, kind, problems);
    if document.actions.len() > MOST_ACTIONS {
        problems.report(format!(
            "Too many Actions. A flow can have at most {MOST_ACTIONS}"
        ));
    }
    let positions = check_identifiers(&document, problems);
    let start = document.start.and_then(|start| {
        let found = positions.get(start).copied();
        if found.is_none() {
            problems.report(format!("Invalid StartAction. Identifier: {start}"));
        }
        found
    });
    let actions: Vec<_> = document
        .actions
        .iter()
        .filter_map(|action| compile(action, kind, &positions, problems))
        .collect();
    (actions.len() == document.actions.len()).then_some(())?;
    Some(Compiled {
        start: start?,
        actions,
    })
}

/// Checks `Settings`, which modules must have and other flows must not.
fn check_settings(settings: Option<&Value>, kind: FlowKind, problems: &Problems) {
    match (settings, kind == FlowKind::Module) {
        (None | Some(Value::Null), true) => missing_field("settings", problems),
        (Some(_), false) => problems.report("Invalid property name. Path: Settings"),
        (Some(Value::Object(settings)), true) => {
            for name in ["InputParameters", "OutputParameters", "Transitions"] {
                if settings.get(name).is_some_and(|list| !list.is_array()) {
                    problems.report(format!("Invalid property value. Path: Settings.{name}"));
                }
            }
        }
        (Some(_), true) => problems.report("Invalid property value. Path: Settings"),
        (None, false) => {}
    }
}

/// Checks all identifiers, and returns the position of each action.
fn check_identifiers<'a>(document: &Document<'a>, problems: &Problems) -> HashMap<&'a str, usize> {
    let mut positions = HashMap::new();
    for (position, action) in document.actions.iter().enumerate() {
        let Some(identifier) = action.identifier else {
            continue;
        };
        let forbidden = identifier.contains(FORBIDDEN_IN_IDENTIFIERS)
            || identifier.chars().count() > LONGEST_IDENTIFIER
            || PROTOTYPE_NAMES.contains(&identifier);
        if forbidden {
            problems.report(format!(
                "Invalid Action property value. Path: Actions[{}].Identifier",
                action.index
            ));
        }
        if positions.insert(identifier, position).is_some() {
            problems.report(format!(
                "Duplicate Action identifier. Identifier: {identifier}"
            ));
        }
    }
    positions
}

fn compile(
    action: &RawAction<'_>,
    flow: FlowKind,
    positions: &HashMap<&str, usize>,
    problems: &Problems,
) -> Option<Action> {
    let kind = action.kind?;
    let nothing = Map::new();
    let parameters = action.parameters.unwrap_or(&nothing);
    let path = format!("Actions[{}].Parameters", action.index);
    let (block, rules, allowed) = match not_executed::find(kind) {
        Ok(Some(known)) => {
            known.check(parameters, &path, problems);
            (
                Some(Block::of_queues(kind, parameters).unwrap_or(Block::Unsupported)),
                known.rules(parameters),
                known.allowed(flow),
            )
        }
        Ok(None) => {
            report_empty_texts(parameters, &path, problems);
            let fields = Fields::new(parameters, path, problems);
            let Some((block, rules)) = read_block(kind, fields, flow) else {
                problems.report(format!(
                    "Invalid Action type. Type: {kind}, Path: Actions[{}].Type",
                    action.index
                ));
                return None;
            };
            (block, rules, flow_kinds::allowed(kind, flow))
        }
        Err(error) => {
            problems.report(format!("The table of block types cannot be read: {error}"));
            return None;
        }
    };
    if !allowed {
        problems.report(format!(
            "Invalid Action type. Type: {kind}, Path: Actions[{}], not allowed in this type of flow",
            action.index
        ));
    }
    let branches = rules.check(action, positions, problems);
    Some(Action {
        identifier: Arc::from(action.identifier?),
        kind: Arc::from(kind),
        block: block?,
        next: branches.next,
        conditions: branches.conditions,
        errors: branches.errors,
    })
}

/// Reports empty strings, which are refused everywhere.
fn report_empty_texts(parameters: &Map<String, Value>, path: &str, problems: &Problems) {
    fn walk(value: &Value, path: &str, problems: &Problems) {
        match value {
            Value::String(text) if text.is_empty() => {
                problems.report(format!("Invalid Action property value. Path: {path}"));
            }
            Value::Object(map) => {
                for (name, value) in map {
                    walk(value, &format!("{path}.{name}"), problems);
                }
            }
            Value::Array(list) => {
                for (at, value) in list.iter().enumerate() {
                    walk(value, &format!("{path}[{at}]"), problems);
                }
            }
            _ => {}
        }
    }
    for (name, value) in parameters {
        // For attributes, the service has another message.
        match value {
            Value::Object(attributes) if name == "Attributes" => {
                if attributes.values().any(|value| value == "") {
                    problems.report("Empty value in Parameters.Attributes");
                }
            }
            // An empty hook counts as missing, which is reported where hooks are read.
            Value::Object(_) if name == "EventHooks" => {}
            _ => walk(value, &format!("{path}.{name}"), problems),
        }
    }
}

/// Returns the block, if its parameters are valid, and the rules for its transitions; `None` for an
/// unknown type.
fn read_block(kind: &str, fields: Fields<'_>, flow: FlowKind) -> Option<(Option<Block>, Rules)> {
    let read = match kind {
        "MessageParticipant" => talking::message,
        "MessageParticipantIteratively" => talking::messages,
        "GetParticipantInput" => talking::input,
        "DisconnectParticipant" => talking::disconnect,
        "EndFlowExecution" => talking::end_flow,
        "Compare" => return Some(branching::compare(fields, flow)),
        "Loop" => branching::repeat,
        "DistributeByPercentage" => branching::distribute,
        "CheckHoursOfOperation" => branching::hours,
        "Wait" => branching::wait,
        "UpdateContactAttributes" => data::attributes,
        "UpdateFlowAttributes" => data::flow_attributes,
        "UpdateContactData" => data::contact_data,
        "UpdateContactTextToSpeechVoice" => data::voice,
        "UpdateFlowLoggingBehavior" => data::logging,
        "UpdateContactRecordingBehavior" => data::recording,
        "UpdateContactEventHooks" => data::event_hooks,
        "TagContact" => data::tag,
        "UntagContact" => data::untag,
        "UpdateContactTargetQueue" => transfers::target_queue,
        "TransferContactToQueue" => transfers::queue,
        "TransferToFlow" => transfers::flow,
        "TransferParticipantToThirdParty" => transfers::third_party,
        "InvokeLambdaFunction" => integrations::function,
        "InvokeFlowModule" => integrations::module,
        "EndFlowModuleExecution" => integrations::end_module,
        _ => return None,
    };
    Some(read(fields))
}
