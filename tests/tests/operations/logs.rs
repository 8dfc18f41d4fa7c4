//! Log groups with keys, and the delivery logs of text messages.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::Statistic;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use e2e::{Failure, REGION, TestAccount};
use serde_json::{Value, json};

e2e::trials![
    a_log_group_stores_its_key,
    deliveries_are_logged_as_the_preferences_say,
];

const PHONE: &str = "+819012345678";
const OPTED_OUT: &str = "+818012345678";
const SENT_LOG: &str = "sns/ap-northeast-1/123456789012/DirectPublishToPhoneNumber";

/// Writes a line to a log, and creates group and stream if the group is new.
pub(crate) async fn write(config: &SdkConfig, group: &str, line: &str) -> Result<(), Failure> {
    let logs = aws_sdk_cloudwatchlogs::Client::new(config);
    let stream = "stream";
    let known = logs
        .describe_log_groups()
        .log_group_name_prefix(group)
        .send()
        .await?;
    if known.log_groups().is_empty() {
        logs.create_log_group().log_group_name(group).send().await?;
        let created = logs.create_log_stream().log_group_name(group);
        created.log_stream_name(stream).send().await?;
    }
    let event = InputLogEvent::builder()
        .timestamp(1)
        .message(line)
        .build()?;
    logs.put_log_events()
        .log_group_name(group)
        .log_stream_name(stream)
        .log_events(event)
        .send()
        .await?;
    Ok(())
}

async fn records(config: &SdkConfig, group: &str) -> Result<Vec<Value>, Failure> {
    let logs = aws_sdk_cloudwatchlogs::Client::new(config);
    let read = logs
        .filter_log_events()
        .log_group_name(group)
        .send()
        .await?;
    let lines = read.events().iter().filter_map(|event| event.message());
    Ok(lines.map(serde_json::from_str).collect::<Result<_, _>>()?)
}

async fn a_log_group_stores_its_key() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&aws.sdk_config().await);
    let key = |id: &str| format!("arn:aws:kms:{REGION}:123456789012:key/{id}");
    let shown = || async {
        let described = logs.describe_log_groups().send().await?;
        let group = described
            .log_groups()
            .first()
            .ok_or("there must be a log group")?;
        assert_eq!(
            group.log_group_class().map(|c| c.as_str()),
            Some("STANDARD")
        );
        Ok::<_, Failure>(group.kms_key_id().map(str::to_owned))
    };
    let created = logs.create_log_group().log_group_name(SENT_LOG);
    created.kms_key_id(key("one")).send().await?;
    assert_eq!(shown().await?, Some(key("one")));
    let associated = logs.associate_kms_key().log_group_name(SENT_LOG);
    associated.kms_key_id(key("two")).send().await?;
    assert_eq!(shown().await?, Some(key("two")));
    logs.disassociate_kms_key()
        .log_group_name(SENT_LOG)
        .send()
        .await?;
    assert_eq!(shown().await?, None);

    // A new group of the same name has no key.
    let associated = logs.associate_kms_key().log_group_name(SENT_LOG);
    associated.kms_key_id(key("two")).send().await?;
    logs.delete_log_group()
        .log_group_name(SENT_LOG)
        .send()
        .await?;
    logs.create_log_group()
        .log_group_name(SENT_LOG)
        .send()
        .await?;
    assert_eq!(shown().await?, None);
    aws.account.shutdown().await;
    Ok(())
}

