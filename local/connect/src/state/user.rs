//! Users.

use local_wire::Fault;
use serde::{Deserialize, Serialize};

use super::{Identity, Instance, Kind, Resource, identified, in_use};

/// A user of an instance, whose name is the user name. The account has no login, so the password is
/// not kept in any form.
#[derive(Debug, Clone)]
pub(crate) struct UserRecord {
    pub(crate) identity: Identity,
    pub(crate) identity_info: Option<IdentityInfo>,
    pub(crate) phone: Option<PhoneConfig>,
    pub(crate) channels: ChannelConfigs,
    pub(crate) directory_user_id: String,
    pub(crate) security_profile_ids: Vec<String>,
    pub(crate) routing_profile_id: String,
    pub(crate) hierarchy_group_id: Option<String>,
}

identified!(UserRecord);

impl Resource for UserRecord {
    const KIND: Kind = Kind {
        arn: "agent",
        title: "User",
        one: "A user",
        many: "users",
        // The default (administrator guide, "Amazon Connect service quotas").
        quota: 500,
    };
}

/// `UserIdentityInfo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct IdentityInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secondary_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mobile: Option<String>,
}

/// `UserPhoneConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PhoneConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) auto_accept: Option<bool>,
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after_contact_work_time_limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) desk_phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) persistent_connection: Option<bool>,
}

impl PhoneConfig {
    /// Adds the two members that AWS returns in any case (AWS CLI's example of describe-user).
    pub(crate) fn with_defaults(mut self) -> Self {
        self.auto_accept.get_or_insert(false);
        self.after_contact_work_time_limit.get_or_insert(0);
        self
    }
}

/// The settings of a user for each channel, as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ChannelConfigs {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) auto_accept_configs: Option<Vec<AutoAcceptConfig>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after_contact_work_configs: Option<Vec<AfterContactWorkConfigPerChannel>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone_number_configs: Option<Vec<PhoneNumberConfig>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) persistent_connection_configs: Option<Vec<PersistentConnectionConfig>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) voice_enhancement_configs: Option<Vec<VoiceEnhancementConfig>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AutoAcceptConfig {
    pub(crate) channel: String,
    auto_accept: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_first_callback_auto_accept: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AfterContactWorkConfigPerChannel {
    pub(crate) channel: String,
    after_contact_work_config: AfterContactWorkConfig,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_first_callback_after_contact_work_config: Option<AfterContactWorkConfig>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AfterContactWorkConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    after_contact_work_time_limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PhoneNumberConfig {
    pub(crate) channel: String,
    phone_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PersistentConnectionConfig {
    pub(crate) channel: String,
    persistent_connection: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VoiceEnhancementConfig {
    pub(crate) channel: String,
    voice_enhancement_mode: String,
}

impl AfterContactWorkConfigPerChannel {
    /// Returns the limits, in seconds.
    pub(crate) fn limits(&self) -> impl Iterator<Item = u32> {
        let callback = self.agent_first_callback_after_contact_work_config.as_ref();
        let all = std::iter::once(&self.after_contact_work_config).chain(callback);
        all.filter_map(|config| config.after_contact_work_time_limit)
    }
}

impl ChannelConfigs {
    /// Returns the channels of each list, with the list's name.
    pub(crate) fn channels(&self) -> [(&'static str, Vec<&str>); 5] {
        fn of<'a, T>(list: &'a Option<Vec<T>>, channel: fn(&'a T) -> &'a String) -> Vec<&'a str> {
            let list = list.as_deref().unwrap_or_default().iter();
            list.map(|one| channel(one).as_str()).collect()
        }
        [
            (
                "AutoAcceptConfigs",
                of(&self.auto_accept_configs, |one| &one.channel),
            ),
            (
                "AfterContactWorkConfigs",
                of(&self.after_contact_work_configs, |one| &one.channel),
            ),
            (
                "PhoneNumberConfigs",
                of(&self.phone_number_configs, |one| &one.channel),
            ),
            (
                "PersistentConnectionConfigs",
                of(&self.persistent_connection_configs, |one| &one.channel),
            ),
            (
                "VoiceEnhancementConfigs",
                of(&self.voice_enhancement_configs, |one| &one.channel),
            ),
        ]
    }

    /// Replaces the lists that `new` has.
    pub(crate) fn replace(&mut self, new: Self) {
        fn replace<T>(list: &mut Option<T>, new: Option<T>) {
            if new.is_some() {
                *list = new;
            }
        }
        replace(&mut self.auto_accept_configs, new.auto_accept_configs);
        replace(
            &mut self.after_contact_work_configs,
            new.after_contact_work_configs,
        );
        replace(&mut self.phone_number_configs, new.phone_number_configs);
        replace(
            &mut self.persistent_connection_configs,
            new.persistent_connection_configs,
        );
        replace(
            &mut self.voice_enhancement_configs,
            new.voice_enhancement_configs,
        );
    }
}

impl Instance {
    /// Fails if a user has a resource that is to be deleted.
    pub(crate) fn unused_by_users(
        &self,
        what: &str,
        has: impl Fn(&UserRecord) -> bool,
    ) -> Result<(), Fault> {
        match self.users.iter().find(|user| has(user)) {
            None => Ok(()),
            Some(user) => Err(in_use(what, &format!("the user {}", user.name))),
        }
    }
}
