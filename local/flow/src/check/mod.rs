//! The checks of publishing a flow, which return the compiled flow.
//!
//! The messages are the service's own where they are known; the others follow their pattern.

pub(crate) mod block_types;
mod contracts;
pub(crate) mod problems;
mod rules;
mod shape;
mod special;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::action::Action;
use crate::compile;
use crate::document::{Document, RawAction, missing_field};
use crate::flow::Compiled;
use crate::{Contracts, FlowKind, Problem, ProblemKind};
use problems::Problems;

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
pub(crate) fn publish(
    content: &str,
    kind: FlowKind,
    contracts: &dyn Contracts,
) -> Result<Compiled, Vec<Problem>> {
    let problems = Problems::default();
    let compiled = check(content, kind, contracts, &problems);
    match compiled {
        Some(compiled) if problems.is_empty() => Ok(compiled),
        _ => {
            if problems.is_empty() {
                // Each check that returns nothing reports a problem. If one ever does not, there is
                // still at least one problem.
                problems.report(ProblemKind::Content, "", "Invalid content");
            }
            Err(problems.into_vec())
        }
    }
}

fn check(
    content: &str,
    kind: FlowKind,
    contracts: &dyn Contracts,
    problems: &Problems,
) -> Option<Compiled> {
    if content.is_empty() || content.chars().count() > LONGEST_CONTENT {
        problems.report(
            ProblemKind::Content,
            "",
            format!("Invalid content. The content must have 1 to {LONGEST_CONTENT} characters"),
        );
        return None;
    }
    if content.starts_with('\u{feff}') {
        problems.report(
            ProblemKind::Json,
            "",
            "Invalid JSON. The content must begin with {, but began with a byte order mark \
             (U+FEFF): save the file as UTF-8 without one",
        );
        return None;
    }
    let value: Value = match serde_json::from_str(content) {
        Ok(value) => value,
        Err(error) => {
            // The error's own text contains the position.
            problems.report(ProblemKind::Json, "", format!("Invalid JSON. {error}"));
            return None;
        }
    };
    if is_old_export(&value) {
        problems.report(
            ProblemKind::OldExport,
            "",
            "Invalid content. The content must be in the flow language (Version, StartAction, \
             Actions), but was an export of the older console (modules): import the file in the \
             console, and take the content of DescribeContactFlow",
        );
        return None;
    }
    let document = Document::read(&value, problems)?;
    if let Some(version) = document.version.filter(|version| *version != VERSION) {
        problems.report(
            ProblemKind::Version,
            "Version",
            format!("Invalid Version. Version: {version}"),
        );
    }
    check_settings(document.settings, kind, problems);
    if document.actions.len() > MOST_ACTIONS {
        problems.report(
            ProblemKind::Content,
            "Actions",
            format!("Too many Actions. A flow can have at most {MOST_ACTIONS}"),
        );
    }
    let positions = check_identifiers(&document, problems);
    let start = document.start.and_then(|start| {
        let found = positions.get(start).copied();
        if found.is_none() {
            problems.report(
                ProblemKind::Reference,
                "StartAction",
                format!("Invalid StartAction. Identifier: {start}"),
            );
        }
        found
    });
    let actions: Vec<_> = document
        .actions
        .iter()
        .filter_map(|action| compile(action, kind, &positions, contracts, problems))
        .collect();
    problems.about(None);
    (actions.len() == document.actions.len()).then_some(())?;
    Some(Compiled {
        start: start?,
        actions,
    })
}

/// Reports whether the content is in the format that the older console exported. The API never
/// accepted it.
fn is_old_export(content: &Value) -> bool {
    content.get("modules").is_some_and(Value::is_array) && content.get("Actions").is_none()
}

/// Checks `Settings`, which modules must have and other flows must not.
fn check_settings(settings: Option<&Value>, kind: FlowKind, problems: &Problems) {
    match (settings, kind == FlowKind::Module) {
        (None | Some(Value::Null), true) => missing_field("Settings", "settings", problems),
        (Some(_), false) => problems.report(
            ProblemKind::Field,
            "Settings",
            "Invalid property name. Path: Settings",
        ),
        (Some(Value::Object(settings)), true) => {
            for name in ["InputParameters", "OutputParameters", "Transitions"] {
                if settings.get(name).is_some_and(|list| !list.is_array()) {
                    let path = format!("Settings.{name}");
                    let message = format!("Invalid property value. Path: {path}");
                    problems.report(ProblemKind::Field, &path, message);
                }
            }
        }
        (Some(_), true) => problems.report(
            ProblemKind::Field,
            "Settings",
            "Invalid property value. Path: Settings",
        ),
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
        problems.about(Some(identifier));
        let forbidden = identifier.contains(FORBIDDEN_IN_IDENTIFIERS)
            || identifier.chars().count() > LONGEST_IDENTIFIER
            || PROTOTYPE_NAMES.contains(&identifier);
        let path = format!("Actions[{}].Identifier", action.index);
        if forbidden {
            let message = format!("Invalid Action property value. Path: {path}");
            problems.report(ProblemKind::Identifier, &path, message);
        }
        if positions.insert(identifier, position).is_some() {
            let message = format!("Duplicate Action identifier. Identifier: {identifier}");
            problems.report(ProblemKind::Identifier, &path, message);
        }
    }
    problems.about(None);
    positions
}

fn compile(
    action: &RawAction<'_>,
    flow: FlowKind,
    positions: &HashMap<&str, usize>,
    contracts: &dyn Contracts,
    problems: &Problems,
) -> Option<Action> {
    problems.about(action.identifier);
    let kind = action.kind?;
    let nothing = Map::new();
    let parameters = action.parameters.unwrap_or(&nothing);
    let path = format!("Actions[{}].Parameters", action.index);
    let row = match block_types::find(kind) {
        Ok(Some(row)) => row,
        Ok(None) => {
            let path = format!("Actions[{}].Type", action.index);
            let message = format!("Invalid Action type. Type: {kind}, Path: {path}");
            problems.report(ProblemKind::BlockType, &path, message);
            return None;
        }
        Err(error) => {
            let message = format!("The table of block types cannot be read: {error}");
            problems.report(ProblemKind::Content, "", message);
            return None;
        }
    };
    let found_before = problems.count();
    let rules = row.check(flow, parameters, action.index, problems);
    special::check(kind, flow, parameters, &path, problems);
    contracts::check(kind, action, parameters, contracts, problems);
    let valid = problems.count() == found_before;
    if !row.allowed(flow) {
        problems.report(
            ProblemKind::BlockInFlow,
            &format!("Actions[{}].Type", action.index),
            format!(
                "Invalid Action type. Type: {kind}, Path: Actions[{}], not allowed in this type of \
                 flow",
                action.index
            ),
        );
    }
    let branches = rules.check(action, positions, problems);
    Some(Action {
        identifier: Arc::from(action.identifier?),
        kind: Arc::from(kind),
        parameters: compile::templates(parameters),
        block: valid
            .then(|| compile::block(kind, row.absent(parameters), parameters))
            .flatten()?,
        next: branches.next,
        conditions: branches.conditions,
        errors: branches.errors,
    })
}
