//! Reads the content of a test case, and checks it as publishing does.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use crate::content::{
    Action, ActionKind, Assertion, Channel, Command, EventPattern, FlowActionPattern,
    FlowActionType, Instruction, MatchKind, MessagePattern, Observation, Operator, Override,
    PatternSource, Strategy, TestCase,
};
use crate::problem::{Problem, ProblemKind};

/// The only version that the service was seen to accept. AWS's API reference shows an older one.
const VERSION: &str = "2019-10-30";
/// The bounds of CloudFormation's schema, in characters.
const LONGEST_CONTENT: usize = 256_000;
/// The service cuts each message here, in characters (the service model).
const LONGEST_MESSAGE: usize = 256;
/// The words for content that has another shape, as public projects recorded them.
const INVALID: &str = "Invalid test case content";

type Object = Map<String, Value>;

impl TestCase {
    /// Reads content and checks it as CreateTestCase does with the status `PUBLISHED`.
    ///
    /// # Errors
    /// All problems found, at least one.
    pub fn publish(content: &str, channel: Channel) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader {
            channel,
            problems: Vec::new(),
            notes: Vec::new(),
        };
        let observations = reader.content(content);
        match observations {
            Some(observations) if reader.problems.is_empty() => Ok(Self {
                observations,
                notes: reader.notes,
            }),
            _ => {
                if reader.problems.is_empty() {
                    // Each check that returns nothing reports a problem. If one ever does not, there
                    // is still at least one problem.
                    reader.invalid("", "");
                }
                Err(reader.problems)
            }
        }
    }
}

struct Reader {
    channel: Channel,
    problems: Vec<Problem>,
    notes: Vec<String>,
}

impl Reader {
    fn report(&mut self, kind: ProblemKind, message: &str, path: &str, recorded: bool) {
        self.problems.push(Problem {
            kind,
            message: message.chars().take(LONGEST_MESSAGE).collect(),
            path: path.to_owned(),
            recorded,
        });
    }

    /// Reports another shape: the service's words, and the reason in our own.
    fn invalid(&mut self, why: &str, path: &str) {
        let message = match why {
            "" => INVALID.to_owned(),
            why => format!("{INVALID}: {why}"),
        };
        self.report(ProblemKind::InvalidContent, &message, path, true);
    }

    fn content(&mut self, content: &str) -> Option<Vec<Observation>> {
        if content.is_empty() || content.chars().count() > LONGEST_CONTENT {
            let why = format!("the content must have 1 to {LONGEST_CONTENT} characters");
            self.invalid(&why, "");
            return None;
        }
        let value: Value = match serde_json::from_str(content) {
            Ok(value) => value,
            Err(error) => {
                self.invalid(&format!("the content must be JSON: {error}"), "");
                return None;
            }
        };
        let Some(content) = value.as_object() else {
            self.invalid("the content must be a JSON object", "");
            return None;
        };
        match content.get("Version").and_then(Value::as_str) {
            Some(VERSION) => {}
            Some(other) => {
                let why = format!("Version must be {VERSION}, but was {other:.40}");
                self.invalid(&why, "Version");
            }
            None => self.invalid(
                &format!("Version must be {VERSION}, but is missing"),
                "Version",
            ),
        }
        if content
            .get("Metadata")
            .is_some_and(|metadata| !metadata.is_object())
        {
            self.invalid("Metadata must be an object", "Metadata");
        }
        for name in content
            .keys()
            .filter(|name| !matches!(name.as_str(), "Version" | "Metadata" | "Observations"))
        {
            let why = format!("{name:.60} must not be a member of the content");
            self.invalid(&why, name);
        }
        let Some(list) = content.get("Observations").and_then(Value::as_array) else {
            self.invalid("Observations must be a list", "Observations");
            return None;
        };
        let positions = self.identifiers(list)?;
        let mut observations = Vec::new();
        for (index, value) in list.iter().enumerate() {
            observations.extend(self.observation(value, index, &positions));
        }
        if observations.len() < list.len() {
            return None;
        }
        let led_to: BTreeSet<usize> = observations
            .iter()
            .flat_map(|observation: &Observation| observation.next.iter().copied())
            .collect();
        for (index, observation) in observations.iter_mut().enumerate() {
            observation.is_first = !led_to.contains(&index);
        }
        let starts = |one: &Observation| one.event == EventPattern::TestInitiated;
        if !observations.iter().any(starts) {
            let message = "One observation must have the event TestInitiated";
            self.report(
                ProblemKind::InvalidObservation,
                message,
                "Observations",
                false,
            );
        }
        Some(observations)
    }

