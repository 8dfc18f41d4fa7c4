//! The lines that Lambda itself writes to a function's log, as text or JSON.

use std::time::Duration;

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use crate::function::LogFormat;

const TIME: &[BorrowedFormatItem<'static>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// The result of an invocation or initialization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// A response, or an error that the function reported through its runtime.
    Success,
    /// The function or its process failed; with Lambda's error type, such as `Runtime.ExitError`.
    Error(&'static str),
    /// The time limit was exceeded.
    Timeout,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error(_) => "error",
            Self::Timeout => "timeout",
        }
    }

    fn error_type(self) -> Option<&'static str> {
        match self {
            Self::Error(kind) => Some(kind),
            Self::Success | Self::Timeout => None,
        }
    }
}

/// The level of system logs, most detailed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SystemLevel {
    Debug,
    /// The activity of a function.
    Info,
    /// Failures.
    Warn,
}

/// A report of Lambda about an environment or invocation.
#[derive(Debug, Clone)]
pub(crate) enum PlatformEvent<'a> {
    /// An environment is being created.
    InitStart {
        /// Such as `provided:al2023.v1`.
        runtime_version: &'a str,
        /// The ARN of the runtime's version.
        runtime_version_arn: &'a str,
        function_name: &'a str,
        function_version: &'a str,
    },
    /// An initialization has ended.
    InitReport { status: Status, duration: Duration },
    /// An invocation begins.
    Start {
        request_id: &'a str,
        version: &'a str,
    },
    /// The process failed. Only text logs have a line for it.
    Fault {
        request_id: &'a str,
        /// Lambda's description of the failure.
        problem: &'a str,
        status: Status,
    },
    /// The runtime has finished an invocation.
    RuntimeDone {
        request_id: &'a str,
        status: Status,
        duration: Duration,
        /// Size of the response in bytes.
        produced_bytes: usize,
    },
    /// The final report with the billed duration.
    Report {
        request_id: &'a str,
        status: Status,
        duration: Duration,
        /// The time of the initialization, if the environment was created for this invocation.
        init: Option<Duration>,
        /// The function's memory setting.
        memory_mb: u32,
        /// The peak of the process's memory.
        peak_mb: u64,
    },
}

impl PlatformEvent<'_> {
    /// Returns the event's line. Returns `None` if the format or level excludes it.
    pub(crate) fn render(
        &self,
        format: LogFormat,
        level: SystemLevel,
        now: OffsetDateTime,
    ) -> Option<String> {
        match format {
            LogFormat::Text => self.text(now),
            LogFormat::Json => (self.level() >= level).then(|| self.json(now)).flatten(),
        }
    }

    /// Returns the level of the event, from the table in Lambda's guide.
    fn level(&self) -> SystemLevel {
        match self {
            Self::InitStart { .. } | Self::Start { .. } => SystemLevel::Info,
            Self::InitReport { status, .. } | Self::RuntimeDone { status, .. } => match status {
                Status::Success => SystemLevel::Debug,
                Status::Error(_) | Status::Timeout => SystemLevel::Warn,
            },
            Self::Report { status, .. } => match status {
                Status::Success => SystemLevel::Info,
                Status::Error(_) | Status::Timeout => SystemLevel::Warn,
            },
            Self::Fault { .. } => SystemLevel::Warn,
        }
    }

    fn text(&self, now: OffsetDateTime) -> Option<String> {
        Some(match self {
            Self::InitStart {
                runtime_version,
                runtime_version_arn,
                ..
            } => format!(
                "INIT_START Runtime Version: {runtime_version}\tRuntime Version ARN: \
                 {runtime_version_arn}"
            ),
            // Text logs mention an initialization only if it fails.
            Self::InitReport {
                status: Status::Success,
                ..
            }
            | Self::RuntimeDone { .. } => return None,
            Self::InitReport { status, duration } => format!(
                "INIT_REPORT Init Duration: {:.2} ms\tPhase: init\tStatus: {}{}",
                milliseconds(*duration),
                status.name(),
                error_type_text(*status),
            ),
            Self::Start {
                request_id,
                version,
            } => format!("START RequestId: {request_id} Version: {version}"),
            Self::Fault {
                request_id,
                problem,
                status,
            } => match status.error_type() {
                Some(kind) => format!("RequestId: {request_id} Error: {problem}\n{kind}"),
                None => format!("{} {request_id} {problem}", timestamp(now)),
            },
            Self::Report {
                request_id,
                status,
                duration,
                init,
                memory_mb,
                peak_mb,
            } => {
                let mut line = format!(
                    "REPORT RequestId: {request_id}\tDuration: {:.2} ms\tBilled Duration: {} ms\t\
                     Memory Size: {memory_mb} MB\tMax Memory Used: {peak_mb} MB\t",
                    milliseconds(*duration),
                    billed(*duration, *init),
                );
                if let Some(init) = init {
                    line.push_str(&format!("Init Duration: {:.2} ms\t", milliseconds(*init)));
                }
                if *status != Status::Success {
                    line.push_str(&format!(
                        "Status: {}{}",
                        status.name(),
                        error_type_text(*status)
                    ));
                }
                line
            }
        })
    }

    fn json(&self, now: OffsetDateTime) -> Option<String> {
        let (kind, record) = match self {
            Self::InitStart {
                runtime_version,
                runtime_version_arn,
                function_name,
                function_version,
            } => (
                "platform.initStart",
                json!({
                    "initializationType": "on-demand",
                    "phase": "init",
                    "runtimeVersion": runtime_version,
                    "runtimeVersionArn": runtime_version_arn,
                    "functionName": function_name,
                    "functionVersion": function_version,
                }),
            ),
            Self::InitReport { status, duration } => (
                "platform.initReport",
                with_error_type(
                    json!({
                        "initializationType": "on-demand",
                        "phase": "init",
                        "status": status.name(),
                        "metrics": { "durationMs": rounded(*duration) },
                    }),
                    *status,
                ),
            ),
            Self::Start {
                request_id,
                version,
            } => (
                "platform.start",
                json!({ "requestId": request_id, "version": version }),
            ),
            Self::Fault { .. } => return None,
            Self::RuntimeDone {
                request_id,
                status,
                duration,
                produced_bytes,
            } => (
                "platform.runtimeDone",
                with_error_type(
                    json!({
                        "requestId": request_id,
                        "status": status.name(),
                        "metrics": {
                            "durationMs": rounded(*duration),
                            "producedBytes": produced_bytes,
                        },
                    }),
                    *status,
                ),
            ),
            Self::Report {
                request_id,
                status,
                duration,
                init,
                memory_mb,
                peak_mb,
            } => {
                let mut metrics = json!({
                    "durationMs": rounded(*duration),
                    "billedDurationMs": billed(*duration, *init),
                    "memorySizeMB": memory_mb,
                    "maxMemoryUsedMB": peak_mb,
                });
                if let Some(init) = init {
                    metrics["initDurationMs"] = json!(rounded(*init));
                }
                (
                    "platform.report",
                    with_error_type(
                        json!({
                            "requestId": request_id,
                            "metrics": metrics,
                            "status": status.name(),
                        }),
                        *status,
                    ),
                )
            }
        };
        Some(json!({ "time": timestamp(now), "type": kind, "record": record }).to_string())
    }
}

