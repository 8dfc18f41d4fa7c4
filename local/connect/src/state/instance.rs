//! An instance and its resources.

use std::collections::BTreeMap;

use connect_flow::FlowKind;
use local_wire::{ACCOUNT_ID, Fault, partition};
use rand::RngExt;
use rand::distr::Alphanumeric;

use super::{
    AgentStatusRecord, Bot, Collection, Contacts, DayHours, FlowRecord, HierarchyGroupRecord,
    HoursRecord, Levels, PromptRecord, QueueRecord, QuickConnectRecord, RoutingProfileRecord,
    SecurityProfileRecord, StorageRecord, Tags, TestCaseRecord, TestExecutions, UserRecord,
    VocabularyRecord, agent_status, arn_of, duplicate, names, new_id, no_such, now,
    security_profile, split_qualifier, within_quota,
};

/// AWS's default quotas are 100 flows and 200 modules. Contact centers have them raised, so the
/// account has room for those that have.
const FLOWS_PER_INSTANCE: usize = 1_000;
const MODULES_PER_INSTANCE: usize = 1_000;

/// The default quota of functions per instance (administrator guide).
const FUNCTIONS_PER_INSTANCE: usize = 50;

/// The attributes of an instance in the model's order, with the values of a new one. The values
/// that the Terraform provider manages are those that its authors verified.
const ATTRIBUTES: [(&str, bool); 14] = [
    ("INBOUND_CALLS", true),
    ("OUTBOUND_CALLS", true),
    ("CONTACTFLOW_LOGS", false),
    ("CONTACT_LENS", true),
    ("AUTO_RESOLVE_BEST_VOICES", true),
    ("USE_CUSTOM_TTS_VOICES", false),
    ("EARLY_MEDIA", true),
    ("MULTI_PARTY_CONFERENCE", false),
    ("AUTO_MUTE_AGENT_ON_HOLD", false),
    ("HIGH_VOLUME_OUTBOUND", false),
    ("ENHANCED_CONTACT_MONITORING", false),
    ("ENHANCED_CHAT_MONITORING", false),
    ("MULTI_PARTY_CHAT_CONFERENCE", false),
    ("MESSAGE_STREAMING", false),
];

/// Returns the log group of an instance's flow logs (administrator guide).
pub(crate) fn log_group(alias: &str) -> String {
    format!("/aws/connect/{alias}")
}

/// The parameters of CreateInstance.
pub(crate) struct NewInstance {
    pub(crate) alias: String,
    pub(crate) identity_management: String,
    pub(crate) inbound_calls: bool,
    pub(crate) outbound_calls: bool,
    pub(crate) tags: Tags,
}

