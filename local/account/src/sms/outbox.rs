//! Every text message that was accepted, in order.

use std::collections::{BTreeMap, VecDeque};
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

/// The service that took a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// SNS, by `Publish`.
    Sns,
    /// AWS End User Messaging SMS, by `SendTextMessage`.
    EndUserMessaging,
}

/// A message that was accepted; accepted does not mean delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentMessage {
    /// The service that took it.
    pub channel: Channel,
    /// As that service answered.
    pub message_id: String,
    /// Region it was sent from.
    pub region: String,
    /// E.164 number.
    pub phone_number: String,
    /// The text as it reaches the phone.
    pub message: String,
    /// What was asked for beside number and text, merged with nothing: SNS's message attributes
    /// such as `AWS.SNS.SMS.SMSType`, or End User Messaging's members such as `MessageType`.
    pub attributes: BTreeMap<String, String>,
    /// When it was accepted.
    #[serde(with = "time::serde::rfc3339")]
    pub accepted_at: OffsetDateTime,
    /// What became of it.
    pub delivery: Delivery,
}

/// How many messages are kept; older ones are forgotten first.
const KEPT: usize = 50_000;

/// The latest text messages of the account, oldest first.
#[derive(Debug, Default)]
pub struct Outbox {
    messages: Mutex<VecDeque<SentMessage>>,
}

impl Outbox {
    /// A copy of what was accepted so far: the latest 50,000.
    pub fn messages(&self) -> Vec<SentMessage> {
        self.messages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    pub(crate) fn add(&self, message: SentMessage) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.len() == KEPT {
            messages.pop_front();
        }
        messages.push_back(message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_messages_are_kept() {
        let outbox = Outbox::default();
        for n in 0..=KEPT {
            outbox.add(SentMessage {
                channel: Channel::Sns,
                message_id: n.to_string(),
                region: String::new(),
                phone_number: String::new(),
                message: String::new(),
                attributes: BTreeMap::new(),
                accepted_at: OffsetDateTime::UNIX_EPOCH,
                delivery: Delivery::Success,
            });
        }
        let kept = outbox.messages();
        assert_eq!((kept.len(), kept[0].message_id.as_str()), (KEPT, "1"));
    }
}
