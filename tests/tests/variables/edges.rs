//! Values at the limits of what is allowed, and the function's settings that they lead to.

use connect_pin_sms::config::{PinKeyMode, Settings, SmsBackend};
use connect_pin_sms::rules::attempts::Limits;
use connect_pin_sms::rules::outcome::UnknownCaller;
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::sms_options::{
    MaxPrice, OriginationNumber, SenderId, SmsOptions, SmsType,
};
use connect_pin_sms::rules::sms_template::SmsTemplate;
use connect_pin_sms::rules::url::Hosts;
use serde_json::{Map, Value, json};

use super::KEY;

pub(crate) type Check = fn(&Settings);

/// Returns inputs of the module, each with a check of the function's settings.
pub(crate) fn edges() -> Vec<(Value, Check)> {
    let queue = "arn:aws:connect:ap-northeast-1:123456789012:instance/i/queue/q";
    let to_queue = json!({ "queue_arn": queue });
    vec![
        (
            json!({
                "languages": ["ja", "en", "fr"],
                "texts": { "fr": french() },
                "voices": { "fr": { "name": "Lea", "engine": "Neural", "language_code": "fr-FR" } },
                "fallbacks": { "withheld": { "phone_number": "+81312345678" }, "locked": to_queue },
                "outbound_calls_enabled": true,
                "unknown_caller": "uniform",
                "pin": { "min_length": 8, "key_mode": "hmac", "pepper": { "kms_key_arn": KEY } },
                "guessing": {
                    "wrong_pins_per_caller_per_hour": 99,
                    "wrong_pins_per_caller_per_day": 100,
                    "wrong_pins_per_hour": 1_000_000,
                },
                "tables": {
                    "member_table_name": "mem", "member_key_attribute": "電話番号",
                    "benefits_table_name": "b".repeat(255), "benefits_key_attribute": "code.v2",
                    "attempts_table_name": "a-t_t.s",
                },
                "sms": {
                    // 101 and 359 characters: with a URL of 100 characters, exactly three parts.
                    "template": format!("{} {{url}}", "あ".repeat(100)),
                    "templates": { "en": format!("{}\n{{url}}", "a".repeat(358)),
                                   // 177 characters of two units each and a blank; two units are left.
                                   "fr": format!("{} {{url}}", "[".repeat(177)) },
                    "backend": "end_user_messaging",
                    "country_prefixes": ["+81", "+123456789012345"],
                    "mobile_pattern": MOBILE,
                    "origination_number": "+123456789012345",
                    "max_price": 99.99999,
                    "per_member_per_day": 100,
                    "sender_id": "ABCdef12345",
                    "type": "Transactional",
                    "url_hosts": ["example.com", "a.example.co.jp"],
                },
            }),
            everything_is_read,
        ),
        (
            json!({
                "guessing": { "enabled": false },
                "pin": { "key_mode": "hmac", "pepper": { "kms_key_arn": KEY } },
                "sms": { "max_price": 0.00001, "origination_number": "12345", "mobile_pattern": "" },
            }),
            |settings| {
                assert_eq!(settings.attempts_table, None);
                assert_eq!(settings.pin_keys, PinKeyMode::Hmac);
                assert_eq!(settings.pepper_kms_key.as_deref(), Some(KEY));
                assert_eq!(settings.sms.max_price, MaxPrice::parse("0.00001"));
                assert_eq!(settings.sms.origination, OriginationNumber::parse("12345"));
                assert!(allows(settings, "+81312345678"));
            },
        ),
        (
            json!({
                "pin": { "pepper": { "kms_key_arn": KEY } },
                "sms": { "max_price": 1, "origination_number": "12345678",
                         "mobile_pattern": "^\\+8190.*$|\\+8180\\d{8}" },
            }),
            |settings| {
                assert_eq!(settings.pin_keys, PinKeyMode::Plain);
                assert_eq!(settings.pepper_kms_key.as_deref(), Some(KEY));
                assert_eq!(settings.sms.max_price, MaxPrice::parse("1"));
                let short = OriginationNumber::parse("12345678");
                assert_eq!(settings.sms.origination, short);
                assert!(allows(settings, "+819012345678"));
                assert!(allows(settings, "+818012345678"));
                assert!(!allows(settings, "+817012345678"));
            },
        ),
        (json!({}), |settings| {
            assert_eq!(
                settings.attempts_table.as_deref(),
                Some("campaign_attempts_table")
            );
            assert_eq!(settings.pepper_kms_key, None);
            assert_eq!(settings.sms_backend, SmsBackend::Sns);
            assert_eq!(settings.sms, SmsOptions::of_type(SmsType::Promotional));
            assert_eq!(settings.policy.unknown_caller, UnknownCaller::Announce);
            assert_eq!(
                settings.policy.templates.default,
                template(SmsTemplate::DEFAULT)
            );
            let Limits {
                per_hour,
                per_day,
                all_members_per_hour,
                sms_per_day,
            } = settings.limits;
            assert_eq!(
                (per_hour, per_day, all_members_per_hour, sms_per_day),
                (5, 10, 300, 2)
            );
            assert!(allows(settings, "+819012345678") && !allows(settings, "+12025550123"));
            // Japan's numbering plan: mobile numbers begin with 060, 070, 080 and 090. Land lines,
            // 0800 and 050 cannot receive messages.
            for (number, allowed) in [
                ("+816012345678", true),
                ("+817012345678", true),
                ("+818012345678", true),
                ("+81312345678", false),
                ("+815012345678", false),
                ("+81800123456", false),
                ("+818001234567", false),
                ("+8190123456789", false),
            ] {
                assert_eq!(allows(settings, number), allowed, "{number}");
            }
        }),
        (texts_of_characters_with_two_units(), |settings| {
            use connect_pin_sms::rules::url::CampaignUrl;

            let url = format!("https://example.com/{}", "x".repeat(80));
            let url = CampaignUrl::parse(&url).expect("100 characters");
            let rendered = |language| settings.policy.templates.of(language).render(&url);
            assert!(rendered(Some("ja")).is_some() && rendered(Some("en")).is_some());
            assert_eq!(rendered(None), None, "SMS_TOO_LONG");
        }),
        // By default, messages go to the country of the line's number.
        (
            json!({ "phone_number": { "country_code": "US" } }),
            |settings| {
                assert!(allows(settings, "+12025550123"));
                assert!(!allows(settings, "+819012345678") && !allows(settings, "+442079460000"));
            },
        ),
        (
            json!({ "phone_number": { "country_code": "PR" } }),
            |settings| {
                assert!(allows(settings, "+17875550123") && allows(settings, "+19395550123"));
                assert!(!allows(settings, "+12025550123"));
            },
        ),
        (
            json!({ "phone_number": { "existing": { "id": "n", "number": "+442079460000" } } }),
            |settings| {
                assert!(allows(settings, "+447700900123") && !allows(settings, "+819012345678"));
            },
        ),
        (
            json!({ "phone_number": { "country_code": "US" },
                    "sms": { "country_prefixes": ["+81", "+49"] } }),
            |settings| {
                assert!(allows(settings, "+819012345678") && allows(settings, "+4915112345678"));
                assert!(!allows(settings, "+81312345678") && !allows(settings, "+12025550123"));
            },
        ),
        // The message is in the line's language. A line end at the end of a text is removed.
        (json!({ "languages": ["en"] }), |settings| {
            for language in [Some("en"), None] {
                let text = settings.policy.templates.of(language);
                assert_eq!(text, &template(&shipped_message("en")), "{language:?}");
            }
        }),
        (json!({ "languages": ["ja", "en"] }), |settings| {
            let templates = &settings.policy.templates;
            assert_eq!(templates.of(Some("ja")), &template(SmsTemplate::DEFAULT));
            assert_eq!(templates.of(Some("en")), &template(&shipped_message("en")));
        }),
        (
            json!({ "languages": ["ja", "en"],
                    "sms": { "template": "春\r\n{url}\r\n", "templates": { "en": "Spring {url}\n" } } }),
            |settings| {
                let templates = &settings.policy.templates;
                assert_eq!(templates.of(Some("ja")), &template("春\n{url}"));
                assert_eq!(templates.of(Some("en")), &template("Spring {url}"));
            },
        ),
        (
            json!({ "languages": ["ja", "en"], "sms": { "templates": { "ja": "春 {url}" } } }),
            |settings| {
                let templates = &settings.policy.templates;
                assert_eq!(templates.of(Some("ja")), &template("春 {url}"));
                assert_eq!(templates.of(Some("en")), &template(&shipped_message("en")));
            },
        ),
    ]
}

