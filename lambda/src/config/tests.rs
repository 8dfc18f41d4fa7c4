use super::*;
use crate::rules::phone::PhoneNumber;

/// The smallest valid environment.
const VALID: [(&str, &str); 3] = [
    ("MEMBER_TABLE_NAME", "campaign_member_table"),
    ("BENEFITS_TABLE_NAME", "campaign_benefits_table"),
    ("SMS_TYPE", "Promotional"),
];

/// Reads the valid environment with some variables changed (`None`: removed).
fn read_with(changes: &[(&str, Option<&str>)]) -> Result<Settings, ConfigError> {
    Settings::read(|variable| {
        if let Some((_, value)) = changes.iter().find(|(name, _)| *name == variable) {
            return value.map(str::to_owned);
        }
        VALID
            .iter()
            .find(|(name, _)| *name == variable)
            .map(|(_, value)| (*value).to_owned())
    })
}

fn read(name: &str, value: &str) -> Settings {
    read_with(&[(name, Some(value))]).unwrap()
}

#[test]
fn has_a_default_for_nearly_everything() {
    let settings = read_with(&[]).unwrap();
    assert_eq!(settings.member_table, "campaign_member_table");
    assert_eq!(settings.benefits_table, "campaign_benefits_table");
    assert_eq!(settings.attempts_table, None);
    assert_eq!(settings.member_key.as_str(), "phone");
    assert_eq!(settings.benefits_key.as_str(), "pinCode");
    let limits = Limits {
        per_hour: 5,
        per_day: 10,
        all_members_per_hour: 300,
        sms_per_day: 2,
    };
    assert_eq!(settings.limits, limits);
    let default = SmsTemplate::parse(SmsTemplate::DEFAULT).unwrap();
    assert_eq!(settings.policy.templates, Templates::one(default));
    assert_eq!(settings.policy.hosts, Hosts::default());
    assert_eq!(settings.policy.pin_min_length, 1);
    assert_eq!(settings.policy.unknown_caller, UnknownCaller::Announce);
    let allowed = |number| {
        let number = PhoneNumber::parse(number).unwrap();
        settings.policy.destinations.allow(&number)
    };
    assert!(allowed("+819011112222") && allowed("+81312345678") && !allowed("+12025550100"));
    assert_eq!(settings.pin_keys, PinKeyMode::Plain);
    assert_eq!(settings.pepper_kms_key, None);
    assert_eq!(settings.sms_backend, SmsBackend::Sns);
    assert_eq!(settings.sms, SmsOptions::of_type(SmsType::Promotional));
}

#[test]
fn an_empty_value_counts_as_not_set_where_a_setting_is_optional() {
    let optional = [
        "MEMBER_KEY_ATTRIBUTE",
        "BENEFITS_KEY_ATTRIBUTE",
        "ATTEMPTS_TABLE_NAME",
        "ATTEMPTS_PER_HOUR",
        "ATTEMPTS_PER_DAY",
        "WRONG_PINS_PER_HOUR",
        "SMS_PER_DAY",
        "SMS_TEMPLATES",
        "SMS_COUNTRY_PREFIXES",
        "SMS_MOBILE_PATTERN",
        "URL_HOSTS",
        "PIN_MIN_LENGTH",
        "UNKNOWN_CALLER",
        "PIN_KEY_MODE",
        "PIN_PEPPER_KMS_KEY_ID",
        "PIN_PEPPER_SSM_PARAMETER",
        "SMS_BACKEND",
        "SMS_SENDER_ID",
        "SMS_ORIGINATION_NUMBER",
        "SMS_MAX_PRICE",
    ];
    let empty = optional.map(|name| (name, Some("")));
    let settings = read_with(&empty).unwrap();
    let default = read_with(&[]).unwrap();
    assert_eq!(format!("{settings:?}"), format!("{default:?}"));
}

