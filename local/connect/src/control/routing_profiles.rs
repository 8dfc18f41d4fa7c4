//! Routing profiles.

use local_wire::{Declared, Fault, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::search::{NoConditions, Search, Searchable};
use super::summary::Summary;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{
    DEFAULT_TIMER, Instance, ManualQueueConfig, MediaConcurrency, QueueConfig,
    RoutingProfileRecord, Tags, queue_ids,
};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("CreateRoutingProfile", "/routing-profiles/{InstanceId}", Now(create_routing_profile)),
    get("DescribeRoutingProfile", "/routing-profiles/{InstanceId}/{RoutingProfileId}", Now(describe_routing_profile)),
    delete("DeleteRoutingProfile", "/routing-profiles/{InstanceId}/{RoutingProfileId}", Now(delete_routing_profile)),
    get("ListRoutingProfiles", "/routing-profiles-summary/{InstanceId}", Now(list_routing_profiles)),
    post("SearchRoutingProfiles", "/search-routing-profiles", Now(search_routing_profiles)),
    post("UpdateRoutingProfileName", "/routing-profiles/{InstanceId}/{RoutingProfileId}/name", Now(update_routing_profile_name)),
    post("UpdateRoutingProfileConcurrency", "/routing-profiles/{InstanceId}/{RoutingProfileId}/concurrency", Now(update_routing_profile_concurrency)),
    post("UpdateRoutingProfileDefaultOutboundQueue", "/routing-profiles/{InstanceId}/{RoutingProfileId}/default-outbound-queue", Now(update_routing_profile_default_outbound_queue)),
    post("UpdateRoutingProfileAgentAvailabilityTimer", "/routing-profiles/{InstanceId}/{RoutingProfileId}/agent-availability-timer", Now(update_routing_profile_agent_availability_timer)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateProfile {
    name: String,
    description: String,
    default_outbound_queue_id: String,
    #[serde(default)]
    queue_configs: Vec<QueueConfig>,
    #[serde(default)]
    manual_assignment_queue_configs: Vec<ManualQueueConfig>,
    media_concurrencies: Vec<MediaConcurrency>,
    agent_availability_timer: Option<String>,
    tags: Option<Tags>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedProfile<'a> {
    routing_profile_arn: &'a str,
    routing_profile_id: &'a str,
}

/// The members that DescribeRoutingProfile and SearchRoutingProfiles have in common.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProfileShape<'a> {
    instance_id: &'a str,
    name: &'a str,
    routing_profile_arn: &'a str,
    routing_profile_id: &'a str,
    description: &'a str,
    default_outbound_queue_id: &'a str,
    tags: &'a Tags,
    number_of_associated_queues: usize,
    number_of_associated_manual_assignment_queues: usize,
    number_of_associated_users: usize,
    is_default: bool,
}

/// A profile of DescribeRoutingProfile, which does not have the ids of the queues (API reference).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WholeProfile<'a> {
    #[serde(flatten)]
    shape: ProfileShape<'a>,
    media_concurrencies: &'a [MediaConcurrency],
    agent_availability_timer: &'a str,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

/// A profile of SearchRoutingProfiles, which has neither timer nor time of change, and no cross-channel
/// behavior (API reference).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FoundProfile<'a> {
    #[serde(flatten)]
    shape: ProfileShape<'a>,
    media_concurrencies: Vec<MediaConcurrency>,
    associated_queue_ids: Vec<&'a str>,
    associated_manual_assignment_queue_ids: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedProfile<'a> {
    routing_profile: WholeProfile<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProfileList<'a> {
    routing_profile_summary_list: Vec<Summary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewName {
    name: Option<String>,
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewConcurrency {
    media_concurrencies: Vec<MediaConcurrency>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewOutboundQueue {
    default_outbound_queue_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewTimer {
    agent_availability_timer: String,
}

impl<'a> ProfileShape<'a> {
    fn of(profile: &'a RoutingProfileRecord, instance: &'a Instance) -> Self {
        let users = instance.users.iter();
        let users = users.filter(|user| user.routing_profile_id == profile.id);
        Self {
            instance_id: &instance.id,
            name: &profile.name,
            routing_profile_arn: &profile.arn,
            routing_profile_id: &profile.id,
            description: &profile.description,
            default_outbound_queue_id: &profile.default_outbound_queue_id,
            tags: &profile.tags,
            number_of_associated_queues: queue_ids(&profile.queues).len(),
            number_of_associated_manual_assignment_queues: queue_ids(&profile.manual_queues).len(),
            number_of_associated_users: users.count(),
            is_default: profile.default,
        }
    }
}

impl<'a> FoundProfile<'a> {
    fn of(profile: &'a RoutingProfileRecord, instance: &'a Instance) -> Self {
        let media = profile.media.iter().map(|media| MediaConcurrency {
            cross_channel_behavior: None,
            ..media.clone()
        });
        Self {
            shape: ProfileShape::of(profile, instance),
            media_concurrencies: media.collect(),
            associated_queue_ids: queue_ids(&profile.queues).into_iter().collect(),
            associated_manual_assignment_queue_ids: queue_ids(&profile.manual_queues)
                .into_iter()
                .collect(),
        }
    }
}

impl Searchable for RoutingProfileRecord {
    // RoutingProfileSearchCriteria.
    const FIELDS: &'static [&'static str] =
        &["associatedQueueIds", "name", "description", "resourceID"];
    type Conditions = NoConditions;
    type Attributes = NoConditions;

    fn has(&self, field: &str, matches: &dyn Fn(&str) -> bool) -> bool {
        match field {
            "associatedqueueids" => queue_ids(&self.queues).into_iter().any(matches),
            "name" => matches(&self.name),
            "description" => matches(&self.description),
            _ => matches(&self.id),
        }
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }
}

impl ControlRequest<'_> {
    /// Returns the channels of a profile as they are stored. Each has one concurrency at most, in the
    /// range of MediaConcurrency's documentation.
    fn media(&self, given: Vec<MediaConcurrency>) -> Result<Vec<MediaConcurrency>, Fault> {
        for (index, media) in given.iter().enumerate() {
            let channel = &media.channel;
            if given[..index].iter().any(|other| other.channel == *channel) {
                return Err(self.invalid(format!(
                    "MediaConcurrencies must have each channel once, but has {channel} twice."
                )));
            }
            let allowed = match channel.as_str() {
                "VOICE" => 1..=1,
                "CHAT" | "TASK" => 1..=10,
                _ => 0..=10,
            };
            let workloads = media.workload_type_concurrencies.as_deref();
            let workloads = workloads.unwrap_or_default();
            if media.concurrency.is_none() && workloads.is_empty() {
                return Err(self.invalid(format!(
                    "The concurrency of {channel} must be given, or that of its workload types."
                )));
            }
            let by_workload = workloads.iter().map(|workload| workload.concurrency);
            let mut concurrencies = media.concurrency.into_iter().chain(by_workload);
            if let Some(other) = concurrencies.find(|one| !allowed.contains(one)) {
                return Err(self.invalid(format!(
                    "The concurrency of {channel} must be from {} to {}, but was {other}.",
                    allowed.start(),
                    allowed.end()
                )));
            }
        }
        let given = given.into_iter();
        Ok(given.map(MediaConcurrency::with_defaults).collect())
    }

    /// Changes the routing profile that the path names, and its name if there is a new one.
    fn change_routing_profile(
        &self,
        instance: &mut Instance,
        name: Option<String>,
        change: impl FnOnce(&mut RoutingProfileRecord),
    ) -> Outcome {
        let profiles = &mut instance.routing_profiles;
        profiles.change(self.path("RoutingProfileId"), name, change)?;
        done()
    }

    /// Returns the routing profile that the path names.
    pub(super) fn routing_profile<'i>(
        &self,
        instance: &'i Instance,
    ) -> Result<&'i RoutingProfileRecord, Fault> {
        instance.routing_profiles.get(self.path("RoutingProfileId"))
    }
}

