//! Routing profiles.

use std::collections::BTreeSet;

use local_wire::Fault;
use serde::{Deserialize, Serialize};

use super::{Identity, Instance, Kind, Resource, identified};

/// A routing profile of an instance.
#[derive(Debug, Clone)]
pub(crate) struct RoutingProfileRecord {
    pub(crate) identity: Identity,
    pub(crate) description: String,
    pub(crate) default_outbound_queue_id: String,
    pub(crate) media: Vec<MediaConcurrency>,
    /// One for each pair of queue and channel.
    pub(crate) queues: Vec<QueueConfig>,
    pub(crate) manual_queues: Vec<ManualQueueConfig>,
    pub(crate) availability_timer: String,
    /// The profile that the instance was created with.
    pub(crate) default: bool,
}

identified!(RoutingProfileRecord);

impl Resource for RoutingProfileRecord {
    const KIND: Kind = Kind {
        arn: "routing-profile",
        title: "Routing profile",
        one: "A routing profile",
        many: "routing profiles",
        // The default (administrator guide, "Amazon Connect service quotas").
        quota: 100,
    };
}

/// The default quota of queues in a routing profile, which counts pairs of queue and channel
/// (administrator guide).
pub(crate) const QUEUES_PER_PROFILE: usize = 50;

/// The timer of a profile that was created without one (output of DescribeRoutingProfile in
/// aws/aws-sdk-js-v3#6356).
pub(crate) const DEFAULT_TIMER: &str = "TIME_SINCE_LAST_ACTIVITY";

/// The behavior of a channel that was given none, in which AWS returns it (Terraform's provider keeps
/// it out of the state unless it is configured).
const DEFAULT_BEHAVIOR: &str = "ROUTE_CURRENT_CHANNEL_ONLY";

/// `RoutingProfileQueueReference`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct QueueReference {
    pub(crate) queue_id: String,
    pub(crate) channel: String,
}

/// `RoutingProfileQueueConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct QueueConfig {
    pub(crate) queue_reference: QueueReference,
    pub(crate) priority: u32,
    pub(crate) delay: u32,
}

/// `RoutingProfileManualAssignmentQueueConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ManualQueueConfig {
    pub(crate) queue_reference: QueueReference,
}

/// The configuration of a queue in a routing profile.
pub(crate) trait Queued {
    fn queue(&self) -> &QueueReference;
    fn queue_mut(&mut self) -> &mut QueueReference;
}

impl Queued for QueueReference {
    fn queue(&self) -> &QueueReference {
        self
    }

    fn queue_mut(&mut self) -> &mut QueueReference {
        self
    }
}

impl Queued for QueueConfig {
    fn queue(&self) -> &QueueReference {
        &self.queue_reference
    }

    fn queue_mut(&mut self) -> &mut QueueReference {
        &mut self.queue_reference
    }
}

impl Queued for ManualQueueConfig {
    fn queue(&self) -> &QueueReference {
        &self.queue_reference
    }

    fn queue_mut(&mut self) -> &mut QueueReference {
        &mut self.queue_reference
    }
}

/// `MediaConcurrency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MediaConcurrency {
    pub(crate) channel: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) concurrency: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cross_channel_behavior: Option<CrossChannelBehavior>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workload_type_concurrencies: Option<Vec<WorkloadTypeConcurrency>>,
}

/// `CrossChannelBehavior`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CrossChannelBehavior {
    behavior_type: String,
}

/// `WorkloadTypeConcurrency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct WorkloadTypeConcurrency {
    workload_type: String,
    pub(crate) concurrency: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cross_channel_workload_behavior: Option<CrossChannelWorkloadBehavior>,
}

/// `CrossChannelWorkloadBehavior`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CrossChannelWorkloadBehavior {
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_workload_behavior_type: Option<String>,
}

impl MediaConcurrency {
    /// Gives a channel without workload types AWS's default behavior, unless it has one.
    pub(crate) fn with_defaults(mut self) -> Self {
        if self.workload_type_concurrencies.is_none() {
            self.cross_channel_behavior
                .get_or_insert_with(|| CrossChannelBehavior {
                    behavior_type: DEFAULT_BEHAVIOR.into(),
                });
        }
        self
    }
}

/// Returns the ids of queues, each once.
pub(crate) fn queue_ids<Q: Queued>(queues: &[Q]) -> BTreeSet<&str> {
    let ids = queues.iter().map(|one| one.queue().queue_id.as_str());
    ids.collect()
}

impl RoutingProfileRecord {
    /// Creates the profile of a new instance, "Basic Routing Profile". Its concurrencies and its queue
    /// are those in `connect_comprehensive_stack/ROUTING_PROFILES.md` of alokkulkarni/awsTfElements;
    /// description and TASK for the queue are those of a profile imported into Terraform.
    pub(super) fn basic(identity: Identity, queue_id: &str) -> Self {
        const CONCURRENCIES: [(&str, u32); 3] = [("CHAT", 2), ("TASK", 1), ("VOICE", 1)];
        let media = CONCURRENCIES.map(|(channel, concurrency)| {
            let media = MediaConcurrency {
                channel: channel.into(),
                concurrency: Some(concurrency),
                cross_channel_behavior: None,
                workload_type_concurrencies: None,
            };
            media.with_defaults()
        });
        let queues = CONCURRENCIES.map(|(channel, _)| QueueConfig {
            queue_reference: QueueReference {
                queue_id: queue_id.to_owned(),
                channel: channel.into(),
            },
            priority: 1,
            delay: 0,
        });
        Self {
            identity,
            description: "A simple routing profile.".into(),
            default_outbound_queue_id: queue_id.to_owned(),
            media: media.into(),
            queues: queues.into(),
            manual_queues: Vec::new(),
            availability_timer: DEFAULT_TIMER.into(),
            default: true,
        }
    }

    /// Removes a queue that is deleted. Terraform deletes a queue before it updates the profile that
    /// had it, and AWS lets it: `testAccRoutingProfile_updateQueues` of Terraform's AWS provider.
    pub(crate) fn remove_queue(&mut self, id: &str) {
        self.queues.retain(|one| one.queue().queue_id != id);
        self.manual_queues.retain(|one| one.queue().queue_id != id);
    }
}

impl Instance {
    /// Replaces the ids or ARNs of queues by ids.
    ///
    /// # Errors
    /// If a queue does not exist.
    pub(crate) fn resolve_queues<Q: Queued>(&self, queues: &mut [Q]) -> Result<(), Fault> {
        for one in queues {
            let reference = one.queue_mut();
            reference.queue_id = self.queues.get(&reference.queue_id)?.id.clone();
        }
        Ok(())
    }
}
