//! The function's handler, assembled as in its `main`, with tables in memory.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
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

/// The function's parts, assembled as in its `main`.
pub(crate) struct HandlerSetup {
    pub(crate) aws: TestAccount,
    pub(crate) line: Line<AwsPorts>,
    pub(crate) tables: aws_sdk_dynamodb::Client,
}

impl HandlerSetup {
    pub(crate) async fn new() -> Result<Self, Failure> {
        Self::with_tables_at(None).await
    }

    /// Creates the tables in the DynamoDB at this address; without one, in the account.
    pub(crate) async fn with_tables_at(endpoint_url: Option<&str>) -> Result<Self, Failure> {
        let aws = TestAccount::start().await?;
        let config = aws.sdk_config().await;
        let tables = match endpoint_url {
            None => dynamodb::client(&config),
            Some(url) => dynamodb::client(&config.to_builder().endpoint_url(url).build()),
        };
        for (name, key) in [(MEMBERS, "phone"), (BENEFITS, "pinCode"), (ATTEMPTS, "pk")] {
            e2e::create_table(&tables, name, key).await?;
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

    /// Returns the ledger of attempts.
    pub(crate) fn ledger(&self) -> &AttemptsTable {
        let protection = self.line.protection.as_ref();
        &protection.expect("protection is on").ledger
    }

    pub(crate) async fn put_member(&self, phone: &str, id: &str) -> Result<(), Failure> {
        self.put(MEMBERS, [("phone", s(phone)), ("id", s(id))])
            .await
    }

    /// Puts a campaign without rules of its own.
    pub(crate) async fn put_campaign(&self, pin: &str) -> Result<(), Failure> {
        let url = s("https://example.com/c");
        self.put(BENEFITS, [("pinCode", s(pin)), ("campaignUrl", url)])
            .await
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

    /// Returns the handler's answer to an event of a contact.
    pub(crate) async fn invoke(
        &self,
        caller: Value,
        parameters: Value,
    ) -> Result<Value, LineFailure> {
        let metrics = Metrics::new("line", |_| ());
        let event = event("c-1", caller, parameters);
        let invocation = Invocation::new("r", 0);
        let answer: Answer = handle(&self.line, &metrics, &event, &invocation).await?;
        Ok(serde_json::to_value(answer).expect("every answer is JSON"))
    }

    /// Returns the answer to `sendSms` with a PIN, at a time in seconds since 1970.
    pub(crate) async fn send_at(
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
        Ok(serde_json::to_value(Answer::from(outcome)).expect("every answer is JSON"))
    }
}

/// Returns the event that a contact flow sends.
fn event(contact: &str, caller: Value, parameters: Value) -> Event {
    let event = json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": { "ContactId": contact, "CustomerEndpoint": caller, "Queue": null },
            "Parameters": parameters,
        }
    });
    serde_json::from_value(event).expect("every JSON is an event")
}

pub(crate) fn phone(number: &str) -> Value {
    json!({ "Address": number, "Type": "TELEPHONE_NUMBER" })
}

pub(crate) fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}
