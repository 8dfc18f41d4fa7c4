//! Contacts: calls and chats, under way and over.

use connect_flow::{Endpoint, Routing};
use local_wire::{Declared, Fault, Outcome, done, get, post, reply};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::Serve::Now;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{Attributes, ContactRecord, Contacts, DisconnectReason, Tags};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    get("GetContactAttributes", "/contact/attributes/{InstanceId}/{InitialContactId}", Now(get_contact_attributes)),
    post("UpdateContactAttributes", "/contact/attributes", Now(update_contact_attributes)),
    get("DescribeContact", "/contacts/{InstanceId}/{ContactId}", Now(describe_contact)),
    post("StopContact", "/contact/stop", Now(stop_contact)),
];

/// The maximum size of all attributes of a contact together (API reference, UpdateContactAttributes).
const LARGEST_ATTRIBUTES: usize = 32_768;

/// The initiation methods of voice contacts that StopContact does not end (API reference, StopContact).
const NOT_STOPPED: [&str; 5] = [
    "DISCONNECT",
    "TRANSFER",
    "QUEUE_TRANSFER",
    "EXTERNAL_OUTBOUND",
    "MONITOR",
];

/// The initiation methods of contacts that are described without their system endpoint (API
/// reference, DescribeContact).
const WITHOUT_SYSTEM_ENDPOINT: [&str; 3] = ["MONITOR", "QUEUE_TRANSFER", "CALLBACK"];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ContactAttributes<'a> {
    attributes: &'a Attributes,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewAttributes {
    initial_contact_id: String,
    instance_id: String,
    attributes: Attributes,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StopContact {
    contact_id: String,
    instance_id: String,
}

/// The members that DescribeContact and SearchContacts share.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContactSummary<'a> {
    arn: String,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_contact_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_contact_id: Option<&'a str>,
    initiation_method: &'a str,
    channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_info: Option<QueueInfo<'a>>,
    initiation_timestamp: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_timestamp: Option<f64>,
    segment_attributes: Value,
    tags: &'a Tags,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QueueInfo<'a> {
    id: &'a str,
    enqueue_timestamp: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AgentInfo<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_by_agent_timestamp: Option<f64>,
    connected_to_agent_timestamp: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ContactShape<'a> {
    #[serde(flatten)]
    summary: ContactSummary<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_info: Option<AgentInfo<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    related_contact_id: Option<&'a str>,
    last_update_timestamp: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    connected_to_system_timestamp: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_endpoint: Option<&'a Endpoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_endpoint: Option<&'a Endpoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_priority: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_time_adjustment_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_reason: Option<&'static str>,
    attributes: &'a Attributes,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedContact<'a> {
    contact: ContactShape<'a>,
}

/// Returns a moment in seconds since the epoch, with milliseconds, as the API writes it.
pub(super) fn seconds(at: OffsetDateTime) -> f64 {
    (at.unix_timestamp_nanos() / 1_000_000) as f64 / 1000.0
}

/// Returns the last part of an ARN.
pub(super) fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

impl<'a> ContactSummary<'a> {
    pub(super) fn of(instance_arn: &str, record: &'a ContactRecord) -> Self {
        Self {
            arn: record.arn(instance_arn),
            id: &record.id,
            initial_contact_id: Some(record.initial_id.as_str()).filter(|id| *id != record.id),
            previous_contact_id: record.previous_id.as_deref(),
            initiation_method: &record.initiation_method,
            channel: &record.channel,
            name: record.name.as_deref(),
            queue_info: record.queue.as_ref().map(|queue| QueueInfo {
                id: last_part(&queue.arn),
                enqueue_timestamp: seconds(queue.entered),
            }),
            initiation_timestamp: seconds(record.initiated),
            disconnect_timestamp: record.end.as_ref().map(|end| seconds(end.at)),
            segment_attributes: json!({ "connect:Subtype": { "ValueString": record.subtype } }),
            tags: &record.tags,
        }
    }
}

impl<'a> ContactShape<'a> {
    fn of(instance_arn: &str, contacts: &'a Contacts, record: &'a ContactRecord) -> Self {
        let method = record.initiation_method.as_str();
        let system_endpoint = record.system_endpoint.as_ref();
        Self {
            summary: ContactSummary::of(instance_arn, record),
            agent_info: record.agent.as_ref().map(|agent| AgentInfo {
                id: &agent.id,
                accepted_by_agent_timestamp: record.accepted().map(seconds),
                connected_to_agent_timestamp: seconds(agent.connected),
            }),
            description: record.description.as_deref(),
            related_contact_id: record.related_id.as_deref(),
            last_update_timestamp: seconds(record.updated),
            // The customer of a callback is called when an agent has accepted it.
            connected_to_system_timestamp: match method {
                "CALLBACK" => record.agent.as_ref().map(|agent| seconds(agent.connected)),
                _ => Some(seconds(record.initiated)),
            },
            customer_id: record.customer_id.as_deref(),
            customer_endpoint: record.customer_endpoint.as_ref(),
            system_endpoint: system_endpoint.filter(|_| !WITHOUT_SYSTEM_ENDPOINT.contains(&method)),
            queue_priority: match record.routing {
                Some(Routing::Priority(priority)) => Some(priority),
                _ => None,
            },
            queue_time_adjustment_seconds: match record.routing {
                Some(Routing::Age(seconds)) => Some(seconds),
                _ => None,
            },
            disconnect_reason: record.end.as_ref().map(|end| end.reason),
            attributes: contacts.attributes(record),
        }
    }
}

fn get_contact_attributes(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let contacts = &request.instance(&state)?.contacts;
    let contact = contacts.get(request.path("InitialContactId"))?;
    reply(&ContactAttributes {
        attributes: contacts.attributes(contact),
    })
}

impl ControlRequest<'_> {
    /// Checks attributes that are added to the attributes of a contact.
    pub(super) fn check_attributes(
        &self,
        before: &Attributes,
        given: &Attributes,
    ) -> Result<(), Fault> {
        let allowed = |key: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            !key.is_empty() && key.bytes().all(allowed)
        };
        if !given.keys().all(|key| allowed(key)) {
            return Err(self.invalid(
                "The keys of Attributes must contain only letters and digits of ASCII, dashes and \
                 underscores.",
            ));
        }
        let kept = before.iter().filter(|(key, _)| !given.contains_key(*key));
        let size = kept
            .chain(given)
            .map(|(key, value)| key.len() + value.len());
        let size: usize = size.sum();
        if size > LARGEST_ATTRIBUTES {
            return Err(self.invalid(format!(
                "The attributes of a contact must have at most {LARGEST_ATTRIBUTES} bytes, but would \
                 have {size}."
            )));
        }
        Ok(())
    }
}