fn create_routing_profile(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    request.bounded()?;
    let mut input: CreateProfile = request.input()?;
    let media = request.media(input.media_concurrencies)?;
    let tags = input.tags.unwrap_or_default();
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let outbound = instance.queues.get(&input.default_outbound_queue_id)?;
    let outbound = outbound.id.clone();
    instance.resolve_queues(&mut input.queue_configs)?;
    instance.resolve_queues(&mut input.manual_assignment_queue_configs)?;
    request.distinct(&[], &input.queue_configs)?;
    request.distinct(&[], &input.manual_assignment_queue_configs)?;
    let profiles = &mut instance.routing_profiles;
    let profile = profiles.create(&instance.arn, input.name, tags, |identity| {
        RoutingProfileRecord {
            identity,
            description: input.description,
            default_outbound_queue_id: outbound,
            media,
            queues: input.queue_configs,
            manual_queues: input.manual_assignment_queue_configs,
            availability_timer: input
                .agent_availability_timer
                .unwrap_or_else(|| DEFAULT_TIMER.into()),
            default: false,
        }
    })?;
    reply(&CreatedProfile {
        routing_profile_arn: &profile.arn,
        routing_profile_id: &profile.id,
    })
}

fn describe_routing_profile(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let instance = request.instance(&state)?;
    let profile = request.routing_profile(instance)?;
    reply(&DescribedProfile {
        routing_profile: WholeProfile {
            shape: ProfileShape::of(profile, instance),
            media_concurrencies: &profile.media,
            agent_availability_timer: &profile.availability_timer,
            last_modified_time: profile.modified,
            last_modified_region: request.region(),
        },
    })
}

