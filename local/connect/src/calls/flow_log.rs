//! The flow's log.

use std::sync::Arc;

use connect_flow::FlowLogRecord;
use local_wire::{LogEvent, LogSink};
use time::OffsetDateTime;

use crate::InstanceFacts;

/// The log of one call.
pub(super) struct FlowLog {
    /// `None` if flow logs are switched off for the instance.
    group: Option<String>,
    region: String,
    stream: String,
}

impl FlowLog {
    /// Creates a log with a stream of its own, named like Connect's.
    pub(super) fn new(instance: &InstanceFacts, now: OffsetDateTime) -> Self {
        Self {
            group: instance.flow_logs.then(|| instance.log_group()),
            region: instance.region.clone(),
            stream: format!(
                "{:04}/{:02}/{:02}/{:02}/stream-{}",
                now.year(),
                u8::from(now.month()),
                now.day(),
                now.hour(),
                uuid::Uuid::new_v4().simple()
            ),
        }
    }

    /// Writes lines. If the log fails, the call continues without it, as on AWS. A deleted group is
    /// not created again, and the account's own log reports the error.
    pub(super) async fn write(&self, logs: &Arc<dyn LogSink>, records: Vec<FlowLogRecord>) {
        let Some(group) = &self.group else {
            return;
        };
        let mut events = Vec::with_capacity(records.len());
        for record in records {
            match serde_json::to_string(&record) {
                Ok(message) => events.push(LogEvent {
                    timestamp_ms: i64::try_from(
                        record.timestamp.unix_timestamp_nanos() / 1_000_000,
                    )
                    .unwrap_or(i64::MAX),
                    message,
                }),
                Err(error) => tracing::error!(%error, "cannot write a flow log line as JSON"),
            }
        }
        if events.is_empty() {
            return;
        }
        if let Err(error) = logs.append(&self.region, group, &self.stream, events).await {
            tracing::warn!(%error, "cannot write flow log lines");
        }
    }
}
