//! The SMS.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::config::http::HttpResponse;
use aws_sdk_sns::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::publish::PublishError;
use aws_sdk_sns::types::MessageAttributeValue;

use crate::config::{SenderId, SmsType};
use crate::phone::PhoneNumber;
use crate::ports::{Handover, SmsSender};
use crate::sdk;

/// A client for SMS: `config` without retries. `Publish` to a phone has no idempotency token, so a
/// second try after an answer that got lost is a second message.
pub fn client(config: &SdkConfig) -> Client {
    let config = aws_sdk_sns::config::Builder::from(config)
        .retry_config(RetryConfig::standard().with_max_attempts(1))
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
    /// A sender of messages of one type, under a name or under whatever number the Region has.
    pub fn new(
        client: Client,
        sms_type: SmsType,
        sender_id: Option<&SenderId>,
    ) -> Result<Self, BuildError> {
        let mut attributes = HashMap::from([(
            "AWS.SNS.SMS.SMSType".to_owned(),
            attribute(sms_type.as_str())?,
        )]);
        if let Some(sender_id) = sender_id {
            attributes.insert(
                "AWS.SNS.SMS.SenderID".to_owned(),
                attribute(sender_id.as_str())?,
            );
        }
        Ok(Self { client, attributes })
    }
}

impl SmsSender for SnsSender {
    async fn send(&self, to: &PhoneNumber, text: &str) -> Handover {
        let answer = self
            .client
            .publish()
            .phone_number(to.expose())
            .message(text)
            .set_message_attributes(Some(self.attributes.clone()))
            .send()
            .await;
        match answer {
            Ok(answer) => Handover::Accepted {
                message_id: answer.message_id,
            },
            Err(error) if is_refusal(&error) => Handover::Refused(sdk::cause(&error)),
            Err(error) => Handover::Unclear(sdk::cause(&error)),
        }
    }
}

fn attribute(value: &str) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value)
        .build()
}

/// SNS has read the request and will not do it: a 4xx that is neither about pace nor about time.
///
/// The code counts beside the status: `Publish` reports throttling with 400 as well as with 429, and
/// has no typed error for either.
fn is_refusal(error: &SdkError<PublishError, HttpResponse>) -> bool {
    let SdkError::ServiceError(answer) = error else {
        return false;
    };
    let status = answer.raw().status();
    let code = answer.err().code().unwrap_or_default();
    status.is_client_error()
        && !matches!(status.as_u16(), 408 | 429)
        && !code.contains("Throttl")
        && !matches!(code, "RequestLimitExceeded" | "RequestTimeout" | "SlowDown")
}
