//! Lets our own services write to the embedded CloudWatch Logs.

use std::sync::Arc;

use crate::log_groups::Logs;
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use local_aws::{LogEvent, LogSink, LogSinkError, Request};
use serde_json::{Value, json};

/// CloudWatch Logs as a place to write to.
pub(crate) struct EmbeddedLogSink {
    logs: Arc<Logs>,
}

impl EmbeddedLogSink {
    pub(crate) fn new(logs: Arc<Logs>) -> Self {
        Self { logs }
    }

    /// Calls an operation; `Err` carries the error code and the whole answer.
    async fn call(
        &self,
        region: &str,
        operation: &str,
        body: Value,
    ) -> Result<Value, (String, String)> {
        let mut headers = HeaderMap::new();
        if let Ok(target) = HeaderValue::from_str(&format!("Logs_20140328.{operation}")) {
            headers.insert("x-amz-target", target);
        }
        let answer = self
            .logs
            .serve(Request {
                region: region.to_owned(),
                service: "logs".into(),
                access_key_id: String::new(),
                method: Method::POST,
                uri: Uri::from_static("/"),
                headers,
                body: Bytes::from(body.to_string()),
            })
            .await;
        let parsed: Value = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        if answer.status().is_success() {
            return Ok(parsed);
        }
        let code = parsed["__type"].as_str().unwrap_or_default().to_owned();
        Err((code, String::from_utf8_lossy(answer.body()).into_owned()))
    }
}

impl LogSink for EmbeddedLogSink {
    fn ensure_group<'a>(
        &'a self,
        region: &'a str,
        group: &'a str,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        async move {
            let made = self
                .call(region, "CreateLogGroup", json!({ "logGroupName": group }))
                .await;
            match made {
                Err((code, answer)) if !code.ends_with("ResourceAlreadyExistsException") => {
                    Err(LogSinkError::Refused {
                        group: group.to_owned(),
                        answer,
                    })
                }
                _ => Ok(()),
            }
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
            let made = self
                .call(
                    region,
                    "CreateLogStream",
                    json!({ "logGroupName": group, "logStreamName": stream }),
                )
                .await;
            match made {
                Err((code, _)) if code.ends_with("ResourceNotFoundException") => {
                    return Err(LogSinkError::NoSuchGroup(group.to_owned()));
                }
                Err((code, answer)) if !code.ends_with("ResourceAlreadyExistsException") => {
                    return Err(LogSinkError::Refused {
                        group: group.to_owned(),
                        answer,
                    });
                }
                _ => {}
            }
            let events: Vec<Value> = events
                .into_iter()
                .map(|event| json!({ "timestamp": event.timestamp_ms, "message": event.message }))
                .collect();
            self.call(
                region,
                "PutLogEvents",
                json!({ "logGroupName": group, "logStreamName": stream, "logEvents": events }),
            )
            .await
            .map(|_| ())
            .map_err(|(code, answer)| {
                if code.ends_with("ResourceNotFoundException") {
                    LogSinkError::NoSuchGroup(group.to_owned())
                } else {
                    LogSinkError::Refused {
                        group: group.to_owned(),
                        answer,
                    }
                }
            })
        }
        .boxed()
    }
}
