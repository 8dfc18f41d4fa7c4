//! The sender of SMS through AWS End User Messaging, the service behind SNS.

use aws_sdk_pinpointsmsvoicev2::Client;
use aws_sdk_pinpointsmsvoicev2::types::MessageType;
use aws_types::SdkConfig;

use crate::aws::sdk::{self, TransmitMarker};
use crate::aws::user_agent::UserAgentOnce;
use crate::rules::phone::PhoneNumber;
use crate::rules::ports::{Handover, SmsSender};
use crate::rules::sms_options::{SmsOptions, SmsType};

/// Returns a client for SMS: `config` without retries, since `SendTextMessage` has no idempotency token.
pub fn client(config: &SdkConfig) -> Client {
    let config = aws_sdk_pinpointsmsvoicev2::config::Builder::from(config)
        .retry_config(sdk::no_retries())
        .timeout_config(sdk::message_timeouts())
        .interceptor(UserAgentOnce::default())
        .build();
    Client::from_conf(config)
}

/// Sends through AWS End User Messaging.
#[derive(Clone, Debug)]
pub struct EndUserMessagingSender {
    client: Client,
    options: SmsOptions,
}

impl EndUserMessagingSender {
    /// Creates a sender with these options. Messages come from the origination number if there is one,
    /// otherwise from the sender id.
    pub fn new(client: Client, options: SmsOptions) -> Self {
        Self { client, options }
    }
}

impl SmsSender for EndUserMessagingSender {
    async fn send(&self, to: &PhoneNumber, text: &str) -> Handover {
        let SmsOptions {
            sms_type,
            sender_id,
            origination,
            max_price,
        } = &self.options;
        let number = origination.as_ref().map(|number| number.as_str());
        let name = sender_id.as_ref().map(|id| id.as_str());
        let marker = TransmitMarker::default();
        let answer = self
            .client
            .send_text_message()
            .destination_phone_number(to.expose())
            .message_body(text)
            .message_type(match sms_type {
                SmsType::Promotional => MessageType::Promotional,
                SmsType::Transactional => MessageType::Transactional,
            })
            .set_origination_identity(number.or(name).map(str::to_owned))
            .set_max_price(max_price.as_ref().map(|price| price.as_str().to_owned()))
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
