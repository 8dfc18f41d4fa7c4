//! What may change in a line's settings without anything being lost that cannot be had again: its
//! number, its instance, its tables.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects"
)]

use e2e::{Failure, TestModule, planned};
use serde_json::{Map, Value, json};

/// AWS gives back neither of them, nor the rows of a table.
const IRREPLACEABLE: [&str; 3] = [
    "aws_connect_instance",
    "aws_connect_phone_number",
    "aws_dynamodb_table",
];

fn settings() -> Map<String, Value> {
    let settings = json!({
        "instance_alias": "example-campaign",
        "tables": { "deletion_protection": false },
    });
    settings.as_object().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_irreplaceable_is_ever_planned_to_go() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    module.terraform.apply(&settings()).await?;

    for (name, value) in [
        ("tags", json!({ "Owner": "marketing" })),
        ("name", json!("another-line")),
        ("instance_alias", json!("another-campaign")),
        ("languages", json!(["en", "ja"])),
        ("texts", json!({ "ja": { "ask_pin": "暗証番号をどうぞ" } })),
        ("voices", json!({ "ja": { "name": "Takumi" } })),
        (
            "phone_number",
            json!({ "country_code": "US", "type": "TOLL_FREE", "prefix": "+1800", "description": "Other" }),
        ),
        (
            "tables",
            json!({
                "member_table_name": "other_members",
                "benefits_table_name": "other_benefits",
                "attempts_table_name": "other_attempts",
                "point_in_time_recovery": false,
            }),
        ),
        (
            "kms_key",
            json!({ "arn": "arn:aws:kms:ap-northeast-1:123456789012:key/12345678-1234-1234-1234-123456789012" }),
        ),
        ("outbound_calls_enabled", json!(true)),
        ("pin", json!({ "min_length": 6 })),
        ("unknown_caller", json!("uniform")),
        ("sms", json!({ "template": "特典 {url}" })),
        ("guessing", json!({ "tries_per_call": 2 })),
        ("function", json!({ "memory_size": 512, "tracing": false })),
        ("flow_logs", json!({ "retention_in_days": 30 })),
        ("alarms", json!({ "enabled": false })),
        ("dashboard", json!({ "enabled": false })),
    ] {
        let mut settings = settings();
        settings.insert(name.into(), value);
        let going: Vec<String> = planned(&module.terraform, &settings, "delete")
            .await?
            .into_iter()
            .filter(|(kind, _)| IRREPLACEABLE.contains(&kind.as_str()))
            .map(|(_, address)| address)
            .collect();
        assert!(going.is_empty(), "another {name} takes {going:?} away");
    }

    // What only callers hear is the flow's, and nobody else's.
    for (name, value) in [
        ("texts", json!({ "ja": { "sent": "お送りしました" } })),
        ("voices", json!({ "ja": { "name": "Tomoko" } })),
    ] {
        let mut settings = settings();
        settings.insert(name.into(), value);
        let changes = planned(&module.terraform, &settings, "update").await?;
        let kinds: Vec<&str> = changes.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["aws_connect_contact_flow"], "{name}");
    }

    an_instance_replaced_on_purpose_takes_its_flow_and_number_along(&module).await?;

    module.terraform.destroy(&settings()).await?;
    let left = module.aws.client.inventory(e2e::REGION).await?;
    assert!(left.is_empty(), "left behind: {left:?}");
    module.aws.account.shutdown().await;
    Ok(())
}

/// Neither outlives the instance; the tables do.
async fn an_instance_replaced_on_purpose_takes_its_flow_and_number_along(
    module: &TestModule,
) -> Result<(), Failure> {
    let before = module.terraform.outputs().await?;
    module
        .terraform
        .run([
            "apply",
            "-auto-approve",
            "-input=false",
            "-no-color",
            "-replace=module.connect.aws_connect_instance.this[0]",
            "-var=instance_alias=example-campaign",
            "-var=tables={deletion_protection=false}",
        ])
        .await?;
    let after = module.terraform.outputs().await?;
    for (output, stays) in [
        ("instance_id", false),
        ("contact_flow_id", false),
        ("phone_number_arn", false),
        ("member_table_name", true),
    ] {
        assert_eq!(before[output] == after[output], stays, "{output}");
    }
    Ok(())
}
