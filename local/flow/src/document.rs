//! The structure of a flow's JSON, independent of the meaning of action types.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::ProblemKind;
use crate::check::problems::Problems;

/// The flow's content.
pub(crate) struct Document<'a> {
    pub(crate) version: Option<&'a str>,
    pub(crate) start: Option<&'a str>,
    pub(crate) settings: Option<&'a Value>,
    pub(crate) actions: Vec<RawAction<'a>>,
}

/// An action. Missing and malformed members have been reported, and are left out.
pub(crate) struct RawAction<'a> {
    /// The position in `Actions`, for paths.
    pub(crate) index: usize,
    pub(crate) identifier: Option<&'a str>,
    pub(crate) kind: Option<&'a str>,
    pub(crate) parameters: Option<&'a Map<String, Value>>,
    pub(crate) transitions: RawTransitions<'a>,
}

/// `Transitions` of an action.
#[derive(Default)]
pub(crate) struct RawTransitions<'a> {
    /// Whether `Transitions` is absent or `{}`.
    pub(crate) empty: bool,
    /// Whether there is a `NextAction`, right or wrong.
    pub(crate) has_next: bool,
    pub(crate) next: Option<&'a str>,
    pub(crate) conditions: Vec<RawCondition<'a>>,
    pub(crate) errors: Vec<RawError<'a>>,
}

/// One entry of `Conditions`.
pub(crate) struct RawCondition<'a> {
    pub(crate) operator: &'a str,
    pub(crate) operand: Cow<'a, str>,
    /// Whether the operand is a JSON number.
    pub(crate) number: bool,
    pub(crate) next: &'a str,
}

/// One entry of `Errors`.
pub(crate) struct RawError<'a> {
    pub(crate) error_type: &'a str,
    pub(crate) next: &'a str,
}

impl<'a> Document<'a> {
    pub(crate) fn read(content: &'a Value, problems: &Problems) -> Option<Self> {
        let Some(content) = content.as_object() else {
            problems.report(
                ProblemKind::Content,
                "",
                "Invalid content. The flow must be a JSON object",
            );
            return None;
        };
        let text = |name: &str, shown: &str| match content.get(name) {
            Some(Value::String(text)) => Some(text.as_str()),
            None | Some(Value::Null) => {
                missing_field(name, shown, problems);
                None
            }
            Some(_) => {
                problems.report(
                    ProblemKind::Field,
                    name,
                    format!("Invalid property value. Path: {name}"),
                );
                None
            }
        };
        let version = text("Version", "version");
        let start = text("StartAction", "startAction");
        let actions = match content.get("Actions") {
            Some(Value::Array(actions)) => actions
                .iter()
                .enumerate()
                .filter_map(|(index, action)| RawAction::read(index, action, problems))
                .collect(),
            None | Some(Value::Null) => {
                missing_field("Actions", "actions", problems);
                Vec::new()
            }
            Some(_) => {
                problems.report(
                    ProblemKind::Field,
                    "Actions",
                    "Invalid property value. Path: Actions",
                );
                Vec::new()
            }
        };
        problems.about(None);
        Some(Self {
            version,
            start,
            settings: content.get("Settings"),
            actions,
        })
    }
}

/// Reports a missing field, in the words that the service uses for a module without Settings.
pub(crate) fn missing_field(path: &str, shown: &str, problems: &Problems) {
    problems.report(
        ProblemKind::Field,
        path,
        format!("JSON field is missing or null for field name: {shown}"),
    );
}

/// Reads the members of one object, whose path it keeps for messages.
struct Members<'a, 'p> {
    map: &'a Map<String, Value>,
    path: String,
    problems: &'p Problems,
}

impl<'a, 'p> Members<'a, 'p> {
    fn read(value: &'a Value, path: String, problems: &'p Problems) -> Option<Self> {
        let Some(map) = value.as_object() else {
            problems.invalid_value(&path);
            return None;
        };
        Some(Self {
            map,
            path,
            problems,
        })
    }

    fn only(&self, names: &[&str]) {
        for name in self.map.keys() {
            if !names.contains(&name.as_str()) {
                self.problems.invalid_name(&format!("{}.{name}", self.path));
            }
        }
    }

