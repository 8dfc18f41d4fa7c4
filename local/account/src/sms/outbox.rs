//! Stores every accepted text message, in order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::sync::watch;

/// The fate of an accepted message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "status",
    content = "providerResponse",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
pub enum Delivery {
    /// The message reached the phone.
    Success,
    /// The message did not reach the phone; the reason is worded as in SNS's delivery log.
    Failure(String),
}

/// The service that accepted a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// SNS, through `Publish`.
    Sns,
    /// AWS End User Messaging SMS, through `SendTextMessage`.
    EndUserMessaging,
}

/// An accepted message; it was not necessarily delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentMessage {
    /// The service that accepted it.
    pub channel: Channel,
    /// The id in that service's response.
    pub message_id: String,
    /// The Region that it was sent from.
    pub region: String,
    /// In E.164 form.
    pub phone_number: String,
    /// The text as it reaches the phone.
    pub message: String,
    /// The number of parts in which a phone network sends the text.
    pub parts: usize,
    /// The ARN of the topic that it was published to; absent for a message to a phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic_arn: Option<String>,
    /// The options of the request, without defaults: SNS's message attributes such as
    /// `AWS.SNS.SMS.SMSType`, or End User Messaging's members such as `MessageType`.
    pub attributes: BTreeMap<String, String>,
    /// The time of acceptance.
    #[serde(with = "time::serde::rfc3339")]
    pub accepted_at: OffsetDateTime,
    pub delivery: Delivery,
}

impl SentMessage {
    /// Returns the sender that the request asked for: a sender id, a number, a pool, or their ARN. Without
    /// one, the service chooses. The attributes of `Publish` are those of "Publishing to a mobile phone" in
    /// the developer guide of SNS; `OriginationIdentity` is a member of `SendTextMessage`.
    pub fn sender(&self) -> Option<&str> {
        [
            "AWS.SNS.SMS.SenderID",
            "AWS.MM.SMS.OriginationNumber",
            "OriginationIdentity",
        ]
        .into_iter()
        .find_map(|name| self.attributes.get(name))
        .map(String::as_str)
    }
}

/// The most messages that are stored; the oldest are dropped first.
const MAX_MESSAGES: usize = 50_000;

/// The latest text messages of the account, oldest first.
#[derive(Debug, Default)]
pub struct Outbox {
    messages: Mutex<VecDeque<SentMessage>>,
    /// The number of messages so far.
    accepted: watch::Sender<u64>,
}

impl Outbox {
    /// Returns a copy of the latest 50,000 accepted messages.
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
        if messages.len() == MAX_MESSAGES {
            messages.pop_front();
        }
        messages.push_back(message);
        self.accepted.send_modify(|accepted| *accepted += 1);
    }

    /// Returns a counter of the accepted messages, which changes with each.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.accepted.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_messages_are_stored() {
        let outbox = Outbox::default();
        for n in 0..=MAX_MESSAGES {
            outbox.add(SentMessage {
                channel: Channel::Sns,
                message_id: n.to_string(),
                region: String::new(),
                phone_number: String::new(),
                message: String::new(),
                parts: 1,
                topic_arn: None,
                attributes: BTreeMap::new(),
                accepted_at: OffsetDateTime::UNIX_EPOCH,
                delivery: Delivery::Success,
            });
        }
        let stored = outbox.messages();
        assert_eq!(
            (stored.len(), stored[0].message_id.as_str()),
            (MAX_MESSAGES, "1")
        );
    }
}
