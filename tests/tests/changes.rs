//! What may change in a line's settings without anything being lost that cannot be had again: its
//! number, its instance, its tables.

use e2e::interface::Interface;
use e2e::{Failure, REGION, TestModule, planned};
use http::Method;
use local_account::AwsCall;
use local_harness::repository;
use local_toolchain::Architecture;
use serde_json::{Map, Value, json};

e2e::trials![
    nothing_irreplaceable_is_ever_planned_to_go,
    nothing_of_a_guest_is_ever_planned_to_go_either,
];

/// AWS gives back neither of them, nor the rows of a table.
const IRREPLACEABLE: [&str; 3] = [
    "aws_connect_instance",
    "aws_connect_phone_number",
    "aws_dynamodb_table",
];

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is no object"),
    }
}

/// A line with an instance of its own.
fn alone() -> Map<String, Value> {
    object(json!({
        "instance_alias": "example-campaign",
        "tables": { "deletion_protection": false },
    }))
}

/// A line in an instance that is there, with a number that it claims for itself.
async fn guest(module: &TestModule) -> Result<Map<String, Value>, Failure> {
    let made = module
        .aws
        .client
        .aws(AwsCall {
            service: "connect",
            region: REGION,
            method: Method::PUT,
            path: "/instance",
            target: None,
            content_type: "application/json",
            body: json!({
                "IdentityManagementType": "CONNECT_MANAGED", "InstanceAlias": "company",
                "InboundCallsEnabled": true, "OutboundCallsEnabled": false,
            })
            .to_string(),
        })
        .await?;
    let made: Value = serde_json::from_str(&made)?;
    Ok(object(json!({
        "existing_instance": { "id": made["Id"] },
        "tables": { "deletion_protection": false },
    })))
}

/// Everything that can be set, set otherwise.
fn other_values(module: &TestModule) -> Result<Vec<(&'static str, Value)>, Failure> {
    let architecture = Architecture::of_host()?;
    let zip = module.terraform.directory().join("dist");
    let zip = zip.join(architecture.zip_name());
    Ok(vec![
        ("tags", json!({ "Owner": "marketing" })),
        ("name", json!("another-line")),
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
        (
            "sms_preferences",
            json!({ "monthly_spend_limit": 5, "delivery_logs": {} }),
        ),
        (
            "fallbacks",
            json!({ "locked": {
                "queue_arn": "arn:aws:connect:ap-northeast-1:123456789012:instance/i/queue/q",
            } }),
        ),
        ("guessing", json!({ "tries_per_call": 2 })),
        ("function", json!({ "memory_size": 512, "tracing": false })),
        (
            "lambda_package",
            json!({ "path": zip, "architecture": architecture.name() }),
        ),
        ("flow_logs", json!({ "retention_in_days": 30 })),
        ("alarms", json!({ "enabled": false })),
        ("dashboard", json!({ "enabled": false })),
    ])
}

/// Settings that arguments of the irreplaceable are made of; they are also changed one at a time.
const ALONE: [&str; 5] = [
    "instance_alias",
    "kms_key",
    "name",
    "phone_number",
    "tables",
];

/// Plans with all of the values at once, and with each where something would be lost, to name it.
async fn nothing_goes(
    module: &TestModule,
    settings: &Map<String, Value>,
    others: Vec<(&'static str, Value)>,
) -> Result<(), Failure> {
    let with = |others: &[(&str, Value)]| {
        let mut settings = settings.clone();
        settings.extend(
            others
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
        settings
    };
    let lost = !going(module, &with(&others)).await?.is_empty();
    for other in others
        .iter()
        .filter(|other| lost || ALONE.contains(&other.0))
    {
        let going = going(module, &with(std::slice::from_ref(other))).await?;
        assert!(going.is_empty(), "another {} takes {going:?} away", other.0);
    }
    assert!(
        !lost,
        "all other values together take something away, and none of them alone"
    );
    Ok(())
}

/// What a plan with these settings would take away of what AWS does not give back.
async fn going(module: &TestModule, settings: &Map<String, Value>) -> Result<Vec<String>, Failure> {
    let gone = planned(&module.terraform, settings, "delete").await?;
    Ok(gone
        .into_iter()
        .filter(|(kind, _)| IRREPLACEABLE.contains(&kind.as_str()))
        .map(|(_, address)| address)
        .collect())
}

async fn nothing_irreplaceable_is_ever_planned_to_go() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    module.terraform.apply(&alone()).await?;

    let mut others = other_values(&module)?;
    others.push(("instance_alias", json!("another-campaign")));
    let inputs = Interface::read(&repository()?)?.inputs.into_iter();
    let tried = |name: &String| others.iter().any(|(tried, _)| tried == name);
    let untried: Vec<_> = inputs
        .map(|input| input.name)
        .filter(|name| !tried(name))
        .collect();
    // One or the other is set: a line does not change from a guest to a host.
    assert_eq!(untried, ["existing_instance"]);
    nothing_goes(&module, &alone(), others).await?;

    // What only callers hear is the flow's, and nobody else's.
    for (name, value) in [
        ("texts", json!({ "ja": { "sent": "お送りしました" } })),
        ("voices", json!({ "ja": { "name": "Tomoko" } })),
    ] {
        let mut settings = alone();
        settings.insert(name.into(), value);
        let changes = planned(&module.terraform, &settings, "update").await?;
        let kinds: Vec<&str> = changes.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["aws_connect_contact_flow"], "{name}");
    }

    an_instance_replaced_on_purpose_takes_its_flow_and_number_along(&module).await?;

    module.terraform.destroy(&alone()).await?;
    let left = module.aws.client.inventory(REGION).await?;
    assert!(left.is_empty(), "left behind: {left:?}");
    module.aws.account.shutdown().await;
    Ok(())
}

async fn nothing_of_a_guest_is_ever_planned_to_go_either() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    let settings = guest(&module).await?;
    module.terraform.apply(&settings).await?;
    nothing_goes(&module, &settings, other_values(&module)?).await?;

    module.terraform.destroy(&settings).await?;
    let left = module.aws.client.inventory(REGION).await?;
    assert_eq!(left, ["Amazon Connect instance company"]);
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
