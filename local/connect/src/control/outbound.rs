//! Outbound calls.
//!
//! The account reaches no telephone network. A call is answered at once, by a customer who listens,
//! presses no key and hangs up only where the flow never ends. The flow runs in the background.

use std::collections::BTreeMap;

use connect_flow::{Contact, Endpoint, FlowKind, LoadedFlow, Queue};
use local_wire::{Declared, Fault, Outcome, put, reply};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::runtime::Handle;

use super::Serve::Now;
use super::{ControlRequest, Serve};
use crate::state::{self, Attributes, State, is_e164, no_such};
use crate::{ConnectService, InstanceFacts, QueueFacts};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("StartOutboundVoiceContact", "/contact/outbound-voice", Now(start_outbound_voice_contact)),
];

/// The most outbound calls under way in an instance: the default quota of concurrent active calls
/// (administrator guide, "Amazon Connect service quotas").
const CALLS_PER_INSTANCE: usize = 10;

/// The beginning of mobile numbers in the United Kingdom, which AWS does not dial by default (API
/// reference).
const NOT_DIALLED: &str = "+447";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartOutboundVoiceContact {
    instance_id: String,
    contact_flow_id: String,
    destination_phone_number: String,
    source_phone_number: Option<String>,
    queue_id: Option<String>,
    name: Option<String>,
    description: Option<String>,
    #[serde(default)]
    attributes: Attributes,
    references: Option<BTreeMap<String, Reference>>,
    related_contact_id: Option<String>,
    client_token: Option<String>,
    answer_machine_detection_config: Option<AnswerMachineDetection>,
    traffic_type: Option<String>,
    campaign_id: Option<String>,
    outbound_strategy: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AnswerMachineDetection {
    enable_answer_machine_detection: Option<bool>,
}

/// A reference, as flows read it: `$.References.key.Value`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reference {
    value: Option<String>,
    r#type: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StartedContact<'a> {
    contact_id: &'a str,
}

/// A call that may be placed.
struct Placed {
    instance: InstanceFacts,
    contact: Contact,
    flow: LoadedFlow,
}

fn not_permitted(message: &str) -> Fault {
    Fault::new(403, "OutboundContactNotPermittedException", message)
}

impl StartOutboundVoiceContact {
    /// Checks what needs no instance.
    fn check(&self, request: &ControlRequest<'_>) -> Result<(), Fault> {
        if self.outbound_strategy.is_some() {
            return Err(Fault::not_implemented(
                "connect",
                "StartOutboundVoiceContact with OutboundStrategy",
            ));
        }
        // The model has this pattern, but escapes it twice.
        if !is_e164(&self.destination_phone_number) {
            return Err(request.invalid("DestinationPhoneNumber must be in E.164 format."));
        }
        let campaign = self.traffic_type.as_deref() == Some("CAMPAIGN");
        let detection = self.answer_machine_detection_config.as_ref();
        let detects = detection.and_then(|config| config.enable_answer_machine_detection);
        if detects == Some(true) && !campaign {
            return Err(request.invalid(
                "TrafficType must be CAMPAIGN where EnableAnswerMachineDetection is true.",
            ));
        }
        if campaign || self.campaign_id.is_some() {
            return Err(not_permitted(
                "Calls of campaigns are not permitted by default: their quota is 0.",
            ));
        }
        Ok(())
    }

