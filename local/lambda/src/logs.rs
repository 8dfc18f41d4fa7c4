//! A function's log: one stream per environment, written in order by one task.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use local_aws::{
    ACCOUNT_ID, Fault, FunctionIdentity, LogEvent, LogSink, LogSinkError, PARTITION, RoleRights,
};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::{
    environment::FunctionSpec,
    function::{ApplicationLevel, LogFormat, LogSettings},
    platform::PlatformEvent,
};

/// How many lines may wait to be written. A function that writes faster is held up by its pipe.
const BACKLOG: usize = 1024;
/// How much of an invocation's log `LogType: Tail` returns.
const TAIL: usize = 4096;

/// The account's logs.
pub(crate) struct Logs {
    sink: Arc<dyn LogSink>,
    rights: Arc<dyn RoleRights>,
    /// Functions whose lost lines have been reported.
    warned: Mutex<HashSet<String>>,
}

impl Logs {
    pub(crate) fn new(sink: Arc<dyn LogSink>, rights: Arc<dyn RoleRights>) -> Self {
        Self {
            sink,
            rights,
            warned: Mutex::default(),
        }
    }

    /// Opens a new stream of a function's log; it appears with its first line.
    pub(crate) fn open(self: &Arc<Self>, spec: &FunctionSpec) -> LogStream {
        let today = OffsetDateTime::now_utc().date();
        let name = format!(
            "{:04}/{:02}/{:02}/[{}]{}",
            today.year(),
            u8::from(today.month()),
            today.day(),
            spec.version,
            Uuid::new_v4().simple()
        );
        let (sender, commands) = mpsc::channel(BACKLOG);
        let writer = Writer {
            logs: Arc::clone(self),
            region: spec.region.clone(),
            identity: spec.identity(),
            group: spec.log.group.clone(),
            stream: name.clone(),
            created: false,
            batch: Vec::new(),
            tail: String::new(),
        };
        tokio::spawn(writer.run(commands));
        LogStream {
            sender,
            settings: spec.log.clone(),
            name,
        }
    }

    /// Whether the lines could be written. That they could not is no reason to fail an invocation:
    /// Lambda drops them too when the group is missing, or when the role may not write. It is said
    /// once per function.
    async fn append(&self, writer: &Writer, events: Vec<LogEvent>) -> bool {
        if let Err(denied) = self.authorize(writer).await {
            self.warn_once(writer, &denied.message);
            return false;
        }
        let written = self
            .sink
            .append(&writer.region, &writer.group, &writer.stream, events)
            .await;
        match written {
            Ok(()) => return true,
            Err(error @ LogSinkError::NoSuchGroup(_)) => {
                self.warn_once(writer, &error.to_string());
            }
            Err(error) => tracing::error!(
                function = writer.identity.function_arn,
                error = &error as &dyn std::error::Error,
                "cannot write the function's log"
            ),
        }
        false
    }

    /// Lambda writes with the role's rights, and makes the stream with its first lines.
    async fn authorize(&self, writer: &Writer) -> Result<(), Fault> {
        let stream = format!(
            "arn:{PARTITION}:logs:{}:{ACCOUNT_ID}:log-group:{}:log-stream:{}",
            writer.region, writer.group, writer.stream
        );
        let actions: &[&str] = match writer.created {
            false => &["logs:CreateLogStream", "logs:PutLogEvents"],
            true => &["logs:PutLogEvents"],
        };
        for action in actions {
            self.rights
                .authorize(&writer.identity, &writer.region, action, &stream)
                .await?;
        }
        Ok(())
    }

    fn warn_once(&self, writer: &Writer, reason: &str) {
        let first = self
            .warned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(writer.identity.function_arn.clone());
        if first {
            tracing::warn!(
                function = writer.identity.function_arn,
                reason,
                "the function's log lines are dropped"
            );
        }
    }
}

enum Command {
    Line(LogEvent),
    /// An invocation begins: its tail is empty.
    Begin,
    /// Answered with the tail once all lines before it are written.
    Flush(oneshot::Sender<String>),
}

/// One log stream. Clones write to the same stream.
#[derive(Clone)]
pub(crate) struct LogStream {
    sender: mpsc::Sender<Command>,
    settings: LogSettings,
    /// The stream's name.
    pub(crate) name: String,
}

impl LogStream {
    /// A line the function wrote.
    pub(crate) async fn application(&self, line: String) {
        if self.settings.format == LogFormat::Json
            && level_of(&line) < self.settings.application_level
        {
            return;
        }
        self.line(line).await;
    }

