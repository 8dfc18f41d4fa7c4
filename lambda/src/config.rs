//! The function's settings, out of its environment.

use crate::message::SmsTemplate;

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `MEMBER_TABLE_NAME`: phone number to member id.
    pub member_table: String,
    /// `BENEFITS_TABLE_NAME`: PIN to campaign page.
    pub benefits_table: String,
    /// `SMS_TEMPLATE`, or the default text.
    pub template: SmsTemplate,
    /// `SMS_TYPE`. SNS's own default depends on whom one asks, so there is none here.
    pub sms_type: SmsType,
    /// `SMS_SENDER_ID`, if the destination country has sender ids; empty is the same as absent.
    pub sender_id: Option<SenderId>,
}

/// How SNS routes and bills a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsType {
    /// Cheapest way.
    Promotional,
    /// Most reliable way.
    Transactional,
}

impl SmsType {
    /// SNS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Promotional => "Promotional",
            Self::Transactional => "Transactional",
        }
    }
}

/// The name a handset shows as the sender: 3 to 11 letters and digits, a letter among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderId(String);

impl SenderId {
    /// Reads a sender id.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = (3..=11).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && text.bytes().any(|byte| byte.is_ascii_alphabetic());
        well_formed.then(|| Self(text.to_owned()))
    }

    /// The sender id as SNS takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A variable that keeps the function from starting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {name} {problem}")]
pub struct ConfigError {
    /// Its name.
    pub name: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl Settings {
    /// Reads the settings. `variable` gives the value of a variable, or nothing when it is not set.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let required = |name| variable(name).ok_or_else(|| invalid(name, "is not set"));
        let table = |name| {
            let value: String = required(name)?;
            if is_table_name(&value) {
                Ok(value)
            } else {
                Err(invalid(name, "is no table name"))
            }
        };
        let template = variable("SMS_TEMPLATE");
        let template = template.as_deref().unwrap_or(SmsTemplate::DEFAULT);
        Ok(Self {
            member_table: table("MEMBER_TABLE_NAME")?,
            benefits_table: table("BENEFITS_TABLE_NAME")?,
            template: SmsTemplate::parse(template)
                .map_err(|fault| invalid("SMS_TEMPLATE", fault))?,
            sms_type: match required("SMS_TYPE")?.as_str() {
                "Promotional" => SmsType::Promotional,
                "Transactional" => SmsType::Transactional,
                _ => {
                    return Err(invalid(
                        "SMS_TYPE",
                        "is neither Promotional nor Transactional",
                    ));
                }
            },
            sender_id: match variable("SMS_SENDER_ID").as_deref() {
                None | Some("") => None,
                Some(text) => Some(SenderId::parse(text).ok_or_else(|| {
                    invalid(
                        "SMS_SENDER_ID",
                        "is not 3 to 11 letters and digits with a letter",
                    )
                })?),
            },
        })
    }
}

/// DynamoDB takes a table's name or its ARN.
fn is_table_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if text.starts_with("arn:") {
        return text.len() <= 1024
            && text
                .bytes()
                .all(|byte| plain(byte) || b":/".contains(&byte));
    }
    (3..=255).contains(&text.len()) && text.bytes().all(plain)
}

fn invalid(name: &'static str, problem: impl ToString) -> ConfigError {
    ConfigError {
        name,
        problem: problem.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sound environment with one variable changed (`None`: taken away).
    fn read(name: &str, value: Option<&str>) -> Result<Settings, ConfigError> {
        let sound = [
            ("MEMBER_TABLE_NAME", "campaign_member_table"),
            ("BENEFITS_TABLE_NAME", "campaign_benefits_table"),
            ("SMS_TEMPLATE", "here: {url}"),
            ("SMS_TYPE", "Promotional"),
            ("SMS_SENDER_ID", "Campaign1"),
        ];
        Settings::read(|asked| {
            if asked == name {
                return value.map(str::to_owned);
            }
            sound
                .iter()
                .find(|(name, _)| *name == asked)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn reads_a_sound_environment() {
        assert_eq!(
            read("", None).unwrap(),
            Settings {
                member_table: "campaign_member_table".into(),
                benefits_table: "campaign_benefits_table".into(),
                template: SmsTemplate::parse("here: {url}").unwrap(),
                sms_type: SmsType::Promotional,
                sender_id: SenderId::parse("Campaign1"),
            }
        );
    }

    #[test]
    fn has_a_default_text_and_needs_no_sender_id() {
        let default = SmsTemplate::parse(SmsTemplate::DEFAULT).unwrap();
        assert_eq!(read("SMS_TEMPLATE", None).unwrap().template, default);
        assert_eq!(read("SMS_SENDER_ID", None).unwrap().sender_id, None);
        assert_eq!(read("SMS_SENDER_ID", Some("")).unwrap().sender_id, None);
        let transactional = read("SMS_TYPE", Some("Transactional")).unwrap();
        assert_eq!(transactional.sms_type, SmsType::Transactional);
        let arn = "arn:aws:dynamodb:ap-northeast-1:000000000000:table/members";
        assert_eq!(
            read("MEMBER_TABLE_NAME", Some(arn)).unwrap().member_table,
            arn
        );
    }

    #[test]
    fn names_the_variable_at_fault() {
        for (name, values) in [
            (
                "MEMBER_TABLE_NAME",
                &[None, Some(""), Some("ab"), Some("a table"), Some("表表表")][..],
            ),
            ("BENEFITS_TABLE_NAME", &[None, Some(""), Some("a/b/c")]),
            (
                "SMS_TEMPLATE",
                &[Some(""), Some("no address"), Some("{url} {pin}")],
            ),
            (
                "SMS_TYPE",
                &[None, Some(""), Some("promotional"), Some("Other")],
            ),
            (
                "SMS_SENDER_ID",
                &[
                    Some("ab"),
                    Some("123"),
                    Some("has space"),
                    Some("abcdefghijkl"),
                ],
            ),
        ] {
            for value in values {
                let error = read(name, *value).unwrap_err();
                assert_eq!(error.name, name, "{value:?}");
                assert!(
                    error
                        .to_string()
                        .starts_with(&format!("environment variable {name} "))
                );
            }
        }
    }

    #[test]
    fn says_what_is_wrong_with_a_template() {
        assert_eq!(
            read("SMS_TEMPLATE", Some("{url} {pin}"))
                .unwrap_err()
                .to_string(),
            "environment variable SMS_TEMPLATE has a placeholder {pin}, only {url} is known"
        );
    }
}
