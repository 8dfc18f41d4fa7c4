//! The line's two commands in the style of tutorials of the AWS SDK for Rust.
//!
//! Like the samples in `bench/subjects`: a look-up for `getMemberId`, a look-up and a `Publish` for `sendSms`,
//! with clients that are created once.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sns::types::MessageAttributeValue;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let line = Line {
        dynamodb: aws_sdk_dynamodb::Client::new(&config),
        sns: aws_sdk_sns::Client::new(&config),
        members: std::env::var("MEMBER_TABLE_NAME")?,
        benefits: std::env::var("BENEFITS_TABLE_NAME")?,
    };
    run(service_fn(|event| line.handle(event))).await
}

struct Line {
    dynamodb: aws_sdk_dynamodb::Client,
    sns: aws_sdk_sns::Client,
    members: String,
    benefits: String,
}

impl Line {
    async fn handle(&self, event: LambdaEvent<Value>) -> Result<Value, Error> {
        let details = &event.payload["Details"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let caller = text(&details["ContactData"]["CustomerEndpoint"]["Address"]);
        let parameters = &details["Parameters"];
        match parameters["cmd"].as_str() {
            Some("getMemberId") => self.member_id(caller).await,
            Some("sendSms") => self.send_sms(caller, text(&parameters["pinCode"])).await,
            _ => Err("command not found.".into()),
        }
    }

    async fn member_id(&self, phone: String) -> Result<Value, Error> {
        let found = self
            .dynamodb
            .get_item()
            .table_name(&self.members)
            .key("phone", AttributeValue::S(phone))
            .send()
            .await?;
        let item = found.item();
        let id = item.and_then(|item| item.get("id")?.as_s().ok());
        Ok(json!({ "memberId": id.map_or("-1", String::as_str) }))
    }

    async fn send_sms(&self, phone: String, pin: String) -> Result<Value, Error> {
        let found = self
            .dynamodb
            .get_item()
            .table_name(&self.benefits)
            .key("pinCode", AttributeValue::S(pin))
            .send()
            .await?;
        let item = found.item();
        let Some(url) = item.and_then(|item| item.get("campaignUrl")?.as_s().ok()) else {
            return Ok(json!({ "result": "Failed" }));
        };
        let promotional = MessageAttributeValue::builder()
            .data_type("String")
            .string_value("Promotional");
        self.sns
            .publish()
            .phone_number(phone)
            .message(format!("キャンペーンページ {url}"))
            .message_attributes("AWS.SNS.SMS.SMSType", promotional.build()?)
            .send()
            .await?;
        Ok(json!({ "result": "Success" }))
    }
}
