//! Quick connects.

use local_wire::Fault;
use serde::{Deserialize, Serialize};

use super::{Identity, Instance, Kind, QueueRecord, Resource, identified, is_e164, names};

/// A destination for transfers by agents.
#[derive(Debug, Clone)]
pub(crate) struct QuickConnectRecord {
    pub(crate) identity: Identity,
    pub(crate) description: Option<String>,
    pub(crate) config: QuickConnectConfig,
}

identified!(QuickConnectRecord);

impl Resource for QuickConnectRecord {
    const KIND: Kind = Kind {
        arn: "transfer-destination",
        title: "Quick connect",
        one: "A quick connect",
        many: "quick connects",
        // The default (administrator guide, "Amazon Connect service quotas").
        quota: 100,
    };
}

/// `QuickConnectConfig`, as it was given: ids stay ids, and ARNs stay ARNs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct QuickConnectConfig {
    pub(crate) quick_connect_type: QuickConnectType,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_config: Option<UserConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_config: Option<QueueConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_config: Option<PhoneConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_config: Option<FlowConfig>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum QuickConnectType {
    User,
    Queue,
    PhoneNumber,
    Flow,
}

impl QuickConnectType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Queue => "QUEUE",
            Self::PhoneNumber => "PHONE_NUMBER",
            Self::Flow => "FLOW",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserConfig {
    user_id: String,
    contact_flow_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueueConfig {
    queue_id: String,
    contact_flow_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PhoneConfig {
    phone_number: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FlowConfig {
    contact_flow_id: String,
}

impl QuickConnectConfig {
    /// Returns the first problem that needs no other resource: the configuration of the type must be
    /// there, and a phone number must be in E.164 format. The model's pattern of the number is escaped
    /// twice, so it is not checked with the rest of the request.
    pub(crate) fn problem(&self) -> Option<String> {
        let (needed, is_given) = match self.quick_connect_type {
            QuickConnectType::User => ("UserConfig", self.user_config.is_some()),
            QuickConnectType::Queue => ("QueueConfig", self.queue_config.is_some()),
            QuickConnectType::PhoneNumber => ("PhoneConfig", self.phone_config.is_some()),
            QuickConnectType::Flow => ("FlowConfig", self.flow_config.is_some()),
        };
        if !is_given {
            let kind = self.quick_connect_type.name();
            return Some(format!("{needed} is required for the type {kind}."));
        }
        let number = self.phone_config.as_ref()?.phone_number.as_str();
        (!is_e164(number)).then(|| {
            format!(
                "PhoneNumber must be in E.164 format, such as +819012345678, but was '{number}'."
            )
        })
    }

    /// Fails if the instance does not have a resource that the configuration names.
    pub(crate) fn check_references(&self, instance: &Instance) -> Result<(), Fault> {
        if let Some(user) = &self.user_config {
            instance.users.get(&user.user_id)?;
            instance.flow(&user.contact_flow_id)?;
        }
        if let Some(queue) = &self.queue_config {
            instance.queues.get(&queue.queue_id)?;
            instance.flow(&queue.contact_flow_id)?;
        }
        if let Some(flow) = &self.flow_config {
            instance.flow(&flow.contact_flow_id)?;
        }
        Ok(())
    }
}

impl QuickConnectRecord {
    /// Reports whether agents transfer to this queue.
    pub(crate) fn leads_to(&self, queue: &QueueRecord) -> bool {
        let config = self.config.queue_config.as_ref();
        config.is_some_and(|config| names(&queue.id, &queue.arn, &config.queue_id))
    }
}

impl Instance {
    /// Returns the ids of quick connects, given by id or ARN.
    pub(crate) fn quick_connect_ids(&self, given: &[String]) -> Result<Vec<String>, Fault> {
        let found = given.iter().map(|given| self.quick_connects.get(given));
        found.map(|found| Ok(found?.id.clone())).collect()
    }

    /// Removes a quick connect, and from all queues.
    pub(crate) fn remove_quick_connect(&mut self, given: &str) -> Result<(), Fault> {
        let removed = self.quick_connects.remove(given)?;
        for queue in self.queues.iter_mut() {
            queue.quick_connect_ids.retain(|id| *id != removed.id);
        }
        Ok(())
    }
}
