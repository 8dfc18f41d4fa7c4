//! Users.

use local_wire::{Declared, Fault, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{ChannelConfigs, IdentityInfo, Instance, PhoneConfig, Tags, UserRecord, new_id};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("CreateUser", "/users/{InstanceId}", Now(create_user)),
    get("DescribeUser", "/users/{InstanceId}/{UserId}", Now(describe_user)),
    delete("DeleteUser", "/users/{InstanceId}/{UserId}", Now(delete_user)),
    get("ListUsers", "/users-summary/{InstanceId}", Now(list_users)),
    post("UpdateUserHierarchy", "/users/{InstanceId}/{UserId}/hierarchy", Now(update_user_hierarchy)),
    post("UpdateUserIdentityInfo", "/users/{InstanceId}/{UserId}/identity-info", Now(update_user_identity_info)),
    post("UpdateUserPhoneConfig", "/users/{InstanceId}/{UserId}/phone-config", Now(update_user_phone_config)),
    post("UpdateUserConfig", "/users/{InstanceId}/{UserId}/config", Now(update_user_config)),
    post("UpdateUserRoutingProfile", "/users/{InstanceId}/{UserId}/routing-profile", Now(update_user_routing_profile)),
    post("UpdateUserSecurityProfiles", "/users/{InstanceId}/{UserId}/security-profiles", Now(update_user_security_profiles)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateUser {
    username: String,
    /// Only checked.
    password: Option<String>,
    identity_info: Option<IdentityInfo>,
    phone_config: Option<PhoneConfig>,
    directory_user_id: Option<String>,
    security_profile_ids: Vec<String>,
    routing_profile_id: String,
    hierarchy_group_id: Option<String>,
    tags: Option<Tags>,
    #[serde(flatten)]
    channels: ChannelConfigs,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedUser<'a> {
    user_id: &'a str,
    user_arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserShape<'a> {
    id: &'a str,
    arn: &'a str,
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_info: Option<&'a IdentityInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_config: Option<&'a PhoneConfig>,
    directory_user_id: &'a str,
    security_profile_ids: &'a [String],
    routing_profile_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hierarchy_group_id: Option<&'a str>,
    tags: &'a Tags,
    #[serde(flatten)]
    channels: &'a ChannelConfigs,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedUser<'a> {
    user: UserShape<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserSummary<'a> {
    id: &'a str,
    arn: &'a str,
    username: &'a str,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserList<'a> {
    user_summary_list: Vec<UserSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewHierarchy {
    hierarchy_group_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewIdentity {
    identity_info: IdentityInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewPhone {
    phone_config: PhoneConfig,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewRoutingProfile {
    routing_profile_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewSecurityProfiles {
    security_profile_ids: Vec<String>,
}

impl ControlRequest<'_> {
    /// Changes the user that the path names.
    fn change_user(
        &self,
        instance: &mut Instance,
        change: impl FnOnce(&mut UserRecord),
    ) -> Outcome {
        instance.users.change(self.path("UserId"), None, change)?;
        done()
    }
}

/// Returns the ids of security profiles, each once.
fn security_profiles(instance: &Instance, given: &[String]) -> Result<Vec<String>, Fault> {
    let mut ids = Vec::new();
    for given in given {
        let id = &instance.security_profiles.get(given)?.id;
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    Ok(ids)
}

fn routing_profile(instance: &Instance, given: &str) -> Result<String, Fault> {
    Ok(instance.routing_profiles.get(given)?.id.clone())
}

fn hierarchy_group(instance: &Instance, given: Option<String>) -> Result<Option<String>, Fault> {
    let group = given.map(|given| instance.hierarchy_groups.get(&given));
    Ok(group.transpose()?.map(|group| group.id.clone()))
}

fn create_user(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    request.bounded()?;
    let input: CreateUser = request.input()?;
    request.channels(&input.channels)?;
    if let Some(phone) = &input.phone_config {
        request.no_conflict(phone, &input.channels)?;
    }
    let phone = input.phone_config.map(|phone| request.phone(phone));
    let phone = phone.transpose()?;
    let tags = input.tags.unwrap_or_default();
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    request.password(instance, input.password.as_deref())?;
    request.username(instance, &input.username)?;
    request.identity(instance, input.identity_info.as_ref())?;
    request.directory_user_id(instance, input.directory_user_id.as_deref())?;
    let security_profile_ids = security_profiles(instance, &input.security_profile_ids)?;
    let routing_profile_id = routing_profile(instance, &input.routing_profile_id)?;
    let hierarchy_group_id = hierarchy_group(instance, input.hierarchy_group_id)?;
    let users = &mut instance.users;
    let user = users.create(&instance.arn, input.username, tags, |identity| UserRecord {
        identity,
        identity_info: input.identity_info,
        phone,
        channels: input.channels,
        directory_user_id: input.directory_user_id.unwrap_or_else(new_id),
        security_profile_ids,
        routing_profile_id,
        hierarchy_group_id,
    })?;
    reply(&CreatedUser {
        user_id: &user.id,
        user_arn: &user.arn,
    })
}

fn describe_user(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let instance = request.instance(&state)?;
    let user: &UserRecord = instance.users.get(request.path("UserId"))?;
    reply(&DescribedUser {
        user: UserShape {
            id: &user.id,
            arn: &user.arn,
            username: &user.name,
            identity_info: user.identity_info.as_ref(),
            phone_config: user.phone.as_ref(),
            directory_user_id: &user.directory_user_id,
            security_profile_ids: &user.security_profile_ids,
            routing_profile_id: &user.routing_profile_id,
            hierarchy_group_id: user.hierarchy_group_id.as_deref(),
            tags: &user.tags,
            channels: &user.channels,
            last_modified_time: user.modified,
            last_modified_region: request.region(),
        },
    })
}

fn delete_user(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    instance.users.remove(request.path("UserId"))?;
    done()
}

fn list_users(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let users = request.instance(&state)?.users.iter();
    let (user_summary_list, next_token) = page.cut(users.map(|user| UserSummary {
        id: &user.id,
        arn: &user.arn,
        username: &user.name,
        last_modified_time: user.modified,
        last_modified_region: request.region(),
    }));
    reply(&UserList {
        user_summary_list,
        next_token,
    })
}

/// Assigns a hierarchy group, or none: Terraform's provider removes the group so.
fn update_user_hierarchy(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: NewHierarchy = request.input()?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let group = hierarchy_group(instance, input.hierarchy_group_id)?;
    request.change_user(instance, |user| user.hierarchy_group_id = group)
}

fn update_user_identity_info(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    request.bounded()?;
    let NewIdentity { identity_info: new } = request.input()?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    request.identity(instance, Some(&new))?;
    request.change_user(instance, |user| user.identity_info = Some(new))
}

fn update_user_phone_config(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let NewPhone { phone_config } = request.input()?;
    let phone = request.phone(phone_config)?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    request.change_user(instance, |user| user.phone = Some(phone))
}

fn update_user_config(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let new: ChannelConfigs = request.input()?;
    request.channels(&new)?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    request.change_user(instance, |user| user.channels.replace(new))
}

fn update_user_routing_profile(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: NewRoutingProfile = request.input()?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let id = routing_profile(instance, &input.routing_profile_id)?;
    request.change_user(instance, |user| user.routing_profile_id = id)
}

fn update_user_security_profiles(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let input: NewSecurityProfiles = request.input()?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let ids = security_profiles(instance, &input.security_profile_ids)?;
    request.change_user(instance, |user| user.security_profile_ids = ids)
}
