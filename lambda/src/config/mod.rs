//! The function's settings, from environment variables.

mod error;
mod values;

#[cfg(test)]
mod tests;

use crate::rules::attempts::Limits;
use crate::rules::destinations::{DestinationFault, Destinations};
use crate::rules::line::Policy;
use crate::rules::outcome::UnknownCaller;
use crate::rules::row_schema::KeyAttribute;
use crate::rules::sms_options::{MaxPrice, OriginationNumber, SenderId, SmsOptions, SmsType};
use crate::rules::sms_template::{SmsTemplate, Templates};
use crate::rules::url::Hosts;

pub use error::ConfigError;
use error::invalid;
use values::Variables;

#[derive(Clone, Debug)]
pub struct Settings {
    /// `MEMBER_TABLE_NAME`: phone number to member id.
    pub member_table: String,
    /// `MEMBER_KEY_ATTRIBUTE`: the partition key of that table.
    pub member_key: KeyAttribute,
    /// `BENEFITS_TABLE_NAME`: PIN to campaign.
    pub benefits_table: String,
    /// `BENEFITS_KEY_ATTRIBUTE`: the partition key of that table.
    pub benefits_key: KeyAttribute,
    /// `ATTEMPTS_TABLE_NAME`: without it attempts are not counted.
    pub attempts_table: Option<String>,
    /// `ATTEMPTS_PER_HOUR`, `ATTEMPTS_PER_DAY`, `WRONG_PINS_PER_HOUR` and `SMS_PER_DAY`.
    pub limits: Limits,
    /// The settings of texts and recipients.
    pub policy: Policy,
    /// `PIN_KEY_MODE`: the form of the benefits table's keys.
    pub pin_keys: PinKeyMode,
    /// `PIN_PEPPER_KMS_KEY_ID`: the key of AWS KMS that computes HMACs. The secret of the hashes in the
    /// attempts table is derived from it too, even when the keys of PINs are plain.
    pub pepper_kms_key: Option<String>,
    /// `SMS_BACKEND`: the service that sends.
    pub sms_backend: SmsBackend,
    /// `SMS_TYPE` (AWS's documents differ on SNS's own default, so there is none here),
    /// `SMS_SENDER_ID`, `SMS_ORIGINATION_NUMBER` and `SMS_MAX_PRICE`.
    pub sms: SmsOptions,
}

/// The form of the keys of the benefits table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinKeyMode {
    /// `plain`: keys are the PINs.
    Plain,
    /// `hmac`: keys are the PINs' HMAC-SHA-256.
    Hmac,
}

/// The service that sends the SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsBackend {
    /// `sns`: Amazon SNS.
    Sns,
    /// `end_user_messaging`: AWS End User Messaging.
    EndUserMessaging,
}

impl Settings {
    /// Reads the settings. `variable` returns the value of a variable, or nothing when it is not set.
    /// An empty value counts as not set if a setting has a default or is optional.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Variables(&variable);
        let pepper_kms_key = pepper_kms_key(&env)?;
        Ok(Self {
            member_table: env.table("MEMBER_TABLE_NAME")?,
            member_key: env.key_attribute(
                "MEMBER_KEY_ATTRIBUTE",
                KeyAttribute::of_members,
                KeyAttribute::parse_for_members,
            )?,
            benefits_table: env.table("BENEFITS_TABLE_NAME")?,
            benefits_key: env.key_attribute(
                "BENEFITS_KEY_ATTRIBUTE",
                KeyAttribute::of_benefits,
                KeyAttribute::parse_for_benefits,
            )?,
            attempts_table: env.optional_table("ATTEMPTS_TABLE_NAME")?,
            limits: Limits {
                per_hour: env.number("ATTEMPTS_PER_HOUR", 5, 1..=100)?,
                per_day: env.number("ATTEMPTS_PER_DAY", 10, 1..=1000)?,
                all_members_per_hour: env.number("WRONG_PINS_PER_HOUR", 300, 1..=1_000_000)?,
                sms_per_day: env.number("SMS_PER_DAY", 2, 1..=100)?,
            },
            policy: Policy {
                templates: templates(&env)?,
                hosts: env
                    .parsed(
                        "URL_HOSTS",
                        "a comma-separated list of host names",
                        Hosts::parse,
                    )?
                    .unwrap_or_default(),
                destinations: destinations(&env)?,
                pin_min_length: env.number("PIN_MIN_LENGTH", 1, 1..=16)? as usize,
                unknown_caller: env.choice(
                    "UNKNOWN_CALLER",
                    Some(UnknownCaller::Announce),
                    &[
                        ("announce", UnknownCaller::Announce),
                        ("uniform", UnknownCaller::Uniform),
                    ],
                )?,
            },
            pin_keys: pin_keys(&env, pepper_kms_key.is_some())?,
            pepper_kms_key,
            sms_backend: env.choice(
                "SMS_BACKEND",
                Some(SmsBackend::Sns),
                &[
                    ("sns", SmsBackend::Sns),
                    ("end_user_messaging", SmsBackend::EndUserMessaging),
                ],
            )?,
            sms: sms(&env)?,
        })
    }
}

