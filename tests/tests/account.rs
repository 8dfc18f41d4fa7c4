//! The local account, used through the AWS SDKs.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sns::error::ProvideErrorMetadata;
use aws_sdk_sns::types::MessageAttributeValue;
use e2e::{Failure, REGION, TestAccount};
use local_account::{Account, AccountConfig, Delivery, StartError};

e2e::trials![
    a_table_carries_the_arn_of_its_region_and_account,
    regions_do_not_share_tables,
    a_text_message_goes_to_the_outbox_with_its_attributes,
    sns_refuses_what_aws_refuses,
    sms_preferences_are_stored_and_cleared,
    messages_do_not_reach_opted_out_or_unverified_numbers,
    a_log_group_holds_what_is_put_into_it,
    an_unknown_service_is_named,
    a_port_in_use_is_reported_with_the_option_that_changes_it,
];

const PHONE: &str = "+819012345678";

async fn a_table_carries_the_arn_of_its_region_and_account() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws.sdk_config().await);
    let created = e2e::create_table(&dynamodb, "campaign_member_table", "phone").await?;
    let arn = created
        .table_description()
        .and_then(|table| table.table_arn())
        .unwrap_or_default()
        .to_owned();
    assert_eq!(
        arn,
        format!("arn:aws:dynamodb:{REGION}:123456789012:table/campaign_member_table")
    );

    // The account accepts its own ARN in later requests.
    dynamodb
        .put_item()
        .table_name("campaign_member_table")
        .item("phone", AttributeValue::S(PHONE.into()))
        .item("id", AttributeValue::N("7".into()))
        .send()
        .await?;
    dynamodb
        .list_tags_of_resource()
        .resource_arn(&arn)
        .send()
        .await?;
    let scanned = dynamodb
        .scan()
        .table_name("campaign_member_table")
        .send()
        .await?;
    assert_eq!(scanned.count(), 1);

    let backups = dynamodb
        .describe_continuous_backups()
        .table_name("no_such_table")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(backups.is_table_not_found_exception(), "{backups:?}");
    aws.account.shutdown().await;
    Ok(())
}

async fn regions_do_not_share_tables() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let config = aws.sdk_config().await;
    let elsewhere = aws_sdk_dynamodb::config::Builder::from(&config)
        .region(aws_sdk_dynamodb::config::Region::new("eu-west-1"))
        .build();
    let here = aws_sdk_dynamodb::Client::new(&config);
    e2e::create_table(&here, "only_here", "k").await?;
    let tables = aws_sdk_dynamodb::Client::from_conf(elsewhere)
        .list_tables()
        .send()
        .await?;
    assert!(tables.table_names().is_empty());
    aws.account.shutdown().await;
    Ok(())
}

async fn a_text_message_goes_to_the_outbox_with_its_attributes() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let sns = aws_sdk_sns::Client::new(&aws.sdk_config().await);
    let published = sns
        .publish()
        .phone_number(PHONE)
        .message("キャンペーンページ https://example.com/a?b=1&c=2")
        .message_attributes(
            "AWS.SNS.SMS.SMSType",
            MessageAttributeValue::builder()
                .data_type("String")
                .string_value("Transactional")
                .build()?,
        )
        .send()
        .await?;
    let messages = aws.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(
        Some(messages[0].message_id.as_str()),
        published.message_id()
    );
    assert_eq!(
        messages[0].message,
        "キャンペーンページ https://example.com/a?b=1&c=2"
    );
    assert_eq!(
        messages[0].attributes["AWS.SNS.SMS.SMSType"],
        "Transactional"
    );
    assert_eq!(messages[0].delivery, Delivery::Success);
    aws.account.shutdown().await;
    Ok(())
}

async fn sns_refuses_what_aws_refuses() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let sns = aws_sdk_sns::Client::new(&aws.sdk_config().await);
    for (number, message) in [
        ("09012345678", "text"),
        ("+0901234", "text"),
        ("+81abc", "text"),
        (PHONE, ""),
        (PHONE, &"あ".repeat(534)),
    ] {
        let refusal = sns
            .publish()
            .phone_number(number)
            .message(message)
            .send()
            .await
            .unwrap_err()
            .into_service_error();
        assert_eq!(refusal.code(), Some("InvalidParameter"), "{number}");
    }
    assert!(aws.messages().is_empty());
    aws.account.shutdown().await;
    Ok(())
}

