//! Writes SNS's delivery log and the metric of the month's spending.
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

/// Reports the fate of messages.
pub(super) struct Deliveries {
    logs: Arc<dyn LogSink>,
    metrics: Arc<dyn MetricSink>,
    rights: Arc<dyn RoleRights>,
    /// The percentages accumulated towards the next logged success, by Region.
    sampled: Mutex<HashMap<String, u32>>,
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
            sampled: Mutex::default(),
        }
    }

    /// Logs a message's delivery, as the account's SMS settings require, and publishes what the month
    /// has cost with it.
    pub(super) async fn report(
        &self,
        message: &SentMessage,
        settings: &BTreeMap<String, String>,
        price: f64,
        spent: f64,
    ) {
        self.publish_spending(message, spent);
        let Some(role) = settings.get("DeliveryStatusIAMRole") else {
            return;
        };
        let logged = match message.delivery {
            Delivery::Success => self.samples(&message.region, settings),
            Delivery::Failure(_) => true,
        };
        if logged {
            self.log(message, settings, role, price).await;
        }
    }

    /// Reports whether to log a success; none is logged without a rate. Sampling is deterministic:
    /// at 25 % every fourth message is logged.
    fn samples(&self, region: &str, settings: &BTreeMap<String, String>) -> bool {
        let rate: u32 = settings
            .get("DeliveryStatusSuccessSamplingRate")
            .and_then(|rate| rate.parse().ok())
            .unwrap_or_default();
        let mut regions = self.sampled.lock().unwrap_or_else(PoisonError::into_inner);
        let sampled = regions.entry(region.to_owned()).or_default();
        *sampled += rate;
        let full = *sampled >= 100;
        if full {
            *sampled -= 100;
        }
        full
    }

    /// Publishes the month's spending so far as the metric.
    fn publish_spending(&self, message: &SentMessage, spent: f64) {
        let spent = MetricDatum {
            namespace: "AWS/SNS".into(),
            name: "SMSMonthToDateSpentUSD".into(),
            dimensions: BTreeMap::new(),
            value: spent,
            unit: "None".into(),
            timestamp_ms: milliseconds(message.accepted_at),
        };
        self.metrics.publish(&message.region, vec![spent]);
    }

    async fn log(
        &self,
        message: &SentMessage,
        settings: &BTreeMap<String, String>,
        role: &str,
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
                "numberOfMessageParts": message.parts,
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
        let source = self::source(message);
        let target = source.rsplit(':').next().unwrap_or_default();
        let group = format!("sns/{region}/{ACCOUNT_ID}/{target}{group}");
        let line = LogEvent {
            timestamp_ms: milliseconds(message.accepted_at),
            message: record.to_string(),
        };
        if let Err(error) = self.write(region, &group, role, source, line).await {
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
        source: String,
        line: LogEvent,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let partition = partition(region);
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
}

/// Returns the ARN of the resource that a message was published to. The log group is named after it;
/// all phone numbers have the same one.
fn source(message: &SentMessage) -> String {
    let region = &message.region;
    message.topic_arn.clone().unwrap_or_else(|| {
        let partition = partition(region);
        format!("arn:{partition}:sns:{region}:{ACCOUNT_ID}:DirectPublishToPhoneNumber")
    })
}

fn milliseconds(at: OffsetDateTime) -> i64 {
    (at.unix_timestamp_nanos() / 1_000_000) as i64
}
