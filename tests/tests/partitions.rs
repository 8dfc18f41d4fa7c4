//! Regions of the partitions aws-us-gov and aws-cn, whose ARNs name the partition: "Amazon Resource Names"
//! in the guides "AWS GovCloud (US)" and "Getting Started with AWS services in China Regions".

use aws_config::Region;
use aws_sdk_kms::types::KeySpec;
use e2e::{Failure, TestAccount, press};
use local_connect::CallerId;
use local_harness::sample::{put_campaign, put_member};
use local_harness::{environment, repository};
use local_toolchain::{PlanOutcome, stage_example};
use serde_json::{Value, json};

e2e::trials![
    iam_and_sts_name_the_partition_of_the_signed_region,
    regional_services_name_the_partition_of_their_region,
    the_provider_knows_the_endpoints_of_each_partition,
    a_line_in_govcloud_applies_sends_an_sms_and_is_destroyed,
];

const PARTITIONS: [(&str, &str); 2] = [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")];
const CALLER: &str = "+819012345678";
const PIN: &str = "00420815";
const URL: &str = "https://example.com/campaign/42";

async fn iam_and_sts_name_the_partition_of_the_signed_region() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    for (region, partition) in PARTITIONS {
        let config = aws.sdk_config().await.into_builder();
        let config = config.region(Region::new(region)).build();
        let iam = aws_sdk_iam::Client::new(&config);
        let prefix = format!("arn:{partition}:iam::123456789012");
        let name = |kind: &str| format!("{partition}-{kind}");

        let document = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sns:Publish",
            "Resource": [format!("arn:{partition}:sns:*:*:*"), "arn:aws:sns:*:*:other"],
        }]})
        .to_string();
        let policy = iam.create_policy().policy_name(name("policy"));
        let policy = policy.policy_document(&document).send().await?;
        let policy = policy.policy().and_then(|policy| policy.arn()).unwrap();
        assert_eq!(policy, format!("{prefix}:policy/{partition}-policy"));
        let version = iam.get_policy_version().policy_arn(policy);
        let version = version.version_id("v1").send().await?;
        let version = version.policy_version().unwrap();
        assert_eq!(decoded(version.document().unwrap()), document);

        let trust = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "AWS": format!("{prefix}:root") },
        }]})
        .to_string();
        let role = iam.create_role().role_name(name("role"));
        let role = role.assume_role_policy_document(&trust);
        role.permissions_boundary(policy).send().await?;
        let attached = iam.attach_role_policy().role_name(name("role"));
        attached.policy_arn(policy).send().await?;
        let role = iam.get_role().role_name(name("role")).send().await?;
        let role = role.role().unwrap();
        assert_eq!(role.arn(), format!("{prefix}:role/{partition}-role"));
        let boundary = role.permissions_boundary().unwrap();
        assert_eq!(boundary.permissions_boundary_arn(), Some(policy));
        let stored = decoded(role.assume_role_policy_document().unwrap());
        assert_eq!(stored, trust);
        let attached = iam.list_attached_role_policies().role_name(name("role"));
        let attached = attached.send().await?;
        assert_eq!(attached.attached_policies()[0].policy_arn(), Some(policy));

        let caller = aws_sdk_sts::Client::new(&config);
        let caller = caller.get_caller_identity().send().await?;
        let arn = caller.arn().unwrap();
        assert!(arn.starts_with(&format!("arn:{partition}:")), "{arn}");
    }
    aws.account.shutdown().await;
    Ok(())
}

async fn regional_services_name_the_partition_of_their_region() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    for (region, partition) in PARTITIONS {
        let config = aws.sdk_config().await.into_builder();
        let config = config.region(Region::new(region)).build();
        let prefix = |service: &str| format!("arn:{partition}:{service}:{region}:123456789012:");

        let kms = aws_sdk_kms::Client::new(&config);
        let policy = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "kms:*", "Resource": "*",
            "Principal": { "AWS": format!("arn:{partition}:iam::123456789012:root") },
        }]})
        .to_string();
        let key = kms.create_key().key_spec(KeySpec::SymmetricDefault);
        let key = key.policy(&policy).send().await?;
        let key = key.key_metadata().and_then(|key| key.arn()).unwrap();
        assert!(key.starts_with(&(prefix("kms") + "key/")), "{key}");
        kms.create_alias()
            .alias_name("alias/line")
            .target_key_id(key)
            .send()
            .await?;
        let by_alias = kms.describe_key();
        let by_alias = by_alias.key_id(prefix("kms") + "alias/line").send().await?;
        let found = by_alias.key_metadata().and_then(|key| key.arn());
        assert_eq!(found, Some(key));
        let stored = kms.get_key_policy().key_id(key).send().await?;
        assert_eq!(stored.policy(), Some(policy.as_str()));

        let sns = aws_sdk_sns::Client::new(&config);
        let topic = sns.create_topic().name("alarms").send().await?;
        let topic = topic.topic_arn().unwrap();
        assert_eq!(topic, prefix("sns") + "alarms");
        sns.subscribe()
            .topic_arn(topic)
            .protocol("email")
            .endpoint("operator@example.com")
            .send()
            .await?;
        let subscriptions = sns.list_subscriptions_by_topic().topic_arn(topic);
        let subscriptions = subscriptions.send().await?;
        assert_eq!(subscriptions.subscriptions()[0].topic_arn(), Some(topic));

        let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
        logs.create_log_group()
            .log_group_name("/line")
            .send()
            .await?;
        let groups = logs.describe_log_groups().send().await?;
        let group = groups.log_groups()[0].log_group_arn().unwrap();
        assert_eq!(group, prefix("logs") + "log-group:/line");

        let dynamodb = aws_sdk_dynamodb::Client::new(&config);
        let table = e2e::create_table(&dynamodb, "members", "phone").await?;
        let table = table
            .table_description()
            .and_then(|table| table.table_arn());
        assert_eq!(table, Some((prefix("dynamodb") + "table/members").as_str()));
        let tags = dynamodb.list_tags_of_resource();
        tags.resource_arn(table.unwrap()).send().await?;

        let cloudwatch = aws_sdk_cloudwatch::Client::new(&config);
        cloudwatch
            .put_dashboard()
            .dashboard_name("line")
            .dashboard_body(r#"{"widgets":[]}"#)
            .send()
            .await?;
        let dashboard = cloudwatch.get_dashboard().dashboard_name("line");
        let dashboard = dashboard.send().await?;
        let arn = format!("arn:{partition}:cloudwatch::123456789012:dashboard/line");
        assert_eq!(dashboard.dashboard_arn(), Some(arn.as_str()));
    }
    aws.account.shutdown().await;
    Ok(())
}

