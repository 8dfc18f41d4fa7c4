//! Instances with their flows, queues, users and other resources, and numbers, with their rules. This
//! layer uses AWS's errors, but no HTTP.

mod agent_status;
mod aliases;
mod bot;
mod collection;
mod contact;
mod default_flows;
mod flow;
mod hierarchy;
mod hours;
mod instance;
mod number;
mod number_pool;
mod prompt;
mod queue;
mod quick_connect;
mod routing_profile;
mod sample_flows;
mod security_profile;
mod storage;
mod test_case;
mod test_execution;
mod token;
mod user;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use local_wire::{ACCOUNT_ID, Fault, partition};
use time::OffsetDateTime;

pub(crate) use agent_status::{AgentStatusRecord, CUSTOM};
pub(crate) use bot::{Bot, LexBot, LexV2Bot};
pub(crate) use collection::{Collection, Identity, Kind, Resource, identified};
pub(crate) use contact::{Attributes, ContactRecord, Contacts, DisconnectReason, ScriptedAgent};
pub(crate) use flow::{
    FlowRecord, ModuleAlias, ModuleContracts, Reading, checksum, contract, kind_name, kind_named,
    load, split_qualifier,
};
pub(crate) use hierarchy::{HierarchyGroupRecord, LEVELS, Levels, level_id};
pub(crate) use hours::{DayHours, HoursRecord};
pub(crate) use instance::{Instance, NewInstance, log_group};
pub(crate) use number::PhoneNumber;
pub(crate) use prompt::PromptRecord;
pub(crate) use queue::{OutboundCaller, QueueRecord};
pub(crate) use quick_connect::{QuickConnectConfig, QuickConnectRecord};
pub(crate) use routing_profile::{
    DEFAULT_TIMER, ManualQueueConfig, MediaConcurrency, QUEUES_PER_PROFILE, QueueConfig,
    QueueReference, Queued, RoutingProfileRecord, queue_ids,
};
pub(crate) use security_profile::{
    AccessControl, AllowedAiAgent, AllowedFlowModule, Application, SecurityProfileRecord,
};
pub(crate) use storage::{StorageConfig, StorageRecord};
pub(crate) use test_case::{EntryPoint, Runnable, TestCaseRecord, TestCaseStatus, TestCaseText};
pub(crate) use test_execution::{Conclusion, Counts, TestExecution, TestExecutions, Turn};
pub(crate) use user::{ChannelConfigs, IdentityInfo, PhoneConfig, UserRecord};
pub(crate) use vocabulary::VocabularyRecord;

pub use hours::TimeZoneUnknown;
pub use test_execution::Stop;

/// The most bytes of flows, modules and test cases, with their versions, in all Regions together. AWS limits their
/// numbers only.
const MAX_FLOW_BYTES: usize = 256 * 1024 * 1024;

/// The tags of a resource.
pub(crate) type Tags = BTreeMap<String, String>;

/// The state of Connect in all Regions.
pub(crate) struct State {
    /// The most bytes of flows and test cases; [`MAX_FLOW_BYTES`] but for a test.
    pub(crate) max_flow_bytes: usize,
    /// The quota of instances.
    instances_per_region: u16,
    regions: BTreeMap<String, Region>,
    aliases: aliases::HeldAliases,
    /// Released numbers: AWS keeps them out of its inventory for up to 180 days.
    released: BTreeSet<String>,
}

impl State {
    /// Creates a state without instances, with the quota of instances per Region, and the time for which
    /// an alias stays taken after its instance was deleted.
    pub(crate) fn new(instances_per_region: u16, alias_hold: Duration) -> Self {
        Self {
            max_flow_bytes: MAX_FLOW_BYTES,
            instances_per_region,
            regions: BTreeMap::new(),
            aliases: aliases::HeldAliases::new(alias_hold),
            released: BTreeSet::new(),
        }
    }
}

/// The state of one Region.
#[derive(Default)]
pub(crate) struct Region {
    /// In order of creation.
    pub(crate) instances: Vec<Instance>,
    /// In order of their claims.
    pub(crate) numbers: Vec<PhoneNumber>,
    /// Tokens of requests that clients may repeat.
    pub(crate) tokens: token::Tokens,
}

impl State {
    pub(crate) fn regions(&self) -> impl Iterator<Item = (&String, &Region)> {
        self.regions.iter()
    }

    pub(crate) fn region(&self, name: &str) -> Option<&Region> {
        self.regions.get(name)
    }

    pub(crate) fn region_mut(&mut self, name: &str) -> &mut Region {
        self.regions.entry(name.to_owned()).or_default()
    }

    /// Returns an instance by id or ARN.
    pub(crate) fn instance(&self, region: &str, given: &str) -> Result<&Instance, Fault> {
        self.region(region)
            .and_then(|region| region.instance(given))
            .ok_or_else(|| no_such("Instance", given))
    }

    /// Returns an instance by id or ARN.
    pub(crate) fn instance_mut(
        &mut self,
        region: &str,
        given: &str,
    ) -> Result<&mut Instance, Fault> {
        self.regions
            .get_mut(region)
            .and_then(|region| region.instance_mut(given))
            .ok_or_else(|| no_such("Instance", given))
    }

