//! The search for users.

use local_wire::{Declared, Outcome, post};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::search::{Condition, Search, Searchable};
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{ChannelConfigs, Instance, PhoneConfig, Tags, UserRecord};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    post("SearchUsers", "/search-users", Now(search_users)),
];

/// The conditions of `UserSearchCriteria` beside those that all searches have.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserConditions {
    /// No user has proficiencies here, so that no user matches one.
    list_condition: Option<IgnoredAny>,
    #[serde(flatten)]
    hierarchy: HierarchyConditions,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HierarchyConditions {
    hierarchy_group_condition: Option<HierarchyGroupCondition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HierarchyGroupCondition {
    value: Option<String>,
    hierarchy_group_match_type: Option<String>,
}

/// `UserSearchSummary`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FoundUser<'a> {
    id: &'a str,
    arn: &'a str,
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_info: Option<Names<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_config: Option<PhoneConfig>,
    directory_user_id: &'a str,
    security_profile_ids: &'a [String],
    routing_profile_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hierarchy_group_id: Option<&'a str>,
    tags: &'a Tags,
    #[serde(flatten)]
    channels: &'a ChannelConfigs,
}

/// `UserIdentityInfoLite`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Names<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<&'a str>,
}

impl Condition<UserRecord> for UserConditions {
    fn accept(&self, user: &UserRecord, instance: &Instance) -> bool {
        self.list_condition.is_none() && self.hierarchy.accept(user, instance)
    }
}

impl Condition<UserRecord> for HierarchyConditions {
    fn accept(&self, user: &UserRecord, instance: &Instance) -> bool {
        let condition = self.hierarchy_group_condition.as_ref();
        condition.is_none_or(|condition| condition.accept(user, instance))
    }
}

impl HierarchyGroupCondition {
    fn accept(&self, user: &UserRecord, instance: &Instance) -> bool {
        let (Some(group), Some(wanted)) = (&user.hierarchy_group_id, &self.value) else {
            return false;
        };
        if self.hierarchy_group_match_type.as_deref() != Some("WITH_CHILD_GROUPS") {
            return group == wanted;
        }
        let path = instance.hierarchy_groups.path(group).unwrap_or_default();
        path.iter().any(|above| above.id == *wanted)
    }
}

impl Searchable for UserRecord {
    // UserSearchCriteria.
    const FIELDS: &'static [&'static str] = &[
        "Username",
        "FirstName",
        "LastName",
        "RoutingProfileId",
        "SecurityProfileId",
        "resourceId",
    ];
    type Conditions = UserConditions;
    type Attributes = HierarchyConditions;

    fn has(&self, field: &str, matches: &dyn Fn(&str) -> bool) -> bool {
        let info = self.identity_info.as_ref();
        match field {
            "username" => matches(&self.name),
            "firstname" => info
                .and_then(|info| info.first_name.as_deref())
                .is_some_and(matches),
            "lastname" => info
                .and_then(|info| info.last_name.as_deref())
                .is_some_and(matches),
            "routingprofileid" => matches(&self.routing_profile_id),
            "securityprofileid" => self.security_profile_ids.iter().any(|id| matches(id)),
            _ => matches(&self.id),
        }
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }
}

impl<'a> FoundUser<'a> {
    fn of(user: &'a UserRecord) -> Self {
        let names = user.identity_info.as_ref().map(|info| Names {
            first_name: info.first_name.as_deref(),
            last_name: info.last_name.as_deref(),
        });
        // SearchUsers returns the limit in milliseconds (API reference).
        let phone = user.phone.clone().map(|phone| PhoneConfig {
            after_contact_work_time_limit: phone
                .after_contact_work_time_limit
                .map(|seconds| seconds * 1000),
            ..phone
        });
        Self {
            id: &user.id,
            arn: &user.arn,
            username: &user.name,
            identity_info: names,
            phone_config: phone,
            directory_user_id: &user.directory_user_id,
            security_profile_ids: &user.security_profile_ids,
            routing_profile_id: &user.routing_profile_id,
            hierarchy_group_id: user.hierarchy_group_id.as_deref(),
            tags: &user.tags,
            channels: &user.channels,
        }
    }
}

fn search_users(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let search: Search<UserRecord> = Search::of(request)?;
    let state = service.state();
    let instance = search.instance(request, &state)?;
    let users = instance.users.iter();
    search.reply(request, ("Users", instance), users, |user| {
        Ok(FoundUser::of(user))
    })
}
