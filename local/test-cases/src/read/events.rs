//! The events that observations wait for.

use serde_json::{Map, Value};

use super::{Object, Reader};
use crate::content::{
    EventPattern, FlowActionPattern, FlowActionType, MatchKind, MessagePattern, PatternSource,
};
use crate::problem::ProblemKind;

impl Reader {
    pub(super) fn event(&mut self, event: &Object, path: &str) -> Option<EventPattern> {
        if event.contains_key("MatchingCriteria") {
            let message = "MatchingCriteria must be an object inside Properties: beside it, the \
                           service was seen to publish the test case and to let each run time out";
            self.report(ProblemKind::InvalidEvent, message, path, false);
        }
        if let Some(actor) = event.get("Actor").filter(|actor| *actor != "System") {
            let why = format!("Actor of an event must be System, but was {actor:.40}");
            self.invalid(&why, &format!("{path}.Actor"));
        }
        let nothing = Map::new();
        let properties = match event.get("Properties") {
            None => &nothing,
            Some(Value::Object(properties)) => properties,
            Some(_) => {
                self.invalid(
                    "Properties must be an object",
                    &format!("{path}.Properties"),
                );
                return None;
            }
        };
        match event.get("Type").and_then(Value::as_str) {
            Some("TestInitiated") => Some(EventPattern::TestInitiated),
            Some("TestCompleted") => Some(EventPattern::TestCompleted),
            Some("MessageReceived") => self.message(properties, path),
            Some("FlowActionStarted") => self
                .flow_action(
                    properties,
                    ProblemKind::InvalidEvent,
                    &format!("{path}.Properties"),
                )
                .map(EventPattern::FlowActionStarted),
            Some("FlowActionCompleted") => {
                let path = format!("{path}.Properties");
                let pattern = self.flow_action(properties, ProblemKind::InvalidEvent, &path)?;
                self.completes(&pattern, &path);
                Some(EventPattern::FlowActionCompleted(pattern))
            }
            Some(other) => {
                let why = format!("an event must have a known Type, but it was {other:.60}");
                self.invalid(&why, &format!("{path}.Type"));
                None
            }
            None => {
                self.invalid("an event must have a Type", &format!("{path}.Type"));
                None
            }
        }
    }

    /// Blocks of which the developer guide lists no FlowActionCompleted event.
    fn completes(&mut self, pattern: &FlowActionPattern, path: &str) {
        let has = matches!(
            pattern.kind,
            FlowActionType::InvokeLambdaFunction
                | FlowActionType::ConnectParticipantWithLexBot
                | FlowActionType::ConnectParticipantWithAgenticCx
        );
        if !has {
            let message = format!(
                "FlowActionCompleted must not be about {}",
                pattern.kind.name()
            );
            self.report(ProblemKind::InvalidEvent, &message, path, false);
        }
    }