    /// Fails if there is no room for so many more bytes of flows and test cases.
    pub(crate) fn room_for_flow(&self, bytes: usize) -> Result<(), Fault> {
        let regions = self.regions.values();
        let instances = regions.flat_map(|region| &region.instances);
        let stored: usize = instances.map(Instance::flow_bytes).sum();
        if stored.saturating_add(bytes) <= self.max_flow_bytes {
            return Ok(());
        }
        Err(limit_exceeded(format!(
            "The local account keeps at most {} MiB of flows, modules, test cases and their versions. \
             Delete those that are no longer needed.",
            self.max_flow_bytes / 1024 / 1024
        )))
    }

    /// Creates an instance, which is active at once.
    pub(crate) fn create_instance(
        &mut self,
        region: &str,
        new: NewInstance,
    ) -> Result<&Instance, Fault> {
        // The alias is a host name, so it is unique in all accounts and Regions, ignoring case.
        let taken = self.regions.values().any(|region| {
            let mut aliases = region.instances.iter().map(|instance| &instance.alias);
            aliases.any(|alias| alias.eq_ignore_ascii_case(&new.alias))
        });
        if taken || self.aliases.is_taken(&new.alias, Instant::now()) {
            // Status and wording as seen in hashicorp/terraform-provider-aws#38115.
            return Err(Fault::new(
                400,
                "InvalidRequestException",
                "Invalid Input. Instance alias is already used.",
            ));
        }
        let quota = self.instances_per_region;
        let instances = &mut self.region_mut(region).instances;
        if instances.len() >= usize::from(quota) {
            return Err(Fault::new(
                402,
                "ServiceQuotaExceededException",
                format!("The account must have at most {quota} instances in {region}, its quota."),
            ));
        }
        let instance = Instance::create(region, new)?;
        Ok(instances.push_mut(instance))
    }

    /// Deletes an instance with everything in it. Its numbers are released, as the administrator
    /// guide describes.
    pub(crate) fn delete_instance(&mut self, region: &str, given: &str) -> Result<(), Fault> {
        let deleted = self.instance(region, given)?;
        let (id, alias) = (deleted.id.clone(), deleted.alias.clone());
        deleted.test_executions.stop_all();
        self.aliases.hold(alias, Instant::now());
        let owner = self.region_mut(region);
        owner.instances.retain(|instance| instance.id != id);
        let (gone, kept) = std::mem::take(&mut owner.numbers)
            .into_iter()
            .partition(|number| number.instance_id == id);
        owner.numbers = kept;
        let gone: Vec<PhoneNumber> = gone;
        let claimed = gone.into_iter().filter(PhoneNumber::claimed);
        self.released.extend(claimed.map(|number| number.number));
        Ok(())
    }
}

impl Region {
    /// Returns an instance by id or ARN.
    pub(crate) fn instance(&self, given: &str) -> Option<&Instance> {
        self.instances
            .iter()
            .find(|instance| names(&instance.id, &instance.arn, given))
    }

    fn instance_mut(&mut self, given: &str) -> Option<&mut Instance> {
        self.instances
            .iter_mut()
            .find(|instance| names(&instance.id, &instance.arn, given))
    }
}

/// Reports whether `given` is this resource's id or ARN.
pub(crate) fn names(id: &str, arn: &str, given: &str) -> bool {
    given == id || given == arn
}

/// Returns the ARN of a resource of Connect in this account and Region.
fn arn_of(region: &str, resource: &str) -> String {
    let partition = partition(region);
    format!("arn:{partition}:connect:{region}:{ACCOUNT_ID}:{resource}")
}

/// `ResourceNotFoundException`.
pub(crate) fn no_such(what: &str, given: &str) -> Fault {
    Fault::new(
        404,
        "ResourceNotFoundException",
        format!("{what} not found: {given}"),
    )
}

/// `LimitExceededException`, with the status of the service model.
fn limit_exceeded(message: String) -> Fault {
    Fault::new(429, "LimitExceededException", message)
}

/// Fails if an instance has as many resources of a kind as its quota allows.
fn within_quota(kind: &str, count: usize, quota: usize) -> Result<(), Fault> {
    match count < quota {
        true => Ok(()),
        false => Err(limit_exceeded(format!(
            "The instance must have at most {quota} {kind}, its quota."
        ))),
    }
}

/// `ResourceInUseException`, with the user of the resource.
pub(crate) fn in_use(what: &str, user: &str) -> Fault {
    Fault::new(
        409,
        "ResourceInUseException",
        format!("{what} is in use by {user}."),
    )
}

/// `DuplicateResourceException`.
fn duplicate(what: &str, name: &str) -> Fault {
    Fault::new(
        409,
        "DuplicateResourceException",
        format!("{what} with name {name} already exists in the instance."),
    )
}

/// Reports whether a text is a plus sign with 2 to 15 digits, of which the first is not zero: the
/// pattern of phone numbers, which the service model escapes twice.
pub(crate) fn is_e164(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else {
        return false;
    };
    (2..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Returns the time in seconds since the epoch, the API's format.
pub(crate) fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}
