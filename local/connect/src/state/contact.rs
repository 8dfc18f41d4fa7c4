//! Contact records: the calls and chats of an instance, under way and over.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;

use connect_flow::{Contact, Endpoint, Queue, Routing};
use local_wire::Fault;
use time::OffsetDateTime;

use super::{Tags, no_such};

/// The most records of an instance; beyond that, the oldest is forgotten. AWS keeps them for 24 months.
const MAX_CONTACTS: usize = 3_000;

/// The most bytes of the attributes of an instance's contacts; beyond that, the oldest is forgotten.
const MAX_ATTRIBUTE_BYTES: usize = 32 * 1024 * 1024;

/// The user-defined attributes of a contact.
pub(crate) type Attributes = BTreeMap<String, String>;

/// The contacts of an instance, in order of creation.
#[derive(Clone, Default)]
pub(crate) struct Contacts {
    records: VecDeque<ContactRecord>,
    /// By the id of the initial contact.
    chains: HashMap<String, Chain>,
    /// The bytes of the attributes of all chains.
    attribute_bytes: usize,
    /// The agents in the scripts of calls under way, by the id of the call's initial contact.
    agents: BTreeMap<String, Vec<ScriptedAgent>>,
}

/// Shows no contact: records have phone numbers.
impl fmt::Debug for Contacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contacts")
            .field("records", &self.records.len())
            .finish_non_exhaustive()
    }
}

/// The data that all contacts of a chain of transfers share.
#[derive(Clone, Default)]
struct Chain {
    attributes: Attributes,
    /// Changes of the attributes that the flow has not seen yet.
    changes: Attributes,
    /// The number of records in the chain.
    contacts: usize,
}

/// An agent in the script of a call.
#[derive(Clone)]
pub(crate) struct ScriptedAgent {
    /// The ARN of the agent's own queue.
    pub(crate) own_queue: String,
    /// The ARN of the queue that the agent serves; `None` for all standard queues.
    pub(crate) serves: Option<String>,
    /// Whether the agent could answer now.
    pub(crate) available: bool,
    /// Whether the agent is connected to the contact.
    pub(crate) connected: bool,
}

impl ScriptedAgent {
    /// Reports whether the agent serves a queue.
    pub(crate) fn serves(&self, queue: &str) -> bool {
        let any = self.serves.is_none() && !queue.contains("/queue/agent/");
        any || self.serves.as_deref() == Some(queue) || self.own_queue == queue
    }
}

/// The reason for the end of a contact (administrator guide, "Contact records data model",
/// DisconnectReason).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DisconnectReason {
    Customer,
    Agent,
    ThirdParty,
    Flow,
    Api,
    Other,
}

impl DisconnectReason {
    /// Returns AWS's name. The end of a voice contact by the API is one of its other reasons.
    fn name(self, channel: &str) -> &'static str {
        match self {
            Self::Customer => "CUSTOMER_DISCONNECT",
            Self::Agent => "AGENT_DISCONNECT",
            Self::ThirdParty => "THIRD_PARTY_DISCONNECT",
            Self::Flow => "CONTACT_FLOW_DISCONNECT",
            Self::Api if channel != "VOICE" => "API",
            Self::Api | Self::Other => "OTHER",
        }
    }
}

/// The record of a contact.
#[derive(Clone)]
pub(crate) struct ContactRecord {
    pub(crate) id: String,
    /// The id of the first contact of the chain, which is the contact itself for the first one.
    pub(crate) initial_id: String,
    pub(crate) previous_id: Option<String>,
    pub(crate) related_id: Option<String>,
    pub(crate) initiation_method: String,
    pub(crate) channel: String,
    /// The segment attribute `connect:Subtype`.
    pub(crate) subtype: &'static str,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) customer_id: Option<String>,
    pub(crate) customer_endpoint: Option<Endpoint>,
    pub(crate) system_endpoint: Option<Endpoint>,
    pub(crate) tags: Tags,
    pub(crate) routing: Option<Routing>,
    /// The last queue in which the contact waited.
    pub(crate) queue: Option<QueueStay>,
    pub(crate) agent: Option<AgentPart>,
    pub(crate) initiated: OffsetDateTime,
    pub(crate) updated: OffsetDateTime,
    pub(crate) end: Option<ContactEnd>,
}

/// The stay of a contact in a queue, on the call's clock.
#[derive(Clone)]
pub(crate) struct QueueStay {
    pub(crate) arn: String,
    pub(crate) entered: OffsetDateTime,
    /// The moment at which the contact left the queue; `None` if it waits, or waited until its end.
    pub(crate) left: Option<OffsetDateTime>,
    /// Whether it left because an agent answered.
    pub(crate) answered: bool,
}

/// The agent who is or was connected to a contact.
#[derive(Clone)]
pub(crate) struct AgentPart {
    pub(crate) id: String,
    pub(crate) connected: OffsetDateTime,
}

