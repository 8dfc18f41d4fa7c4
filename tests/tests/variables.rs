//! Values that cannot work fail at plan, with a sentence.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects"
)]

use e2e::{Failure, TestModule};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn invalid_variables_fail_at_plan_with_a_sentence() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    let cases: &[(&str, Value, &str)] = &[
        ("instance_alias", json!("d-line"), "does not begin with"),
        (
            "instance_alias",
            json!("a b"),
            "letters, digits and inner hyphens",
        ),
        ("languages", json!([]), "takes 1 to 5 languages"),
        ("languages", json!(["ja", "ja"]), "each once"),
        ("languages", json!(["fr"]), "any other needs every field"),
        ("name", json!("Line"), "begins with a lower-case letter"),
        (
            "function",
            json!({ "timeout": 9 }),
            "gives up on a function after 8",
        ),
        (
            "function",
            json!({ "memory_size": 64 }),
            "from 128 to 10240",
        ),
        (
            "flow_logs",
            json!({ "retention_in_days": 2 }),
            "CloudWatch Logs knows",
        ),
        (
            "phone_number",
            json!({ "country_code": "jp" }),
            "two-letter ISO code",
        ),
        (
            "pin",
            json!({ "max_length": 17 }),
            "whole number from 1 to 16",
        ),
        (
            "sms",
            json!({ "template": "no place" }),
            "placeholder {url} exactly once",
        ),
        (
            "sms",
            json!({ "sender_id": "12345" }),
            "at least one of them a letter",
        ),
        ("sms_preferences", json!({}), "needs at least one setting"),
        (
            "tables",
            json!({ "member_table_name": "same", "benefits_table_name": "same" }),
            "must differ",
        ),
        (
            "texts",
            json!({ "ja": { "sent": " " } }),
            "1 to 3000 characters",
        ),
        (
            "texts",
            json!({ "ja": { "choose_language": "1" } }),
            "the placeholder {key}",
        ),
        (
            "texts",
            json!({ "en": { "sent": "Done." } }),
            "a language that is not in languages",
        ),
        (
            "sms",
            json!({ "templates": { "en": "{url}" } }),
            "a language that is not in languages",
        ),
        (
            "sms",
            json!({ "template": format!("{}{{url}}", "あ".repeat(102)) }),
            "makes more than 3 parts",
        ),
        (
            "sms",
            json!({ "template": format!("{}{{url}}", "a".repeat(360)) }),
            "makes more than 3 parts",
        ),
        (
            "sms",
            // Each of these counts twice, and their last two units may not fit.
            json!({ "template": format!("{}{{url}}", "[".repeat(179)) }),
            "makes more than 3 parts",
        ),
        (
            "sms",
            json!({ "template": format!("{}{{url}}", "😀".repeat(50)) }),
            "makes more than 3 parts",
        ),
        (
            "sms",
            json!({ "backend": "fax" }),
            "\"sns\" or \"end_user_messaging\"",
        ),
        (
            "sms",
            json!({ "country_prefixes": ["81"] }),
            "with + and the country code",
        ),
        (
            "sms",
            json!({ "mobile_pattern": "(" }),
            "is no regular expression",
        ),
        (
            "sms",
            json!({ "url_hosts": ["https://example.com"] }),
            "without scheme",
        ),
        (
            "sms",
            json!({ "per_member_per_day": 0 }),
            "whole number from 1 to 100",
        ),
        ("sms", json!({ "max_price": 0 }), "above 0"),
        (
            "sms",
            json!({ "origination_number": "+0" }),
            "or a short code",
        ),
        (
            "guessing",
            json!({ "tries_per_call": 0 }),
            "whole number from 1 to 10",
        ),
        (
            "guessing",
            json!({ "wrong_pins_per_caller_per_hour": 11 }),
            "is no smaller than",
        ),
        (
            "guessing",
            json!({ "wrong_pins_per_hour": 1.5 }),
            "from 1 to 1000000",
        ),
        (
            "unknown_caller",
            json!("hidden"),
            "\"announce\" or \"uniform\"",
        ),
        (
            "pin",
            json!({ "min_length": 9 }),
            "whole number from 1 to pin.max_length",
        ),
        (
            "pin",
            json!({ "key_mode": "sha256" }),
            "\"plain\" or \"hmac\"",
        ),
        ("pin", json!({ "key_mode": "hmac" }), "one of them"),
        (
            "pin",
            json!({ "pepper": { "ssm_parameter_name": "/pepper" } }),
            "nothing would use it",
        ),
        (
            "pin",
            json!({ "key_mode": "hmac",
                    "pepper": { "kms_key_arn": "arn:aws:kms:ap-northeast-1:123456789012:alias/a" } }),
            "not of aliases",
        ),
        ("fallbacks", json!({ "locked": {} }), "one of them"),
        (
            "fallbacks",
            json!({ "trouble": { "phone_number": "+81312345678" } }),
            "outbound_calls_enabled = true",
        ),
        (
            "fallbacks",
            json!({ "withheld": { "queue_arn": "BasicQueue" } }),
            "ARN of an Amazon Connect queue",
        ),
    ];
    for (variable, value, sentence) in cases {
        let said = refusal(&module, variable, value.clone()).await;
        assert!(said.contains(sentence), "{variable} = {value}: {said}");
    }
    let nowhere = json!({ "path": "/no/such.zip", "architecture": "x86_64" });
    let said = refusal(&module, "lambda_package", nowhere).await;
    assert!(said.contains("correct lambda_package.path"), "{said}");

    // The zip that the module carries, as in a checkout where nobody has built it.
    std::fs::remove_dir_all(module.terraform.directory().join("dist"))?;
    let said = refusal(&module, "tags", json!({})).await;
    assert!(said.contains("cargo run -- package"), "{said}");
    module.aws.account.shutdown().await;
    Ok(())
}

