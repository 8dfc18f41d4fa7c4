//! Tests that drive flows as conversations.

mod agents;
mod branching;
mod cases;
mod chat;
mod data;
mod everything;
mod functions;
mod input;
mod logging;
mod loops;
mod modules;
mod outside;
mod queues;
mod repeats;
mod robustness;
mod talking;
mod transfers;
mod waits;

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use time::macros::datetime;

use crate::*;

/// An action with `NextAction` and errors as `(ErrorType, target)`.
pub(super) fn action(
    id: &str,
    kind: &str,
    parameters: Value,
    next: &str,
    errors: &[(&str, &str)],
) -> Value {
    with_conditions(id, kind, parameters, next, &[], errors)
}

/// An action with conditions as `(Operator, operand, target)` as well.
pub(super) fn with_conditions(
    id: &str,
    kind: &str,
    parameters: Value,
    next: &str,
    conditions: &[(&str, &str, &str)],
    errors: &[(&str, &str)],
) -> Value {
    let conditions: Vec<_> = conditions
        .iter()
        .map(|(operator, operand, target)| {
            json!({ "NextAction": target, "Condition": { "Operator": operator, "Operands": [operand] } })
        })
        .collect();
    let errors: Vec<_> = errors
        .iter()
        .map(|(kind, target)| json!({ "NextAction": target, "ErrorType": kind }))
        .collect();
    json!({ "Identifier": id, "Type": kind, "Parameters": parameters,
            "Transitions": { "NextAction": next, "Conditions": conditions, "Errors": errors } })
}

pub(super) fn terminal(id: &str, kind: &str, parameters: Value) -> Value {
    json!({ "Identifier": id, "Type": kind, "Parameters": parameters, "Transitions": {} })
}

pub(super) fn say(id: &str, text: &str, next: &str) -> Value {
    action(id, "MessageParticipant", json!({ "Text": text }), next, &[])
}

pub(super) fn bye() -> Value {
    terminal("bye", "DisconnectParticipant", json!({}))
}

/// A flow that starts with the first action.
pub(super) fn content(actions: &[Value]) -> Value {
    json!({ "Version": "2019-10-30", "StartAction": actions[0]["Identifier"], "Actions": actions })
}

pub(super) fn load(id: &str, kind: FlowKind, actions: &[Value]) -> LoadedFlow {
    let mut content = content(actions);
    if kind == FlowKind::Module {
        content["Settings"] =
            json!({ "InputParameters": [], "OutputParameters": [], "Transitions": [] });
    }
    LoadedFlow {
        id: id.into(),
        arn: format!("arn:{id}"),
        name: format!("the {id}"),
        kind,
        flow: Flow::publish(&content.to_string(), kind).unwrap(),
    }
}

pub(super) fn contact() -> Contact {
    Contact::inbound(
        "c-1",
        "arn:aws:connect:ap-northeast-1:000000000000:instance/i-1",
        "ap-northeast-1",
        Some(Endpoint::telephone("+819000000001")),
        Endpoint::telephone("+815000000002"),
    )
}

pub(super) fn agent() -> Agent {
    Agent {
        arn: "arn:jane".into(),
        user_name: "jane".into(),
        first_name: "Jane".into(),
        last_name: "Roe".into(),
    }
}

/// A call in progress.
pub(super) struct Call {
    pub(super) execution: Execution,
    pub(super) output: Output,
    flows: HashMap<String, LoadedFlow>,
}

impl Call {
    pub(super) fn start(actions: &[Value]) -> Self {
        Self::start_with(contact(), actions, vec![])
    }

    pub(super) fn start_with(contact: Contact, actions: &[Value], flows: Vec<LoadedFlow>) -> Self {
        let main = load("main", FlowKind::ContactFlow, actions);
        Self::start_in(contact, main, flows)
    }

    pub(super) fn start_in(contact: Contact, flow: LoadedFlow, flows: Vec<LoadedFlow>) -> Self {
        let mut execution = Execution::new(contact, flow, datetime!(2026-11-23 01:00 UTC));
        let output = execution.resume(Input::Start);
        let flows = flows.into_iter().map(|f| (f.id.clone(), f)).collect();
        let mut call = Self {
            execution,
            output,
            flows,
        };
        call.load_flows();
        call
    }

    /// Answers requests for flows. The default flow of a kind has the id "default" and the kind.
    fn load_flows(&mut self) {
        loop {
            let flow = match &self.output {
                Output::LoadFlow { id, module } => {
                    let flow = self.flows.get(id).cloned();
                    if let Some(flow) = &flow {
                        assert_eq!(flow.kind == FlowKind::Module, *module);
                    }
                    flow
                }
                Output::LoadDefaultFlow { kind } => {
                    self.flows.get(&format!("default {kind:?}")).cloned()
                }
                _ => return,
            };
            self.output = self.execution.resume(Input::FlowLoaded(flow.map(Box::new)));
        }
    }

    pub(super) fn input(&mut self, input: Input) -> &mut Self {
        self.output = self.execution.resume(input);
        self.load_flows();
        self
    }

    /// Expects this text, and plays it to its end in one second.
    #[track_caller]
    pub(super) fn hear(&mut self, expected: &str) -> &mut Self {
        self.hearing(expected);
        self.input(Input::Played {
            took: Duration::from_secs(1),
        })
    }