    fn message(&mut self, properties: &Object, path: &str) -> Option<EventPattern> {
        let path = format!("{path}.Properties");
        let text = |name: &str| {
            let text = properties.get(name).and_then(Value::as_str);
            text.filter(|text| !text.trim().is_empty())
                .map(str::to_owned)
        };
        let media = || {
            let media = properties.get("Media")?.as_object()?;
            media
                .get("Uri")?
                .as_str()
                .filter(|uri| !uri.is_empty())
                .map(str::to_owned)
        };
        let sources = [
            text("Text").map(PatternSource::Text),
            text("SSML").map(PatternSource::Ssml),
            text("PromptId").map(PatternSource::Recording),
            media().map(PatternSource::Media),
        ];
        let mut sources = sources.into_iter().flatten();
        let Some(source) = sources.next() else {
            let message = "At least one of PromptId, Text, or SSML must be present";
            self.report(ProblemKind::InvalidEvent, message, &path, true);
            return None;
        };
        if sources.next().is_some() {
            let message = "Only one of PromptId, Text, SSML and Media must be present";
            self.report(ProblemKind::InvalidEvent, message, &path, false);
        }
        let criteria = properties.get("MatchingCriteria");
        let kind = criteria.map(|criteria| criteria.get("Type").and_then(Value::as_str));
        let matching = match kind {
            None => MatchKind::Similarity,
            Some(Some("Similarity")) => MatchKind::Similarity,
            Some(Some("Inclusion")) => MatchKind::Inclusion,
            Some(Some(other)) => {
                let why = format!(
                    "MatchingCriteria.Type must be Similarity or Inclusion, but was {other:.40}"
                );
                self.invalid(&why, &format!("{path}.MatchingCriteria"));
                return None;
            }
            Some(None) if criteria.is_some_and(Value::is_object) => {
                let why = "MatchingCriteria.Type must be Similarity or Inclusion, but is missing";
                self.invalid(why, &format!("{path}.MatchingCriteria"));
                return None;
            }
            Some(None) => {
                let message = "MatchingCriteria must be an object with a Type: as a text, the \
                               service was seen to publish the test case and to let each run time \
                               out";
                self.report(ProblemKind::InvalidEvent, message, &path, false);
                return None;
            }
        };
        Some(EventPattern::MessageReceived(MessagePattern {
            source,
            matching,
        }))
    }

    /// Reads type and resource of a block: `ActionType` and `ActionParameters`.
    pub(super) fn flow_action(
        &mut self,
        properties: &Object,
        invalid: ProblemKind,
        path: &str,
    ) -> Option<FlowActionPattern> {
        let name = properties.get("ActionType").and_then(Value::as_str);
        let Some(kind) = name.and_then(FlowActionType::named) else {
            let name = name.unwrap_or("missing");
            let message = format!("Invalid flow action type: {name:.60}");
            self.report(invalid, &message, path, false);
            return None;
        };
        let path = format!("{path}.ActionParameters");
        let parameters = properties
            .get("ActionParameters")
            .and_then(Value::as_object);
        let resource = parameters.and_then(|parameters| resource(kind, parameters));
        let Some(resource) = resource else {
            let message = format!(
                "Invalid flow action parameters: {} must have {}",
                kind.name(),
                needed(kind)
            );
            self.report(
                ProblemKind::InvalidFlowActionParameters,
                &message,
                &path,
                false,
            );
            return None;
        };
        Some(FlowActionPattern { kind, resource })
    }
}

/// Returns the resource that the parameters name.
fn resource(kind: FlowActionType, parameters: &Object) -> Option<String> {
    let text = |value: Option<&Value>| {
        let text = value?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    match kind {
        FlowActionType::InvokeLambdaFunction => text(parameters.get("LambdaFunctionARN")),
        FlowActionType::CheckHoursOfOperation => text(parameters.get("HoursOfOperationId")),
        FlowActionType::TransferContactToQueue
        | FlowActionType::DequeueContactAndTransferToQueue => {
            text(parameters.get("QueueId")).or_else(|| text(parameters.get("AgentId")))
        }
        FlowActionType::ConnectParticipantWithLexBot => {
            text(parameters.get("LexV2Bot")?.get("AliasArn"))
        }
        FlowActionType::ConnectParticipantWithAgenticCx => {
            text(parameters.get("AgentConfiguration")?.get("ApplicationId"))
        }
    }
}

/// Returns the parameters that a type must have.
fn needed(kind: FlowActionType) -> &'static str {
    match kind {
        FlowActionType::InvokeLambdaFunction => "LambdaFunctionARN",
        FlowActionType::CheckHoursOfOperation => "HoursOfOperationId",
        FlowActionType::TransferContactToQueue
        | FlowActionType::DequeueContactAndTransferToQueue => "QueueId",
        FlowActionType::ConnectParticipantWithLexBot => "LexV2Bot.AliasArn",
        FlowActionType::ConnectParticipantWithAgenticCx => "AgentConfiguration.ApplicationId",
    }
}