fn update_contact_attributes(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: NewAttributes = request.input()?;
    let mut state = service.state();
    let instance = state.instance_mut(request.region(), &input.instance_id)?;
    let contacts = &mut instance.contacts;
    let contact = contacts.get(&input.initial_contact_id)?;
    request.check_attributes(contacts.attributes(contact), &input.attributes)?;
    contacts.set_attributes(&input.initial_contact_id, input.attributes)?;
    done()
}

fn describe_contact(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let instance = request.instance(&state)?;
    let record = instance.contacts.get(request.path("ContactId"))?;
    reply(&DescribedContact {
        contact: ContactShape::of(&instance.arn, &instance.contacts, record),
    })
}

/// Ends a contact at once. The call finds out before its next block.
fn stop_contact(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: StopContact = request.input()?;
    let mut state = service.state();
    let instance = state.instance_mut(request.region(), &input.instance_id)?;
    let contacts = &mut instance.contacts;
    let contact = contacts.find(&input.contact_id);
    let Some(contact) = contact.filter(|contact| contact.end.is_none()) else {
        return Err(Fault::new(
            410,
            "ContactNotFoundException",
            format!(
                "The contact {} is not active or does not exist.",
                input.contact_id
            ),
        ));
    };
    if contact.channel == "VOICE" && NOT_STOPPED.contains(&contact.initiation_method.as_str()) {
        return Err(Fault::new(
            400,
            "InvalidRequestException",
            format!(
                "StopContact does not end voice contacts with the initiation method {}.",
                contact.initiation_method
            ),
        ));
    }
    // The call's clock may run ahead of real time.
    let now = OffsetDateTime::now_utc().max(contact.updated);
    contacts.end(&input.contact_id, now, DisconnectReason::Api);
    done()
}
