//! Tells what of a table's row the function could not use, by the function's own rules.

use connect_pin_sms::config::{PinKeyMode, Settings};
use connect_pin_sms::rows::{self, Row};
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::pin::Pin;
use connect_pin_sms::rules::row_fault::RowFault;

use super::pin;

/// The reason why a row is of no use to the function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The function refuses the row.
    #[error("{0}")]
    Row(RowFault),
    /// Callers' numbers are in E.164, so no caller has this key.
    #[error(
        "the key must be a number in E.164, such as +819012345678, so that a caller can have it"
    )]
    NoNumber,
    /// The member may not receive messages.
    #[error(
        "the number must be one that the line sends messages to (sms.country_prefixes, sms.mobile_pattern)"
    )]
    NoDestination,
    /// Callers cannot key it in.
    #[error("the key must be a PIN of 1 to 16 digits, since pin.key_mode is plain")]
    NoPin,
    /// The function refuses the PIN before it looks it up.
    #[error("the PIN must have at least {fewest} digits (pin.min_length), but has {digits}")]
    ShortPin { fewest: usize, digits: usize },
    /// The key is the PIN itself, or was made in another way.
    #[error(
        "the key must be a MAC of 64 hexadecimal digits, since pin.key_mode is hmac: load the row again"
    )]
    NoMac,
    /// The message cannot be sent.
    #[error("the text with its URL must fit into 3 parts of an SMS")]
    TooLong,
}

/// Returns the reason why the function cannot use a row of the member table, if there is one.
pub fn member(key: &str, row: Row, settings: &Settings) -> Option<Unusable> {
    let Some(number) = PhoneNumber::parse(key) else {
        return Some(Unusable::NoNumber);
    };
    if let Err(fault) = rows::member(row) {
        return Some(Unusable::Row(fault));
    }
    let allowed = settings.policy.destinations.allow(&number);
    (!allowed).then_some(Unusable::NoDestination)
}

/// Returns the reason why the function cannot use a row of the benefits table, if there is one.
pub fn campaign(key: &str, row: Row, settings: &Settings) -> Option<Unusable> {
    if let Some(fault) = pin_key(key, settings) {
        return Some(fault);
    }
    let campaign = match rows::campaign(row) {
        Ok(campaign) => campaign,
        Err(fault) => return Some(Unusable::Row(fault)),
    };
    let policy = &settings.policy;
    if !policy.hosts.allow(&campaign.url) {
        return Some(Unusable::Row(RowFault::HostNotAllowed));
    }
    if campaign.rules.single_use_per_member && settings.attempts_table.is_none() {
        return Some(Unusable::Row(RowFault::NoAttemptsTable));
    }
    let fits = match &campaign.message {
        Some(message) => message.render(&campaign.url).is_some(),
        None => std::iter::once(&policy.templates.default)
            .chain(policy.templates.by_language.values())
            .all(|template| template.render(&campaign.url).is_some()),
    };
    (!fits).then_some(Unusable::TooLong)
}

fn pin_key(key: &str, settings: &Settings) -> Option<Unusable> {
    match settings.pin_keys {
        PinKeyMode::Plain => match Pin::parse(key) {
            None => Some(Unusable::NoPin),
            Some(pin) if pin.digits() < settings.policy.pin_min_length => {
                Some(Unusable::ShortPin {
                    fewest: settings.policy.pin_min_length,
                    digits: pin.digits(),
                })
            }
            Some(_) => None,
        },
        PinKeyMode::Hmac => (!pin::is_mac(key)).then_some(Unusable::NoMac),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;

    fn settings(more: &[(&str, &str)]) -> Settings {
        Settings::read(|name| {
            let of_test = more.iter().find(|(known, _)| *known == name);
            let fixed = [
                ("MEMBER_TABLE_NAME", "members"),
                ("BENEFITS_TABLE_NAME", "benefits"),
                ("ATTEMPTS_TABLE_NAME", "attempts"),
                ("SMS_TYPE", "Transactional"),
                ("SMS_MOBILE_PATTERN", r"\+81[6789]0[1-9]\d{7}"),
            ];
            let fixed = fixed.into_iter().find(|(known, _)| *known == name);
            of_test
                .copied()
                .or(fixed)
                .map(|(_, value)| value.to_owned())
        })
        .unwrap()
    }

    fn row(attributes: &[(&str, &str)]) -> Row {
        let texts = attributes.iter();
        texts
            .map(|(name, text)| ((*name).to_owned(), AttributeValue::S((*text).to_owned())))
            .collect()
    }

    /// The rules are those of docs/data.md: E.164, an id that is not -1, and numbers that may receive a
    /// message (docs/reference.md, sms).
    #[test]
    fn members_are_judged_by_the_functions_rules() {
        let settings = settings(&[]);
        let judge = |key: &str, id: &str| member(key, row(&[("id", id)]), &settings);
        assert_eq!(judge("+819011112222", "7"), None);
        assert_eq!(judge("09011112222", "7"), Some(Unusable::NoNumber));
        assert_eq!(judge("+81311112222", "7"), Some(Unusable::NoDestination));
        let fault = judge("+819011112222", "-1");
        assert_eq!(fault, Some(Unusable::Row(RowFault::ReservedId)));
        let none = member("+819011112222", Row::new(), &settings);
        assert_eq!(none, Some(Unusable::Row(RowFault::Missing)));
    }

    #[test]
    fn campaigns_are_judged_by_the_functions_rules_and_settings() {
        let url = "https://example.com/a";
        let plain = settings(&[("PIN_MIN_LENGTH", "4"), ("URL_HOSTS", "example.com")]);
        let judge = |key: &str, attributes: &[(&str, &str)], settings: &Settings| {
            campaign(key, row(attributes), settings)
        };
        assert_eq!(judge("0042", &[("campaignUrl", url)], &plain), None);
        assert_eq!(
            judge("x", &[("campaignUrl", url)], &plain),
            Some(Unusable::NoPin)
        );
        let short = Unusable::ShortPin {
            fewest: 4,
            digits: 2,
        };
        assert_eq!(judge("42", &[("campaignUrl", url)], &plain), Some(short));
        let other = judge("0042", &[("campaignUrl", "https://other.example/")], &plain);
        assert_eq!(other, Some(Unusable::Row(RowFault::HostNotAllowed)));
        let long = "あ".repeat(250) + "{url}";
        let long = judge("0042", &[("campaignUrl", url), ("message", &long)], &plain);
        assert!(matches!(
            long,
            Some(Unusable::TooLong | Unusable::Row(RowFault::Message(_)))
        ));
        let number = judge(
            "0042",
            &[("campaignUrl", url), ("expiresAt", "soon")],
            &plain,
        );
        assert!(matches!(
            number,
            Some(Unusable::Row(RowFault::NotUsable {
                name: "expiresAt",
                ..
            }))
        ));

        let hmac = settings(&[
            ("PIN_KEY_MODE", "hmac"),
            ("PIN_PEPPER_KMS_KEY_ID", "alias/p"),
        ]);
        assert_eq!(
            judge("0042", &[("campaignUrl", url)], &hmac),
            Some(Unusable::NoMac)
        );
        let mac = "0123456789abcdef".repeat(4);
        assert_eq!(judge(&mac, &[("campaignUrl", url)], &hmac), None);
    }
}
