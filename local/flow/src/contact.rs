//! The contact that travels through the flows: its identity, endpoints and attributes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One end of the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// E.164 number for telephony; whatever the carrier gave otherwise.
    #[serde(rename = "Address")]
    pub address: String,
    /// `TELEPHONE_NUMBER` for calls.
    #[serde(rename = "Type")]
    pub kind: String,
}

impl Endpoint {
    /// A telephone number.
    pub fn telephone(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            kind: "TELEPHONE_NUMBER".into(),
        }
    }
}

/// The queue a contact is meant for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// ARN of the queue.
    pub arn: String,
    /// Name, as `$.Queue.Name` gives it.
    pub name: String,
}

/// How text is spoken. Without a Set voice block this is Joanna, an English voice, even for
/// Japanese text, as in the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// Polly voice, such as `Kazuha`.
    pub name: String,
    /// Polly engine in the form it was given, such as `Neural`.
    pub engine: Option<String>,
    /// `None`, `Conversational` or `Newscaster`.
    pub style: Option<String>,
}

impl Default for Voice {
    fn default() -> Self {
        Self {
            name: "Joanna".into(),
            engine: None,
            style: None,
        }
    }
}

/// What Connect knows of a call. Everything in here survives a transfer to another flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// `ContactId`, a UUID.
    pub id: String,
    /// ARN of the instance that took the call.
    pub instance_arn: String,
    /// Region of the instance.
    pub region: String,
    /// `VOICE` for calls.
    pub channel: String,
    /// `INBOUND` for calls from outside.
    pub initiation_method: String,
    /// The caller; `None` when the number is withheld.
    pub customer_endpoint: Option<Endpoint>,
    /// The number that was dialled.
    pub system_endpoint: Option<Endpoint>,
    /// User-defined contact attributes.
    pub attributes: BTreeMap<String, String>,
    /// Contact tags.
    pub tags: BTreeMap<String, String>,
    /// Name, description, language and customer id, as UpdateContactData sets them.
    pub name: Option<String>,
    /// See [`Contact::name`].
    pub description: Option<String>,
    /// Such as `ja-JP`.
    pub language_code: Option<String>,
    /// See [`Contact::name`].
    pub customer_id: Option<String>,
    /// Target queue.
    pub queue: Option<Queue>,
    /// Voice of the prompts to come.
    pub voice: Voice,
}

impl Contact {
    /// A new inbound voice contact.
    pub fn inbound(
        id: impl Into<String>,
        instance_arn: impl Into<String>,
        region: impl Into<String>,
        customer_endpoint: Option<Endpoint>,
        system_endpoint: Endpoint,
    ) -> Self {
        Self {
            id: id.into(),
            instance_arn: instance_arn.into(),
            region: region.into(),
            channel: "VOICE".into(),
            initiation_method: "INBOUND".into(),
            customer_endpoint,
            system_endpoint: Some(system_endpoint),
            attributes: BTreeMap::new(),
            tags: BTreeMap::new(),
            name: None,
            description: None,
            language_code: None,
            customer_id: None,
            queue: None,
            voice: Voice::default(),
        }
    }
}
