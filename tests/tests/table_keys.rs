//! The handler on existing tables whose keys have other names.

use aws_sdk_dynamodb::types::AttributeValue;
use connect_pin_sms::answer::Answer;
use connect_pin_sms::aws::AwsPorts;
use connect_pin_sms::aws::dynamodb::{self, BenefitsTable, MemberTable};
use connect_pin_sms::aws::pin_keys::PinKeySource;
use connect_pin_sms::aws::sms_sender::AwsSmsSender;
use connect_pin_sms::aws::sns::{self, SnsSender};
use connect_pin_sms::event::Event;
use connect_pin_sms::handler::handle;
use connect_pin_sms::metrics::Metrics;
use connect_pin_sms::rules::destinations::Destinations;
use connect_pin_sms::rules::failure::Failure as LineFailure;
use connect_pin_sms::rules::invocation::Invocation;
use connect_pin_sms::rules::line::{Line, Policy};
use connect_pin_sms::rules::outcome::UnknownCaller;
use connect_pin_sms::rules::row_schema::KeyAttribute;
use connect_pin_sms::rules::sms_options::{SmsOptions, SmsType};
use connect_pin_sms::rules::sms_template::{SmsTemplate, Templates};
use connect_pin_sms::rules::url::Hosts;
use e2e::{Failure, TestAccount};
use serde_json::{Value, json};

e2e::trials![rows_are_found_and_counted_under_keys_of_other_names,];

const MEMBERS: &str = "customers";
const BENEFITS: &str = "vouchers";
const MEMBER: &str = "+819012345678";

// Both names need a placeholder in expressions: DynamoDB reserves the first, and the dot of the second would
// lead into a map.
const MEMBER_KEY: &str = "number";
const BENEFITS_KEY: &str = "code.v2";

async fn invoke(
    line: &Line<AwsPorts>,
    contact: &str,
    parameters: Value,
) -> Result<Value, LineFailure> {
    let event = json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "ContactId": contact,
                "CustomerEndpoint": { "Address": MEMBER, "Type": "TELEPHONE_NUMBER" },
            },
            "Parameters": parameters,
        }
    });
    let event: Event = serde_json::from_value(event).expect("every JSON is an event");
    let metrics = Metrics::new("line", |_| ());
    let invocation = Invocation::new("r", 0);
    let answer: Answer = handle(line, &metrics, &event, &invocation).await?;
    Ok(serde_json::to_value(answer).expect("every answer is JSON"))
}

async fn rows_are_found_and_counted_under_keys_of_other_names() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let config = aws.sdk_config().await;
    let tables = dynamodb::client(&config);
    e2e::create_table(&tables, MEMBERS, MEMBER_KEY).await?;
    e2e::create_table(&tables, BENEFITS, BENEFITS_KEY).await?;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    tables
        .put_item()
        .table_name(MEMBERS)
        .item(MEMBER_KEY, text(MEMBER))
        .item("id", text("1234"))
        .send()
        .await?;
    tables
        .put_item()
        .table_name(BENEFITS)
        .item(BENEFITS_KEY, text("0042"))
        .item("campaignUrl", text("https://example.com/c"))
        .item("maxRedemptions", AttributeValue::N("1".to_owned()))
        .send()
        .await?;
    let mut line = Line::<AwsPorts> {
        members: MemberTable::new(tables.clone(), MEMBERS)
            .keyed_by(KeyAttribute::parse_for_members(MEMBER_KEY)?),
        pin_keys: PinKeySource::Plain,
        campaigns: BenefitsTable::new(tables.clone(), BENEFITS)
            .keyed_by(KeyAttribute::parse_for_benefits(BENEFITS_KEY)?),
        sms: AwsSmsSender::Sns(SnsSender::new(
            sns::client(&config),
            &SmsOptions::of_type(SmsType::Promotional),
        )?),
        protection: None,
        policy: Policy {
            templates: Templates::one(SmsTemplate::parse(SmsTemplate::DEFAULT)?),
            hosts: Hosts::default(),
            destinations: Destinations::parse(Destinations::DEFAULT_PREFIXES, None)?,
            pin_min_length: 1,
            unknown_caller: UnknownCaller::Announce,
        },
    };

    let member = json!({ "cmd": "getMemberId" });
    assert_eq!(
        invoke(&line, "a", member.clone()).await?,
        json!({ "memberId": "1234" })
    );
    let send = |pin: &str| json!({ "cmd": "sendSms", "pinCode": pin });
    let failed = |reason: &str| json!({ "result": "Failed", "reason": reason });
    assert_eq!(
        invoke(&line, "a", send("42")).await?,
        failed("PIN_NOT_FOUND")
    );
    assert_eq!(
        invoke(&line, "a", send("0042")).await?,
        json!({ "result": "Success" })
    );
    assert_eq!(
        invoke(&line, "b", send("0042")).await?,
        failed("CAMPAIGN_EXHAUSTED")
    );
    assert_eq!(aws.messages().len(), 1);
    let rows = tables.scan().table_name(BENEFITS).send().await?;
    let [row] = rows.items() else {
        panic!("the redemption must be counted in the existing row: {rows:?}");
    };
    assert_eq!(row["redeemed"], AttributeValue::N("1".to_owned()));

    // Without the key's name the invocation fails, instead of treating callers as strangers.
    line.members = MemberTable::new(tables, MEMBERS);
    let failure = invoke(&line, "c", member)
        .await
        .expect_err("the table has no key of the default name");
    assert_eq!(failure.error_type(), "MemberTableUnreadable");
    aws.account.shutdown().await;
    Ok(())
}