/// Returns texts whose characters need more than one unit. Three parts have 3 x 153 units of the GSM alphabet,
/// in which a bracket needs two, or 3 x 67 units of UTF-16, in which an emoji needs two; neither is split
/// between parts (3GPP TS 23.038). With a URL of 100 characters, `ja` and `en` fill three parts exactly. The
/// default text is too long, because Cyrillic letters are not in the GSM alphabet.
fn texts_of_characters_with_two_units() -> Value {
    let emoji = |count| "😀".repeat(count);
    let brackets = |count| "[".repeat(count);
    json!({
        "languages": ["ja", "en"],
        "sms": {
            "template": format!("{} {{url}}", "ж".repeat(358)),
            "templates": {
                "ja": format!("{{url}} a{}b{}", emoji(16), emoji(33)),
                "en": format!("{{url}} {}a{}b{}", brackets(26), brackets(76), brackets(76)),
            },
        },
    })
}

fn everything_is_read(settings: &Settings) {
    assert_eq!(settings.member_table, "mem");
    assert_eq!(settings.member_key.as_str(), "電話番号");
    assert_eq!(settings.benefits_table, "b".repeat(255));
    assert_eq!(settings.benefits_key.as_str(), "code.v2");
    assert_eq!(settings.attempts_table.as_deref(), Some("a-t_t.s"));
    let Limits {
        per_hour,
        per_day,
        all_members_per_hour,
        sms_per_day,
    } = settings.limits;
    assert_eq!(
        (per_hour, per_day, all_members_per_hour, sms_per_day),
        (99, 100, 1_000_000, 100)
    );
    assert_eq!(settings.pin_keys, PinKeyMode::Hmac);
    assert_eq!(settings.pepper_kms_key.as_deref(), Some(KEY));
    assert_eq!(settings.sms_backend, SmsBackend::EndUserMessaging);
    assert_eq!(settings.sms.sms_type, SmsType::Transactional);
    assert_eq!(settings.sms.sender_id, SenderId::parse("ABCdef12345"));
    let number = OriginationNumber::parse("+123456789012345");
    assert_eq!(settings.sms.origination, number);
    assert_eq!(settings.sms.max_price, MaxPrice::parse("99.99999"));

    let policy = &settings.policy;
    assert_eq!(policy.pin_min_length, 8);
    assert_eq!(policy.unknown_caller, UnknownCaller::Uniform);
    assert_eq!(
        Some(&policy.hosts),
        Hosts::parse("example.com,a.example.co.jp").as_ref()
    );
    for (language, text) in [
        (None, format!("{} {{url}}", "あ".repeat(100))),
        (Some("en"), format!("{}\n{{url}}", "a".repeat(358))),
        (Some("fr"), format!("{} {{url}}", "[".repeat(177))),
    ] {
        assert_eq!(policy.templates.of(language), &template(&text));
    }
    for (number, allowed) in [
        ("+819012345678", true),
        ("+8190123456789", false),
        ("+81312345678", false),
        ("+81500", true),
        ("+12025550123", false),
    ] {
        assert_eq!(allows(settings, number), allowed, "{number}");
    }
}

