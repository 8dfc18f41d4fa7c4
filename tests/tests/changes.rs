//! Changed settings of a line never delete what AWS cannot restore: its number, its instance, its tables.

use e2e::interface::Interface;
use e2e::{Failure, REGION, TestModule, planned};
use http::Method;
use local_account::AwsCall;
use local_harness::repository;
use local_toolchain::Architecture;
use serde_json::{Map, Value, json};

e2e::trials![
    no_plan_deletes_anything_irreplaceable,
    no_plan_deletes_anything_irreplaceable_in_an_existing_instance,
];

/// Resources that AWS cannot restore, or whose contents it cannot restore.
const IRREPLACEABLE: [&str; 3] = [
    "aws_connect_instance",
    "aws_connect_phone_number",
    "aws_dynamodb_table",
];

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} must be an object"),
    }
}

/// Returns the settings of a line with an instance of its own.
fn own_instance() -> Map<String, Value> {
    object(json!({
        "instance_alias": "example-campaign",
        "tables": { "deletion_protection": false },
    }))
}

/// Creates an instance, and returns the settings of a line in it that claims a number of its own.
async fn existing_instance(module: &TestModule) -> Result<Map<String, Value>, Failure> {
    let created = module
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
    let created: Value = serde_json::from_str(&created)?;
    Ok(object(json!({
        "existing_instance": { "id": created["Id"] },
        "tables": { "deletion_protection": false },
    })))
}

/// Returns another value for every input.
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

/// Inputs that determine arguments of irreplaceable resources. They are also changed one at a time.
const ALSO_ALONE: [&str; 5] = [
    "instance_alias",
    "kms_key",
    "name",
    "phone_number",
    "tables",
];

/// Plans with all other values at once, and fails if the plan deletes anything irreplaceable. If it does,
/// each value is planned alone, to name the one that causes it.
async fn assert_nothing_lost(
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
    let lost = !deleted(module, &with(&others)).await?.is_empty();
    for other in others
        .iter()
        .filter(|other| lost || ALSO_ALONE.contains(&other.0))
    {
        let deleted = deleted(module, &with(std::slice::from_ref(other))).await?;
        assert!(
            deleted.is_empty(),
            "another {} deletes {deleted:?}",
            other.0
        );
    }
    assert!(
        !lost,
        "all other values together delete something irreplaceable, although none of them does alone"
    );
    Ok(())
}

/// Plans with these settings, and returns the irreplaceable resources that the plan deletes. The state is
/// that of the line, because nothing else changes it.
async fn deleted(
    module: &TestModule,
    settings: &Map<String, Value>,
) -> Result<Vec<String>, Failure> {
    let deleted = planned(&module.terraform.without_refresh(), settings, "delete").await?;
    Ok(deleted
        .into_iter()
        .filter(|(kind, _)| IRREPLACEABLE.contains(&kind.as_str()))
        .map(|(_, address)| address)
        .collect())
}

async fn no_plan_deletes_anything_irreplaceable() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    module.terraform.apply(&own_instance()).await?;

    let mut others = other_values(&module)?;
    others.push(("instance_alias", json!("another-campaign")));
    let inputs = Interface::read(&repository()?)?.inputs.into_iter();
    let tried = |name: &String| others.iter().any(|(tried, _)| tried == name);
    let untried: Vec<_> = inputs
        .map(|input| input.name)
        .filter(|name| !tried(name))
        .collect();
    // A line with an instance of its own cannot also use an existing one.
    assert_eq!(untried, ["existing_instance"]);
    assert_nothing_lost(&module, &own_instance(), others).await?;

    // Texts and voices change the flow and no other resource.
    for (name, value) in [
        ("texts", json!({ "ja": { "sent": "お送りしました" } })),
        ("voices", json!({ "ja": { "name": "Tomoko" } })),
    ] {
        let mut settings = own_instance();
        settings.insert(name.into(), value);
        let terraform = module.terraform.without_refresh();
        let changes = planned(&terraform, &settings, "update").await?;
        let kinds: Vec<&str> = changes.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["aws_connect_contact_flow"], "{name}");
    }

    replacing_the_instance_replaces_its_flow_and_number(&module).await?;

    let terraform = module.terraform.without_refresh();
    terraform.destroy(&own_instance()).await?;
    module.aws.assert_empty().await?;
    module.aws.account.shutdown().await;
    Ok(())
}

async fn no_plan_deletes_anything_irreplaceable_in_an_existing_instance() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    let settings = existing_instance(&module).await?;
    module.terraform.apply(&settings).await?;
    assert_nothing_lost(&module, &settings, other_values(&module)?).await?;

    let terraform = module.terraform.without_refresh();
    terraform.destroy(&settings).await?;
    let left = module.aws.client.inventory(REGION).await?;
    assert_eq!(left, ["Amazon Connect instance company"]);
    module.aws.account.shutdown().await;
    Ok(())
}

/// Replaces the instance on purpose. Flow and number belong to an instance; the tables do not.
async fn replacing_the_instance_replaces_its_flow_and_number(
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