    /// Reads the identifiers of all observations, which must be different.
    fn identifiers<'a>(&mut self, list: &'a [Value]) -> Option<HashMap<&'a str, usize>> {
        let mut positions = HashMap::new();
        let before = self.problems.len();
        for (index, value) in list.iter().enumerate() {
            let path = format!("Observations[{index}].Identifier");
            match value.get("Identifier").and_then(Value::as_str) {
                Some(identifier) if !identifier.is_empty() => {
                    if positions.insert(identifier, index).is_some() {
                        let message =
                            format!("Duplicate observation identifier: {identifier:.100}");
                        self.report(ProblemKind::InvalidObservation, &message, &path, false);
                    }
                }
                _ => self.invalid("an observation must have an Identifier", &path),
            }
        }
        (self.problems.len() == before).then_some(positions)
    }

    fn observation(
        &mut self,
        value: &Value,
        index: usize,
        positions: &HashMap<&str, usize>,
    ) -> Option<Observation> {
        let path = format!("Observations[{index}]");
        let object = value.as_object()?;
        let identifier = object.get("Identifier")?.as_str()?.to_owned();
        if object.contains_key("Usage") {
            let message = "Invalid usage type";
            self.report(
                ProblemKind::InvalidObservation,
                message,
                &format!("{path}.Usage"),
                true,
            );
        }
        self.unknown_members(
            object,
            &["Identifier", "Event", "Actions", "Transitions", "Usage"],
            &path,
        );
        let Some(event) = object.get("Event").and_then(Value::as_object) else {
            self.invalid(
                "an observation must have an Event",
                &format!("{path}.Event"),
            );
            return None;
        };
        let event = self.event(event, &format!("{path}.Event"));
        let actions = self.actions(object.get("Actions"), &path);
        let next = self.next_observations(object.get("Transitions"), positions, &path);
        Some(Observation {
            identifier,
            event: event?,
            actions: actions?,
            next: next?,
            is_first: false,
        })
    }

    fn unknown_members(&mut self, object: &Object, known: &[&str], path: &str) {
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            let why = format!("{name:.60} must not be a member here");
            self.invalid(&why, &format!("{path}.{name:.60}"));
        }
    }

    fn next_observations(
        &mut self,
        transitions: Option<&Value>,
        positions: &HashMap<&str, usize>,
        path: &str,
    ) -> Option<Vec<usize>> {
        let path = format!("{path}.Transitions.NextObservations");
        let list = match transitions {
            None => return Some(Vec::new()),
            Some(Value::Object(object)) => match object.get("NextObservations") {
                None => return Some(Vec::new()),
                Some(list) => list.as_array(),
            },
            Some(_) => None,
        };
        let Some(list) = list else {
            self.invalid("NextObservations must be a list of identifiers", &path);
            return None;
        };
        let mut next = Vec::new();
        for name in list {
            match name.as_str().and_then(|name| positions.get(name)) {
                Some(position) => next.push(*position),
                None => {
                    let name = name.as_str().unwrap_or("another value than a text");
                    let message = format!("Invalid next observation identifier: {name:.100}");
                    self.report(ProblemKind::InvalidObservation, &message, &path, false);
                    return None;
                }
            }
        }
        Some(next)
    }

    fn event(&mut self, event: &Object, path: &str) -> Option<EventPattern> {
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
                .flow_action(properties, &format!("{path}.Properties"))
                .map(EventPattern::FlowActionStarted),
            Some("FlowActionCompleted") => {
                let pattern = self.flow_action(properties, &format!("{path}.Properties"))?;
                self.completes(&pattern, path);
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
    fn flow_action(&mut self, properties: &Object, path: &str) -> Option<FlowActionPattern> {
        let name = properties.get("ActionType").and_then(Value::as_str);
        let Some(kind) = name.and_then(FlowActionType::named) else {
            let name = name.unwrap_or("missing");
            let message = format!("Invalid flow action type: {name:.60}");
            self.report(ProblemKind::InvalidEvent, &message, path, false);
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

    /// Reads actions, and returns them in the order in which they run.
    fn actions(&mut self, actions: Option<&Value>, path: &str) -> Option<Vec<Action>> {
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
            read.push((identifier, next_action(value), kind));
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
            Some(kind @ ("Utterance" | "TextInput" | "TextUtterance")) => {
                let text = property("Value").or_else(|| match kind {
                    "Utterance" => None,
                    _ => property("Text"),
                });
                let Some(text) = text.and_then(Value::as_str).filter(|text| !text.is_empty())
                else {
                    self.invalid("an utterance must have a Value", &path);
                    return None;
                };
                if kind == "TextUtterance" {
                    // Recorded: the documented form is refused.
                    self.invalid(
                        "TextUtterance must be written as Utterance with a Value",
                        &path,
                    );
                } else if kind == "TextInput" {
                    self.notes.push(format!(
                        "{path}: TextInput was seen in use, but only Utterance was seen to work; \
                         write Utterance"
                    ));
                }
                Some(Instruction::Utterance {
                    text: text.to_owned(),
                    language_code: property("LanguageCode")
                        .and_then(Value::as_str)
                        .map(str::to_owned),
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
                let expressions = expressions.iter().map(|(label, text)| {
                    let text = text
                        .as_str()
                        .map_or_else(|| text.to_string(), str::to_owned);
                    (label.clone(), text)
                });
                Some(Command::LogData(expressions.collect()))
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

    fn override_of(&mut self, parameters: &Object, path: &str) -> Option<Override> {
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
        let target = self.flow_action(properties, &path)?;
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

/// Returns the identifier of the action that follows. An empty one is a name too, which the service
/// refuses.
fn next_action(action: &Value) -> Option<&str> {
    action.get("Transitions")?.get("NextAction")?.as_str()
}

/// Returns the errors that a target can be made to fail with (developer guide).
fn errors(target: FlowActionType) -> &'static [&'static str] {
    match target {
        FlowActionType::InvokeLambdaFunction
        | FlowActionType::ConnectParticipantWithLexBot
        | FlowActionType::ConnectParticipantWithAgenticCx => {
            &["TimeLimitExceeded", "NoMatchingError"]
        }
        FlowActionType::CheckHoursOfOperation => &["NoMatchingError"],
        FlowActionType::TransferContactToQueue
        | FlowActionType::DequeueContactAndTransferToQueue => {
            &["QueueAtCapacity", "NoMatchingError"]
        }
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