    /// Expects the beginning of this text.
    #[track_caller]
    pub(super) fn hearing(&mut self, expected: &str) -> &mut Self {
        match &self.output {
            Output::Play(Prompt { source, .. }) => {
                let (PromptSource::Text(text)
                | PromptSource::Ssml(text)
                | PromptSource::Recording(text)
                | PromptSource::Media(text)) = source;
                assert_eq!(text, expected);
            }
            other => panic!("expected the prompt {expected:?}, got {other:?}"),
        }
        self
    }

    /// Expects this text, and plays it to its end in this number of seconds.
    #[track_caller]
    pub(super) fn hear_for(&mut self, seconds: u64, expected: &str) -> &mut Self {
        self.hearing(expected);
        self.input(Input::Played {
            took: Duration::from_secs(seconds),
        })
    }

    /// Expects that this participant hears the beginning of this text.
    #[track_caller]
    pub(super) fn heard_by(&mut self, who: Participant, expected: &str) -> &mut Self {
        self.hearing(expected);
        assert_eq!(self.execution.listener(), who);
        self
    }

    /// An agent answers the queued contact after this number of seconds.
    pub(super) fn agent_answers(&mut self, seconds: u64) -> &mut Self {
        self.input(Input::AgentAnswered {
            agent: agent(),
            after: Duration::from_secs(seconds),
        })
    }

    /// The agent, who must be connected, does this after ten seconds.
    #[track_caller]
    pub(super) fn agent_acts(&mut self, action: AgentAction) -> &mut Self {
        assert!(
            matches!(self.output, Output::Connected(_)),
            "{:?}",
            self.output
        );
        self.input(Input::AgentActed {
            action,
            after: Duration::from_secs(10),
        })
    }

    /// Expects a new contact, and gives it this id.
    #[track_caller]
    pub(super) fn new_contact(&mut self, id: &str) -> &mut Self {
        assert_eq!(self.output, Output::NewContact);
        self.input(Input::ContactId(id.into()))
    }

    /// Returns the seconds since the start of the call.
    pub(super) fn seconds(&self) -> i64 {
        (self.execution.now() - datetime!(2026-11-23 01:00 UTC)).whole_seconds()
    }

    /// Presses keys, one second apart. All but the last must be awaited one by one.
    #[track_caller]
    pub(super) fn press(&mut self, keys: &str) -> &mut Self {
        for symbol in keys.chars() {
            assert!(
                matches!(self.output, Output::Play(_) | Output::AwaitKey { .. }),
                "no key is awaited by {:?}",
                self.output
            );
            self.input(Input::KeyPressed {
                key: Key::new(symbol).unwrap(),
                after: Duration::from_secs(1),
            });
        }
        self
    }

    /// Lets the time limit pass, which must be this number of seconds.
    #[track_caller]
    pub(super) fn wait(&mut self, seconds: i64) -> &mut Self {
        match self.output {
            Output::AwaitKey { until } | Output::Sleep { until } => {
                assert_eq!((until - self.execution.now()).whole_seconds(), seconds);
            }
            ref other => panic!("nothing waits: {other:?}"),
        }
        self.input(Input::TimeReached)
    }

    #[track_caller]
    pub(super) fn function(&self) -> &FunctionCall {
        match &self.output {
            Output::InvokeFunction(call) => call,
            other => panic!("no function is called: {other:?}"),
        }
    }

    /// Answers the function call at once.
    #[track_caller]
    pub(super) fn answers(&mut self, answer: Value) -> &mut Self {
        self.answers_after(0, Ok(answer.to_string().into_bytes()))
    }

    #[track_caller]
    pub(super) fn answers_after(
        &mut self,
        seconds: u64,
        answer: Result<Vec<u8>, FunctionFailure>,
    ) -> &mut Self {
        self.function();
        self.input(Input::FunctionAnswered {
            answer,
            took: Duration::from_secs(seconds),
        })
    }

    /// No agent will ever answer the waiting contact.
    #[track_caller]
    pub(super) fn no_agent(&mut self) -> &mut Self {
        assert!(
            matches!(self.output, Output::AwaitAgent(_)),
            "{:?}",
            self.output
        );
        self.input(Input::TimeReached)
    }

    #[track_caller]
    pub(super) fn ends(&mut self, ending: Ending) -> &mut Self {
        assert_eq!(self.output, Output::Ended(ending));
        self
    }

    #[track_caller]
    pub(super) fn is_over(&mut self) -> &mut Self {
        self.ends(Ending::Disconnected)
    }

    /// Returns an attribute of the contact.
    pub(super) fn attribute(&self, key: &str) -> Option<&str> {
        self.execution
            .contact()
            .attributes
            .get(key)
            .map(String::as_str)
    }

    pub(super) fn warnings(&mut self) -> Vec<String> {
        let events = self.execution.take_trace().into_iter();
        events
            .filter_map(|event| match event {
                TraceEvent::Warning { message, .. } => Some(message),
                _ => None,
            })
            .collect()
    }

    /// Returns the transitions taken so far, in a short form.
    pub(super) fn way(&mut self) -> Vec<String> {
        let events = self.execution.take_trace().into_iter();
        events
            .filter_map(|event| match event {
                TraceEvent::Taken { transition, .. } => Some(show(&transition)),
                _ => None,
            })
            .collect()
    }
}

pub(super) fn show(transition: &Transition) -> String {
    let target = transition.target.as_deref().unwrap_or("end");
    let how = match &transition.kind {
        TransitionKind::Next => "next".to_owned(),
        TransitionKind::Condition { index, operand } => format!("{index}={operand}"),
        TransitionKind::Error { error_type } => error_type.to_string(),
        TransitionKind::Terminal => "terminal".to_owned(),
    };
    format!("{} -{how}-> {target}", transition.action)
}
