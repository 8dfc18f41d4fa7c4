//! The contact that passes through the flows: its identity, endpoints and attributes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One end of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// For telephony the number in E.164, otherwise the carrier's value.
    #[serde(rename = "Address")]
    pub address: String,
    /// The type; `TELEPHONE_NUMBER` for calls.
    #[serde(rename = "Type")]
    pub kind: String,
}

impl Endpoint {
    /// Creates the endpoint of a phone number.
    pub fn telephone(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            kind: "TELEPHONE_NUMBER".into(),
        }
    }
}

/// The target queue of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The queue's ARN.
    pub arn: String,
    /// The name, as in `$.Queue.Name`.
    pub name: String,
    /// The number that its outbound calls show; `None` if it has none.
    #[serde(default)]
    pub outbound_caller_id: Option<Endpoint>,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// The agent's ARN.
    pub arn: String,
    /// The user name, as in `$.Agent.UserName`.
    pub user_name: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
}

/// The position of a contact in its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// The priority; 5 is the default, 1 the highest.
    Priority(u64),
    /// Seconds that are added to the time in the queue.
    Age(i64),
}

/// The voice that speaks text. As in the service, without a Set voice block this is Joanna, an
/// English voice, even for Japanese text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// The Polly voice, such as `Kazuha`.
    pub name: String,
    /// The Polly engine as the flow spells it, such as `Neural`.
    pub engine: Option<String>,
    /// The style: `None`, `Conversational` or `Newscaster`.
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

/// The data of a contact, which is kept when it is transferred to another flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// `ContactId`, a UUID.
    pub id: String,
    /// The id of the first contact of a chain of transfers; `None` for the first contact itself.
    pub initial_id: Option<String>,
    /// The id of the contact before this one; `None` for the first contact.
    pub previous_id: Option<String>,
    /// The ARN of the instance that took the call.
    pub instance_arn: String,
    /// The Region of the instance.
    pub region: String,
    /// The channel; `VOICE` for calls.
    pub channel: String,
    /// The initiation method; `INBOUND` for calls from outside.
    pub initiation_method: String,
    /// The caller; `None` if the number is withheld.
    pub customer_endpoint: Option<Endpoint>,
    /// The dialed number.
    pub system_endpoint: Option<Endpoint>,
    /// The user-defined contact attributes.
    pub attributes: BTreeMap<String, String>,
    /// The contact tags, with the service's own, whose keys begin with `aws:`.
    pub tags: BTreeMap<String, String>,
    /// The name, which like description, language and customer id is set by UpdateContactData.
    pub name: Option<String>,
    /// See [`Contact::name`].
    pub description: Option<String>,
    /// The language, such as `ja-JP`.
    pub language_code: Option<String>,
    /// See [`Contact::name`].
    pub customer_id: Option<String>,
    /// The target queue.
    pub queue: Option<Queue>,
    /// The agent who answered the contact, or who transfers it.
    pub agent: Option<Agent>,
    /// The number for callbacks, if a flow set one; otherwise it is the caller's.
    pub callback_number: Option<String>,
    /// The position in the queue, if a flow set one.
    pub routing: Option<Routing>,
    /// The voice of the following prompts.
    pub voice: Voice,
    /// The values that blocks whose effect lies outside of the flow have provided, by the name of
    /// their root, such as `Customer`.
    pub provided: Map<String, Value>,
}

impl Contact {
    /// Creates a new chat contact, as StartChatContact does. It has no endpoints.
    pub fn chat(
        id: impl Into<String>,
        instance_arn: impl Into<String>,
        region: impl Into<String>,
    ) -> Self {
        Self {
            channel: "CHAT".into(),
            initiation_method: "API".into(),
            system_endpoint: None,
            ..Self::inbound(id, instance_arn, region, None, Endpoint::telephone(""))
        }
    }

    /// Reports whether the contact is a chat.
    pub(crate) fn is_chat(&self) -> bool {
        self.channel == "CHAT"
    }

    /// Returns the segment attribute `connect:Subtype`.
    pub fn subtype(&self) -> &'static str {
        match self.is_chat() {
            true => "connect:Chat",
            false => "connect:Telephony",
        }
    }

    /// Creates a new inbound voice contact.
    pub fn inbound(
        id: impl Into<String>,
        instance_arn: impl Into<String>,
        region: impl Into<String>,
        customer_endpoint: Option<Endpoint>,
        system_endpoint: Endpoint,
    ) -> Self {
        let instance_arn: String = instance_arn.into();
        let instance_id = instance_arn.rsplit('/').next().unwrap_or_default();
        let tags = BTreeMap::from([("aws:connect:instanceId".to_owned(), instance_id.to_owned())]);
        Self {
            id: id.into(),
            instance_arn,
            initial_id: None,
            previous_id: None,
            region: region.into(),
            channel: "VOICE".into(),
            initiation_method: "INBOUND".into(),
            customer_endpoint,
            system_endpoint: Some(system_endpoint),
            attributes: BTreeMap::new(),
            tags,
            name: None,
            description: None,
            language_code: None,
            customer_id: None,
            queue: None,
            agent: None,
            callback_number: None,
            routing: None,
            voice: Voice::default(),
            provided: Map::new(),
        }
    }

    /// Creates a new outbound voice contact, as StartOutboundVoiceContact does.
    pub fn outbound(
        id: impl Into<String>,
        instance_arn: impl Into<String>,
        region: impl Into<String>,
        customer_endpoint: Endpoint,
        system_endpoint: Endpoint,
    ) -> Self {
        let customer = Some(customer_endpoint);
        Self {
            initiation_method: "API".into(),
            ..Self::inbound(id, instance_arn, region, customer, system_endpoint)
        }
    }

    /// Returns the id of the first contact of the chain.
    pub fn initial_id(&self) -> &str {
        self.initial_id.as_deref().unwrap_or(&self.id)
    }

    /// Returns the id of the contact before this one. The first contact names itself.
    pub fn previous_id(&self) -> &str {
        self.previous_id.as_deref().unwrap_or(&self.id)
    }

    /// Returns the next contact of the chain, which keeps attributes and endpoints.
    pub(crate) fn next(&self, id: String, initiation_method: &str) -> Self {
        Self {
            initial_id: Some(self.initial_id().to_owned()),
            previous_id: Some(self.id.clone()),
            id,
            initiation_method: initiation_method.into(),
            ..self.clone()
        }
    }
}
