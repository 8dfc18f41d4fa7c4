//! The actions of observations.

use std::collections::HashMap;

use serde_json::Value;

use super::{Object, Reader};
use crate::content::{Action, ActionKind, Assertion, Channel, Command, Instruction, Operator};
use crate::problem::ProblemKind;

impl Reader {
    /// Reads actions, and returns them in the order in which they run.
    pub(super) fn actions(&mut self, actions: Option<&Value>, path: &str) -> Option<Vec<Action>> {
        let path = format!("{path}.Actions");
        let list = match actions {
            None => return Some(Vec::new()),
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.invalid("Actions must be a list", &path);
                return None;
            }
        };
        let mut positions = HashMap::new();
        let mut read = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let identifier = value.get("Identifier").and_then(Value::as_str);
            let Some(identifier) = identifier.filter(|identifier| !identifier.is_empty()) else {
                self.invalid("an action must have an Identifier", &path);
                return None;
            };
            if positions.insert(identifier, index).is_some() {
                let message = format!("Duplicate action identifier: {identifier:.100}");
                self.report(ProblemKind::InvalidAction, &message, &path, false);
            }
            let kind = self.action(value, &path);
            let next = self.next_action(value, &path)?;
            read.push((identifier, next, kind));
        }
        let mut order = Vec::new();
        let mut at = (!read.is_empty()).then_some(0);
        while let Some(index) = at {
            order.push(index);
            at = match read[index].1 {
                None => None,
                Some(next) => match positions.get(next) {
                    Some(next) if !order.contains(next) => Some(*next),
                    Some(_) => {
                        let message = "The actions of an observation must not run in a circle";
                        self.report(ProblemKind::InvalidAction, message, &path, false);
                        None
                    }
                    None => {
                        let message = format!("Invalid next action identifier: {next:.100}");
                        self.report(ProblemKind::InvalidAction, &message, &path, true);
                        None
                    }
                },
            };
        }
        for (index, (identifier, ..)) in read.iter().enumerate() {
            if !order.contains(&index) {
                let message = format!("Unreachable action: {identifier:.100}");
                self.report(ProblemKind::InvalidAction, &message, &path, false);
            }
        }
        let mut actions = Vec::new();
        for index in order {
            let (identifier, _, kind) = &read[index];
            actions.push(Action {
                identifier: (*identifier).to_owned(),
                kind: kind.clone()?,
            });
        }
        Some(actions)
    }

    /// Returns the identifier of the action that follows, if one does. An empty one is a name too, which the
    /// service refuses.
    fn next_action<'a>(&mut self, action: &'a Value, path: &str) -> Option<Option<&'a str>> {
        let transitions = match action.get("Transitions") {
            None => return Some(None),
            Some(transitions) => transitions.as_object(),
        };
        match transitions.map(|transitions| transitions.get("NextAction")) {
            Some(None) => Some(None),
            Some(Some(Value::String(next))) => Some(Some(next)),
            _ => {
                let why = "Transitions of an action must be an object with NextAction as a text";
                self.invalid(why, &format!("{path}.Transitions"));
                None
            }
        }
    }

    fn action(&mut self, value: &Value, path: &str) -> Option<ActionKind> {
        let kind = value.get("Type").and_then(Value::as_str);
        let path = format!("{path}.Parameters");
        let Some(parameters) = value.get("Parameters").and_then(Value::as_object) else {
            self.invalid("an action must have Parameters", &path);
            return None;
        };
        let repeated = parameters.get("ActionType").and_then(Value::as_str);
        if repeated.is_some() && repeated != kind {
            self.invalid("ActionType must repeat the action's Type", &path);
        }
        match kind {
            Some("SendInstruction") => self
                .instruction(parameters, &path)
                .map(ActionKind::SendInstruction),
            Some("Assert") => self.assertion(parameters, &path).map(ActionKind::Assert),
            Some("TestControl") => self.command(parameters, &path).map(ActionKind::TestControl),
            Some("OverrideSystemBehavior") => self
                .override_of(parameters, &path)
                .map(ActionKind::OverrideSystemBehavior),
            other => {
                let why = format!(
                    "an action must have a known Type, but it was {:.60}",
                    other.unwrap_or("missing")
                );
                self.invalid(&why, &path);
                None
            }
        }
    }

    fn instruction(&mut self, parameters: &Object, path: &str) -> Option<Instruction> {
        if let Some(actor) = parameters.get("Actor").filter(|actor| *actor != "Customer") {
            let why = format!("Actor of an instruction must be Customer, but was {actor:.40}");
            self.invalid(&why, &format!("{path}.Actor"));
        }
        let path = format!("{path}.Instruction");
        let instruction = parameters.get("Instruction").and_then(Value::as_object);
        let Some(instruction) = instruction else {
            self.invalid("an instruction must be an object", &path);
            return None;
        };
        let property = |name: &str| instruction.get("Properties").and_then(|all| all.get(name));
        match instruction.get("Type").and_then(Value::as_str) {
            Some("DtmfInput") => {
                if self.channel == Channel::Chat {
                    let message = "DTMF input is not supported for Chat entry point";
                    self.report(ProblemKind::InvalidAction, message, &path, true);
                }
                // A number was reported as accepted, too.
                let keys = match property("Value") {
                    Some(Value::String(keys)) => keys.clone(),
                    Some(Value::Number(keys)) => keys.to_string(),
                    _ => String::new(),
                };
                let keyed = |key: char| key.is_ascii_digit() || matches!(key, '*' | '#');
                if keys.is_empty() || !keys.chars().all(keyed) {
                    let why = "Value of DtmfInput must be at least one of 0 to 9, * and #";
                    self.invalid(why, &path);
                    return None;
                }
                Some(Instruction::Dtmf(keys))
            }
            Some("TextUtterance") => {
                // Recorded: the documented form is refused.
                let why = "TextUtterance must be written as Utterance with a Value";
                self.invalid(why, &path);
                None
            }
            Some(kind @ ("Utterance" | "TextInput")) => {
                let text = property("Value").and_then(Value::as_str);
                let Some(text) = text.filter(|text| !text.is_empty()) else {
                    self.invalid("an utterance must have a Value", &path);
                    return None;
                };
                let language_code = property("LanguageCode").map(Value::as_str);
                if language_code == Some(None) {
                    self.invalid("LanguageCode of an utterance must be a text", &path);
                    return None;
                }
                if kind == "TextInput" {
                    self.notes.push(format!(
                        "{path}: TextInput was seen in use, but only Utterance was seen to work; \
                         write Utterance"
                    ));
                }
                Some(Instruction::Utterance {
                    text: text.to_owned(),
                    language_code: language_code.flatten().map(str::to_owned),
                })
            }
            Some("Disconnect") => Some(Instruction::Disconnect),
            other => {
                let why = format!(
                    "Type of an instruction must be DtmfInput, Utterance or Disconnect, but was \
                     {:.60}",
                    other.unwrap_or("missing")
                );
                self.invalid(&why, &path);
                None
            }
        }
    }

    fn assertion(&mut self, parameters: &Object, path: &str) -> Option<Assertion> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let operator = text("Operator").and_then(Operator::named);
        let Some(operator) = operator else {
            let message = "Invalid operator parameter for AssertAction";
            self.report(ProblemKind::InvalidAction, message, path, true);
            return None;
        };
        let Some(namespace) = text("Namespace").filter(|path| path.starts_with("$.")) else {
            let message = "Namespace of an Assert must be a path that begins with $.";
            self.report(ProblemKind::InvalidAction, message, path, false);
            return None;
        };
        let operand = match parameters.get("Operand") {
            Some(Value::String(operand)) => operand.clone(),
            Some(Value::Number(operand)) => operand.to_string(),
            _ => {
                let message = "Operand of an Assert must be given";
                self.report(ProblemKind::InvalidAction, message, path, false);
                return None;
            }
        };
        Some(Assertion {
            namespace: namespace.to_owned(),
            operator,
            operand,
        })
    }

    fn command(&mut self, parameters: &Object, path: &str) -> Option<Command> {
        let command = parameters.get("Command");
        let kind = command
            .and_then(|command| command.get("Type"))
            .and_then(Value::as_str);
        match kind {
            Some("EndTest") => Some(Command::EndTest),
            Some("LogData") => {
                let expressions = command
                    .and_then(|command| command.get("Properties")?.get("Expressions")?.as_object());
                let Some(expressions) = expressions.filter(|all| !all.is_empty()) else {
                    self.invalid("LogData must have Expressions", path);
                    return None;
                };
                let texts = expressions
                    .iter()
                    .map(|(label, text)| Some((label.clone(), text.as_str()?.to_owned())));
                let Some(texts) = texts.collect() else {
                    self.invalid("Expressions of LogData must be texts", path);
                    return None;
                };
                Some(Command::LogData(texts))
            }
            other => {
                let why = format!(
                    "Type of a Command must be EndTest or LogData, but was {:.60}",
                    other.unwrap_or("missing")
                );
                self.invalid(&why, path);
                None
            }
        }
    }
}