/// The most that is allowed, and every switch the other way round.
#[tokio::test(flavor = "multi_thread")]
async fn values_at_the_edge_are_taken() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    let queue = "arn:aws:connect:ap-northeast-1:123456789012:instance/i/queue/q";
    let key = "arn:aws:kms:ap-northeast-1:123456789012:key/k";
    let to_queue = json!({ "queue_arn": queue });
    let words = [
        "choose_language",
        "withheld",
        "not_a_member",
        "ask_pin",
        "wrong_pin_again",
        "short_pin_again",
        "no_key_again",
        "wrong_pin",
        "no_key",
        "locked",
        "campaign_over",
        "not_sent",
        "sent",
        "trouble",
        "handing_over",
    ];
    let french: serde_json::Map<String, Value> = words
        .iter()
        .map(|name| ((*name).to_owned(), json!("{key}")))
        .collect();
    let sets = [
        json!({
            "languages": ["ja", "en", "fr"],
            "texts": { "fr": french },
            "voices": { "fr": { "name": "Lea", "engine": "Neural", "language_code": "fr-FR" } },
            "fallbacks": { "withheld": { "phone_number": "+81312345678" }, "locked": to_queue },
            "outbound_calls_enabled": true,
            "unknown_caller": "uniform",
            "pin": { "min_length": 8, "key_mode": "hmac", "pepper": { "kms_key_arn": key } },
            "sms": {
                // 101 and 359 characters, and with a URL of 100 exactly three parts.
                "template": format!("{}{{url}}", "あ".repeat(101)),
                "templates": { "en": format!("{}{{url}}", "a".repeat(359)),
                               // 178 of two units each, and two to spare.
                               "fr": format!("{}{{url}}", "[".repeat(178)) },
                "backend": "end_user_messaging",
                "mobile_pattern": "^\\+81[6789]0",
                "origination_number": "+815012345678",
                "max_price": 0.2,
                "url_hosts": ["example.com", "a.example.co.jp"],
            },
        }),
        json!({
            "guessing": { "enabled": false },
            "pin": { "key_mode": "hmac", "pepper": { "ssm_parameter_name": "/line/pepper",
                                                     "ssm_key_arn": key } },
        }),
    ];
    for set in sets {
        let mut values = set.as_object().cloned().unwrap_or_default();
        values.insert("instance_alias".into(), json!("line"));
        let plan = module.terraform.plan(&values, None).await?;
        let counted = plan.text.contains("aws_dynamodb_table.attempts");
        assert_eq!(counted, set["guessing"].is_null(), "{}", plan.text);
    }
    module.aws.account.shutdown().await;
    Ok(())
}

/// What Terraform says to a value, on one line: it breaks its sentences and frames them.
async fn refusal(module: &TestModule, variable: &str, value: Value) -> String {
    let mut values = serde_json::Map::new();
    values.insert("instance_alias".into(), json!("line"));
    values.insert(variable.into(), value);
    let error = module
        .terraform
        .plan(&values, None)
        .await
        .expect_err("the value cannot work");
    let said = error.child_output().unwrap_or_default().replace('│', " ");
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}