#[test]
fn reads_every_setting() {
    let arn = "arn:aws:dynamodb:ap-northeast-1:000000000000:table/members";
    assert_eq!(read("MEMBER_TABLE_NAME", arn).member_table, arn);
    let key = read("MEMBER_KEY_ATTRIBUTE", "number").member_key;
    assert_eq!(key.as_str(), "number");
    let key = read("BENEFITS_KEY_ATTRIBUTE", "code.v2").benefits_key;
    assert_eq!(key.as_str(), "code.v2");
    let attempts = read("ATTEMPTS_TABLE_NAME", "attempts").attempts_table;
    assert_eq!(attempts.as_deref(), Some("attempts"));
    assert_eq!(read("ATTEMPTS_PER_HOUR", "3").limits.per_hour, 3);
    assert_eq!(read("ATTEMPTS_PER_DAY", "6").limits.per_day, 6);
    assert_eq!(
        read("WRONG_PINS_PER_HOUR", "50")
            .limits
            .all_members_per_hour,
        50
    );
    assert_eq!(read("SMS_PER_DAY", "1").limits.sms_per_day, 1);
    assert_eq!(read("PIN_MIN_LENGTH", "6").policy.pin_min_length, 6);
    let uniform = read("UNKNOWN_CALLER", "uniform").policy.unknown_caller;
    assert_eq!(uniform, UnknownCaller::Uniform);
    let text = |text| SmsTemplate::parse(text).unwrap();
    assert_eq!(
        read("SMS_TEMPLATE", "here: {url}").policy.templates.default,
        text("here: {url}")
    );
    let templates = read(
        "SMS_TEMPLATES",
        r#"{"ja":"こちら {url}","en":"Here {url}"}"#,
    )
    .policy
    .templates;
    assert_eq!(templates.of(Some("ja-JP")), &text("こちら {url}"));
    assert_eq!(templates.of(None), &text(SmsTemplate::DEFAULT));
    assert_eq!(
        read("SMS_TYPE", "Transactional").sms.sms_type,
        SmsType::Transactional
    );
    assert_eq!(
        read("SMS_SENDER_ID", "Campaign1").sms.sender_id,
        SenderId::parse("Campaign1")
    );
    let origination = read("SMS_ORIGINATION_NUMBER", "+815012345678")
        .sms
        .origination;
    assert_eq!(origination, OriginationNumber::parse("+815012345678"));
    assert_eq!(
        read("SMS_MAX_PRICE", "0.25").sms.max_price,
        MaxPrice::parse("0.25")
    );
    assert_eq!(
        read("SMS_BACKEND", "end_user_messaging").sms_backend,
        SmsBackend::EndUserMessaging
    );

    let pepper = ("PIN_PEPPER_KMS_KEY_ID", Some("alias/pepper"));
    for (mode, keys) in [("hmac", PinKeyMode::Hmac), ("plain", PinKeyMode::Plain)] {
        let settings = read_with(&[pepper, ("PIN_KEY_MODE", Some(mode))]).unwrap();
        assert_eq!(settings.pin_keys, keys);
        assert_eq!(settings.pepper_kms_key.as_deref(), Some("alias/pepper"));
    }
}

