//! Every text message that was accepted, in order.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What became of an accepted message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "status",
    content = "providerResponse",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
pub enum Delivery {
    /// It reached the phone.
    Success,
    /// It did not, in the words of SNS's delivery log.
    Failure(String),
}

/// A message that SNS accepted; accepted does not mean delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentMessage {
    /// As Publish answered.
    pub message_id: String,
    /// Region it was published in.
    pub region: String,
    /// E.164 number.
    pub phone_number: String,
    /// The text as it reaches the phone.
    pub message: String,
    /// Message attributes such as `AWS.SNS.SMS.SMSType`, merged with nothing.
    pub attributes: BTreeMap<String, String>,
    /// When it was accepted.
    #[serde(with = "time::serde::rfc3339")]
    pub accepted_at: OffsetDateTime,
    /// What became of it.
    pub delivery: Delivery,
}

/// The text messages of the account, oldest first.
#[derive(Debug, Default)]
pub struct Outbox {
    messages: Mutex<Vec<SentMessage>>,
}

impl Outbox {
    /// A copy of everything that was accepted so far.
    pub fn messages(&self) -> Vec<SentMessage> {
        self.messages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn add(&self, message: SentMessage) {
        self.messages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(message);
    }
}
