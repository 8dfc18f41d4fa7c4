//! Instances, flows, numbers and queues, with their rules. This layer uses AWS's errors, but no
//! HTTP.

mod collection;
mod default_flows;
mod flow;
mod hours;
mod instance;
mod number;
mod number_pool;
mod queue;
mod token;

use std::collections::{BTreeMap, BTreeSet};

use local_wire::{ACCOUNT_ID, Fault, partition};
use time::OffsetDateTime;

pub(crate) use collection::{Collection, Identity, Kind, Resource, identified};
pub(crate) use flow::{
    FlowRecord, ModuleAlias, ModuleContracts, Reading, checksum, contract, kind_name, kind_named,
    load, split_qualifier,
};
pub(crate) use hours::{DayHours, HoursRecord};
pub(crate) use instance::{Instance, NewInstance, log_group};
pub(crate) use number::PhoneNumber;
pub(crate) use queue::{OutboundCaller, QueueRecord};

pub use hours::TimeZoneUnknown;

/// The default quota of instances per Region and account (administrator guide).
const INSTANCES_PER_REGION: usize = 2;

/// The most bytes of flows and modules, with their versions, in all Regions together. AWS limits their
/// numbers only.
const MAX_FLOW_BYTES: usize = 256 * 1024 * 1024;

/// The tags of a resource.
pub(crate) type Tags = BTreeMap<String, String>;

/// The state of Connect in all Regions.
pub(crate) struct State {
    /// The most bytes of flows; [`MAX_FLOW_BYTES`] but for a test.
    pub(crate) max_flow_bytes: usize,
    regions: BTreeMap<String, Region>,
    /// Released numbers: AWS keeps them out of its inventory for up to 180 days.
    released: BTreeSet<String>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            max_flow_bytes: MAX_FLOW_BYTES,
            regions: BTreeMap::new(),
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

    /// Fails if there is no room for so many more bytes of flows.
    pub(crate) fn room_for_flow(&self, bytes: usize) -> Result<(), Fault> {
        let regions = self.regions.values();
        let instances = regions.flat_map(|region| &region.instances);
        let stored: usize = instances.map(Instance::flow_bytes).sum();
        if stored.saturating_add(bytes) <= self.max_flow_bytes {
            return Ok(());
        }
        Err(limit_exceeded(format!(
            "The local account keeps at most {} MiB of flows, modules and their versions. Delete \
             those that are no longer needed.",
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
        if taken {
            // Status and wording as seen in hashicorp/terraform-provider-aws#38115.
            return Err(Fault::new(
                400,
                "InvalidRequestException",
                "Invalid Input. Instance alias is already used.",
            ));
        }
        let instances = &mut self.region_mut(region).instances;
        if instances.len() >= INSTANCES_PER_REGION {
            return Err(Fault::new(
                402,
                "ServiceQuotaExceededException",
                format!(
                    "The account must have at most {INSTANCES_PER_REGION} instances in {region}, its quota."
                ),
            ));
        }
        let instance = Instance::create(region, new)?;
        Ok(instances.push_mut(instance))
    }

    /// Deletes an instance with everything in it. Its numbers are released, as the administrator
    /// guide describes.
    pub(crate) fn delete_instance(&mut self, region: &str, given: &str) -> Result<(), Fault> {
        let id = self.instance(region, given)?.id.clone();
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

/// `DuplicateResourceException`.
fn duplicate(what: &str, name: &str) -> Fault {
    Fault::new(
        409,
        "DuplicateResourceException",
        format!("{what} with name {name} already exists in the instance."),
    )
}

fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Returns the time in seconds since the epoch, the API's format.
pub(crate) fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}