/// A Connect instance.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) alias: String,
    pub(crate) identity_management: String,
    pub(crate) created: i64,
    pub(crate) service_role: String,
    pub(crate) tags: Tags,
    pub(crate) attributes: [(&'static str, bool); ATTRIBUTES.len()],
    pub(crate) flows: Vec<FlowRecord>,
    pub(crate) modules: Vec<FlowRecord>,
    pub(crate) queues: Collection<QueueRecord>,
    pub(crate) hours: Collection<HoursRecord>,
    pub(crate) quick_connects: Collection<QuickConnectRecord>,
    pub(crate) prompts: Collection<PromptRecord>,
    pub(crate) vocabularies: Collection<VocabularyRecord>,
    /// Ids of vocabularies, by language code.
    pub(crate) default_vocabularies: BTreeMap<String, String>,
    /// At most one for each resource type.
    pub(crate) storage: Vec<StorageRecord>,
    pub(crate) bots: Vec<Bot>,
    pub(crate) security_profiles: Collection<SecurityProfileRecord>,
    pub(crate) routing_profiles: Collection<RoutingProfileRecord>,
    /// The levels of the user hierarchy.
    pub(crate) levels: Levels,
    pub(crate) hierarchy_groups: Collection<HierarchyGroupRecord>,
    pub(crate) users: Collection<UserRecord>,
    pub(crate) agent_statuses: Collection<AgentStatusRecord>,
    /// ARNs of the associated functions.
    pub(crate) functions: Vec<String>,
    pub(crate) contacts: Contacts,
    pub(crate) test_cases: Collection<TestCaseRecord>,
    pub(crate) test_executions: TestExecutions,
}

impl Instance {
    /// Creates an instance with AWS's default resources: hours, a queue, routing and security
    /// profiles, agent statuses, prompts, flows.
    pub(super) fn create(region: &str, new: NewInstance) -> Result<Self, Fault> {
        let id = new_id();
        let suffix: String = rand::rng()
            .sample_iter(Alphanumeric)
            .take(20)
            .map(char::from)
            .collect();
        let mut instance = Self {
            arn: arn_of(region, &format!("instance/{id}")),
            id,
            alias: new.alias,
            identity_management: new.identity_management,
            created: now(),
            service_role: format!(
                "arn:{}:iam::{ACCOUNT_ID}:role/aws-service-role/connect.amazonaws.com/\
                 AWSServiceRoleForAmazonConnect_{suffix}",
                partition(region)
            ),
            tags: new.tags,
            attributes: ATTRIBUTES,
            flows: Vec::new(),
            modules: Vec::new(),
            queues: Collection::default(),
            hours: Collection::default(),
            quick_connects: Collection::default(),
            prompts: Collection::default(),
            vocabularies: Collection::default(),
            default_vocabularies: BTreeMap::new(),
            storage: Vec::new(),
            bots: Vec::new(),
            security_profiles: Collection::default(),
            routing_profiles: Collection::default(),
            levels: Levels::default(),
            hierarchy_groups: Collection::default(),
            users: Collection::default(),
            agent_statuses: Collection::default(),
            functions: Vec::new(),
            contacts: Contacts::default(),
            test_cases: Collection::default(),
            test_executions: TestExecutions::default(),
        };
        instance.set_attribute("INBOUND_CALLS", new.inbound_calls);
        instance.set_attribute("OUTBOUND_CALLS", new.outbound_calls);
        instance.create_defaults()?;
        Ok(instance)
    }

    /// Creates the default resources. The names are AWS's. The hours of AWS's "Basic Hours" are not
    /// documented; here the queue never closes, which is most useful for development.
    fn create_defaults(&mut self) -> Result<(), Fault> {
        let hours =
            self.hours
                .create(&self.arn, "Basic Hours".into(), Tags::new(), |identity| {
                    HoursRecord {
                        identity,
                        description: None,
                        time_zone: "UTC".into(),
                        config: DayHours::WHOLE_WEEK.to_vec(),
                    }
                })?;
        let hours = hours.id.clone();
        let name = "BasicQueue".into();
        let queues = &mut self.queues;
        let queue = queues.create(&self.arn, name, Tags::new(), |identity| {
            QueueRecord::new(identity, hours)
        })?;
        let profiles = &mut self.routing_profiles;
        let name = "Basic Routing Profile".into();
        profiles.create(&self.arn, name, Tags::new(), |identity| {
            RoutingProfileRecord::basic(identity, &queue.id)
        })?;
        let queue = queue.arn.clone();
        self.create_default_security_profiles()?;
        for (name, kind) in agent_status::DEFAULTS {
            let statuses = &mut self.agent_statuses;
            statuses.create(&self.arn, name.into(), Tags::new(), |identity| {
                AgentStatusRecord::new(identity, kind)
            })?;
        }
        self.create_default_prompts()?;
        self.create_default_flows()?;
        self.create_sample_flows(&queue)
    }

    fn create_default_security_profiles(&mut self) -> Result<(), Fault> {
        for (name, description, permissions) in security_profile::DEFAULTS {
            let profiles = &mut self.security_profiles;
            profiles.create(&self.arn, name.into(), Tags::new(), |identity| {
                let permissions = permissions.iter().map(|&one| one.to_owned());
                SecurityProfileRecord {
                    description: description.map(str::to_owned),
                    permissions: permissions.collect(),
                    default: true,
                    ..SecurityProfileRecord::new(identity)
                }
            })?;
        }
        Ok(())
    }

    /// Returns the value of an attribute, or `None` if it does not exist.
    pub(crate) fn attribute(&self, name: &str) -> Option<bool> {
        let found = self.attributes.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value)
    }

    /// Sets an attribute, if it exists.
    pub(crate) fn set_attribute(&mut self, name: &str, value: bool) {
        let known = self.attributes.iter_mut().find(|(known, _)| *known == name);
        if let Some((_, slot)) = known {
            *slot = value;
        }
    }

    /// Returns the bytes of the texts of all flows, modules and test cases.
    pub(super) fn flow_bytes(&self) -> usize {
        let records = self.flows.iter().chain(&self.modules);
        let flows: usize = records.map(FlowRecord::bytes).sum();
        let cases: usize = self.test_cases.iter().map(TestCaseRecord::bytes).sum();
        flows + cases
    }

    fn child_arn(&self, kind: &str, id: &str) -> String {
        format!("{}/{kind}/{id}", self.arn)
    }

    /// Returns a new flow that is not yet part of the instance: its content must be set first.
    pub(crate) fn new_flow(&self, name: String, kind: FlowKind) -> Result<FlowRecord, Fault> {
        self.free_flow_name(&name, "")?;
        within_quota("flows", self.flows.len(), FLOWS_PER_INSTANCE)?;
        let id = new_id();
        let arn = self.child_arn("contact-flow", &id);
        Ok(FlowRecord::new(id, arn, name, kind))
    }

    /// Returns a new module that is not yet part of the instance: its content must be set first.
    pub(crate) fn new_module(&self, name: String) -> Result<FlowRecord, Fault> {
        self.free_module_name(&name, "")?;
        within_quota("flow modules", self.modules.len(), MODULES_PER_INSTANCE)?;
        let id = new_id();
        let arn = self.child_arn("flow-module", &id);
        Ok(FlowRecord::new(id, arn, name, FlowKind::Module))
    }

    /// Fails if another flow than `id` has this name.
    pub(crate) fn free_flow_name(&self, name: &str, id: &str) -> Result<(), Fault> {
        free(self.flows.iter().map(|one| (&one.name, &one.id)), name, id)
            .ok_or_else(|| duplicate("A flow", name))
    }

    /// Fails if another module than `id` has this name.
    pub(crate) fn free_module_name(&self, name: &str, id: &str) -> Result<(), Fault> {
        let modules = self.modules.iter().map(|one| (&one.name, &one.id));
        free(modules, name, id).ok_or_else(|| duplicate("A flow module", name))
    }

    /// Returns a flow by id or ARN, ignoring a qualifier.
    pub(crate) fn flow(&self, given: &str) -> Result<&FlowRecord, Fault> {
        flow_in(&self.flows, given).ok_or_else(|| no_such("Flow", given))
    }

    /// Returns a flow by id or ARN, ignoring a qualifier.
    pub(crate) fn flow_mut(&mut self, given: &str) -> Result<&mut FlowRecord, Fault> {
        flow_in_mut(&mut self.flows, given).ok_or_else(|| no_such("Flow", given))
    }

    /// Returns a module by id or ARN, ignoring a qualifier.
    pub(crate) fn module(&self, given: &str) -> Result<&FlowRecord, Fault> {
        flow_in(&self.modules, given).ok_or_else(|| no_such("Flow module", given))
    }

    /// Returns a module by id or ARN, ignoring a qualifier.
    pub(crate) fn module_mut(&mut self, given: &str) -> Result<&mut FlowRecord, Fault> {
        flow_in_mut(&mut self.modules, given).ok_or_else(|| no_such("Flow module", given))
    }

    /// Fails if the function is already associated, or if the quota is reached.
    pub(crate) fn may_associate(&self, function_arn: &str) -> Result<(), Fault> {
        if self.functions.iter().any(|known| known == function_arn) {
            return Err(Fault::new(
                409,
                "ResourceConflictException",
                format!("{function_arn} is already associated with the instance."),
            ));
        }
        if self.functions.len() >= FUNCTIONS_PER_INSTANCE {
            return Err(Fault::new(
                402,
                "ServiceQuotaExceededException",
                format!(
                    "The instance must have at most {FUNCTIONS_PER_INSTANCE} functions, its quota."
                ),
            ));
        }
        Ok(())
    }

    /// Returns the `Sid` of the statement that an association adds to the function's policy.
    pub(crate) fn statement_id(&self) -> String {
        format!("connect-{}", self.id)
    }

    /// Returns the tags of the instance or of one of its resources, by ARN.
    pub(crate) fn tags_mut(&mut self, arn: &str) -> Option<&mut Tags> {
        if self.arn == arn {
            return Some(&mut self.tags);
        }
        let flows = self.flows.iter_mut().chain(&mut self.modules);
        let flows = flows.map(|one| (&one.arn, &mut one.tags));
        let mut flows = flows.filter(|(known, _)| *known == arn);
        flows
            .next()
            .map(|(_, tags)| tags)
            .or_else(|| self.queues.tags_mut(arn))
            .or_else(|| self.hours.tags_mut(arn))
            .or_else(|| self.quick_connects.tags_mut(arn))
            .or_else(|| self.prompts.tags_mut(arn))
            .or_else(|| self.vocabularies.tags_mut(arn))
            .or_else(|| self.routing_profiles.tags_mut(arn))
            .or_else(|| self.security_profiles.tags_mut(arn))
            .or_else(|| self.hierarchy_groups.tags_mut(arn))
            .or_else(|| self.users.tags_mut(arn))
            .or_else(|| self.agent_statuses.tags_mut(arn))
            .or_else(|| self.test_cases.tags_mut(arn))
    }
}

fn free<'a>(
    mut taken: impl Iterator<Item = (&'a String, &'a String)>,
    name: &str,
    id: &str,
) -> Option<()> {
    let clash = taken.any(|(known, owner)| known == name && owner != id);
    (!clash).then_some(())
}

fn flow_in<'a>(records: &'a [FlowRecord], given: &str) -> Option<&'a FlowRecord> {
    let (given, _) = split_qualifier(given);
    let mut records = records.iter();
    records.find(|record| names(&record.id, &record.arn, given))
}

fn flow_in_mut<'a>(records: &'a mut [FlowRecord], given: &str) -> Option<&'a mut FlowRecord> {
    let (given, _) = split_qualifier(given);
    let mut records = records.iter_mut();
    records.find(|record| names(&record.id, &record.arn, given))
}
