//! Standard queues.

use local_wire::{Declared, Fault, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Serve::Now;
use super::search::{NoConditions, Search, Searchable};
use super::{ControlRequest, Serve, description, either};
use crate::ConnectService;
use crate::state::{OutboundCaller, QueueRecord, Tags, in_use};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("CreateQueue", "/queues/{InstanceId}", Now(create_queue)),
    get("DescribeQueue", "/queues/{InstanceId}/{QueueId}", Now(describe_queue)),
    post("SearchQueues", "/search-queues", Now(search_queues)),
    get("ListQueues", "/queues-summary/{InstanceId}", Now(list_queues)),
    delete("DeleteQueue", "/queues/{InstanceId}/{QueueId}", Now(delete_queue)),
    post("UpdateQueueName", "/queues/{InstanceId}/{QueueId}/name", Now(update_queue_name)),
    post("UpdateQueueStatus", "/queues/{InstanceId}/{QueueId}/status", Now(update_queue_status)),
    post("UpdateQueueHoursOfOperation", "/queues/{InstanceId}/{QueueId}/hours-of-operation", Now(update_queue_hours_of_operation)),
    post("UpdateQueueMaxContacts", "/queues/{InstanceId}/{QueueId}/max-contacts", Now(update_queue_max_contacts)),
    post("UpdateQueueOutboundCallerConfig", "/queues/{InstanceId}/{QueueId}/outbound-caller-config", Now(update_queue_outbound_caller_config)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateQueue {
    name: String,
    description: Option<String>,
    outbound_caller_config: Option<OutboundCaller>,
    outbound_email_config: Option<Value>,
    hours_of_operation_id: String,
    max_contacts: Option<u32>,
    quick_connect_ids: Option<Vec<String>>,
    email_addresses_config: Option<Value>,
    tags: Option<Tags>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedQueue<'a> {
    queue_arn: &'a str,
    queue_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QueueShape<'a> {
    name: &'a str,
    queue_arn: &'a str,
    queue_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outbound_caller_config: Option<&'a OutboundCaller>,
    hours_of_operation_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_contacts: Option<u32>,
    status: &'static str,
    tags: &'a Tags,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

impl<'a> QueueShape<'a> {
    fn of(queue: &'a QueueRecord, region: &'a str) -> Self {
        Self {
            name: &queue.name,
            queue_arn: &queue.arn,
            queue_id: &queue.id,
            description: queue.description.as_deref(),
            outbound_caller_config: queue.outbound_caller.as_ref(),
            hours_of_operation_id: &queue.hours_of_operation_id,
            max_contacts: queue.max_contacts,
            status: either(queue.enabled, ["ENABLED", "DISABLED"]),
            tags: &queue.tags,
            last_modified_time: queue.modified,
            last_modified_region: region,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedQueue<'a> {
    queue: QueueShape<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewName {
    name: Option<String>,
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewStatus {
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewHours {
    hours_of_operation_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewMaxContacts {
    max_contacts: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewOutboundCaller {
    outbound_caller_config: OutboundCaller,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QueueSummary<'a> {
    id: &'a str,
    arn: &'a str,
    name: &'a str,
    queue_type: &'static str,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QueueList<'a> {
    queue_summary_list: Vec<QueueSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The most characters of a phone number's id. The model has no limit for it; its other ids have this one.
const PHONE_NUMBER_ID_LENGTH: usize = 500;

impl ControlRequest<'_> {
    /// Checks the id of the number that a queue's outbound calls show.
    fn outbound_caller(&self, config: Option<&OutboundCaller>) -> Result<(), Fault> {
        let number = config.and_then(|config| config.outbound_caller_id_number_id.as_deref());
        let length = number.map_or(0, |number| number.chars().count());
        if length <= PHONE_NUMBER_ID_LENGTH {
            return Ok(());
        }
        Err(self.invalid(format!(
            "OutboundCallerIdNumberId must have at most {PHONE_NUMBER_ID_LENGTH} characters, but has \
             {length}."
        )))
    }
}

fn create_queue(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: CreateQueue = request.input()?;
    request.outbound_caller(input.outbound_caller_config.as_ref())?;
    if input.outbound_email_config.is_some() || input.email_addresses_config.is_some() {
        return Err(Fault::not_implemented("connect", "CreateQueue with e-mail"));
    }
    let tags = input.tags.unwrap_or_default();
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let hours = instance.hours.get(&input.hours_of_operation_id)?;
    let hours = hours.id.clone();
    let given = input.quick_connect_ids.unwrap_or_default();
    let quick_connect_ids = instance.quick_connect_ids(&given)?;
    let queues = &mut instance.queues;
    let queue = queues.create(&instance.arn, input.name, tags, |identity| {
        QueueRecord::new(identity, hours)
    })?;
    queue.associate_quick_connects(quick_connect_ids);
    queue.description = description(input.description);
    queue.outbound_caller = input.outbound_caller_config;
    queue.max_contacts = input.max_contacts;
    reply(&CreatedQueue {
        queue_arn: &queue.arn,
        queue_id: &queue.id,
    })
}

fn describe_queue(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let queue = request
        .instance(&state)?
        .queues
        .get(request.path("QueueId"))?;
    reply(&DescribedQueue {
        queue: QueueShape::of(queue, request.region()),
    })
}

impl Searchable for QueueRecord {
    const FIELDS: &'static [&'static str] = &["name", "description", "resourceID"];
    /// `QueueTypeCondition` has one value, the type of all queues.
    type Conditions = NoConditions;
    type Attributes = NoConditions;

    fn has(&self, field: &str, matches: &dyn Fn(&str) -> bool) -> bool {
        match field {
            "name" => matches(&self.name),
            "description" => self.description.as_deref().is_some_and(matches),
            _ => matches(&self.id),
        }
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }
}

fn search_queues(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let search: Search<QueueRecord> = Search::of(request)?;
    let state = service.state();
    let instance = search.instance(request, &state)?;
    let queues = instance.queues.iter();
    search.reply(request, ("Queues", instance), queues, |queue| {
        Ok(QueueShape::of(queue, request.region()))
    })
}

fn list_queues(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let kinds = request.query_all("queueTypes");
    let page = request.query_page(100)?;
    let state = service.state();
    // Agents have queues of their own, but only the script of a call has agents.
    let standard = kinds.is_empty() || kinds.iter().any(|kind| kind == "STANDARD");
    let queues = request.instance(&state)?.queues.iter().filter(|_| standard);
    let (queue_summary_list, next_token) = page.cut(queues.map(|queue| QueueSummary {
        id: &queue.id,
        arn: &queue.arn,
        name: &queue.name,
        queue_type: "STANDARD",
        last_modified_time: queue.modified,
        last_modified_region: request.region(),
    }));
    reply(&QueueList {
        queue_summary_list,
        next_token,
    })
}

fn delete_queue(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let queue = instance.queues.get(request.path("QueueId"))?;
    let mut quick_connects = instance.quick_connects.iter();
    if let Some(user) = quick_connects.find(|one| one.leads_to(queue)) {
        let user = format!("the quick connect {}", user.name);
        return Err(in_use(&queue.name, &user));
    }
    let mut profiles = instance.routing_profiles.iter();
    if let Some(profile) = profiles.find(|one| one.default_outbound_queue_id == queue.id) {
        let user = format!("the routing profile {}", profile.name);
        return Err(in_use(&queue.name, &user));
    }
    let queue = instance.queues.remove(request.path("QueueId"))?;
    for profile in instance.routing_profiles.iter_mut() {
        profile.remove_queue(&queue.id);
    }
    done()
}

/// Changes the queue that the path names, and its name if there is a new one.
fn change(
    service: &ConnectService,
    request: &ControlRequest<'_>,
    name: Option<String>,
    change: impl FnOnce(&mut QueueRecord),
) -> Outcome {
    let mut state = service.state();
    let queues = &mut request.instance_mut(&mut state)?.queues;
    queues.change(request.path("QueueId"), name, change)?;
    done()
}

fn update_queue_name(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: NewName = request.input()?;
    change(service, request, input.name, |queue| {
        if input.description.is_some() {
            queue.description = description(input.description);
        }
    })
}

fn update_queue_status(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let NewStatus { status } = request.input()?;
    change(service, request, None, |queue| {
        queue.enabled = status == "ENABLED"
    })
}

fn update_queue_hours_of_operation(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let input: NewHours = request.input()?;
    let id = {
        let state = service.state();
        let instance = request.instance(&state)?;
        instance.hours.get(&input.hours_of_operation_id)?.id.clone()
    };
    change(service, request, None, |queue| {
        queue.hours_of_operation_id = id
    })
}

fn update_queue_max_contacts(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let NewMaxContacts { max_contacts } = request.input()?;
    change(service, request, None, |queue| {
        queue.max_contacts = max_contacts
    })
}

fn update_queue_outbound_caller_config(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let input: NewOutboundCaller = request.input()?;
    let config = input.outbound_caller_config;
    request.outbound_caller(Some(&config))?;
    change(service, request, None, |queue| {
        queue.outbound_caller = Some(config)
    })
}
