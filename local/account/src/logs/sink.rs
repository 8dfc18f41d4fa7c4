//! Accepts log lines from the account's own services.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use local_wire::{LogEvent, LogSink, LogSinkError, Request, Service};
use serde_json::json;

use super::Logs;

impl Logs {
    fn has_group(&self, region: &str, group: &str) -> bool {
        self.groups().find(region, group).is_ok()
    }
}

impl LogSink for Logs {
    fn ensure_group<'a>(
        &'a self,
        region: &'a str,
        group: &'a str,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        async move {
            if self.has_group(region, group) {
                return Ok(());
            }
            let body = json!({ "logGroupName": group });
            let target = "Logs_20140328.CreateLogGroup";
            let answer = self
                .handle(Request::own(region, "logs", target, &body))
                .await;
            // Another task may have created it just before.
            if answer.status().is_success() || self.has_group(region, group) {
                return Ok(());
            }
            Err(LogSinkError::Refused {
                group: group.to_owned(),
                answer: String::from_utf8_lossy(answer.body()).into_owned(),
            })
        }
        .boxed()
    }

    fn append<'a>(
        &'a self,
        region: &'a str,
        group: &'a str,
        stream: &'a str,
        events: Vec<LogEvent>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        async move {
            if events.is_empty() {
                return Ok(());
            }
            self.write(region, group, stream, events)
        }
        .boxed()
    }
}