    /// Something Lambda reports.
    pub(crate) async fn platform(&self, event: PlatformEvent<'_>) {
        let now = OffsetDateTime::now_utc();
        if let Some(line) = event.render(self.settings.format, self.settings.system_level, now) {
            self.line(line).await;
        }
        // Text logs have a second line where an invocation ends.
        if let (LogFormat::Text, PlatformEvent::RuntimeDone { request_id, .. }) =
            (self.settings.format, event)
        {
            self.line(format!("END RequestId: {request_id}")).await;
        }
    }

    /// Marks the begin of an invocation.
    pub(crate) async fn begin(&self) {
        self.send(Command::Begin).await;
    }

    /// Waits until all lines so far are written, and returns the invocation's last ones.
    pub(crate) async fn flush(&self) -> String {
        let (reply, written) = oneshot::channel();
        self.send(Command::Flush(reply)).await;
        // Without a writer (its task was cancelled with the runtime) there is nothing to wait for.
        written.await.unwrap_or_default()
    }

    async fn line(&self, message: String) {
        let timestamp_ms = (OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64;
        self.send(Command::Line(LogEvent {
            timestamp_ms,
            message,
        }))
        .await;
    }

    async fn send(&self, command: Command) {
        if self.sender.send(command).await.is_err() {
            tracing::debug!(stream = self.name, "the log writer is gone");
        }
    }
}

struct Writer {
    logs: Arc<Logs>,
    region: String,
    identity: FunctionIdentity,
    group: String,
    stream: String,
    /// Whether lines have been written.
    created: bool,
    batch: Vec<LogEvent>,
    tail: String,
}

impl Writer {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        while let Some(command) = commands.recv().await {
            let mut flushed = self.absorb(command);
            // One call for all that is waiting.
            while flushed.is_none()
                && let Ok(command) = commands.try_recv()
            {
                flushed = self.absorb(command);
            }
            if !self.batch.is_empty() {
                let batch = std::mem::take(&mut self.batch);
                let written = self.logs.append(&self, batch).await;
                self.created |= written;
            }
            if let Some(reply) = flushed {
                // Nobody waits any more: fine.
                let _ = reply.send(self.tail.clone());
            }
        }
    }

    fn absorb(&mut self, command: Command) -> Option<oneshot::Sender<String>> {
        match command {
            Command::Line(event) => {
                self.tail.push_str(&event.message);
                self.tail.push('\n');
                if self.tail.len() > TAIL {
                    let mut cut = self.tail.len() - TAIL;
                    while !self.tail.is_char_boundary(cut) {
                        cut += 1;
                    }
                    self.tail.drain(..cut);
                }
                self.batch.push(event);
                None
            }
            Command::Begin => {
                self.tail.clear();
                None
            }
            Command::Flush(reply) => Some(reply),
        }
    }
}

/// The level of a line in a JSON log. As Lambda's guide has it: a line without a valid level or
/// without an RFC 3339 time counts as INFO.
fn level_of(line: &str) -> ApplicationLevel {
    let Ok(Value::Object(line)) = serde_json::from_str::<Value>(line) else {
        return ApplicationLevel::Info;
    };
    let timed = ["timestamp", "time", "ts", "@timestamp"]
        .iter()
        .filter_map(|key| line.get(*key)?.as_str())
        .any(|time| OffsetDateTime::parse(time, &Rfc3339).is_ok());
    ["level", "log_level", "logLevel", "severity"]
        .iter()
        .find_map(|key| line.get(*key)?.as_str())
        .filter(|_| timed)
        .and_then(|level| ApplicationLevel::parse(&level.to_ascii_uppercase()))
        .unwrap_or(ApplicationLevel::Info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_from_json_lines() {
        let line = |level: &str, time: &str| {
            format!(r#"{{"level":"{level}","timestamp":"{time}","message":"m"}}"#)
        };
        let now = "2026-01-02T03:04:05.123Z";
        assert_eq!(level_of(&line("DEBUG", now)), ApplicationLevel::Debug);
        assert_eq!(level_of(&line("error", now)), ApplicationLevel::Error);
        assert_eq!(level_of(&line("loud", now)), ApplicationLevel::Info);
        assert_eq!(level_of(&line("debug", "now")), ApplicationLevel::Info);
        assert_eq!(level_of("plain text"), ApplicationLevel::Info);
    }
}
