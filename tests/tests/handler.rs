//! The handler with the real SDK clients, against a local account in this process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects"
)]

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use connect_pin_sms::answer::Answer;
use connect_pin_sms::config::SmsType;
use connect_pin_sms::dynamodb::{self, BenefitsTable, MemberTable};
use connect_pin_sms::event::Event;
use connect_pin_sms::failure::Failure as LineFailure;
use connect_pin_sms::handler::handle;
use connect_pin_sms::line::Line;
use connect_pin_sms::message::SmsTemplate;
use connect_pin_sms::sns::{self, SnsSender};
use e2e::{Failure, TestAccount};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};

const MEMBERS: &str = "campaign_member_table";
const BENEFITS: &str = "campaign_benefits_table";
const MEMBER: &str = "+819012345678";
const PIN: &str = "0042";

/// The function's parts, joined as its `main` joins them.
struct World {
    aws: TestAccount,
    line: Line<MemberTable, BenefitsTable, SnsSender>,
    tables: aws_sdk_dynamodb::Client,
}

impl World {
    async fn new() -> Result<Self, Failure> {
        let aws = TestAccount::start().await?;
        let config = aws.sdk_config().await;
        let tables = dynamodb::client(&config);
        for (name, key) in [(MEMBERS, "phone"), (BENEFITS, "pinCode")] {
            tables
                .create_table()
                .table_name(name)
                .billing_mode(BillingMode::PayPerRequest)
                .attribute_definitions(
                    AttributeDefinition::builder()
                        .attribute_name(key)
                        .attribute_type(ScalarAttributeType::S)
                        .build()?,
                )
                .key_schema(
                    KeySchemaElement::builder()
                        .attribute_name(key)
                        .key_type(KeyType::Hash)
                        .build()?,
                )
                .send()
                .await?;
        }
        let line = Line {
            members: MemberTable::new(tables.clone(), MEMBERS),
            campaigns: BenefitsTable::new(tables.clone(), BENEFITS),
            sms: SnsSender::new(sns::client(&config), SmsType::Promotional, None)?,
            template: SmsTemplate::parse("キャンペーンページ {url}")?,
        };
        Ok(Self { aws, line, tables })
    }

    async fn put(
        &self,
        table: &str,
        row: impl IntoIterator<Item = (&str, AttributeValue)>,
    ) -> Result<(), Failure> {
        let mut put = self.tables.put_item().table_name(table);
        for (name, value) in row {
            put = put.item(name, value);
        }
        put.send().await?;
        Ok(())
    }

    async fn ask(&self, caller: Value, parameters: Value) -> Result<Value, LineFailure> {
        let event = json!({
            "Name": "ContactFlowEvent",
            "Details": {
                "ContactData": { "ContactId": "c-1", "CustomerEndpoint": caller, "Queue": null },
                "Parameters": parameters,
            }
        });
        let event: Event = serde_json::from_value(event).expect("any JSON is an event");
        let answer: Answer =
            handle(&self.line, LambdaEvent::new(event, Context::default())).await?;
        Ok(serde_json::to_value(answer).expect("answers are JSON"))
    }
}

fn phone(number: &str) -> Value {
    json!({ "Address": number, "Type": "TELEPHONE_NUMBER" })
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

#[tokio::test]
async fn members_are_found_whether_their_id_is_a_text_or_a_number() -> Result<(), Failure> {
    let world = World::new().await?;
    world
        .put(MEMBERS, [("phone", s(MEMBER)), ("id", s("1234"))])
        .await?;
    world
        .put(
            MEMBERS,
            [
                ("phone", s("+818000000001")),
                ("id", AttributeValue::N("42".into())),
            ],
        )
        .await?;
    let ask = |caller| world.ask(caller, json!({ "cmd": "getMemberId" }));
    assert_eq!(ask(phone(MEMBER)).await?, json!({ "memberId": "1234" }));
    assert_eq!(
        ask(phone("+818000000001")).await?,
        json!({ "memberId": "42" })
    );
    for stranger in [
        phone("+818099999999"),
        phone("anonymous"),
        phone("09012345678"),
        json!({}),
        Value::Null,
    ] {
        assert_eq!(ask(stranger).await?, json!({ "memberId": "-1" }));
    }
    world.aws.account.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn the_right_pin_sends_one_message_and_a_wrong_one_none() -> Result<(), Failure> {
    let world = World::new().await?;
    world
        .put(
            BENEFITS,
            [
                ("pinCode", s(PIN)),
                ("campaignUrl", s("https://example.com/c")),
            ],
        )
        .await?;
    let send = |pin| world.ask(phone(MEMBER), json!({ "cmd": "sendSms", "pinCode": pin }));

    assert_eq!(
        send("42").await?,
        json!({ "result": "Failed", "reason": "PIN_NOT_FOUND" })
    );
    for unusable in ["", "Timeout", "12*4"] {
        assert_eq!(
            send(unusable).await?,
            json!({ "result": "Failed", "reason": "PIN_INVALID" })
        );
    }
    assert!(world.aws.messages().is_empty());

    assert_eq!(send(PIN).await?, json!({ "result": "Success" }));
    let messages = world.aws.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].phone_number, MEMBER);
    assert_eq!(
        messages[0].message,
        "キャンペーンページ https://example.com/c"
    );
    assert_eq!(messages[0].attributes["AWS.SNS.SMS.SMSType"], "Promotional");
    world.aws.account.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn rows_that_cannot_be_used_are_told_apart() -> Result<(), Failure> {
    let world = World::new().await?;
    world.put(BENEFITS, [("pinCode", s("1111"))]).await?;
    world
        .put(
            MEMBERS,
            [("phone", s(MEMBER)), ("id", AttributeValue::Bool(true))],
        )
        .await?;

    assert_eq!(
        world
            .ask(
                phone(MEMBER),
                json!({ "cmd": "sendSms", "pinCode": "1111" })
            )
            .await?,
        json!({ "result": "Failed", "reason": "CAMPAIGN_INVALID" })
    );
    let failure = world
        .ask(phone(MEMBER), json!({ "cmd": "getMemberId" }))
        .await
        .expect_err("a row without a usable id is no answer");
    assert_eq!(failure.error_type(), "MemberRowInvalid");
    world.aws.account.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn a_missing_table_fails_the_invocation_and_an_unknown_command_too() -> Result<(), Failure> {
    let world = World::new().await?;
    world
        .tables
        .delete_table()
        .table_name(MEMBERS)
        .send()
        .await?;
    let failure = world
        .ask(phone(MEMBER), json!({ "cmd": "getMemberId" }))
        .await
        .expect_err("there is no table to answer from");
    assert_eq!(failure.error_type(), "MemberTableUnreadable");

    for parameters in [json!({ "cmd": "dance" }), json!({}), Value::Null] {
        let failure = world
            .ask(phone(MEMBER), parameters)
            .await
            .expect_err("no such command");
        assert_eq!(failure.to_string(), "command not found.");
    }
    world.aws.account.shutdown().await;
    Ok(())
}