fn templates(env: &Variables<'_>) -> Result<Templates, ConfigError> {
    let parse =
        |name, text: &str| SmsTemplate::parse_setting(text).map_err(|fault| invalid(name, fault));
    let default = env.get("SMS_TEMPLATE");
    let default = default.as_deref().unwrap_or(SmsTemplate::DEFAULT);
    let mut templates = Templates::one(parse("SMS_TEMPLATE", default)?);
    let name = "SMS_TEMPLATES";
    if let Some(text) = env.filled(name) {
        let texts: std::collections::BTreeMap<String, String> = serde_json::from_str(&text)
            .map_err(|_| invalid(name, "must be a JSON object of strings"))?;
        for (language, text) in texts {
            let template = SmsTemplate::parse_setting(&text).map_err(|fault| {
                invalid(
                    name,
                    format_args!("has a text for {language}, which {fault}"),
                )
            })?;
            templates.by_language.insert(language, template);
        }
    }
    Ok(templates)
}

fn destinations(env: &Variables<'_>) -> Result<Destinations, ConfigError> {
    let prefixes = env.filled("SMS_COUNTRY_PREFIXES");
    let prefixes = prefixes
        .as_deref()
        .unwrap_or(Destinations::DEFAULT_PREFIXES);
    let mobile = env.filled("SMS_MOBILE_PATTERN");
    Destinations::parse(prefixes, mobile.as_deref()).map_err(|fault| {
        let name = match fault {
            DestinationFault::Prefixes => "SMS_COUNTRY_PREFIXES",
            DestinationFault::Pattern(_) => "SMS_MOBILE_PATTERN",
        };
        invalid(name, fault)
    })
}

fn pepper_kms_key(env: &Variables<'_>) -> Result<Option<String>, ConfigError> {
    // If it were ignored, hashes that the operator expects to be keyed would have no secret.
    let removed = "PIN_PEPPER_SSM_PARAMETER";
    if env.filled(removed).is_some() {
        return Err(invalid(
            removed,
            "must not be set, since it was removed: set PIN_PEPPER_KMS_KEY_ID to a KMS key for \
             HMAC_256, and with PIN_KEY_MODE hmac write all rows of the benefits table again",
        ));
    }
    Ok(env.filled("PIN_PEPPER_KMS_KEY_ID"))
}

fn pin_keys(env: &Variables<'_>, has_pepper: bool) -> Result<PinKeyMode, ConfigError> {
    let name = "PIN_KEY_MODE";
    let modes = [("plain", PinKeyMode::Plain), ("hmac", PinKeyMode::Hmac)];
    let mode = env.choice(name, Some(PinKeyMode::Plain), &modes)?;
    if mode == PinKeyMode::Hmac && !has_pepper {
        return Err(invalid(
            name,
            "must be plain without PIN_PEPPER_KMS_KEY_ID, was hmac",
        ));
    }
    Ok(mode)
}

fn sms(env: &Variables<'_>) -> Result<SmsOptions, ConfigError> {
    Ok(SmsOptions {
        sms_type: env.choice(
            "SMS_TYPE",
            None,
            &[
                ("Promotional", SmsType::Promotional),
                ("Transactional", SmsType::Transactional),
            ],
        )?,
        sender_id: env.parsed(
            "SMS_SENDER_ID",
            "3 to 11 letters and digits, with at least one letter",
            SenderId::parse,
        )?,
        origination: env.parsed(
            "SMS_ORIGINATION_NUMBER",
            "a number of 5 to 15 digits",
            OriginationNumber::parse,
        )?,
        max_price: env.parsed(
            "SMS_MAX_PRICE",
            "a price in US dollars such as 0.25",
            MaxPrice::parse,
        )?,
    })
}