/// The end of a contact.
#[derive(Clone)]
pub(crate) struct ContactEnd {
    /// The moment on the call's clock, which runs ahead of real time.
    pub(crate) at: OffsetDateTime,
    /// The moment in real time, at which statistics count the contact.
    pub(crate) counted: OffsetDateTime,
    pub(crate) reason: &'static str,
    /// Whether StopContact ended it.
    by_api: bool,
}

impl ContactRecord {
    fn new(contact: &Contact, now: OffsetDateTime) -> Self {
        Self {
            id: contact.id.clone(),
            initial_id: contact.initial_id().to_owned(),
            previous_id: contact.previous_id.clone(),
            related_id: None,
            initiation_method: contact.initiation_method.clone(),
            channel: contact.channel.clone(),
            subtype: contact.subtype(),
            name: None,
            description: None,
            customer_id: None,
            customer_endpoint: None,
            system_endpoint: None,
            tags: Tags::new(),
            routing: None,
            queue: None,
            agent: None,
            initiated: now,
            updated: now,
            end: None,
        }
    }

    /// Returns the contact's ARN.
    pub(crate) fn arn(&self, instance_arn: &str) -> String {
        format!("{instance_arn}/contact/{}", self.id)
    }

    /// Returns the moment at which an agent accepted the contact from the queue.
    pub(crate) fn accepted(&self) -> Option<OffsetDateTime> {
        let queue = self.queue.as_ref()?;
        queue.left.filter(|_| queue.answered)
    }

    /// Reports whether the contact waits in a queue.
    pub(crate) fn waits(&self) -> bool {
        self.end.is_none()
            && self
                .queue
                .as_ref()
                .is_some_and(|queue| queue.left.is_none())
    }

    /// Reports whether the customer left while the contact waited in a queue.
    pub(crate) fn abandoned(&self) -> bool {
        let customer = DisconnectReason::Customer.name(&self.channel);
        self.end.as_ref().is_some_and(|end| end.reason == customer)
            && self
                .queue
                .as_ref()
                .is_some_and(|queue| queue.left.is_none())
    }

    fn update(&mut self, contact: &Contact) {
        set(&mut self.name, &contact.name);
        set(&mut self.description, &contact.description);
        set(&mut self.customer_id, &contact.customer_id);
        set(&mut self.customer_endpoint, &contact.customer_endpoint);
        set(&mut self.system_endpoint, &contact.system_endpoint);
        set(&mut self.tags, &contact.tags);
        set(&mut self.routing, &contact.routing);
    }

    /// Records the queue in which the contact waits at a moment, if it does.
    fn queued(&mut self, queue: Option<&Queue>, now: OffsetDateTime) {
        match (queue, &mut self.queue) {
            (Some(queue), Some(stay)) if stay.arn == queue.arn && stay.left.is_none() => {}
            (Some(queue), stay) => {
                *stay = Some(QueueStay {
                    arn: queue.arn.clone(),
                    entered: now,
                    left: None,
                    answered: false,
                });
            }
            (None, Some(stay)) => {
                stay.left.get_or_insert(now);
            }
            (None, None) => {}
        }
    }
}

fn bytes_of(attributes: &Attributes) -> usize {
    let sizes = attributes
        .iter()
        .map(|(key, value)| key.len() + value.len());
    sizes.sum()
}

fn set<T: Clone + PartialEq>(field: &mut T, value: &T) {
    if field != value {
        field.clone_from(value);
    }
}

