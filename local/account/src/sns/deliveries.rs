//! Writes SNS's delivery log and counts the month's spending.
//!
//! The log contains whole phone numbers, as SNS's does; a deployer who enables it must be aware of
//! that. It is written with the role in the account's settings. If the role cannot be assumed or
//! may not write, nothing is logged and the message is sent all the same; SNS does not report that,
//! but the account's own log gives the reason.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use local_wire::{
    ACCOUNT_ID, FunctionIdentity, LogEvent, LogSink, LogSinkError, MetricDatum, MetricSink,
    RoleRights, partition,
};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::sms::{Delivery, SentMessage};

/// The format of times in the delivery log, in UTC.
const TIME: &[BorrowedFormatItem<'static>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:3]");

/// The principal that writes the log.
const SERVICE: &str = "sns.amazonaws.com";

/// The price of each part of a message in US dollars, the same for every destination.
const PRICE: f64 = 0.075;

/// The most characters of a message that is sent as one part, and of each part of a longer one: in
/// GSM characters, or in UTF-16 code units if the text needs them.
const GSM_PARTS: (usize, usize) = (160, 153);
const UCS_PARTS: (usize, usize) = (70, 67);

/// Reports the fate of messages.
pub(super) struct Deliveries {
    logs: Arc<dyn LogSink>,
    metrics: Arc<dyn MetricSink>,
    rights: Arc<dyn RoleRights>,
    regions: Mutex<HashMap<String, Tally>>,
}

/// The counters of a Region.
#[derive(Debug, Default)]
struct Tally {
    /// The month of `spent`: year and number.
    month: (i32, u8),
    /// In US dollars.
    spent: f64,
    /// The percentages accumulated towards the next logged success.
    sampled: u32,
}

impl Deliveries {
    pub(super) fn new(
        logs: Arc<dyn LogSink>,
        metrics: Arc<dyn MetricSink>,
        rights: Arc<dyn RoleRights>,
    ) -> Self {
        Self {
            logs,
            metrics,
            rights,
            regions: Mutex::default(),
        }
    }

    /// Counts a message and logs its delivery, as the account's SMS settings require.
    pub(super) async fn report(&self, message: &SentMessage, settings: &BTreeMap<String, String>) {
        let (parts, price) = match message.delivery {
            Delivery::Success => {
                let parts = parts(&message.message);
                (parts, parts as f64 * PRICE)
            }
            // It was not sent, so it costs nothing.
            Delivery::Failure(_) => (1, 0.0),
        };
        self.spend(message, price);
        let Some(role) = settings.get("DeliveryStatusIAMRole") else {
            return;
        };
        let logged = match message.delivery {
            Delivery::Success => self.samples(&message.region, settings),
            Delivery::Failure(_) => true,
        };
        if logged {
            self.log(message, settings, role, parts, price).await;
        }
    }

    /// Reports whether to log a success; none is logged without a rate. Sampling is deterministic:
    /// at 25 % every fourth message is logged.
    fn samples(&self, region: &str, settings: &BTreeMap<String, String>) -> bool {
        let rate: u32 = settings
            .get("DeliveryStatusSuccessSamplingRate")
            .and_then(|rate| rate.parse().ok())
            .unwrap_or_default();
        self.tally(region, |tally| {
            tally.sampled += rate;
            let full = tally.sampled >= 100;
            if full {
                tally.sampled -= 100;
            }
            full
        })
    }

    /// Publishes the month's spending so far as the metric.
    fn spend(&self, message: &SentMessage, price: f64) {
        let at = message.accepted_at;
        let spent = self.tally(&message.region, |tally| {
            let month = (at.year(), u8::from(at.month()));
            if tally.month != month {
                tally.month = month;
                tally.spent = 0.0;
            }
            tally.spent += price;
            tally.spent
        });
        let spent = MetricDatum {
            namespace: "AWS/SNS".into(),
            name: "SMSMonthToDateSpentUSD".into(),
            dimensions: BTreeMap::new(),
            value: spent,
            unit: "None".into(),
            timestamp_ms: milliseconds(at),
        };
        self.metrics.publish(&message.region, vec![spent]);
    }

    async fn log(
        &self,
        message: &SentMessage,
        settings: &BTreeMap<String, String>,
        role: &str,
        parts: usize,
        price: f64,
    ) {
        let (status, response, group) = match &message.delivery {
            Delivery::Success => ("SUCCESS", "Message has been accepted by phone carrier", ""),
            Delivery::Failure(reason) => ("FAILURE", reason.as_str(), "/Failure"),
        };
        let kind = message
            .attributes
            .get("AWS.SNS.SMS.SMSType")
            .or_else(|| settings.get("DefaultSMSType"))
            .map_or("Promotional", String::as_str);
        let record = json!({
            "notification": {
                "messageId": message.message_id,
                // The format has no part that can fail for a date of this millennium.
                "timestamp": message.accepted_at.format(TIME).unwrap_or_default(),
            },
            "delivery": {
                // No carrier is involved, so none is named.
                "phoneCarrier": "Unknown Carrier",
                "mnc": 0,
                "mcc": 0,
                "numberOfMessageParts": parts,
                "destination": message.phone_number,
                "priceInUSD": price,
                "smsType": kind,
                "providerResponse": response,
                "dwellTimeMs": 0,
                "dwellTimeMsUntilDeviceAck": 0,
            },
            "status": status,
        });
        let region = &message.region;
        let group = format!("sns/{region}/{ACCOUNT_ID}/DirectPublishToPhoneNumber{group}");
        let line = LogEvent {
            timestamp_ms: milliseconds(message.accepted_at),
            message: record.to_string(),
        };
        if let Err(error) = self.write(region, &group, role, line).await {
            tracing::error!(
                group,
                role,
                error = error.as_ref() as &dyn std::error::Error,
                "cannot write the delivery log"
            );
        }
    }

    /// Writes a line into a stream of its own, with the role's permissions: into an existing group,
    /// or one that it creates. SNS's guide requires the permission to create groups even if the
    /// group exists, so it is always required here.
    async fn write(
        &self,
        region: &str,
        group: &str,
        role: &str,
        line: LogEvent,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let partition = partition(region);
        let source =
            format!("arn:{partition}:sns:{region}:{ACCOUNT_ID}:DirectPublishToPhoneNumber");
        if !self.rights.assumable(role, SERVICE, &source).await {
            return Err("the role must exist and trust SNS; check DeliveryStatusIAMRole".into());
        }
        let writer = FunctionIdentity::of_service(role, source);
        let stream = uuid::Uuid::new_v4().to_string();
        for (action, stream) in [
            ("logs:CreateLogGroup", ""),
            ("logs:CreateLogStream", stream.as_str()),
            ("logs:PutLogEvents", stream.as_str()),
        ] {
            let resource = format!(
                "arn:{partition}:logs:{region}:{ACCOUNT_ID}:log-group:{group}:log-stream:{stream}"
            );
            self.rights
                .authorize(&writer, region, action, &resource)
                .await?;
        }
        let written = self
            .logs
            .append(region, group, &stream, vec![line.clone()])
            .await;
        if !matches!(written, Err(LogSinkError::NoSuchGroup(_))) {
            return Ok(written?);
        }
        self.logs.ensure_group(region, group).await?;
        Ok(self.logs.append(region, group, &stream, vec![line]).await?)
    }

    fn tally<T>(&self, region: &str, act: impl FnOnce(&mut Tally) -> T) -> T {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        act(regions.entry(region.to_owned()).or_default())
    }
}

/// Returns the number of parts that a phone network sends for a text. Every character beyond ASCII
/// counts as one that needs UTF-16, though GSM has a few of them.
fn parts(text: &str) -> usize {
    let (length, (whole, part)) = match text.is_ascii() {
        true => (text.len(), GSM_PARTS),
        false => (text.encode_utf16().count(), UCS_PARTS),
    };
    match length <= whole {
        true => 1,
        false => length.div_ceil(part),
    }
}

fn milliseconds(at: OffsetDateTime) -> i64 {
    (at.unix_timestamp_nanos() / 1_000_000) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_messages_have_several_parts() {
        for (text, count) in [
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(307), 3),
            ("あ".repeat(70), 1),
            ("あ".repeat(71), 2),
            ("あ".repeat(135), 3),
        ] {
            assert_eq!(parts(&text), count, "{text}");
        }
    }
}
