//! The overrides that actions set.

use serde_json::Value;

use super::{Object, Reader};
use crate::content::{FlowActionType, Override, Strategy};
use crate::problem::ProblemKind;

impl Reader {
    pub(super) fn override_of(&mut self, parameters: &Object, path: &str) -> Option<Override> {
        let behavior = parameters.get("Behavior");
        let path = format!("{path}.Behavior");
        let kind = behavior
            .and_then(|behavior| behavior.get("Type"))
            .and_then(Value::as_str);
        if kind != Some("FlowAction") {
            self.invalid("Type of a Behavior must be FlowAction", &path);
            return None;
        }
        let properties = behavior
            .and_then(|behavior| behavior.get("Properties"))
            .and_then(Value::as_object);
        let Some(properties) = properties else {
            self.invalid("a Behavior must have Properties", &path);
            return None;
        };
        let path = format!("{path}.Properties");
        let target = self.flow_action(properties, ProblemKind::InvalidAction, &path)?;
        if errors(target.kind).is_empty() {
            let message = format!("An override must not be about {}", target.kind.name());
            self.report(ProblemKind::InvalidAction, &message, &path, false);
            return None;
        }
        let strategy = properties.get("Strategy").and_then(Value::as_object);
        let Some(strategy) = strategy else {
            self.invalid("a Behavior must have a Strategy", &path);
            return None;
        };
        let strategy = self.strategy(target.kind, strategy, &format!("{path}.Strategy"))?;
        Some(Override { target, strategy })
    }

    fn strategy(
        &mut self,
        target: FlowActionType,
        strategy: &Object,
        path: &str,
    ) -> Option<Strategy> {
        let kind = strategy.get("Type").and_then(Value::as_str);
        if kind == Some("SubstituteResource") {
            let arn = strategy.get("SubstituteArn").and_then(Value::as_str);
            let Some(arn) = arn.filter(|arn| !arn.is_empty()) else {
                self.invalid("SubstituteResource must have a SubstituteArn", path);
                return None;
            };
            return Some(Strategy::Substitute(arn.to_owned()));
        }
        let response = strategy
            .get("Response")
            .filter(|_| kind == Some("MockResponse"));
        let of_kind = response
            .and_then(|response| response.get("Type"))
            .and_then(Value::as_str);
        let body = of_kind.and_then(|name| response?.get(name)?.as_object());
        let delay_seconds = body
            .and_then(|body| body.get("DelaySeconds"))
            .map(|delay| delay.as_u64().or_else(|| delay.as_str()?.parse().ok()));
        if delay_seconds == Some(None) {
            self.invalid("DelaySeconds must be a whole number", path);
            return None;
        }
        let delay_seconds = delay_seconds.flatten().unwrap_or_default();
        match (of_kind, body) {
            (Some("ExecutionResult"), Some(body)) => {
                let value = self.result(target, body, path)?;
                Some(Strategy::Result {
                    delay_seconds,
                    value,
                })
            }
            (Some("Error"), Some(body)) => {
                let error = body
                    .get("Value")
                    .and_then(Value::as_str)
                    .unwrap_or("missing");
                if !errors(target).contains(&error) {
                    let why = format!(
                        "Value of an Error of {} must be one of {}, but was {error:.60}",
                        target.name(),
                        errors(target).join(", ")
                    );
                    self.invalid(&why, path);
                    return None;
                }
                Some(Strategy::Error {
                    delay_seconds,
                    error_type: error.to_owned(),
                })
            }
            _ => {
                let why = "a Strategy must be SubstituteResource, or MockResponse with a Response \
                           of ExecutionResult or Error";
                self.invalid(why, path);
                None
            }
        }
    }

    /// Reads a mocked result: `LoadedData` as documented, or `Value` as reported.
    fn result(&mut self, target: FlowActionType, body: &Object, path: &str) -> Option<Value> {
        match target {
            FlowActionType::TransferContactToQueue
            | FlowActionType::DequeueContactAndTransferToQueue => {
                let why = format!("{} must not have an ExecutionResult", target.name());
                self.invalid(&why, path);
                None
            }
            FlowActionType::CheckHoursOfOperation => {
                let value = body.get("Value").and_then(Value::as_str);
                let open = match value {
                    Some("InHours" | "InHour") => true,
                    Some("OutOfHours" | "OutOfHour") => false,
                    _ => {
                        let why = "Value of the hours must be InHours or OutOfHours";
                        self.invalid(why, path);
                        return None;
                    }
                };
                self.notes.push(format!(
                    "{path}: the service was seen to refuse a mocked result of hours; \
                     SubstituteResource was seen to work"
                ));
                Some(Value::Bool(open))
            }
            _ => {
                let data = body.get("LoadedData").or_else(|| body.get("Value"));
                let data = data.and_then(Value::as_str);
                let value = data.map(serde_json::from_str::<Value>);
                match value {
                    Some(Ok(value @ Value::Object(_))) => Some(value),
                    _ => {
                        self.invalid("LoadedData must be a JSON object as text", path);
                        None
                    }
                }
            }
        }
    }
}

/// Returns the errors that a target can be made to fail with (developer guide).
fn errors(target: FlowActionType) -> &'static [&'static str] {
    match target {
        FlowActionType::InvokeLambdaFunction | FlowActionType::ConnectParticipantWithLexBot => {
            &["TimeLimitExceeded", "NoMatchingError"]
        }
        // The developer guide lists no override of it.
        FlowActionType::ConnectParticipantWithAgenticCx => &[],
        FlowActionType::CheckHoursOfOperation => &["NoMatchingError"],
        FlowActionType::TransferContactToQueue
        | FlowActionType::DequeueContactAndTransferToQueue => {
            &["QueueAtCapacity", "NoMatchingError"]
        }
    }
}
