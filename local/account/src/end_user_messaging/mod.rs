//! AWS End User Messaging SMS: `SendTextMessage`, and what it says of the account.
//!
//! Shapes, constraints and reasons follow the service model of 2022-03-31. Origination
//! identities, configuration sets and pools cannot be made here: any name in the right form is
//! taken, where AWS would look it up.

mod request;

use std::sync::Arc;

use futures_util::FutureExt;
use local_wire::{AwsJson, Fault, Request, Service, ServiceFuture};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::sms::{Channel, Delivery, Outbox, Recipients, SentMessage, Standing};
use request::SendTextMessage;

/// End User Messaging SMS of the account.
pub(crate) struct EndUserMessaging {
    outbox: Arc<Outbox>,
    recipients: Arc<Recipients>,
}

impl EndUserMessaging {
    pub(crate) fn new(outbox: Arc<Outbox>, recipients: Arc<Recipients>) -> Self {
        Self { outbox, recipients }
    }

    fn serve(&self, request: &Request) -> Result<Value, Fault> {
        match request.target().unwrap_or_default() {
            "SendTextMessage" => self.send(&request.region, &request.body),
            "DescribeAccountAttributes" => Ok(self.account_attributes(&request.region)),
            "DescribeSpendLimits" => Ok(spend_limits()),
            other => Err(Fault::not_implemented("sms-voice", other)),
        }
    }

    fn send(&self, region: &str, body: &[u8]) -> Result<Value, Fault> {
        let asked: SendTextMessage = serde_json::from_slice(body).map_err(|error| {
            Fault::new(
                400,
                "SerializationException",
                format!("The request cannot be read: {error}"),
            )
        })?;
        let message = asked.check()?;
        // Unlike SNS, this service tells at once who cannot be reached.
        let conflict = |reason: &str, sentence: &str| {
            Err(Fault::new(400, "ConflictException", sentence).with("Reason", reason.into()))
        };
        match self.recipients.standing(region, &message.phone_number) {
            Standing::Reachable => {}
            Standing::OptedOut => {
                return conflict(
                    "DESTINATION_PHONE_NUMBER_OPTED_OUT",
                    "The destination phone number has opted out of messages.",
                );
            }
            Standing::Unverified => {
                return conflict(
                    "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
                    "The account is in the sandbox and the destination phone number is not \
                     verified.",
                );
            }
        }
        let message_id = uuid::Uuid::new_v4().to_string();
        if !message.dry_run {
            self.outbox.add(SentMessage {
                channel: Channel::EndUserMessaging,
                message_id: message_id.clone(),
                region: region.to_owned(),
                phone_number: message.phone_number,
                message: message.body,
                attributes: message.attributes,
                accepted_at: OffsetDateTime::now_utc(),
                delivery: Delivery::Success,
            });
        }
        Ok(json!({ "MessageId": message_id }))
    }

    fn account_attributes(&self, region: &str) -> Value {
        let tier = if self.recipients.in_sandbox(region) {
            "SANDBOX"
        } else {
            "PRODUCTION"
        };
        json!({ "AccountAttributes": [{ "Name": "ACCOUNT_TIER", "Value": tier }] })
    }
}

/// One dollar a month, as a new account has.
fn spend_limits() -> Value {
    json!({ "SpendLimits": [{
        "Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT",
        "EnforcedLimit": 1,
        "MaxLimit": 1,
        "Overridden": false,
    }] })
}

impl Service for EndUserMessaging {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        async move {
            match self.serve(&request) {
                Err(fault) => fault.json("Message"),
                Ok(body) => AwsJson::V1_0.answer(&body),
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests;
