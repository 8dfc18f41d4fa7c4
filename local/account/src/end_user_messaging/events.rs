//! Delivery events of messages, written to the destinations of a configuration set.
//!
//! Members are those of "Example event data" in the guide. A destination that cannot be written to
//! does not affect the message; the account's own log gives the reason.

use std::sync::Arc;

use local_wire::{FunctionIdentity, LogEvent, LogSink, LogSinkError, RoleRights, TopicSink};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::resources::text;
use crate::sms::Parts;

/// The principal that writes to CloudWatch Logs.
const SERVICE: &str = "sms-voice.amazonaws.com";

type WriteError = Box<dyn std::error::Error + Send + Sync>;

/// An accepted message, as its events describe it.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) message_id: String,
    pub(super) origin: Option<String>,
    pub(super) destination: String,
    pub(super) message_type: String,
    pub(super) context: Map<String, Value>,
    pub(super) parts: Parts,
    pub(super) price: f64,
    pub(super) at: OffsetDateTime,
}

/// Writes events.
pub(super) struct Events {
    logs: Arc<dyn LogSink>,
    topics: Arc<dyn TopicSink>,
    rights: Arc<dyn RoleRights>,
}

impl Events {
    pub(super) fn new(
        logs: Arc<dyn LogSink>,
        topics: Arc<dyn TopicSink>,
        rights: Arc<dyn RoleRights>,
    ) -> Self {
        Self {
            logs,
            topics,
            rights,
        }
    }

    /// Writes the events of a delivered message to each enabled destination that matches them.
    pub(super) async fn report(
        &self,
        region: &str,
        set_arn: &str,
        destinations: &[Value],
        sent: &Sent,
    ) {
        for (kind, status, description) in [
            ("TEXT_QUEUED", "QUEUED", "Message is queued for delivery"),
            (
                "TEXT_SUCCESSFUL",
                "SUCCESSFUL",
                "Message has been accepted by phone carrier",
            ),
        ] {
            let event = event(sent, kind, status, description);
            for destination in destinations.iter().filter(|one| matches(one, kind)) {
                let written = self
                    .write(region, set_arn, destination, sent.at, event.to_string())
                    .await;
                if let Err(error) = written {
                    tracing::error!(
                        destination = text(destination, "EventDestinationName"),
                        error = error.as_ref() as &dyn std::error::Error,
                        "cannot write an event of End User Messaging"
                    );
                }
            }
        }
    }

    async fn write(
        &self,
        region: &str,
        set_arn: &str,
        destination: &Value,
        at: OffsetDateTime,
        event: String,
    ) -> Result<(), WriteError> {
        if let Some(topic) = destination["SnsDestination"]["TopicArn"].as_str() {
            return Ok(self.topics.publish(region, topic, event).await?);
        }
        let of_logs = &destination["CloudWatchLogsDestination"];
        let Some(group_arn) = of_logs["LogGroupArn"].as_str() else {
            // Firehose keeps no records here.
            return Ok(());
        };
        let role = text(of_logs, "IamRoleArn");
        let group_arn = group_arn.trim_end_matches(":*");
        let group = group_arn.split_once(":log-group:");
        let (_, group) = group.ok_or("LogGroupArn must be the ARN of a log group")?;
        if !self.rights.assumable(role, SERVICE, set_arn).await {
            return Err(
                "the role must exist and trust End User Messaging; check IamRoleArn".into(),
            );
        }
        let writer = FunctionIdentity::of_service(role, set_arn);
        let stream = uuid::Uuid::new_v4().to_string();
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            let resource = format!("{group_arn}:log-stream:{stream}");
            self.rights
                .authorize(&writer, region, action, &resource)
                .await?;
        }
        let line = LogEvent {
            timestamp_ms: milliseconds(at),
            message: event,
        };
        let written: Result<(), LogSinkError> =
            self.logs.append(region, group, &stream, vec![line]).await;
        Ok(written?)
    }
}

/// Reports whether an enabled destination takes events of a kind.
fn matches(destination: &Value, kind: &str) -> bool {
    let mut kinds = destination["MatchingEventTypes"]
        .as_array()
        .into_iter()
        .flatten();
    destination["Enabled"] == true
        && kinds.any(|matching| matching == kind || matching == "TEXT_ALL" || matching == "ALL")
}

fn event(sent: &Sent, kind: &str, status: &str, description: &str) -> Value {
    let at = milliseconds(sent.at);
    let is_final = kind == "TEXT_SUCCESSFUL";
    let mut event = json!({
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": at,
        "isFinal": is_final,
        "destinationPhoneNumber": sent.destination,
        "isInternationalSend": false,
        "messageId": sent.message_id,
        "messageRequestTimestamp": at,
        "messageEncoding": sent.parts.encoding,
        "messageType": sent.message_type,
        "messageStatus": status,
        "messageStatusDescription": description,
        "context": sent.context,
        "totalMessageParts": sent.parts.count,
        "totalMessagePrice": sent.price,
        "totalCarrierFee": 0.0,
    });
    if let Some(origin) = &sent.origin {
        event["originationPhoneNumber"] = origin.as_str().into();
    }
    event
}

fn milliseconds(at: OffsetDateTime) -> i64 {
    (at.unix_timestamp_nanos() / 1_000_000) as i64
}
