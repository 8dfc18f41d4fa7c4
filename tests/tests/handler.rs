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
use connect_pin_sms::attempts::{Limits, Tags};
use connect_pin_sms::destination::Destinations;
use connect_pin_sms::dynamodb::{self, AttemptsTable, BenefitsTable, MemberTable};
use connect_pin_sms::event::Event;
use connect_pin_sms::failure::Failure as LineFailure;
use connect_pin_sms::handler::handle;
use connect_pin_sms::keys::Keys;
use connect_pin_sms::line::{Line, Policy, Protection};
use connect_pin_sms::message::{SmsTemplate, Templates};
use connect_pin_sms::metrics::Metrics;
use connect_pin_sms::outcome::UnknownCaller;
use connect_pin_sms::secret::Hasher;
use connect_pin_sms::sms::{SmsOptions, SmsType};
use connect_pin_sms::sns::{self, SnsSender};
use connect_pin_sms::url::Hosts;
use e2e::dynamodb_local::DynamoDbLocal;
use e2e::{Failure, TestAccount};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};

const MEMBERS: &str = "campaign_member_table";
const BENEFITS: &str = "campaign_benefits_table";
const ATTEMPTS: &str = "campaign_attempts_table";
const MEMBER: &str = "+819012345678";
const PIN: &str = "0042";

/// The function's parts, joined as its `main` joins them.
struct World {
    aws: TestAccount,
    line: Line<MemberTable, Keys, BenefitsTable, SnsSender, AttemptsTable>,
    tables: aws_sdk_dynamodb::Client,
}

impl World {
    async fn new() -> Result<Self, Failure> {
        Self::with_tables_at(None).await
    }