#[test]
fn names_the_variable_at_fault() {
    let long = format!("{{url}}{}", "あ".repeat(202));
    let long_for_one = format!(r#"{{"ja":"{long}"}}"#);
    let long_name = "k".repeat(256);
    for (name, values) in [
        (
            "MEMBER_TABLE_NAME",
            &[None, Some(""), Some("ab"), Some("a table"), Some("表表表")][..],
        ),
        ("BENEFITS_TABLE_NAME", &[None, Some(""), Some("a/b/c")]),
        ("MEMBER_KEY_ATTRIBUTE", &[Some("id"), Some(&long_name)]),
        (
            "BENEFITS_KEY_ATTRIBUTE",
            &[Some("campaignUrl"), Some("redeemed"), Some(&long_name)],
        ),
        ("ATTEMPTS_TABLE_NAME", &[Some("ab"), Some("a table")]),
        (
            "ATTEMPTS_PER_HOUR",
            &[
                Some("0"),
                Some("101"),
                Some("-1"),
                Some("five"),
                Some("+5"),
                Some("5.0"),
            ],
        ),
        ("ATTEMPTS_PER_DAY", &[Some("0"), Some("1001")]),
        ("WRONG_PINS_PER_HOUR", &[Some("0"), Some("99999999999")]),
        ("SMS_PER_DAY", &[Some("0"), Some("101")]),
        ("PIN_MIN_LENGTH", &[Some("0"), Some("17")]),
        ("UNKNOWN_CALLER", &[Some("Announce"), Some("silent")]),
        ("PIN_KEY_MODE", &[Some("sha256"), Some("hmac")]),
        ("PIN_PEPPER_SSM_PARAMETER", &[Some("/line/pepper")]),
        (
            "SMS_TEMPLATE",
            &[
                Some(""),
                Some("no address"),
                Some("{url} {pin}"),
                Some(&long),
            ],
        ),
        (
            "SMS_TEMPLATES",
            &[
                Some("{"),
                Some("[]"),
                Some(r#"{"ja":1}"#),
                Some(r#"{"ja":"no address"}"#),
                Some(&long_for_one),
            ],
        ),
        (
            "SMS_COUNTRY_PREFIXES",
            &[Some("81"), Some("+81,"), Some("*")],
        ),
        ("SMS_MOBILE_PATTERN", &[Some("(")]),
        ("URL_HOSTS", &[Some(","), Some("https://a.example")]),
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
        ("SMS_ORIGINATION_NUMBER", &[Some("1234"), Some("+81-50")]),
        ("SMS_MAX_PRICE", &[Some("0"), Some("-1"), Some("free")]),
        ("SMS_BACKEND", &[Some("SNS"), Some("pinpoint")]),
    ] {
        for value in values {
            let error = read_with(&[(name, *value)]).unwrap_err();
            assert_eq!(error.name, name, "{value:?}");
            let said = error.to_string();
            assert!(
                said.starts_with(&format!("environment variable {name} ")),
                "{said}"
            );
        }
    }
}

/// A plan refuses only texts that are certainly too long. If others kept the function from starting, it would
/// answer no caller, not even those whose campaign has its own text.
#[test]
fn a_text_of_four_parts_is_read_and_never_sent() {
    use crate::rules::url::CampaignUrl;

    // Cyrillic letters are in no GSM alphabet, so three parts hold 201 of them.
    let long = format!("{} {{url}}", "ж".repeat(202));
    let url = CampaignUrl::parse("https://example.com/").unwrap();
    let one = read("SMS_TEMPLATE", &long).policy.templates;
    assert_eq!(one.of(None).render(&url), None);
    let own = serde_json::json!({ "ru": long }).to_string();
    let own = read("SMS_TEMPLATES", &own).policy.templates;
    assert_eq!(own.of(Some("ru")).render(&url), None);
    assert!(own.of(None).render(&url).is_some());
}

#[test]
fn errors_say_what_a_value_must_be() {
    for (name, value, said) in [
        (
            "SMS_TEMPLATE",
            "{url} {pin}",
            "environment variable SMS_TEMPLATE must contain no placeholder but {url}, had {pin}",
        ),
        (
            "SMS_TEMPLATES",
            r#"{"ja":"{url}","en":"no address"}"#,
            "environment variable SMS_TEMPLATES has a text for en, which must contain {url}",
        ),
        (
            "MEMBER_KEY_ATTRIBUTE",
            "id",
            "environment variable MEMBER_KEY_ATTRIBUTE must be an attribute without another use, was id",
        ),
        (
            "SMS_BACKEND",
            "pinpoint",
            "environment variable SMS_BACKEND must be sns or end_user_messaging, was 'pinpoint'",
        ),
        (
            "PIN_PEPPER_SSM_PARAMETER",
            "/line/pepper",
            "environment variable PIN_PEPPER_SSM_PARAMETER must not be set, since it was removed: set \
             PIN_PEPPER_KMS_KEY_ID to a KMS key for HMAC_256, and with PIN_KEY_MODE hmac write all \
             rows of the benefits table again",
        ),
        (
            "ATTEMPTS_PER_HOUR",
            "0",
            "environment variable ATTEMPTS_PER_HOUR must be a whole number from 1 to 100, was '0'",
        ),
    ] {
        assert_eq!(
            read_with(&[(name, Some(value))]).unwrap_err().to_string(),
            said
        );
    }
}
