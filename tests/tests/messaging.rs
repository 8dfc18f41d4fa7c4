//! A stack of End User Messaging and of a topic with a phone: `tests/stacks/messaging`.

use std::fs;

use aws_sdk_sns::types::MessageAttributeValue;
use e2e::{Failure, REGION, TestAccount};
use local_harness::{environment, repository};
use local_toolchain::{PlanOutcome, WorkDirectory};
use serde_json::{Map, Value, json};

e2e::trials![a_stack_of_messaging_is_applied_changed_and_destroyed];

const TOPIC: &str = "arn:aws:sns:ap-northeast-1:123456789012:campaign";

fn variables(changed: bool) -> Map<String, Value> {
    Map::from_iter([("changed".to_owned(), json!(changed))])
}

async fn a_stack_of_messaging_is_applied_changed_and_destroyed() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let directory = WorkDirectory::new()?;
    let stack = repository()?.join("tests/stacks/messaging/main.tf");
    fs::copy(stack, directory.path().join("main.tf"))?;
    let settings = environment(&aws.account.endpoint_url(), REGION);
    let mut terraform = e2e::wide_toolchain()
        .await?
        .terraform(directory.path(), settings)?;
    terraform.init().await?;
    terraform.keep_provider().await?;
    let sns = aws_sdk_sns::Client::new(&aws.sdk_config().await);

    for (changed, stage) in [(false, "before"), (true, "after")] {
        terraform.apply(&variables(changed)).await?;
        let plan = terraform.plan(&variables(changed), None).await?;
        assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
        // The phone receives the messages that its filter policy accepts.
        for text in ["before", "after"] {
            let attribute = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(text)
                .build()?;
            sns.publish()
                .topic_arn(TOPIC)
                .message(text)
                .message_attributes("stage", attribute)
                .send()
                .await?;
        }
        let received = aws.messages().pop().map(|message| message.message);
        assert_eq!(received, Some(format!("{stage}> {stage}")));
    }
    assert_eq!(aws.messages().len(), 2);

    terraform
        .without_refresh()
        .destroy(&variables(true))
        .await?;
    let left = sns.list_subscriptions().send().await?;
    assert!(left.subscriptions().is_empty(), "{left:?}");
    let left = sns.list_topics().send().await?;
    assert!(left.topics().is_empty(), "{left:?}");
    aws.account.shutdown().await;
    Ok(())
}