impl Contacts {
    /// Returns the records, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &ContactRecord> {
        self.records.iter()
    }

    /// Returns the record of a contact.
    pub(crate) fn find(&self, id: &str) -> Option<&ContactRecord> {
        // Calls under way are among the last.
        self.records.iter().rev().find(|record| record.id == id)
    }

    fn find_mut(&mut self, id: &str) -> Option<&mut ContactRecord> {
        let mut records = self.records.iter_mut().rev();
        records.find(|record| record.id == id)
    }

    /// Returns the record of a contact.
    pub(crate) fn get(&self, id: &str) -> Result<&ContactRecord, Fault> {
        self.find(id).ok_or_else(|| no_such("Contact", id))
    }

    /// Returns the attributes of a contact, which it shares with its chain.
    pub(crate) fn attributes(&self, contact: &ContactRecord) -> &Attributes {
        static NONE: Attributes = Attributes::new();
        let chain = self.chains.get(&contact.initial_id);
        chain.map_or(&NONE, |chain| &chain.attributes)
    }

    /// Sets attributes of a contact's chain. A call under way sees them before its next block.
    pub(crate) fn set_attributes(&mut self, contact: &str, given: Attributes) -> Result<(), Fault> {
        let initial = self.get(contact)?.initial_id.clone();
        let mut records = self.records.iter().rev();
        let under_way = records.any(|one| one.initial_id == initial && one.end.is_none());
        let chain = self.chains.entry(initial).or_default();
        if under_way {
            chain.changes.extend(given.clone());
        }
        let before = bytes_of(&chain.attributes);
        chain.attributes.extend(given);
        self.attribute_bytes += bytes_of(&chain.attributes);
        self.attribute_bytes -= before;
        if let Some(record) = self.find_mut(contact) {
            record.updated = OffsetDateTime::now_utc();
        }
        Ok(())
    }

    /// Returns the attributes that were set since the last time, for the flow of a contact.
    pub(crate) fn take_changes(&mut self, contact: &Contact) -> Attributes {
        let chain = self.chains.get_mut(contact.initial_id());
        chain.map_or_else(Attributes::new, |chain| std::mem::take(&mut chain.changes))
    }

    /// Records the state of a contact, whose record is created if it has none.
    pub(crate) fn record(&mut self, contact: &Contact, now: OffsetDateTime) {
        if self.find(&contact.id).is_none() {
            self.add(ContactRecord::new(contact, now));
        }
        if let Some(chain) = self.chains.get_mut(contact.initial_id())
            && chain.attributes != contact.attributes
        {
            let before = bytes_of(&chain.attributes);
            chain.attributes.clone_from(&contact.attributes);
            // A change that the flow has not seen is newer than the flow's own value.
            chain.attributes.extend(chain.changes.clone());
            self.attribute_bytes += bytes_of(&chain.attributes);
            self.attribute_bytes -= before;
        }
        if let Some(record) = self.find_mut(&contact.id)
            && record.end.is_none()
        {
            record.update(contact);
            record.updated = now;
        }
    }

    /// Records the queue in which a contact waits at a moment, if it does.
    pub(crate) fn queued(&mut self, id: &str, queue: Option<&Queue>, at: OffsetDateTime) {
        if let Some(record) = self.find_mut(id)
            && record.end.is_none()
        {
            record.queued(queue, at);
        }
    }

    fn add(&mut self, record: ContactRecord) {
        let chain = self.chains.entry(record.initial_id.clone()).or_default();
        chain.contacts += 1;
        self.records.push_back(record);
        while self.records.len() > MAX_CONTACTS
            || (self.attribute_bytes > MAX_ATTRIBUTE_BYTES && self.records.len() > 1)
        {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.records.pop_front() else {
            return;
        };
        if let Some(chain) = self.chains.get_mut(&oldest.initial_id) {
            chain.contacts -= 1;
            if chain.contacts == 0 {
                self.attribute_bytes -= bytes_of(&chain.attributes);
                self.chains.remove(&oldest.initial_id);
            }
        }
    }

    /// Records that an agent answered a contact, which leaves its queue.
    pub(crate) fn answered(&mut self, id: &str, at: OffsetDateTime) {
        let queue = self.find_mut(id).and_then(|record| record.queue.as_mut());
        if let Some(queue) = queue {
            queue.left = Some(at);
            queue.answered = true;
        }
    }

    /// Records that an agent is connected to a contact.
    pub(crate) fn connected(&mut self, id: &str, agent: &str, at: OffsetDateTime) {
        if let Some(record) = self.find_mut(id) {
            record.agent.get_or_insert_with(|| AgentPart {
                id: agent.to_owned(),
                connected: at,
            });
        }
    }

    /// Sets the contact that a new contact is related to.
    pub(crate) fn relate(&mut self, id: &str, related: String) {
        if let Some(record) = self.find_mut(id) {
            record.related_id = Some(related);
        }
    }

    /// Records the end of a contact, unless it has ended.
    pub(crate) fn end(&mut self, id: &str, at: OffsetDateTime, reason: DisconnectReason) {
        if let Some(record) = self.find_mut(id)
            && record.end.is_none()
        {
            record.end = Some(ContactEnd {
                at,
                counted: OffsetDateTime::now_utc(),
                reason: reason.name(&record.channel),
                by_api: reason == DisconnectReason::Api,
            });
            record.updated = at;
        }
    }

    /// Records that an agent has a contact back, whose transfer failed.
    pub(crate) fn reopen(&mut self, id: &str) {
        if let Some(record) = self.find_mut(id) {
            record.end.take_if(|end| !end.by_api);
        }
    }

    /// Reports whether StopContact ended a contact.
    pub(crate) fn stopped(&self, id: &str) -> bool {
        let end = self.find(id).and_then(|record| record.end.as_ref());
        end.is_some_and(|end| end.by_api)
    }

    /// Records the agents of a call under way.
    pub(crate) fn set_agents(&mut self, initial: &str, agents: Vec<ScriptedAgent>) {
        match self.agents.get_mut(initial) {
            Some(known) => *known = agents,
            None => {
                self.agents.insert(initial.to_owned(), agents);
            }
        }
    }

    /// Forgets the agents of a call that is over.
    pub(crate) fn remove_agents(&mut self, initial: &str) {
        self.agents.remove(initial);
    }

    /// Returns the agents of all calls under way.
    pub(crate) fn agents(&self) -> impl Iterator<Item = &ScriptedAgent> {
        self.agents.values().flatten()
    }
}