    /// With the tables in another DynamoDB than the account's own.
    async fn with_tables_at(endpoint_url: Option<&str>) -> Result<Self, Failure> {
        let aws = TestAccount::start().await?;
        let config = aws.sdk_config().await;
        let tables = match endpoint_url {
            None => dynamodb::client(&config),
            Some(url) => dynamodb::client(&config.to_builder().endpoint_url(url).build()),
        };
        for (name, key) in [(MEMBERS, "phone"), (BENEFITS, "pinCode"), (ATTEMPTS, "pk")] {
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
            keys: Keys::Plain,
            campaigns: BenefitsTable::new(tables.clone(), BENEFITS),
            sms: SnsSender::new(
                sns::client(&config),
                &SmsOptions::of_type(SmsType::Promotional),
            )?,
            protection: Some(Protection {
                ledger: AttemptsTable::new(tables.clone(), ATTEMPTS),
                limits: Limits {
                    per_hour: 5,
                    per_day: 10,
                    everybody_per_hour: 300,
                    sms_per_day: 2,
                },
                tags: Tags::new(Hasher::unkeyed()),
            }),
            policy: Policy {
                templates: Templates::one(SmsTemplate::parse("キャンペーンページ {url}")?),
                hosts: Hosts::default(),
                destinations: Destinations::parse(Destinations::DEFAULT_PREFIXES, None)?,
                pin_min_length: 1,
                unknown_caller: UnknownCaller::Announce,
            },
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
        self.ask_in("c-1", caller, parameters).await
    }

    async fn ask_in(
        &self,
        contact: &str,
        caller: Value,
        parameters: Value,
    ) -> Result<Value, LineFailure> {
        let event = json!({
            "Name": "ContactFlowEvent",
            "Details": {
                "ContactData": { "ContactId": contact, "CustomerEndpoint": caller, "Queue": null },
                "Parameters": parameters,
            }
        });
        let event: Event = serde_json::from_value(event).expect("any JSON is an event");
        let metrics = Metrics::new("line", |_| ());
        let event = LambdaEvent::new(event, Context::default());
        let answer: Answer = handle(&self.line, &metrics, event).await?;
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
        .put(MEMBERS, [("phone", s(MEMBER)), ("id", s("1234"))])
        .await?;
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
        .put(MEMBERS, [("phone", s(MEMBER)), ("id", s("1234"))])
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
    world
        .put(
            MEMBERS,
            [("phone", s(MEMBER)), ("id", AttributeValue::Bool(true))],
        )
        .await?;
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

#[tokio::test]
async fn the_attempts_table_keeps_its_promises() -> Result<(), Failure> {
    attempts_are_kept(World::new().await?).await
}

#[tokio::test]
async fn wrong_pins_lock_and_redemptions_run_out() -> Result<(), Failure> {
    limits_hold(World::new().await?).await
}

/// The same promises on Amazon's own emulator: they must not rest on one.
#[tokio::test]
async fn conditional_writes_hold_on_dynamodb_local_too() -> Result<(), Failure> {
    for promise in 0..2 {
        // Each begins with empty tables.
        let Some(dynamodb) = DynamoDbLocal::start_if_asked().await? else {
            return Ok(());
        };
        let world = World::with_tables_at(Some(&dynamodb.endpoint_url)).await?;
        match promise {
            0 => attempts_are_kept(world).await?,
            _ => limits_hold(world).await?,
        }
    }
    Ok(())
}

/// The conditions of the attempts table, as a table sees them.
async fn attempts_are_kept(world: World) -> Result<(), Failure> {
    world
        .put(MEMBERS, [("phone", s(MEMBER)), ("id", s("1234"))])
        .await?;
    let page = |pin| {
        [
            ("pinCode", s(pin)),
            ("campaignUrl", s("https://example.com/c")),
        ]
    };
    world.put(BENEFITS, page(PIN)).await?;
    let limited = [
        ("singleUsePerMember", AttributeValue::Bool(true)),
        ("maxRedemptions", AttributeValue::N("1".into())),
    ];
    world
        .put(BENEFITS, page("0043").into_iter().chain(limited))
        .await?;
    let send = |contact: &'static str, pin: &'static str| {
        world.ask_in(
            contact,
            phone(MEMBER),
            json!({ "cmd": "sendSms", "pinCode": pin }),
        )
    };
    let failed = |reason: &str| json!({ "result": "Failed", "reason": reason });
    let sent = json!({ "result": "Success" });

    for _ in 0..3 {
        assert_eq!(send("a", PIN).await?, sent);
        assert_eq!(send("a", "9999").await?, failed("PIN_NOT_FOUND"));
    }
    assert_eq!(world.aws.messages().len(), 1);
    assert_eq!(send("b", "0043").await?, sent);
    assert_eq!(send("b", "0043").await?, sent);
    assert_eq!(send("c", "0043").await?, failed("SMS_LIMIT"));
    assert_eq!(world.aws.messages().len(), 2);

    let items = world.tables.scan().table_name(ATTEMPTS).send().await?;
    let items = items.items();
    let key = |item: &std::collections::HashMap<String, AttributeValue>| {
        item["pk"].as_s().expect("a key").clone()
    };
    let of_caller = items
        .iter()
        .find(|item| key(item).starts_with("CALLER#"))
        .expect("the caller's day");
    assert_eq!(of_caller["d"].as_ss().expect("a set").len(), 1);
    assert_eq!(of_caller["claims"].as_ss().expect("a set").len(), 2);
    assert_eq!(of_caller["sent"].as_ss().expect("a set").len(), 2);
    assert!(!of_caller.contains_key("open"));
    let everybody = items
        .iter()
        .find(|item| key(item).starts_with("GLOBAL#"))
        .expect("everybody's hour");
    assert_eq!(everybody["wrong"], AttributeValue::N("1".into()));
    assert!(items.iter().any(|item| key(item).starts_with("USED#")));
    assert!(!format!("{items:?}").contains("12345678"));

    world.aws.account.shutdown().await;
    Ok(())
}

/// The limits of callers and campaigns.
async fn limits_hold(world: World) -> Result<(), Failure> {
    for (number, id) in [
        (MEMBER, "1"),
        ("+819000000002", "2"),
        ("+819000000003", "3"),
    ] {
        world
            .put(MEMBERS, [("phone", s(number)), ("id", s(id))])
            .await?;
    }
    world
        .put(
            BENEFITS,
            [
                ("pinCode", s(PIN)),
                ("campaignUrl", s("https://example.com/c")),
                ("maxRedemptions", AttributeValue::N("1".into())),
                ("singleUsePerMember", AttributeValue::Bool(true)),
            ],
        )
        .await?;
    let send = |number: &'static str, contact: &'static str, pin: &'static str| {
        world.ask_in(
            contact,
            phone(number),
            json!({ "cmd": "sendSms", "pinCode": pin }),
        )
    };
    let failed = |reason: &str| json!({ "result": "Failed", "reason": reason });
    for pin in ["9001", "9002", "9003", "9004", "9005"] {
        assert_eq!(send(MEMBER, "a", pin).await?, failed("PIN_NOT_FOUND"));
    }
    assert_eq!(send(MEMBER, "a", "9006").await?, failed("LOCKED"));
    assert_eq!(send(MEMBER, "b", PIN).await?, failed("LOCKED"));
    assert!(world.aws.messages().is_empty());

    let sent = json!({ "result": "Success" });
    assert_eq!(send("+819000000002", "c", PIN).await?, sent);
    assert_eq!(
        send("+819000000003", "d", PIN).await?,
        failed("CAMPAIGN_EXHAUSTED")
    );
    assert_eq!(world.aws.messages().len(), 1);
    world.aws.account.shutdown().await;
    Ok(())
}