/// A provider that is built here has a substitute for EC2's client, from which `aws_region` takes the endpoint.
/// Expected: "Amazon EC2 endpoints and quotas" in the AWS General Reference, and the pages of both partitions.
async fn the_provider_knows_the_endpoints_of_each_partition() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let endpoints = [
        ("us-east-1", "ec2.us-east-1.amazonaws.com"),
        ("us-gov-west-1", "ec2.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "ec2.cn-north-1.amazonaws.com.cn"),
    ];
    let directory = tempfile::tempdir()?;
    let stack = r#"
variable "regions" {
  type = set(string)
}

data "aws_region" "by_name" {
  for_each = var.regions
  region   = each.key
}

output "endpoints" {
  value = { for name, region in data.aws_region.by_name : name => region.endpoint }
}
"#;
    std::fs::write(directory.path().join("main.tf"), stack)?;
    let settings = environment(&aws.account.endpoint_url(), "us-east-1");
    let toolchain = e2e::toolchain().await?;
    let mut terraform = toolchain.terraform(directory.path(), settings)?;
    terraform.init().await?;
    let variables = json!({ "regions": endpoints.map(|(region, _)| region) });
    terraform.apply(variables.as_object().unwrap()).await?;
    let outputs = terraform.outputs().await?;
    assert_eq!(outputs["endpoints"], Value::from_iter(endpoints));
    aws.account.shutdown().await;
    Ok(())
}

async fn a_line_in_govcloud_applies_sends_an_sms_and_is_destroyed() -> Result<(), Failure> {
    let region = "us-gov-west-1";
    let aws = TestAccount::start().await?;
    let stage = stage_example(&repository()?, "minimal")?;
    stage.carry(e2e::function().await?)?;
    let variables = environment(&aws.account.endpoint_url(), region);
    let mut terraform = e2e::toolchain()
        .await?
        .terraform(stage.module(), variables)?;
    terraform.init().await?;
    let variables = json!({
        "instance_alias": "line-govcloud",
        "tables": { "deletion_protection": false },
        "sms_preferences": { "monthly_spend_limit": 1, "delivery_logs": {} },
    });
    let variables = variables.as_object().unwrap();
    terraform.apply(variables).await?;
    let plan = terraform.plan(variables, None).await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);

    let outputs = terraform.outputs().await?;
    let output = |name: &str| outputs[name].as_str().unwrap_or_default().to_owned();
    put_member(
        &aws.client,
        region,
        &output("member_table_name"),
        CALLER,
        "1234",
    )
    .await?;
    put_campaign(
        &aws.client,
        region,
        &output("benefits_table_name"),
        PIN,
        URL,
    )
    .await?;
    let caller = CallerId::Number(CALLER.to_owned());
    let mut call = aws.call(&output("phone_number"), caller, &[]).await?;
    press(&mut call, &format!("{PIN}#")).await;
    assert_eq!(call.heard().last(), Some(&"メールをご確認下さい"));
    let sent = aws.messages();
    assert_eq!((sent.len(), sent[0].region.as_str()), (1, region));
    // SNS writes the log with the role, whose policy names the log group's ARN.
    let roles = aws.account.authorizations(None);
    let foreign: Vec<_> = roles
        .iter()
        .filter(|record| {
            !record.role.starts_with("arn:aws-us-gov:iam::") || record.denied.is_some()
        })
        .collect();
    assert!(!roles.is_empty() && foreign.is_empty(), "{foreign:?}");

    terraform.destroy(variables).await?;
    let left = aws.client.inventory(region).await?;
    assert!(left.is_empty(), "{left:?}");
    aws.account.shutdown().await;
    Ok(())
}

/// Decodes a document as IAM returns it: URL-encoded, after RFC 3986.
fn decoded(document: &str) -> String {
    let pair = format!("document={}", document.replace('+', "%2B"));
    let mut pairs = form_urlencoded::parse(pair.as_bytes());
    pairs
        .next()
        .map_or_else(String::new, |(_, text)| text.into_owned())
}
