//! AWS End User Messaging SMS: `SendTextMessage` and the account's attributes.
//!
//! Shapes, constraints and reasons follow the service model of 2022-03-31. Origination identities,
//! configuration sets and pools cannot be created here: any name in the right form is accepted,
//! where AWS would look it up.

mod request;

use std::sync::{Arc, LazyLock};

use futures_util::FutureExt;
use local_wire::Serve::Now;
use local_wire::{
    ApiRequest, Declared, Dialect, Fault, JsonVersion, Operations, Outcome, OutcomeFuture, Serve,
    Service, named,
};
use serde_json::json;
use time::OffsetDateTime;

use crate::sms::{Channel, Delivery, Outbox, Parts, Recipients, SentMessage, Standing};
use request::SendTextMessage;

/// The operations that this module serves.
const SERVED: &[Declared<Serve<EndUserMessaging>>] = &[
    named("SendTextMessage", Now(EndUserMessaging::send)),
    named(
        "DescribeAccountAttributes",
        Now(EndUserMessaging::account_attributes),
    ),
    named("DescribeSpendLimits", Now(EndUserMessaging::spend_limits)),
];

static OPERATIONS: LazyLock<Operations<Serve<EndUserMessaging>>> =
    LazyLock::new(|| Operations::new("sms-voice", &[SERVED], ""));

/// The dialect of End User Messaging.
pub(crate) static DIALECT: Dialect = Dialect {
    operations: Some(|| &*OPERATIONS),
    message: "Message",
    broken: (500, "InternalServerException"),
    ..Dialect::json("sms-voice", JsonVersion::V1_0)
};

/// End User Messaging SMS of the account.
pub(crate) struct EndUserMessaging {
    outbox: Arc<Outbox>,
    recipients: Arc<Recipients>,
}

impl EndUserMessaging {
    pub(crate) fn new(outbox: Arc<Outbox>, recipients: Arc<Recipients>) -> Self {
        Self { outbox, recipients }
    }

    fn send(&self, request: &ApiRequest) -> Outcome {
        let input: SendTextMessage = request.input()?;
        let message = input.check()?;
        // Unlike SNS, this service reports immediately that a number cannot be reached.
        let conflict = |reason: &str, sentence: &str| {
            Err(Fault::new(400, "ConflictException", sentence).with("Reason", reason.into()))
        };
        match self
            .recipients
            .standing(&request.region, &message.phone_number)
        {
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
                region: request.region.clone(),
                phone_number: message.phone_number,
                parts: Parts::of(&message.body).count,
                message: message.body,
                topic_arn: None,
                attributes: message.attributes,
                accepted_at: OffsetDateTime::now_utc(),
                delivery: Delivery::Success,
            });
        }
        Ok(json!({ "MessageId": message_id }).into())
    }

    fn account_attributes(&self, request: &ApiRequest) -> Outcome {
        let tier = if self.recipients.in_sandbox(&request.region) {
            "SANDBOX"
        } else {
            "PRODUCTION"
        };
        let attribute = json!({ "Name": "ACCOUNT_TIER", "Value": tier });
        Ok(json!({ "AccountAttributes": [attribute] }).into())
    }

    /// Returns the limits of a new account: one dollar a month.
    fn spend_limits(&self, _: &ApiRequest) -> Outcome {
        let limit = json!({
            "Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT",
            "EnforcedLimit": 1,
            "MaxLimit": 1,
            "Overridden": false,
        });
        Ok(json!({ "SpendLimits": [limit] }).into())
    }
}

impl Service for EndUserMessaging {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move { OPERATIONS.carry_out(self, &request).await }.boxed()
    }
}

#[cfg(test)]
mod tests;