async fn sms_preferences_are_stored_and_cleared() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let sns = aws_sdk_sns::Client::new(&aws.sdk_config().await);
    sns.set_sms_attributes()
        .attributes("DefaultSMSType", "Promotional")
        .attributes("MonthlySpendLimit", "1")
        .send()
        .await?;
    let stored = sns.get_sms_attributes().send().await?;
    let stored = stored.attributes().cloned().unwrap_or_default();
    assert_eq!(stored["DefaultSMSType"], "Promotional");
    assert_eq!(stored["MonthlySpendLimit"], "1");

    sns.set_sms_attributes()
        .attributes("DefaultSMSType", "")
        .attributes("MonthlySpendLimit", "")
        .send()
        .await?;
    let cleared = sns.get_sms_attributes().send().await?;
    assert_eq!(cleared.attributes().map_or(0, |a| a.len()), 0);

    let unknown = sns
        .set_sms_attributes()
        .attributes("Nonsense", "1")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(unknown.code(), Some("InvalidParameter"));
    aws.account.shutdown().await;
    Ok(())
}

async fn messages_do_not_reach_opted_out_or_unverified_numbers() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let sns = aws_sdk_sns::Client::new(&aws.sdk_config().await);
    let send = || sns.publish().phone_number(PHONE).message("text").send();

    aws.client.opt_out(REGION, PHONE).await?;
    assert!(
        sns.check_if_phone_number_is_opted_out()
            .phone_number(PHONE)
            .send()
            .await?
            .is_opted_out()
    );
    send().await?;
    sns.opt_in_phone_number().phone_number(PHONE).send().await?;
    send().await?;

    aws.client.set_sandbox(REGION, true).await?;
    send().await?;
    sns.create_sms_sandbox_phone_number()
        .phone_number(PHONE)
        .send()
        .await?;
    let password = aws.messages().pop().map(|message| message.message);
    let password: String = password
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    sns.verify_sms_sandbox_phone_number()
        .phone_number(PHONE)
        .one_time_password(password)
        .send()
        .await?;
    send().await?;

    let delivered: Vec<bool> = aws
        .messages()
        .iter()
        .map(|message| message.delivery == Delivery::Success)
        .collect();
    // The fourth message has the password.
    assert_eq!(delivered, [false, true, false, true, true]);
    aws.account.shutdown().await;
    Ok(())
}

async fn a_log_group_holds_what_is_put_into_it() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&aws.sdk_config().await);
    logs.create_log_group().log_group_name("/g").send().await?;
    logs.create_log_stream()
        .log_group_name("/g")
        .log_stream_name("s")
        .send()
        .await?;
    logs.put_log_events()
        .log_group_name("/g")
        .log_stream_name("s")
        .log_events(
            aws_sdk_cloudwatchlogs::types::InputLogEvent::builder()
                .timestamp(1)
                .message("line")
                .build()?,
        )
        .send()
        .await?;
    let read = logs.filter_log_events().log_group_name("/g").send().await?;
    assert_eq!(read.events().len(), 1);
    aws.account.shutdown().await;
    Ok(())
}

async fn an_unknown_service_is_named() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let answer = aws
        .client
        .aws(local_account::AwsCall {
            service: "sqs",
            region: REGION,
            method: http::Method::POST,
            path: "/",
            target: Some("AmazonSQS.ListQueues"),
            content_type: "application/x-amz-json-1.0",
            body: "{}".into(),
        })
        .await
        .unwrap_err()
        .to_string();
    assert!(
        answer.contains("does not have the service 'sqs'"),
        "{answer}"
    );
    aws.account.shutdown().await;
    Ok(())
}

async fn a_port_in_use_is_reported_with_the_option_that_changes_it() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let work_dir = tempfile::tempdir()?;
    let second = Account::start(AccountConfig::new(aws.account.address(), work_dir.path())).await;
    let error = second.err().ok_or("two accounts share a port")?;
    assert!(matches!(error, StartError::AddressInUse { .. }));
    assert!(error.to_string().contains("--listen"), "{error}");
    aws.account.shutdown().await;
    Ok(())
}