async fn deliveries_are_logged_as_the_preferences_say() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let config = aws.sdk_config().await;
    let sns = aws_sdk_sns::Client::new(&config);
    aws.client.opt_out(REGION, OPTED_OUT).await?;
    let send = |number: &str| sns.publish().phone_number(number).message("text").send();
    let prefer = |attributes: &[(&str, &str)]| {
        let attributes: HashMap<String, String> = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        sns.set_sms_attributes()
            .set_attributes(Some(attributes))
            .send()
    };
    // Without a role nothing is logged.
    send(PHONE).await?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    assert!(
        logs.describe_log_groups()
            .send()
            .await?
            .log_groups()
            .is_empty()
    );

    // With a role that does not exist, or that trusts another service, nothing is logged either.
    let iam = aws_sdk_iam::Client::new(&config);
    let other = delivery_role(&iam, "other", "lambda.amazonaws.com").await?;
    for role in ["arn:aws:iam::123456789012:role/absent", &other] {
        prefer(&[("DeliveryStatusIAMRole", role)]).await?;
        send(OPTED_OUT).await?;
        let groups = logs.describe_log_groups().send().await?;
        assert!(groups.log_groups().is_empty(), "{role}");
    }

    let role = delivery_role(&iam, "sms-log", "sns.amazonaws.com").await?;
    prefer(&[
        ("DeliveryStatusIAMRole", &role),
        ("DeliveryStatusSuccessSamplingRate", "50"),
        ("DefaultSMSType", "Transactional"),
    ])
    .await?;
    let mut sent = Vec::new();
    for _ in 0..4 {
        sent.push(
            send(PHONE)
                .await?
                .message_id()
                .unwrap_or_default()
                .to_owned(),
        );
    }
    let refused = send(OPTED_OUT).await?;

    let successes = records(&config, SENT_LOG).await?;
    assert_eq!(successes.len(), 2, "half of four messages");
    let record = &successes[0];
    assert_eq!(record["status"], "SUCCESS");
    assert!(
        sent.iter()
            .any(|id| record["notification"]["messageId"] == **id)
    );
    let delivery = &record["delivery"];
    assert_eq!(delivery["destination"], PHONE);
    assert_eq!(delivery["smsType"], "Transactional");
    assert!(delivery["priceInUSD"].as_f64() > Some(0.0));
    assert!(delivery["dwellTimeMs"].is_u64());
    let timestamp = record["notification"]["timestamp"].as_str();
    assert_eq!(
        timestamp.map(str::len),
        Some("2016-06-28 00:40:34.558".len())
    );

    let failures = records(&config, &format!("{SENT_LOG}/Failure")).await?;
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0]["status"], "FAILURE");
    assert_eq!(
        failures[0]["notification"]["messageId"].as_str(),
        refused.message_id()
    );
    let reason = failures[0]["delivery"]["providerResponse"].as_str();
    assert_eq!(reason, Some("Phone number is opted out"));

    // The month's costs are those of the five messages.
    let spent = aws_sdk_cloudwatch::Client::new(&config)
        .get_metric_statistics()
        .namespace("AWS/SNS")
        .metric_name("SMSMonthToDateSpentUSD")
        .start_time(DateTime::from_secs(0))
        .end_time(DateTime::from_secs(10_000_000_000))
        .period(86_400_000)
        .statistics(Statistic::Maximum)
        .send()
        .await?;
    let price = delivery["priceInUSD"].as_f64().unwrap_or_default();
    let most = spent
        .datapoints()
        .iter()
        .filter_map(|point| point.maximum())
        .fold(0.0, f64::max);
    assert!((most - 5.0 * price).abs() < 1e-9, "{most} and {price}");
    aws.account.shutdown().await;
    Ok(())
}

/// Creates a role like the SNS console, which also allows creating the log groups.
async fn delivery_role(
    iam: &aws_sdk_iam::Client,
    name: &str,
    service: &str,
) -> Result<String, Failure> {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": service },
    }]});
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Resource": "*",
        "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    }]});
    let created = iam
        .create_role()
        .role_name(name)
        .assume_role_policy_document(trust.to_string())
        .send()
        .await?;
    iam.put_role_policy()
        .role_name(name)
        .policy_name("logs")
        .policy_document(policy.to_string())
        .send()
        .await?;
    Ok(created
        .role()
        .ok_or("the answer must have a role")?
        .arn()
        .to_owned())
}