/// With an OS-only runtime, Lambda has always billed the initialization, too.
fn billed(duration: Duration, init: Option<Duration>) -> u64 {
    milliseconds(duration + init.unwrap_or_default()).ceil() as u64
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn rounded(duration: Duration) -> f64 {
    (milliseconds(duration) * 1000.0).round() / 1000.0
}

fn error_type_text(status: Status) -> String {
    status
        .error_type()
        .map(|kind| format!("\tError Type: {kind}"))
        .unwrap_or_default()
}

fn with_error_type(mut record: Value, status: Status) -> Value {
    if let Some(kind) = status.error_type() {
        record["errorType"] = kind.into();
    }
    record
}

fn timestamp(now: OffsetDateTime) -> String {
    // The format cannot fail for a date of this millennium.
    now.format(TIME).unwrap_or_else(|_| now.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-01-02 03:04:05.678 UTC);

    fn report(status: Status) -> PlatformEvent<'static> {
        PlatformEvent::Report {
            request_id: "r-1",
            status,
            duration: Duration::from_micros(1230),
            init: Some(Duration::from_micros(8120)),
            memory_mb: 256,
            peak_mb: 12,
        }
    }

    #[test]
    fn the_report_is_written_as_lambda_writes_it() {
        let text = |status| {
            report(status)
                .render(LogFormat::Text, SystemLevel::Info, NOW)
                .unwrap()
        };
        let line = "REPORT RequestId: r-1\tDuration: 1.23 ms\tBilled Duration: 10 ms\t\
                    Memory Size: 256 MB\tMax Memory Used: 12 MB\tInit Duration: 8.12 ms\t";
        assert_eq!(text(Status::Success), line);
        assert_eq!(text(Status::Timeout), format!("{line}Status: timeout"));
        assert_eq!(
            text(Status::Error("Runtime.ExitError")),
            format!("{line}Status: error\tError Type: Runtime.ExitError")
        );
    }

    #[test]
    fn json_events_follow_the_level() {
        let done = PlatformEvent::RuntimeDone {
            request_id: "r-1",
            status: Status::Success,
            duration: Duration::from_millis(1),
            produced_bytes: 2,
        };
        assert!(
            done.render(LogFormat::Json, SystemLevel::Info, NOW)
                .is_none()
        );
        let line = done
            .render(LogFormat::Json, SystemLevel::Debug, NOW)
            .unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["type"], "platform.runtimeDone");
        assert_eq!(line["time"], "2026-01-02T03:04:05.678Z");
        let success = report(Status::Success);
        assert!(
            success
                .render(LogFormat::Json, SystemLevel::Warn, NOW)
                .is_none()
        );
        let failure = report(Status::Error("Runtime.ExitError"))
            .render(LogFormat::Json, SystemLevel::Warn, NOW)
            .unwrap();
        let failure: Value = serde_json::from_str(&failure).unwrap();
        assert_eq!(failure["record"]["errorType"], "Runtime.ExitError");
        assert_eq!(failure["record"]["metrics"]["billedDurationMs"], 10);
    }
}
