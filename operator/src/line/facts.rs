//! The facts about a line that its function's configuration holds, read by the function's own rules.

use std::collections::HashMap;

use connect_pin_sms::config::{ConfigError, Settings};

/// The configuration of a function, as Lambda returns it.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// The function's name.
    pub name: String,
    /// Its ARN.
    pub arn: Option<String>,
    /// Its log group, if Lambda names one.
    pub log_group: Option<String>,
    /// Its environment variables.
    pub variables: HashMap<String, String>,
}

/// The facts about a line.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The name of the function, which is the line's.
    pub function: String,
    /// The account of the line, from the function's ARN.
    pub account: Option<String>,
    /// The function's settings.
    pub settings: Settings,
    /// The log group of the function.
    pub log_group: String,
}

/// The reason why a function is not a line's.
#[derive(Debug, thiserror::Error)]
#[error(
    "the function {function} must have the settings of a line, such as the tables that it reads: give the \
     output function_name, or apply the module again if it is the right function"
)]
pub struct NotALine {
    /// The function's name.
    function: String,
    #[source]
    setting: ConfigError,
}

impl Facts {
    /// Reads the facts from a configuration.
    ///
    /// # Errors
    /// When the function itself would refuse its settings.
    pub fn of(configuration: Configuration) -> Result<Self, NotALine> {
        let Configuration {
            name,
            arn,
            log_group,
            variables,
        } = configuration;
        let settings =
            Settings::read(|name| variables.get(name).cloned()).map_err(|setting| NotALine {
                function: name.clone(),
                setting,
            })?;
        Ok(Self {
            account: arn.as_deref().and_then(account),
            // Lambda's own default, where the configuration names none.
            log_group: log_group.unwrap_or_else(|| format!("/aws/lambda/{name}")),
            function: name,
            settings,
        })
    }
}

/// Returns the account of an ARN: `arn:aws:lambda:REGION:ACCOUNT:function:NAME`.
fn account(arn: &str) -> Option<String> {
    arn.split(':').nth(4).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use connect_pin_sms::config::PinKeyMode;

    use super::*;

    /// The variables that main.tf gives a function with the module's defaults.
    fn variables(more: &[(&str, &str)]) -> HashMap<String, String> {
        [
            ("MEMBER_TABLE_NAME", "campaign_member_table"),
            ("BENEFITS_TABLE_NAME", "campaign_benefits_table"),
            ("ATTEMPTS_TABLE_NAME", "campaign_attempts_table"),
            ("SMS_TYPE", "Transactional"),
            ("PIN_KEY_MODE", "plain"),
        ]
        .iter()
        .chain(more)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
    }

    #[test]
    fn tables_keys_and_log_group_are_those_of_the_function() {
        let facts = Facts::of(Configuration {
            name: "spring".to_owned(),
            arn: Some("arn:aws:lambda:ap-northeast-1:123456789012:function:spring".to_owned()),
            log_group: None,
            variables: variables(&[
                ("MEMBER_KEY_ATTRIBUTE", "tel"),
                ("PIN_KEY_MODE", "hmac"),
                ("PIN_PEPPER_KMS_KEY_ID", "alias/pepper"),
            ]),
        })
        .unwrap();
        assert_eq!(facts.settings.member_table, "campaign_member_table");
        assert_eq!(facts.settings.member_key.as_str(), "tel");
        assert_eq!(facts.settings.benefits_key.as_str(), "pinCode");
        assert_eq!(facts.settings.pin_keys, PinKeyMode::Hmac);
        assert_eq!(facts.account.as_deref(), Some("123456789012"));
        assert_eq!(facts.log_group, "/aws/lambda/spring");
    }

    #[test]
    fn another_function_is_named_with_the_missing_setting() {
        let error = Facts::of(Configuration {
            name: "other".to_owned(),
            ..Configuration::default()
        })
        .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the function other must have the settings")
        );
        assert_eq!(
            error.source().unwrap().to_string(),
            "environment variable MEMBER_TABLE_NAME must be set"
        );
    }
}
