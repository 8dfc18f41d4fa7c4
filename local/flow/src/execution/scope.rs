//! The values that references can read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::waits::KeptWait;
use crate::Contact;
use crate::action::JsonTemplate;
use crate::reference::{Part, Reference, Root, Template};

/// The state of the current flow or module, as opposed to the contact's. It is not visible in a
/// called module, and the caller sees only the values that a module returns.
#[derive(Default)]
pub(super) struct Scope {
    /// The last function's answer.
    pub(super) external: Map<String, Value>,
    pub(super) stored_input: Option<String>,
    pub(super) flow_attributes: BTreeMap<String, String>,
    /// `$.Modules.Input`, in a module.
    pub(super) module_input: Map<String, Value>,
    /// `$.Modules.Result`, after a module.
    pub(super) module_result: Option<String>,
    /// `$.Modules.ResultData`, after a module.
    pub(super) module_data: Map<String, Value>,
    /// A wait in whose branch `Continue` the flow runs.
    pub(super) kept_wait: Option<KeptWait>,
    /// The values of the last bot's turn, `$.Lex`.
    pub(super) lex: Map<String, Value>,
    /// Loop counters by position of the action; a list, since there are few.
    pub(super) counters: Vec<(usize, u64)>,
}

impl Scope {
    /// Returns the state that remains after a transfer to another flow: the last function's answer,
    /// the stored input and the bot's values, but not flow attributes and counters.
    pub(super) fn after_transfer(&mut self) -> Self {
        Self {
            external: std::mem::take(&mut self.external),
            stored_input: self.stored_input.take(),
            lex: std::mem::take(&mut self.lex),
            ..Self::default()
        }
    }
}

/// All values that a reference can read.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) contact: &'a Contact,
    pub(super) scope: &'a Scope,
}

