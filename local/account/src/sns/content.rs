//! The content of a message that is published: to a phone number, to a topic, or in a batch.
//!
//! Shapes and error codes follow SNS's service model. The sentences of a message structure are those
//! that SNS answers with; others are this project's where AWS does not document them.

use std::collections::BTreeMap;

use local_wire::Fault;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::invalid;
use super::sms::check_message_attribute;

/// The most bytes of a message: 256 KB, attributes included.
const MAX_BYTES: usize = 262_144;
/// The most attributes of a message here, and the most bytes of all of them. AWS counts attributes
/// into the 256 KB of a message; a text message uses very few.
const MAX_ATTRIBUTES: usize = 20;
const MAX_ATTRIBUTE_BYTES: usize = 4_096;
/// The most characters of a subject.
const MAX_SUBJECT: usize = 100;

/// The content in a request, named as in the model.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Content {
    #[serde(default)]
    message: String,
    subject: Option<String>,
    message_structure: Option<String>,
    #[serde(default)]
    message_attributes: Vec<NamedAttribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NamedAttribute {
    name: String,
    value: AttributeValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeValue {
    data_type: Option<String>,
    string_value: Option<String>,
    binary_value: Option<String>,
}

/// An attribute of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    /// `String`, `String.Array`, `Number` or `Binary`, without the part that a user may add.
    pub(super) kind: Kind,
    pub(super) value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    String,
    StringArray,
    Number,
    Binary,
}

/// Content that meets all constraints.
#[derive(Debug, Clone)]
pub(super) struct Message {
    /// The text for phones.
    pub(super) text: String,
    pub(super) attributes: BTreeMap<String, Attribute>,
    /// The bytes of message and attributes, as a batch counts them.
    pub(super) bytes: usize,
}

impl Message {
    /// Returns the options of a text message: the attributes that are texts.
    pub(super) fn options(&self) -> BTreeMap<String, String> {
        let texts = self.attributes.iter();
        texts
            .filter(|(_, attribute)| attribute.kind != Kind::Binary)
            .map(|(name, attribute)| (name.clone(), attribute.value.clone()))
            .collect()
    }
}

impl Content {
    /// Creates the content of a message that a service of the account publishes.
    pub(super) fn plain(message: String) -> Self {
        Self {
            message,
            subject: None,
            message_structure: None,
            message_attributes: Vec::new(),
        }
    }

    /// Checks the content and selects the text for phones.
    pub(super) fn check(self) -> Result<Message, Fault> {
        if self.message.is_empty() {
            return Err(invalid("Empty message"));
        }
        if let Some(subject) = &self.subject
            && !is_subject(subject)
        {
            return Err(invalid("Subject"));
        }
        let attributes = attributes(self.message_attributes)?;
        let of_attributes = attributes
            .iter()
            .map(|(name, attribute)| name.len() + attribute.value.len());
        let bytes = self.message.len() + of_attributes.sum::<usize>();
        if bytes > MAX_BYTES {
            return Err(invalid("Message too long"));
        }
        let text = match self.message_structure.as_deref() {
            None | Some("") => self.message,
            Some("json") => of_phones(&self.message)?,
            Some(other) => {
                return Err(invalid(&format!(
                    "Message Structure must be json or absent, but was '{other}'"
                )));
            }
        };
        Ok(Message {
            text,
            attributes,
            bytes,
        })
    }
}

/// Reports whether a text is a subject: fewer than 100 characters without line breaks and control
/// characters (`Publish` in the API reference). A text message has no subject.
fn is_subject(text: &str) -> bool {
    (1..=MAX_SUBJECT).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// Returns the text for phones in a message with `MessageStructure=json`: that of the protocol
/// `sms`, or else of `default`, which must be given. Values that are not strings are ignored
/// (`MessageStructure` in the API reference).
fn of_phones(message: &str) -> Result<String, Fault> {
    let mut texts: Map<String, Value> = serde_json::from_str(message)
        .map_err(|_| invalid("Message Structure - JSON message body failed to parse"))?;
    let Some(Value::String(default)) = texts.remove("default") else {
        return Err(invalid(
            "Message Structure - No default entry in JSON message body",
        ));
    };
    match texts.remove("sms") {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        _ if default.is_empty() => Err(invalid("Empty message")),
        _ => Ok(default),
    }
}

fn attributes(given: Vec<NamedAttribute>) -> Result<BTreeMap<String, Attribute>, Fault> {
    let mut attributes = BTreeMap::new();
    let mut bytes = 0;
    for NamedAttribute { name, value } in given {
        let refused = |complaint: &str| {
            Fault::new(
                400,
                "ParameterValueInvalid",
                format!("The message attribute '{name}' {complaint}"),
            )
        };
        // Clients that were written for this account may leave the type out.
        let kind = value.data_type.as_deref().unwrap_or("String");
        let kind = match kind.split('.').next().unwrap_or_default() {
            "String" if kind == "String.Array" => Kind::StringArray,
            "String" => Kind::String,
            "Number" => Kind::Number,
            "Binary" => Kind::Binary,
            _ => {
                return Err(refused(&format!(
                    "has an invalid message attribute type, the set of supported type prefixes is \
                     Binary, Number, and String. It was '{kind}'."
                )));
            }
        };
        let text = match kind {
            Kind::Binary => value.binary_value,
            _ => value.string_value,
        };
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            let kind = value.data_type.as_deref().unwrap_or("String");
            return Err(refused(&format!(
                "must contain non-empty message attribute value for message attribute type '{kind}'."
            )));
        };
        check_message_attribute(&name, &text)?;
        bytes += name.len() + text.len();
        attributes.insert(name, Attribute { kind, value: text });
    }
    if attributes.len() > MAX_ATTRIBUTES || bytes > MAX_ATTRIBUTE_BYTES {
        return Err(invalid(&format!(
            "MessageAttributes must be at most {MAX_ATTRIBUTES} with {MAX_ATTRIBUTE_BYTES} bytes, \
             not {} with {bytes}",
            attributes.len()
        )));
    }
    Ok(attributes)
}
