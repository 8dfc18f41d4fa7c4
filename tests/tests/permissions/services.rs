//! Services with special resources: phone numbers, origins of messages, log streams.

use aws_sdk_pinpointsmsvoicev2 as sms_voice;
use e2e::Failure;
use serde_json::json;

use crate::permissions::refusals::{PHONE, arn, implicit};
use crate::permissions::role::{PermissionsSetup, refused};

e2e::trials![
    text_messages_are_refused_and_allowed,
    log_streams_are_refused_and_allowed,
];

async fn text_messages_are_refused_and_allowed() -> Result<(), Failure> {
    let setup = PermissionsSetup::new().await?;
    let sns = aws_sdk_sns::Client::new(&setup.function);
    let publish = sns.publish().phone_number(PHONE).message("text");
    assert_eq!(
        refused(publish.clone().send().await),
        implicit(403, "AuthorizationError", "SNS:Publish", PHONE)
    );
    setup.allow("sns:Publish", "arn:aws:sns:*:*:*").await?;
    assert!(publish.clone().send().await.is_err());
    let not_topics = json!([{
        "Effect": "Allow", "Action": "sns:Publish", "NotResource": "arn:aws:sns:*:*:*",
    }]);
    setup.write(not_topics).await?;
    publish.send().await?;
    let topic = arn("sns", "alarms");
    assert_eq!(
        refused(sns.publish().topic_arn(&topic).message("text").send().await),
        implicit(403, "AuthorizationError", "SNS:Publish", &topic)
    );
    let attributes = sns
        .set_sms_attributes()
        .attributes("DefaultSMSType", "Promotional");
    assert_eq!(
        refused(attributes.send().await),
        implicit(
            403,
            "AuthorizationError",
            "SNS:SetSMSAttributes",
            &arn("sns", "*")
        )
    );

    let voice = sms_voice::Client::new(&setup.function);
    for (origin, resource) in [
        (None, "sender-id/NOTICE/JP"),
        (Some("Campaign1"), "sender-id/Campaign1/JP"),
        (Some("+815012345678"), "phone-number/815012345678"),
        (Some("phone-0123"), "phone-number/phone-0123"),
        (Some("pool-0123"), "pool/pool-0123"),
    ] {
        let send = voice
            .send_text_message()
            .destination_phone_number(PHONE)
            .message_body("text")
            .set_origination_identity(origin.map(str::to_owned));
        setup.forbid_all().await?;
        let resource = arn("sms-voice", resource);
        assert_eq!(
            refused(send.clone().send().await),
            implicit(
                400,
                "AccessDeniedException",
                "sms-voice:SendTextMessage",
                &resource
            )
        );
        setup.allow("sms-voice:SendTextMessage", &resource).await?;
        send.send().await?;
    }
    assert_eq!(setup.aws.messages().len(), 6);
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn log_streams_are_refused_and_allowed() -> Result<(), Failure> {
    let setup = PermissionsSetup::new().await?;
    aws_sdk_cloudwatchlogs::Client::new(&setup.root)
        .create_log_group()
        .log_group_name("/line")
        .send()
        .await?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&setup.function);
    let create = logs
        .create_log_stream()
        .log_group_name("/line")
        .log_stream_name("s");
    let stream = arn("logs", "log-group:/line:log-stream:s");
    assert_eq!(
        refused(create.clone().send().await),
        implicit(
            400,
            "AccessDeniedException",
            "logs:CreateLogStream",
            &stream
        )
    );
    setup
        .allow("logs:CreateLogStream", &arn("logs", "log-group:/line:*"))
        .await?;
    create.send().await?;
    setup.aws.account.shutdown().await;
    Ok(())
}