impl<'a> View<'a> {
    /// Returns the value of a reference as text. `None` if it is undefined, null, an object or a
    /// list.
    pub(super) fn text(self, reference: &Reference) -> Option<Cow<'a, str>> {
        let contact = self.contact;
        let of = |text: &'a str| Some(Cow::Borrowed(text));
        let path = reference.path.as_slice();
        let first = path.first().map(String::as_str);
        match reference.root {
            Root::Attributes => contact.attributes.get(first?).and_then(|v| of(v)),
            Root::FlowAttributes => self.scope.flow_attributes.get(first?).and_then(|v| of(v)),
            Root::Tags => contact.tags.get(first?).and_then(|v| of(v)),
            Root::External | Root::LambdaInvocation | Root::Modules => match (reference.root, path)
            {
                (Root::Modules, [result]) if result == "Result" => {
                    self.scope.module_result.as_deref().and_then(of)
                }
                _ => scalar(self.json(reference)?),
            },
            Root::StoredCustomerInput => self.scope.stored_input.as_deref().and_then(of),
            Root::CustomerEndpoint => endpoint(contact.customer_endpoint.as_ref()?, first?),
            Root::SystemEndpoint => endpoint(contact.system_endpoint.as_ref()?, first?),
            Root::ContactId => of(&contact.id),
            Root::InitialContactId => of(contact.initial_id()),
            Root::PreviousContactId => of(contact.previous_id()),
            Root::InstanceArn => of(&contact.instance_arn),
            Root::AwsRegion => of(&contact.region),
            Root::Channel => of(&contact.channel),
            Root::InitiationMethod => of(&contact.initiation_method),
            Root::CustomerId => contact.customer_id.as_deref().and_then(of),
            Root::LanguageCode => contact.language_code.as_deref().and_then(of),
            Root::TextToSpeechVoiceId => of(&contact.voice.name),
            Root::Name => contact.name.as_deref().and_then(of),
            Root::Description => contact.description.as_deref().and_then(of),
            Root::Queue => {
                let queue = contact.queue.as_ref()?;
                match (first?, path.get(1), path.len()) {
                    ("Name", None, 1) => of(&queue.name),
                    ("ARN", None, 1) => of(&queue.arn),
                    ("OutboundCallerId", Some(part), 2) => {
                        endpoint(queue.outbound_caller_id.as_ref()?, part)
                    }
                    _ => None,
                }
            }
            Root::SegmentAttributes => {
                (first? == "connect:Subtype").then(|| Cow::Borrowed(contact.subtype()))
            }
            Root::CallbackNumber => contact.callback_number.as_deref().and_then(of),
            Root::Agent => {
                let agent = contact.agent.as_ref()?;
                match (first?, path.len()) {
                    ("ARN", 1) => of(&agent.arn),
                    ("UserName", 1) => of(&agent.user_name),
                    ("FirstName", 1) => of(&agent.first_name),
                    ("LastName", 1) => of(&agent.last_name),
                    _ => None,
                }
            }
            // Provided by the driver, or never set in a plain call.
            Root::Case
            | Root::Customer
            | Root::DataTables
            | Root::Lex
            | Root::Loop
            | Root::Media
            | Root::MediaStreams
            | Root::Metrics
            | Root::References
            | Root::Views
            | Root::AgenticCx
            | Root::DeliveryReceipts
            | Root::ExternalTool
            | Root::OutboundCommunication
            | Root::Wisdom => scalar(self.json(reference)?),
        }
    }

    /// Fills in references; an undefined one becomes null, and is passed to `undefined`. A value that is one
    /// reference keeps the type that it has in a function's answer or a module's data; within a longer text it
    /// is text.
    pub(super) fn fill<'t>(
        self,
        template: &'t JsonTemplate,
        undefined: &mut dyn FnMut(&'t Reference),
    ) -> Value {
        match template {
            JsonTemplate::Text(text) => match text.single() {
                Some(whole) => match self.json(whole).filter(|value| !value.is_null()) {
                    Some(value) => value.clone(),
                    None => match self.text(whole) {
                        Some(text) => Value::String(text.into_owned()),
                        None => {
                            undefined(whole);
                            Value::Null
                        }
                    },
                },
                None => Value::String(self.render(text, undefined)),
            },
            JsonTemplate::Object(members) => members
                .iter()
                .map(|(key, value)| (key.clone(), self.fill(value, undefined)))
                .collect(),
            JsonTemplate::List(items) => items
                .iter()
                .map(|item| self.fill(item, undefined))
                .collect(),
            JsonTemplate::Fixed(value) => value.clone(),
        }
    }

    /// Returns the JSON value of a reference, for roots that contain JSON.
    fn json(self, reference: &Reference) -> Option<&'a Value> {
        let path = reference.path.as_slice();
        let (map, path) = match (reference.root, path) {
            (Root::External, path) => (&self.scope.external, path),
            (Root::LambdaInvocation, [data, path @ ..]) if data == "ResultData" => {
                (&self.scope.external, path)
            }
            (Root::Modules, [part, path @ ..]) if part == "Input" => {
                (&self.scope.module_input, path)
            }
            (Root::Modules, [part, path @ ..]) if part == "ResultData" => {
                (&self.scope.module_data, path)
            }
            (Root::Lex, path) => (&self.scope.lex, path),
            (root, path) => (self.contact.provided.get(root.name())?.as_object()?, path),
        };
        let (first, rest) = path.split_first()?;
        rest.iter()
            .try_fold(map.get(first)?, |value, name| value.as_object()?.get(name))
    }

    /// Reports whether the reference is an object with this key.
    pub(super) fn has_key(self, reference: &Reference, key: &str) -> bool {
        self.json(reference)
            .and_then(Value::as_object)
            .is_some_and(|object| object.contains_key(key))
    }

    /// Returns the text with its references filled in. Undefined references are omitted from it,
    /// and passed to `undefined`.
    pub(super) fn render<'t>(
        self,
        template: &'t Template,
        mut undefined: impl FnMut(&'t Reference),
    ) -> String {
        let mut text = String::new();
        for part in template.parts() {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Reference(reference) => match self.text(reference) {
                    Some(value) => text.push_str(&value),
                    None => undefined(reference),
                },
            }
        }
        text
    }
}

fn endpoint<'a>(endpoint: &'a crate::Endpoint, name: &str) -> Option<Cow<'a, str>> {
    match name {
        "Address" => Some(Cow::Borrowed(&endpoint.address)),
        "Type" => Some(Cow::Borrowed(&endpoint.kind)),
        _ => None,
    }
}

fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
