//! The line as `main` joins it, with its tables in memory.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use connect_pin_sms::answer::Answer;
use connect_pin_sms::aws::AwsPorts;
use connect_pin_sms::aws::dynamodb::{self, AttemptsTable, BenefitsTable, MemberTable};
use connect_pin_sms::aws::pin_keys::PinKeySource;
use connect_pin_sms::aws::sms_sender::AwsSmsSender;
use connect_pin_sms::aws::sns::{self, SnsSender};
use connect_pin_sms::event::Event;
use connect_pin_sms::handler::handle;
use connect_pin_sms::metrics::Metrics;
use connect_pin_sms::rules::attempts::Limits;
use connect_pin_sms::rules::counter::Lanes;
use connect_pin_sms::rules::destinations::Destinations;
use connect_pin_sms::rules::failure::Failure as LineFailure;
use connect_pin_sms::rules::hashing::Hasher;
use connect_pin_sms::rules::invocation::Invocation;
use connect_pin_sms::rules::line::{Line, Policy, Protection};
use connect_pin_sms::rules::outcome::UnknownCaller;
use connect_pin_sms::rules::sms_options::{SmsOptions, SmsType};
use connect_pin_sms::rules::sms_template::{SmsTemplate, Templates};
use connect_pin_sms::rules::tags::Tags;
use connect_pin_sms::rules::undo_queue::UndoQueue;
use connect_pin_sms::rules::url::Hosts;
use e2e::{Failure, TestAccount};
use serde_json::{Value, json};

pub(crate) const MEMBERS: &str = "campaign_member_table";
pub(crate) const BENEFITS: &str = "campaign_benefits_table";
pub(crate) const ATTEMPTS: &str = "campaign_attempts_table";
pub(crate) const MEMBER: &str = "+819012345678";
pub(crate) const PIN: &str = "0042";

/// The function's parts, joined as its `main` joins them.
pub(crate) struct HandlerWorld {
    pub(crate) aws: TestAccount,
    pub(crate) line: Line<AwsPorts>,
    pub(crate) tables: aws_sdk_dynamodb::Client,
}

impl HandlerWorld {
    pub(crate) async fn new() -> Result<Self, Failure> {
        Self::with_tables_at(None).await
    }

    /// With the tables in another DynamoDB than the account's own.
    pub(crate) async fn with_tables_at(endpoint_url: Option<&str>) -> Result<Self, Failure> {
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
        let line = Line::<AwsPorts> {
            members: MemberTable::new(tables.clone(), MEMBERS),
            pin_keys: PinKeySource::Plain,
            campaigns: BenefitsTable::new(tables.clone(), BENEFITS),
            sms: AwsSmsSender::Sns(SnsSender::new(
                sns::client(&config),
                &SmsOptions::of_type(SmsType::Promotional),
            )?),
            protection: Some(Protection {
                ledger: AttemptsTable::new(tables.clone(), ATTEMPTS),
                limits: Limits {
                    per_hour: 5,
                    per_day: 10,
                    all_members_per_hour: 300,
                    sms_per_day: 2,
                },
                tags: Tags::new(Hasher::unkeyed()),
                lanes: Lanes::default(),
                undo_queue: UndoQueue::default(),
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

    pub(crate) async fn put(
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

    /// What the handler answers to one contact.
    pub(crate) async fn ask(&self, caller: Value, parameters: Value) -> Result<Value, LineFailure> {
        let metrics = Metrics::new("line", |_| ());
        let event = event("c-1", caller, parameters);
        let invocation = Invocation::new("r", 0);
        let answer: Answer = handle(&self.line, &metrics, &event, &invocation).await?;
        Ok(serde_json::to_value(answer).expect("answers are JSON"))
    }

    /// What a caller with a PIN hears at a second of the test's choice.
    pub(crate) async fn try_at(
        &self,
        second: u64,
        number: &str,
        contact: &str,
        pin: &str,
    ) -> Result<Value, LineFailure> {
        let parameters = json!({ "cmd": "sendSms", "pinCode": pin });
        let event = event(contact, phone(number), parameters);
        let since_1970 = Duration::from_secs(second);
        let invocation = Invocation::starting("r", since_1970, Duration::from_secs(7));
        let outcome = self.line.answer(&event.request()?, &invocation).await?;
        Ok(serde_json::to_value(Answer::from(outcome)).expect("answers are JSON"))
    }
}

/// What a contact flow sends.
fn event(contact: &str, caller: Value, parameters: Value) -> Event {
    let event = json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": { "ContactId": contact, "CustomerEndpoint": caller, "Queue": null },
            "Parameters": parameters,
        }
    });
    serde_json::from_value(event).expect("any JSON is an event")
}

pub(crate) fn phone(number: &str) -> Value {
    json!({ "Address": number, "Type": "TELEPHONE_NUMBER" })
}

pub(crate) fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}
