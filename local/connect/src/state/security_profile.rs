//! Security profiles.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Identity, Kind, Resource, Tags, identified};

/// A security profile of an instance.
#[derive(Debug, Clone)]
pub(crate) struct SecurityProfileRecord {
    pub(crate) identity: Identity,
    pub(crate) description: Option<String>,
    pub(crate) permissions: BTreeSet<String>,
    pub(crate) access: AccessControl,
    pub(crate) applications: Vec<Application>,
    pub(crate) flow_modules: Vec<AllowedFlowModule>,
    pub(crate) ai_agents: Vec<AllowedAiAgent>,
    /// A profile that the instance was created with.
    pub(crate) default: bool,
}

identified!(SecurityProfileRecord);

impl Resource for SecurityProfileRecord {
    const KIND: Kind = Kind {
        arn: "security-profile",
        title: "Security profile",
        one: "A security profile",
        many: "security profiles",
        // The default (administrator guide, "Amazon Connect service quotas").
        quota: 100,
    };
}

impl SecurityProfileRecord {
    /// Creates a profile without permissions.
    pub(crate) fn new(identity: Identity) -> Self {
        Self {
            identity,
            description: None,
            permissions: BTreeSet::new(),
            access: AccessControl::default(),
            applications: Vec::new(),
            flow_modules: Vec::new(),
            ai_agents: Vec::new(),
            default: false,
        }
    }
}

/// The members of a profile that restrict its permissions to some resources, as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccessControl {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allowed_access_control_tags: Option<Tags>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tag_restricted_resources: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hierarchy_restricted_resources: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allowed_access_control_hierarchy_group_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) granular_access_control_configuration: Option<Value>,
}

impl AccessControl {
    /// Replaces the members that `new` has.
    pub(crate) fn replace(&mut self, new: Self) {
        fn replace<T>(member: &mut Option<T>, new: Option<T>) {
            if new.is_some() {
                *member = new;
            }
        }
        replace(
            &mut self.allowed_access_control_tags,
            new.allowed_access_control_tags,
        );
        replace(
            &mut self.tag_restricted_resources,
            new.tag_restricted_resources,
        );
        replace(
            &mut self.hierarchy_restricted_resources,
            new.hierarchy_restricted_resources,
        );
        replace(
            &mut self.allowed_access_control_hierarchy_group_id,
            new.allowed_access_control_hierarchy_group_id,
        );
        replace(
            &mut self.granular_access_control_configuration,
            new.granular_access_control_configuration,
        );
    }
}

/// `Application`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Application {
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application_permissions: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
}

/// `FlowModule`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AllowedFlowModule {
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) flow_module_id: Option<String>,
}

/// `AIAgent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AllowedAiAgent {
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
}

/// The profiles of a new instance: name, description and permissions.
///
/// The names are those of the administrator guide's page "Default security profiles". The description
/// is known of Admin alone, from an output of DescribeSecurityProfile. AWS has no list of their
/// permissions, so these are the ones that the guide's pages connect with a profile: the Contact
/// Control Panel for agents, metrics for managers and analysts, everything that the page "List of
/// security profile permissions" begins with for administrators. On AWS each has more.
pub(super) const DEFAULTS: [(&str, Option<&str>, &[&str]); 4] = [
    (
        "Admin",
        Some("An administrator can perform all actions available."),
        &[
            "AccessMetrics",
            "BasicAgentAccess",
            "HoursOfOperation.Create",
            "HoursOfOperation.Delete",
            "HoursOfOperation.Edit",
            "HoursOfOperation.View",
            "OutboundCallAccess",
            "Queues.Create",
            "Queues.Edit",
            "Queues.EnableAndDisable",
            "Queues.View",
            "RoutingPolicies.Create",
            "RoutingPolicies.Edit",
            "RoutingPolicies.View",
            "TaskTemplates.Create",
            "TaskTemplates.Delete",
            "TaskTemplates.Edit",
            "TransferDestinations.Create",
            "TransferDestinations.Delete",
            "TransferDestinations.Edit",
            "TransferDestinations.View",
        ],
    ),
    ("Agent", None, &["BasicAgentAccess"]),
    ("CallCenterManager", None, &["AccessMetrics"]),
    ("QualityAnalyst", None, &["AccessMetrics"]),
];
