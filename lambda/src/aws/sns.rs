//! The sender of SMS through Amazon SNS.

use std::collections::HashMap;

use aws_sdk_sns::Client;
use aws_sdk_sns::error::BuildError;
use aws_sdk_sns::types::MessageAttributeValue;
use aws_types::SdkConfig;

use crate::aws::sdk::{self, TransmitMarker};
use crate::aws::user_agent::UserAgentOnce;
use crate::rules::phone::PhoneNumber;
use crate::rules::ports::{Handover, SmsSender};
use crate::rules::sms_options::SmsOptions;

/// Returns a client for SMS: `config` without retries. `Publish` to a phone has no idempotency token, so a
/// retry after a lost response would send a second message.
pub fn client(config: &SdkConfig) -> Client {
    let config = aws_sdk_sns::config::Builder::from(config)
        .retry_config(sdk::no_retries())
        .timeout_config(sdk::message_timeouts())
        .interceptor(UserAgentOnce::default())
        .build();
    Client::from_conf(config)
}

/// Sends through Amazon SNS.
#[derive(Clone, Debug)]
pub struct SnsSender {
    client: Client,
    attributes: HashMap<String, MessageAttributeValue>,
}

impl SnsSender {
    /// Creates a sender with these options; the Region's defaults apply to the others.
    pub fn new(client: Client, options: &SmsOptions) -> Result<Self, BuildError> {
        let SmsOptions {
            sms_type,
            sender_id,
            origination,
            max_price,
        } = options;
        let attributes = [
            ("AWS.SNS.SMS.SMSType", "String", Some(sms_type.as_str())),
            (
                "AWS.SNS.SMS.SenderID",
                "String",
                sender_id.as_ref().map(|id| id.as_str()),
            ),
            (
                "AWS.MM.SMS.OriginationNumber",
                "String",
                origination.as_ref().map(|number| number.as_str()),
            ),
            (
                "AWS.SNS.SMS.MaxPrice",
                "Number",
                max_price.as_ref().map(|price| price.as_str()),
            ),
        ];
        let attributes = attributes
            .into_iter()
            .filter_map(|(name, data_type, value)| Some((name, data_type, value?)))
            .map(|(name, data_type, value)| {
                let value = MessageAttributeValue::builder()
                    .data_type(data_type)
                    .string_value(value)
                    .build()?;
                Ok((name.to_owned(), value))
            })
            .collect::<Result<_, BuildError>>()?;
        Ok(Self { client, attributes })
    }
}

impl SmsSender for SnsSender {
    async fn send(&self, to: &PhoneNumber, text: &str) -> Handover {
        let marker = TransmitMarker::default();
        let answer = self
            .client
            .publish()
            .phone_number(to.expose())
            .message(text)
            .set_message_attributes(Some(self.attributes.clone()))
            .customize()
            .interceptor(marker.clone())
            .send()
            .await;
        match answer {
            Ok(answer) => Handover::Accepted {
                message_id: answer.message_id,
            },
            Err(error) => sdk::handover_error(&error, &marker),
        }
    }
}
