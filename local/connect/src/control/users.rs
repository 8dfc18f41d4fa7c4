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

/// The identity management of instances. No instance of the local account has an existing directory.
const CONNECT_MANAGED: &str = "CONNECT_MANAGED";
const SAML: &str = "SAML";

/// The length of a password (pattern of CreateUser).
const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=64;

/// The most characters of a user name with SAML (documentation of CreateUser). The documented 20 of
/// other instances are not enforced: Terraform's provider creates longer ones in its acceptance tests.
const SAML_NAME_LENGTH: usize = 64;

/// The most seconds of after-contact work (documentation of UserPhoneConfig).
const AFTER_CONTACT_WORK: u32 = 2_000_000;

/// The lengths of names where Connect manages the identities (documentation of UserIdentityInfo).
const FIRST_NAME_LENGTH: std::ops::RangeInclusive<usize> = 1..=255;
const LAST_NAME_LENGTH: std::ops::RangeInclusive<usize> = 1..=256;

/// Reports whether a password has the pattern of CreateUser.
fn is_password(text: &str) -> bool {
    PASSWORD_LENGTH.contains(&text.chars().count())
        && !text.contains(char::is_whitespace)
        && text.contains(|c: char| c.is_ascii_lowercase())
        && text.contains(|c: char| c.is_ascii_uppercase())
        && text.contains(|c: char| c.is_ascii_digit())
}

/// Reports whether a user name that contains `@` has the format of an e-mail address.
fn is_address(name: &str) -> bool {
    let parts = name.split_once('@');
    parts.is_some_and(|(local, domain)| {
        let top = domain.rsplit_once('.');
        let named = top.is_some_and(|(rest, top)| !rest.is_empty() && !top.is_empty());
        !local.is_empty() && !domain.contains('@') && named
    })
}

impl ControlRequest<'_> {
    /// Checks the password of a new user, without repeating it.
    fn password(&self, instance: &Instance, password: Option<&str>) -> Result<(), Fault> {
        let managed = instance.identity_management == CONNECT_MANAGED;
        match password {
            Some(_) if !managed => Err(self.invalid(format!(
                "Password must be absent, since the identity management of the instance is {}.",
                instance.identity_management
            ))),
            None if managed => Err(self.invalid(format!(
                "Password must be given, since the identity management of the instance is \
                 {CONNECT_MANAGED}."
            ))),
            Some(text) if !is_password(text) => Err(self.invalid(format!(
                "Password must have {} to {} characters without white space, with a lowercase letter, \
                 an uppercase letter and a digit among them.",
                PASSWORD_LENGTH.start(),
                PASSWORD_LENGTH.end()
            ))),
            _ => Ok(()),
        }
    }

    fn username(&self, instance: &Instance, name: &str) -> Result<(), Fault> {
        if name.contains('@') && !is_address(name) {
            return Err(self.invalid(format!(
                "Username must have the format of an e-mail address if it contains @, but was {name}"
            )));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.\\@".contains(c);
        let fits = name.len() <= SAML_NAME_LENGTH && name.chars().all(allowed);
        if instance.identity_management == SAML && !fits {
            return Err(self.invalid(format!(
                "Username must have at most {SAML_NAME_LENGTH} characters of a-z, A-Z, 0-9 and _-.\\@ \
                 with SAML, but was {name}"
            )));
        }
        Ok(())
    }

    /// Checks names and address of a user. The documentation of CreateUser requires an e-mail address,
    /// too, but the service does not: Terraform's provider creates users without one in its acceptance
    /// tests.
    fn identity(&self, instance: &Instance, info: Option<&IdentityInfo>) -> Result<(), Fault> {
        let management = instance.identity_management.as_str();
        let first = info.and_then(|info| info.first_name.as_deref());
        let last = info.and_then(|info| info.last_name.as_deref());
        for (member, name, lengths) in [
            ("FirstName", first, FIRST_NAME_LENGTH),
            ("LastName", last, LAST_NAME_LENGTH),
        ] {
            match name {
                None => {
                    return Err(self.invalid(format!(
                        "{member} must be given, since the identity management of the instance is \
                         {management}."
                    )));
                }
                Some(name) if management == CONNECT_MANAGED => {
                    let length = name.chars().count();
                    if !lengths.contains(&length) {
                        return Err(self.invalid(format!(
                            "{member} must have {} to {} characters, but has {length}.",
                            lengths.start(),
                            lengths.end()
                        )));
                    }
                }
                _ => {}
            }
        }
        if management == SAML && info.is_some_and(|info| info.email.is_some()) {
            return Err(self.invalid("Email must be absent with SAML."));
        }
        Ok(())
    }

    fn after_contact_work(&self, seconds: impl IntoIterator<Item = u32>) -> Result<(), Fault> {
        let mut seconds = seconds.into_iter();
        match seconds.find(|seconds| *seconds > AFTER_CONTACT_WORK) {
            None => Ok(()),
            Some(other) => Err(self.invalid(format!(
                "AfterContactWorkTimeLimit must be at most {AFTER_CONTACT_WORK} seconds, but was \
                 {other}."
            ))),
        }
    }

    fn phone(&self, phone: PhoneConfig) -> Result<PhoneConfig, Fault> {
        self.after_contact_work(phone.after_contact_work_time_limit)?;
        Ok(phone.with_defaults())
    }

    /// Checks the settings of channels: each list has a channel once, and three of them have VOICE
    /// only (API reference).
    fn channels(&self, configs: &ChannelConfigs) -> Result<(), Fault> {
        for (list, channels) in configs.channels() {
            for (index, channel) in channels.iter().enumerate() {
                if channels[..index].contains(channel) {
                    return Err(self.invalid(format!(
                        "{list} must have each channel once, but has {channel} twice."
                    )));
                }
                let all = matches!(list, "AutoAcceptConfigs" | "AfterContactWorkConfigs");
                if !all && *channel != "VOICE" {
                    return Err(self.invalid(format!(
                        "{list} must have the channel VOICE only, but has {channel}."
                    )));
                }
            }
        }
        let limits = configs.after_contact_work_configs.iter().flatten();
        self.after_contact_work(limits.flat_map(|config| config.limits()))
    }

    /// Checks that no setting is given both in PhoneConfig and for a channel (documentation of
    /// CreateUser).
    fn no_conflict(&self, phone: &PhoneConfig, configs: &ChannelConfigs) -> Result<(), Fault> {
        let phone_type = phone.phone_type.is_some() || phone.desk_phone_number.is_some();
        let pairs = [
            (
                "AutoAccept",
                phone.auto_accept.is_some(),
                configs.auto_accept_configs.is_some(),
            ),
            (
                "AfterContactWorkTimeLimit",
                phone.after_contact_work_time_limit.is_some(),
                configs.after_contact_work_configs.is_some(),
            ),
            (
                "PhoneType",
                phone_type,
                configs.phone_number_configs.is_some(),
            ),
            (
                "PersistentConnection",
                phone.persistent_connection.is_some(),
                configs.persistent_connection_configs.is_some(),
            ),
        ];
        let mut pairs = pairs.into_iter();
        match pairs.find(|(_, in_phone, in_channels)| *in_phone && *in_channels) {
            None => Ok(()),
            Some((member, ..)) => Err(self.invalid(format!(
                "PhoneConfig.{member} must be absent, since its setting for channels is given."
            ))),
        }
    }

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
    if instance.identity_management == SAML && input.directory_user_id.is_some() {
        return Err(request.invalid("DirectoryUserId must be absent with SAML."));
    }
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