/// A pattern with every kind of syntax that a pattern can have.
const MOBILE: &str = r"^\+81(?:[6-9]0|[^+\d1-4]{0,2}\D{0,})([1-9]\d{7}|\d{7,7}.)$|\+8150[0]{1}?";

/// Returns a French text for each shipped one.
pub(crate) fn french() -> Map<String, Value> {
    let japanese = shipped("ja");
    let texts = japanese["texts"].as_object().expect("texts is an object");
    let word = |name: &String| (name.clone(), json!("{key}"));
    texts.keys().map(word).collect()
}

/// Returns the shipped file of a language.
fn shipped(language: &str) -> Value {
    let path = local_harness::repository()
        .expect("the repository is found")
        .join(format!("flows/texts/{language}.json"));
    let file = std::fs::read_to_string(path).expect("the language has a file");
    serde_json::from_str(&file).expect("the file is JSON")
}

/// Returns the shipped message of a language.
fn shipped_message(language: &str) -> String {
    let file = shipped(language);
    file["sms"]
        .as_str()
        .expect("the language has a message")
        .to_owned()
}

fn template(text: &str) -> SmsTemplate {
    SmsTemplate::parse(text).expect("the text is a valid template")
}

fn allows(settings: &Settings, number: &str) -> bool {
    let number = PhoneNumber::parse(number).expect("the number is valid");
    settings.policy.destinations.allow(&number)
}
