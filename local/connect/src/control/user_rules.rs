//! The rules of users that the service model does not have.

use local_wire::Fault;

use super::ControlRequest;
use crate::state::{ChannelConfigs, IdentityInfo, Instance, PhoneConfig};

/// The identity management of instances.
const CONNECT_MANAGED: &str = "CONNECT_MANAGED";
const SAML: &str = "SAML";
pub(super) const EXISTING_DIRECTORY: &str = "EXISTING_DIRECTORY";

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
    pub(super) fn password(
        &self,
        instance: &Instance,
        password: Option<&str>,
    ) -> Result<(), Fault> {
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

    pub(super) fn username(&self, instance: &Instance, name: &str) -> Result<(), Fault> {
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
    pub(super) fn identity(
        &self,
        instance: &Instance,
        info: Option<&IdentityInfo>,
    ) -> Result<(), Fault> {
        let management = instance.identity_management.as_str();
        let first = info.and_then(|info| info.first_name.as_deref());
        let last = info.and_then(|info| info.last_name.as_deref());
        for (member, name, lengths) in [
            ("FirstName", first, FIRST_NAME_LENGTH),
            ("LastName", last, LAST_NAME_LENGTH),
        ] {
            match name {
                // The directory has the names.
                None if management == EXISTING_DIRECTORY => {}
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

    pub(super) fn phone(&self, phone: PhoneConfig) -> Result<PhoneConfig, Fault> {
        self.after_contact_work(phone.after_contact_work_time_limit)?;
        Ok(phone.with_defaults())
    }

    /// Checks the settings of channels: each list has a channel once, and three of them have VOICE
    /// only (API reference).
    pub(super) fn channels(&self, configs: &ChannelConfigs) -> Result<(), Fault> {
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
    pub(super) fn no_conflict(
        &self,
        phone: &PhoneConfig,
        configs: &ChannelConfigs,
    ) -> Result<(), Fault> {
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

    /// Checks that a user has an id in a directory only without SAML (documentation of CreateUser).
    pub(super) fn directory_user_id(
        &self,
        instance: &Instance,
        given: Option<&str>,
    ) -> Result<(), Fault> {
        match given {
            Some(_) if instance.identity_management == SAML => {
                Err(self.invalid("DirectoryUserId must be absent with SAML."))
            }
            _ => Ok(()),
        }
    }
}
