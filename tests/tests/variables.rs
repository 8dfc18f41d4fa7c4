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
    let cases: [(&str, Value, &str); 14] = [
        ("instance_alias", json!("d-line"), "does not begin with"),
        (
            "instance_alias",
            json!("a b"),
            "letters, digits and inner hyphens",
        ),
        ("language", json!("fr"), "language is \"ja\" or \"en\""),
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
        ("texts", json!({ "sent": " " }), "1 to 3000 characters"),
    ];
    for (variable, value, sentence) in cases {
        let said = refusal(&module, variable, value.clone()).await;
        assert!(said.contains(sentence), "{variable} = {value}: {said}");
    }
    let said = refusal(&module, "lambda_package", json!({ "path": "/no/such.zip" })).await;
    assert!(said.contains("cargo run -- package"), "{said}");
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