    /// Finds everything that the call needs.
    fn place(&self, request: &ControlRequest<'_>, state: &State) -> Result<Placed, Fault> {
        let region_name = request.region();
        let instance = state.instance(region_name, &self.instance_id)?;
        let facts = InstanceFacts::of(region_name, instance);
        if !facts.outbound_calls {
            return Err(not_permitted(
                "Outbound calls must be enabled for the instance: its attribute OUTBOUND_CALLS is \
                 false.",
            ));
        }
        if self.destination_phone_number.starts_with(NOT_DIALLED) {
            return Err(Fault::new(
                403,
                "DestinationNotAllowedException",
                "Outbound calls to the destination number are not allowed.",
            ));
        }
        let flow = state::load(&instance.flows, &self.contact_flow_id)
            .ok_or_else(|| no_such("Published flow", &self.contact_flow_id))?;
        if flow.kind != FlowKind::ContactFlow {
            return Err(request.invalid("ContactFlowId must name an inbound flow."));
        }
        let contacts = &instance.contacts;
        let open = contacts.iter().filter(|contact| contact.end.is_none());
        let calls =
            open.filter(|contact| contact.initiation_method == "API" && contact.channel == "VOICE");
        if calls.count() >= CALLS_PER_INSTANCE {
            return Err(Fault::new(
                429,
                "LimitExceededException",
                format!(
                    "The instance must have at most {CALLS_PER_INSTANCE} outbound calls under way, \
                     its quota."
                ),
            ));
        }
        let queue = match &self.queue_id {
            Some(id) => {
                let numbers = state.region(region_name).map(|region| &region.numbers[..]);
                let queue = instance.queues.get(id)?;
                Some(QueueFacts::of(queue, numbers.unwrap_or_default()))
            }
            None => None,
        };
        let queue = queue.map(|found| found.queue);
        let source = self.source(request, state, &facts, queue.as_ref())?;
        // A related contact gives its attributes to the new one.
        let mut attributes = match &self.related_contact_id {
            Some(id) => contacts.attributes(contacts.get(id)?).clone(),
            None => Attributes::new(),
        };
        request.check_attributes(&attributes, &self.attributes)?;
        attributes.extend(self.attributes.clone());
        let mut contact = Contact::outbound(
            uuid::Uuid::new_v4().to_string(),
            facts.arn.clone(),
            region_name,
            Endpoint::telephone(self.destination_phone_number.clone()),
            source,
        );
        contact.attributes = attributes;
        contact.name.clone_from(&self.name);
        contact.description.clone_from(&self.description);
        contact.queue = queue;
        if let Some(references) = &self.references {
            contact
                .provided
                .insert("References".to_owned(), read_by_flows(references));
        }
        Ok(Placed {
            instance: facts,
            contact,
            flow,
        })
    }

    /// Returns the number that the customer sees: the given one, or that of the queue.
    fn source(
        &self,
        request: &ControlRequest<'_>,
        state: &State,
        instance: &InstanceFacts,
        queue: Option<&Queue>,
    ) -> Result<Endpoint, Fault> {
        if let Some(given) = &self.source_phone_number {
            let region = state.region(&instance.region);
            let mut numbers = region.into_iter().flat_map(|region| &region.numbers);
            let claimed = numbers.any(|number| {
                number.number == *given && number.claimed() && number.instance_id == instance.id
            });
            return match claimed {
                true => Ok(Endpoint::telephone(given.clone())),
                false => Err(Fault::new(
                    404,
                    "ResourceNotFoundException",
                    "SourcePhoneNumber must be a number that the instance has claimed.",
                )),
            };
        }
        let Some(queue) = queue else {
            return Err(request.invalid("SourcePhoneNumber or QueueId must be given."));
        };
        queue.outbound_caller_id.clone().ok_or_else(|| {
            request.invalid(
                "The queue must have an outbound caller ID number, or SourcePhoneNumber must be given.",
            )
        })
    }
}

fn read_by_flows(references: &BTreeMap<String, Reference>) -> Value {
    let entries = references.iter().map(|(key, reference)| {
        let members = [
            ("Value", Value::from(reference.value.clone())),
            ("Type", Value::from(reference.r#type.clone())),
        ];
        let members = members.map(|(name, value)| (name.to_owned(), value));
        (key.clone(), Value::Object(Map::from_iter(members)))
    });
    Value::Object(entries.collect())
}

fn start_outbound_voice_contact(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: StartOutboundVoiceContact = request.input()?;
    input.check(request)?;
    let runtime = Handle::try_current();
    let (Ok(runtime), Some(service)) = (runtime, service.itself()) else {
        return Err(Fault::new(
            500,
            "InternalServiceException",
            "The account must be running to place a call.",
        ));
    };
    let (operation, token) = ("StartOutboundVoiceContact", input.client_token.as_deref());
    let placed = {
        let mut state = service.state();
        let tokens = &state.region_mut(request.region()).tokens;
        let earlier = tokens.earlier(operation, token, &request.body);
        let earlier =
            earlier.map_err(|_| request.invalid("ClientToken was used with another request."))?;
        if let Some(id) = earlier {
            return reply(&StartedContact { contact_id: &id });
        }
        let placed = input.place(request, &state)?;
        let id = &placed.contact.id;
        let tokens = &mut state.region_mut(request.region()).tokens;
        tokens.record(operation, token, &request.body, id);
        // The record is there before the answer.
        let instance = state.instance_mut(request.region(), &input.instance_id)?;
        let now = time::OffsetDateTime::now_utc();
        instance.contacts.record(&placed.contact, now);
        if let Some(related) = input.related_contact_id {
            instance.contacts.relate(id, related);
        }
        placed
    };
    let id = placed.contact.id.clone();
    let call = service.call_customer(placed.instance, placed.contact, placed.flow);
    runtime.spawn(call);
    reply(&StartedContact { contact_id: &id })
}