fn delete_routing_profile(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let profile = request.routing_profile(instance)?;
    instance.unused_by_users(&profile.name, |user| user.routing_profile_id == profile.id)?;
    let id = profile.id.clone();
    instance.routing_profiles.remove(&id)?;
    done()
}

fn list_routing_profiles(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let profiles = request.instance(&state)?.routing_profiles.iter();
    let summaries = profiles.map(|profile| Summary::of(profile, request.region()));
    let (routing_profile_summary_list, next_token) = page.cut(summaries);
    reply(&ProfileList {
        routing_profile_summary_list,
        next_token,
    })
}

fn search_routing_profiles(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let search: Search<RoutingProfileRecord> = Search::of(request)?;
    let state = service.state();
    let instance = search.instance(request, &state)?;
    let profiles = instance.routing_profiles.iter();
    search.reply(
        request,
        ("RoutingProfiles", instance),
        profiles,
        |profile| Ok(FoundProfile::of(profile, instance)),
    )
}

fn update_routing_profile_name(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: NewName = request.input()?;
    if input.name.is_none() && input.description.is_none() {
        return Err(request.invalid("Name or Description must be given."));
    }
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    request.change_routing_profile(instance, input.name, |profile| {
        if let Some(description) = input.description {
            profile.description = description;
        }
    })
}

fn update_routing_profile_concurrency(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    request.bounded()?;
    let input: NewConcurrency = request.input()?;
    let media = request.media(input.media_concurrencies)?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    request.change_routing_profile(instance, None, |profile| profile.media = media)
}

fn update_routing_profile_default_outbound_queue(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let input: NewOutboundQueue = request.input()?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let queue = instance.queues.get(&input.default_outbound_queue_id)?;
    let id = queue.id.clone();
    request.change_routing_profile(instance, None, |profile| {
        profile.default_outbound_queue_id = id
    })
}

fn update_routing_profile_agent_availability_timer(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let input: NewTimer = request.input()?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    request.change_routing_profile(instance, None, |profile| {
        profile.availability_timer = input.agent_availability_timer
    })
}