    /// Returns a text that must be present and not empty.
    fn text(&self, name: &str) -> Option<&'a str> {
        match self.map.get(name) {
            None => {
                self.problems.missing(&format!("{}.{name}", self.path));
                None
            }
            Some(_) => self.optional_text(name),
        }
    }

    fn optional_text(&self, name: &str) -> Option<&'a str> {
        match self.map.get(name) {
            None => None,
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            Some(_) => {
                self.problems
                    .invalid_value(&format!("{}.{name}", self.path));
                None
            }
        }
    }

    fn list(&self, name: &str) -> &'a [Value] {
        match self.map.get(name) {
            None => &[],
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.problems
                    .invalid_value(&format!("{}.{name}", self.path));
                &[]
            }
        }
    }
}

impl<'a> RawAction<'a> {
    fn read(index: usize, action: &'a Value, problems: &Problems) -> Option<Self> {
        problems.about(action.get("Identifier").and_then(Value::as_str));
        let members = Members::read(action, format!("Actions[{index}]"), problems)?;
        members.only(&["Identifier", "Type", "Parameters", "Transitions"]);
        let identifier = members.text("Identifier");
        let kind = members.text("Type");
        let parameters = match members.map.get("Parameters") {
            None => None,
            Some(Value::Object(parameters)) => Some(parameters),
            Some(_) => {
                problems.invalid_value(&format!("{}.Parameters", members.path));
                None
            }
        };
        let transitions = members
            .map
            .get("Transitions")
            .and_then(|value| {
                let path = format!("{}.Transitions", members.path);
                RawTransitions::read(value, path, problems)
            })
            .unwrap_or_else(|| RawTransitions {
                empty: true,
                ..RawTransitions::default()
            });
        Some(Self {
            index,
            identifier,
            kind,
            parameters,
            transitions,
        })
    }
}

impl<'a> RawTransitions<'a> {
    fn read(value: &'a Value, path: String, problems: &Problems) -> Option<Self> {
        let members = Members::read(value, path, problems)?;
        members.only(&["NextAction", "Conditions", "Errors"]);
        let entries = |name: &str| {
            members
                .list(name)
                .iter()
                .enumerate()
                .filter_map(|(at, entry)| {
                    Members::read(entry, format!("{}.{name}[{at}]", members.path), problems)
                })
                .collect::<Vec<_>>()
        };
        Some(Self {
            empty: members.map.is_empty(),
            has_next: members.map.contains_key("NextAction"),
            next: members.optional_text("NextAction"),
            conditions: entries("Conditions")
                .iter()
                .filter_map(|entry| RawCondition::read(entry, problems))
                .collect(),
            errors: entries("Errors")
                .iter()
                .filter_map(|entry| {
                    entry.only(&["NextAction", "ErrorType"]);
                    let (next, error_type) = (entry.text("NextAction"), entry.text("ErrorType"));
                    Some(RawError {
                        error_type: error_type?,
                        next: next?,
                    })
                })
                .collect(),
        })
    }
}

impl<'a> RawCondition<'a> {
    fn read(entry: &Members<'a, '_>, problems: &Problems) -> Option<Self> {
        entry.only(&["NextAction", "Condition"]);
        let next = entry.text("NextAction");
        let path = format!("{}.Condition", entry.path);
        let Some(condition) = entry.map.get("Condition") else {
            problems.missing(&path);
            return None;
        };
        let condition = Members::read(condition, path, problems)?;
        condition.only(&["Operator", "Operands"]);
        let operator = condition.text("Operator");
        let operand = match condition.map.get("Operands") {
            Some(Value::Array(operands)) => match operands.as_slice() {
                [Value::String(operand)] => Some((Cow::Borrowed(operand.as_str()), false)),
                [Value::Number(operand)] => Some((Cow::Owned(operand.to_string()), true)),
                _ => None,
            },
            _ => None,
        };
        if operand.is_none() {
            problems.invalid_value(&format!("{}.Operands", condition.path));
        }
        let (operand, number) = operand?;
        Some(Self {
            operator: operator?,
            operand,
            number,
            next: next?,
        })
    }
}
