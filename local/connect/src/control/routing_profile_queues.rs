//! The queues of routing profiles.

use local_wire::{Declared, Fault, Outcome, done, get, post, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{
    Instance, ManualQueueConfig, QUEUES_PER_PROFILE, QueueConfig, QueueReference, Queued,
};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    post("AssociateRoutingProfileQueues", "/routing-profiles/{InstanceId}/{RoutingProfileId}/associate-queues", Now(associate_routing_profile_queues)),
    post("DisassociateRoutingProfileQueues", "/routing-profiles/{InstanceId}/{RoutingProfileId}/disassociate-queues", Now(disassociate_routing_profile_queues)),
    post("UpdateRoutingProfileQueues", "/routing-profiles/{InstanceId}/{RoutingProfileId}/queues", Now(update_routing_profile_queues)),
    get("ListRoutingProfileQueues", "/routing-profiles/{InstanceId}/{RoutingProfileId}/queues", Now(list_routing_profile_queues)),
    get("ListRoutingProfileManualAssignmentQueues", "/routing-profiles/{InstanceId}/{RoutingProfileId}/manual-assignment-queues", Now(list_routing_profile_manual_assignment_queues)),
];

/// The most references in a request (documentation of DisassociateRoutingProfileQueues; the service
/// model lacks it there).
const REFERENCES_PER_REQUEST: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewQueues {
    #[serde(default)]
    queue_configs: Vec<QueueConfig>,
    #[serde(default)]
    manual_assignment_queue_configs: Vec<ManualQueueConfig>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OldQueues {
    #[serde(default)]
    queue_references: Vec<QueueReference>,
    #[serde(default)]
    manual_assignment_queue_references: Vec<QueueReference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangedQueues {
    queue_configs: Vec<QueueConfig>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QueueSummary<'a> {
    queue_id: &'a str,
    queue_arn: &'a str,
    queue_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<u32>,
    channel: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QueueList<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_profile_queue_config_summary_list: Option<Vec<QueueSummary<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_profile_manual_assignment_queue_config_summary_list: Option<Vec<QueueSummary<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

impl<'a> QueueSummary<'a> {
    fn of(instance: &'a Instance, reference: &'a QueueReference) -> Result<Self, Fault> {
        let queue = instance.queues.get(&reference.queue_id)?;
        Ok(Self {
            queue_id: &queue.id,
            queue_arn: &queue.arn,
            queue_name: &queue.name,
            priority: None,
            delay: None,
            channel: &reference.channel,
        })
    }
}

impl ControlRequest<'_> {
    /// Checks that no pair of queue and channel would be there twice, nor more than a profile can
    /// have. The operations that add queues document no error of their own for either.
    pub(super) fn distinct<Q: Queued>(&self, known: &[Q], new: &[Q]) -> Result<(), Fault> {
        for (index, one) in new.iter().enumerate() {
            let earlier = known.iter().chain(&new[..index]);
            let mut earlier = earlier.map(Queued::queue);
            if earlier.any(|other| other == one.queue()) {
                let QueueReference { queue_id, channel } = one.queue();
                return Err(self.invalid(format!(
                    "The queue {queue_id} must be associated once for {channel}."
                )));
            }
        }
        if known.len() + new.len() > QUEUES_PER_PROFILE {
            return Err(Fault::new(
                400,
                "InvalidRequestException",
                format!(
                    "The routing profile must have at most {QUEUES_PER_PROFILE} pairs of queue and \
                     channel, its quota."
                ),
            ));
        }
        Ok(())
    }
}

fn associate_routing_profile_queues(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let mut input: NewQueues = request.input()?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    instance.resolve_queues(&mut input.queue_configs)?;
    instance.resolve_queues(&mut input.manual_assignment_queue_configs)?;
    let profile = request.routing_profile(instance)?;
    request.distinct(&profile.queues, &input.queue_configs)?;
    let manual = &input.manual_assignment_queue_configs;
    request.distinct(&profile.manual_queues, manual)?;
    let id = profile.id.clone();
    instance.routing_profiles.change(&id, None, |profile| {
        profile.queues.extend(input.queue_configs);
        let manual = input.manual_assignment_queue_configs;
        profile.manual_queues.extend(manual);
    })?;
    done()
}

/// Removes queues. One that is not associated stays so.
fn disassociate_routing_profile_queues(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let mut input: OldQueues = request.input()?;
    let lists = [
        &mut input.queue_references,
        &mut input.manual_assignment_queue_references,
    ];
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    for references in lists {
        if references.len() > REFERENCES_PER_REQUEST {
            return Err(request.invalid(format!(
                "A request must have at most {REFERENCES_PER_REQUEST} queue references, but has {}.",
                references.len()
            )));
        }
        // A queue that was deleted has left the profile already.
        references.retain(|one| instance.queues.get(&one.queue_id).is_ok());
        instance.resolve_queues(references)?;
    }
    let profiles = &mut instance.routing_profiles;
    profiles.change(request.path("RoutingProfileId"), None, |profile| {
        let gone = &input.queue_references;
        profile.queues.retain(|one| !gone.contains(one.queue()));
        let gone = &input.manual_assignment_queue_references;
        let manual = &mut profile.manual_queues;
        manual.retain(|one| !gone.contains(one.queue()));
    })?;
    done()
}

/// Changes priority and delay of associated queues (aws/aws-sdk-go#3602: others are an invalid
/// request).
fn update_routing_profile_queues(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let mut input: ChangedQueues = request.input()?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    instance.resolve_queues(&mut input.queue_configs)?;
    let profile = request.routing_profile(instance)?;
    for new in &input.queue_configs {
        let mut known = profile.queues.iter();
        if !known.any(|old| old.queue() == new.queue()) {
            let QueueReference { queue_id, channel } = new.queue();
            return Err(Fault::new(
                400,
                "InvalidRequestException",
                format!(
                    "The queue {queue_id} must be associated with the routing profile for {channel}, \
                     but is not. Call AssociateRoutingProfileQueues first."
                ),
            ));
        }
    }
    let id = profile.id.clone();
    instance.routing_profiles.change(&id, None, |profile| {
        for new in input.queue_configs {
            let mut known = profile.queues.iter_mut();
            if let Some(old) = known.find(|old| old.queue() == new.queue()) {
                *old = new;
            }
        }
    })?;
    done()
}

fn list_routing_profile_queues(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let instance = request.instance(&state)?;
    let profile = request.routing_profile(instance)?;
    let (queues, next_token) = page.cut(profile.queues.iter());
    let summaries = queues.into_iter().map(|config| {
        Ok(QueueSummary {
            priority: Some(config.priority),
            delay: Some(config.delay),
            ..QueueSummary::of(instance, config.queue())?
        })
    });
    reply(&QueueList {
        routing_profile_queue_config_summary_list: Some(summaries.collect::<Result<_, Fault>>()?),
        routing_profile_manual_assignment_queue_config_summary_list: None,
        next_token,
        last_modified_time: profile.modified,
        last_modified_region: request.region(),
    })
}

fn list_routing_profile_manual_assignment_queues(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let instance = request.instance(&state)?;
    let profile = request.routing_profile(instance)?;
    let (queues, next_token) = page.cut(profile.manual_queues.iter());
    let summaries = queues.into_iter();
    let summaries = summaries.map(|config| QueueSummary::of(instance, config.queue()));
    reply(&QueueList {
        routing_profile_queue_config_summary_list: None,
        routing_profile_manual_assignment_queue_config_summary_list: Some(
            summaries.collect::<Result<_, Fault>>()?,
        ),
        next_token,
        last_modified_time: profile.modified,
        last_modified_region: request.region(),
    })
}
