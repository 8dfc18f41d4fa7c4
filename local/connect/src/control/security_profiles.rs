//! Security profiles.

use std::collections::BTreeSet;

use local_wire::{Declared, Fault, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::search::{NoConditions, Search, Searchable};
use super::summary::Summary;
use super::{ControlRequest, Serve, description};
use crate::ConnectService;
use crate::state::{
    AccessControl, AllowedAiAgent, AllowedFlowModule, Application, Instance, SecurityProfileRecord,
    Tags,
};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("CreateSecurityProfile", "/security-profiles/{InstanceId}", Now(create_security_profile)),
    get("DescribeSecurityProfile", "/security-profiles/{InstanceId}/{SecurityProfileId}", Now(describe_security_profile)),
    post("UpdateSecurityProfile", "/security-profiles/{InstanceId}/{SecurityProfileId}", Now(update_security_profile)),
    delete("DeleteSecurityProfile", "/security-profiles/{InstanceId}/{SecurityProfileId}", Now(delete_security_profile)),
    post("SearchSecurityProfiles", "/search-security-profiles", Now(search_security_profiles)),
    get("ListSecurityProfiles", "/security-profiles-summary/{InstanceId}", Now(list_security_profiles)),
    get("ListSecurityProfilePermissions", "/security-profiles-permissions/{InstanceId}/{SecurityProfileId}", Now(list_security_profile_permissions)),
    get("ListSecurityProfileApplications", "/security-profiles-applications/{InstanceId}/{SecurityProfileId}", Now(list_security_profile_applications)),
    get("ListSecurityProfileFlowModules", "/security-profiles-flow-modules/{InstanceId}/{SecurityProfileId}", Now(list_security_profile_flow_modules)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateProfile {
    security_profile_name: String,
    tags: Option<Tags>,
    #[serde(flatten)]
    contents: Contents,
}

/// The members that CreateSecurityProfile and UpdateSecurityProfile have in common. An absent one
/// keeps its value.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contents {
    description: Option<String>,
    permissions: Option<BTreeSet<String>>,
    applications: Option<Vec<Application>>,
    allowed_flow_modules: Option<Vec<AllowedFlowModule>>,
    #[serde(rename = "AllowedAIAgents")]
    allowed_ai_agents: Option<Vec<AllowedAiAgent>>,
    #[serde(flatten)]
    access: AccessControl,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedProfile<'a> {
    security_profile_id: &'a str,
    security_profile_arn: &'a str,
}

/// The members that a profile and its search summary have in common.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProfileHead<'a> {
    id: &'a str,
    organization_resource_id: &'a str,
    arn: &'a str,
    security_profile_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    tags: &'a Tags,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProfileShape<'a> {
    #[serde(flatten)]
    head: ProfileHead<'a>,
    #[serde(flatten)]
    access: &'a AccessControl,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedProfile<'a> {
    security_profile: ProfileShape<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProfileSummary<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProfileList<'a> {
    security_profile_summary_list: Vec<ProfileSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// A list that belongs to a profile.
#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct PartList<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<Vec<&'a String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    applications: Option<Vec<&'a Application>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_flow_modules: Option<Vec<&'a AllowedFlowModule>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

impl<'a> PartList<'a> {
    /// Returns the answer without its list.
    fn of(profile: &SecurityProfileRecord, region: &'a str) -> Self {
        Self {
            last_modified_time: profile.modified,
            last_modified_region: region,
            ..Self::default()
        }
    }
}

/// The resources that a profile can restrict to a hierarchy group (API reference).
const HIERARCHY_RESTRICTED: &str = "User";

/// Returns the type of a profile. Only that of a customer's own profile is documented.
fn type_of(profile: &SecurityProfileRecord) -> Option<&'static str> {
    (!profile.default).then_some("CUSTOMER_MANAGED")
}

impl<'a> ProfileHead<'a> {
    fn of(profile: &'a SecurityProfileRecord, instance: &'a Instance) -> Self {
        Self {
            id: &profile.id,
            organization_resource_id: &instance.id,
            arn: &profile.arn,
            security_profile_name: &profile.name,
            description: profile.description.as_deref(),
            tags: &profile.tags,
            r#type: type_of(profile),
        }
    }
}

impl Searchable for SecurityProfileRecord {
    // SearchSecurityProfiles.
    const FIELDS: &'static [&'static str] = &["name"];
    type Conditions = NoConditions;
    type Attributes = NoConditions;

    fn has(&self, _field: &str, matches: &dyn Fn(&str) -> bool) -> bool {
        matches(&self.name)
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }
}

impl Contents {
    /// Checks what the service model does not: the restricted resources, and that the hierarchy group
    /// and the modules exist.
    fn check(&mut self, request: &ControlRequest<'_>, instance: &Instance) -> Result<(), Fault> {
        let restricted = self.access.hierarchy_restricted_resources.as_mut();
        if let Some(restricted) = restricted {
            restricted.dedup();
            if let Some(other) = restricted.iter().find(|name| *name != HIERARCHY_RESTRICTED) {
                return Err(request.invalid(format!(
                    "HierarchyRestrictedResources must contain {HIERARCHY_RESTRICTED} alone, but \
                     contained {other}"
                )));
            }
        }
        let group = &mut self.access.allowed_access_control_hierarchy_group_id;
        if let Some(group) = group.as_mut().filter(|group| !group.is_empty()) {
            *group = instance.hierarchy_groups.get(group)?.id.clone();
        }
        for module in self.allowed_flow_modules.iter().flatten() {
            if let Some(id) = &module.flow_module_id {
                instance.module(id)?;
            }
        }
        Ok(())
    }

    fn write(self, profile: &mut SecurityProfileRecord) {
        if self.description.is_some() {
            profile.description = description(self.description);
        }
        if let Some(permissions) = self.permissions {
            profile.permissions = permissions;
        }
        if let Some(applications) = self.applications {
            profile.applications = applications;
        }
        if let Some(modules) = self.allowed_flow_modules {
            profile.flow_modules = modules;
        }
        if let Some(agents) = self.allowed_ai_agents {
            profile.ai_agents = agents;
        }
        profile.access.replace(self.access);
        let group = &mut profile.access.allowed_access_control_hierarchy_group_id;
        group.take_if(|group| group.is_empty());
    }
}

fn create_security_profile(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    request.bounded()?;
    let mut input: CreateProfile = request.input()?;
    let tags = input.tags.unwrap_or_default();
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    input.contents.check(request, instance)?;
    let profiles = &mut instance.security_profiles;
    let name = input.security_profile_name;
    let profile = profiles.create(&instance.arn, name, tags, |identity| {
        let mut profile = SecurityProfileRecord::new(identity);
        input.contents.write(&mut profile);
        profile
    })?;
    reply(&CreatedProfile {
        security_profile_id: &profile.id,
        security_profile_arn: &profile.arn,
    })
}

fn describe_security_profile(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let instance = request.instance(&state)?;
    let profile = request.security_profile(instance)?;
    reply(&DescribedProfile {
        security_profile: ProfileShape {
            head: ProfileHead::of(profile, instance),
            access: &profile.access,
            last_modified_time: profile.modified,
            last_modified_region: request.region(),
        },
    })
}

fn update_security_profile(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    request.bounded()?;
    let mut contents: Contents = request.input()?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    contents.check(request, instance)?;
    let profiles = &mut instance.security_profiles;
    profiles.change(request.path("SecurityProfileId"), None, |profile| {
        contents.write(profile)
    })?;
    done()
}

fn delete_security_profile(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let profile = request.security_profile(instance)?;
    instance.unused_by_users(&profile.name, |user| {
        user.security_profile_ids.contains(&profile.id)
    })?;
    let id = profile.id.clone();
    instance.security_profiles.remove(&id)?;
    done()
}

fn list_security_profiles(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let profiles = request.instance(&state)?.security_profiles.iter();
    let summaries = profiles.map(|profile| ProfileSummary {
        summary: Summary::of(profile, request.region()),
        r#type: type_of(profile),
    });
    let (security_profile_summary_list, next_token) = page.cut(summaries);
    reply(&ProfileList {
        security_profile_summary_list,
        next_token,
    })
}

fn search_security_profiles(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let search: Search<SecurityProfileRecord> = Search::of(request)?;
    let state = service.state();
    let instance = search.instance(request, &state)?;
    let profiles = instance.security_profiles.iter();
    search.reply(
        request,
        ("SecurityProfiles", instance),
        profiles,
        |profile| Ok(ProfileHead::of(profile, instance)),
    )
}

impl ControlRequest<'_> {
    /// Returns the security profile that the path names.
    fn security_profile<'i>(
        &self,
        instance: &'i Instance,
    ) -> Result<&'i SecurityProfileRecord, Fault> {
        instance
            .security_profiles
            .get(self.path("SecurityProfileId"))
    }
}

fn list_security_profile_permissions(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let profile = request.security_profile(request.instance(&state)?)?;
    let (permissions, next_token) = page.cut(profile.permissions.iter());
    reply(&PartList {
        permissions: Some(permissions),
        next_token,
        ..PartList::of(profile, request.region())
    })
}

fn list_security_profile_applications(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let profile = request.security_profile(request.instance(&state)?)?;
    let (applications, next_token) = page.cut(profile.applications.iter());
    reply(&PartList {
        applications: Some(applications),
        next_token,
        ..PartList::of(profile, request.region())
    })
}

fn list_security_profile_flow_modules(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let profile = request.security_profile(request.instance(&state)?)?;
    let (modules, next_token) = page.cut(profile.flow_modules.iter());
    reply(&PartList {
        allowed_flow_modules: Some(modules),
        next_token,
        ..PartList::of(profile, request.region())
    })
}
