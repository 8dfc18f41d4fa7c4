//! A function's log: one stream per environment, written in order by one task.

use std::sync::Arc;

use local_wire::{
    ACCOUNT_ID, Fault, FunctionIdentity, LogEvent, LogSink, LogSinkError, RoleRights, partition,
};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use uuid::Uuid;

use crate::{
    environment::FunctionSpec,
    function::{ApplicationLevel, LogFormat, LogSettings},
    platform::PlatformEvent,
    reported::ReportedFunctions,
    runtime::{Language, Runtime},
};

/// The limit of a function's output that waits to be written, in bytes, and the overhead of each line. A
/// function that prints faster blocks on its pipe. Lambda's own lines never wait, since an invocation has
/// only a few.
const BACKLOG: u32 = 1024 * 1024;
const LINE: usize = 128;
/// The size of the log tail that `LogType: Tail` returns, in bytes.
const TAIL: usize = 4096;

/// The account's logs.
pub(crate) struct Logs {
    sink: Arc<dyn LogSink>,
    rights: Arc<dyn RoleRights>,
    /// Functions whose lost log lines have been reported.
    warned: ReportedFunctions,
}

impl Logs {
    pub(crate) fn new(sink: Arc<dyn LogSink>, rights: Arc<dyn RoleRights>) -> Self {
        Self {
            sink,
            rights,
            warned: ReportedFunctions::default(),
        }
    }

    /// Opens a new stream of a function's log. It is created with its first line.
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
        let (sender, commands) = mpsc::unbounded_channel();
        let writer = Writer {
            logs: Arc::clone(self),
            region: spec.region.clone(),
            identity: spec.identity(),
            group: spec.log.group.clone(),
            stream: name.clone(),
            created: false,
            batch: Vec::new(),
            rooms: Vec::new(),
            tail: String::new(),
        };
        tokio::spawn(writer.run(commands));
        LogStream {
            sender,
            backlog: Arc::new(Semaphore::new(BACKLOG as usize)),
            settings: spec.log.clone(),
            language: Runtime::managed(&spec.runtime).map(|managed| managed.language),
            name,
        }
    }

    /// Writes lines and returns whether they were written. A failure does not fail the invocation:
    /// Lambda, too, drops lines if the group is missing or the role lacks the right to write. The loss is
    /// reported once per function.
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

    /// Checks the role's rights: Lambda writes with them, and creates the stream with its first lines.
    async fn authorize(&self, writer: &Writer) -> Result<(), Fault> {
        let stream = format!(
            "arn:{}:logs:{}:{ACCOUNT_ID}:log-group:{}:log-stream:{}",
            partition(&writer.region),
            writer.region,
            writer.group,
            writer.stream
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
        if self.warned.is_first(&writer.identity.function_arn) {
            tracing::warn!(
                function = writer.identity.function_arn,
                reason,
                "the function's log lines are dropped"
            );
        }
    }
}

enum Command {
    /// A line, with its share of the backlog if it has one.
    Line(LogEvent, Option<OwnedSemaphorePermit>),
    /// The start of an invocation, which empties the tail.
    Begin,
    /// Answered with the tail once all earlier lines are written.
    Flush(oneshot::Sender<String>),
}

/// A log stream. Clones write to the same stream.
#[derive(Clone)]
pub(crate) struct LogStream {
    sender: mpsc::UnboundedSender<Command>,
    /// The free bytes of the backlog.
    backlog: Arc<Semaphore>,
    settings: LogSettings,
    /// The language of the function's runtime, if that is a managed one.
    language: Option<Language>,
    pub(crate) name: String,
}

impl LogStream {
    /// Writes a line of the function's output, after waiting for room in the backlog.
    pub(crate) async fn application(&self, line: String) {
        if self.settings.format == LogFormat::Json
            && level_of(&line, self.language) < self.settings.application_level
        {
            return;
        }
        let room = u32::try_from(line.len() + LINE).map_or(BACKLOG, |size| size.min(BACKLOG));
        // The backlog is never closed.
        let room = Arc::clone(&self.backlog).acquire_many_owned(room).await;
        self.line(line, room.ok());
    }

    /// Writes a report of Lambda.
    pub(crate) fn platform(&self, event: PlatformEvent<'_>) {
        let now = OffsetDateTime::now_utc();
        if let Some(line) = event.render(self.settings.format, self.settings.system_level, now) {
            self.line(line, None);
        }
        // Text logs have a second line at the end of an invocation.
        if let (LogFormat::Text, PlatformEvent::RuntimeDone { request_id, .. }) =
            (self.settings.format, event)
        {
            self.line(format!("END RequestId: {request_id}"), None);
        }
    }

    /// Marks the start of an invocation.
    pub(crate) fn begin(&self) {
        self.send(Command::Begin);
    }

    /// Waits until all earlier lines are written, and returns the last ones of the invocation.
    pub(crate) async fn flush(&self) -> String {
        let (reply, written) = oneshot::channel();
        self.send(Command::Flush(reply));
        // Without a writer, whose task was cancelled with the runtime, there is nothing to wait for.
        written.await.unwrap_or_default()
    }

    fn line(&self, message: String, room: Option<OwnedSemaphorePermit>) {
        let timestamp_ms = (OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64;
        let event = LogEvent {
            timestamp_ms,
            message,
        };
        self.send(Command::Line(event, room));
    }

    fn send(&self, command: Command) {
        if self.sender.send(command).is_err() {
            tracing::debug!(stream = self.name, "the log writer has ended");
        }
    }
}

struct Writer {
    logs: Arc<Logs>,
    region: String,
    identity: FunctionIdentity,
    group: String,
    stream: String,
    /// Whether lines have been written, so that the stream exists.
    created: bool,
    batch: Vec<LogEvent>,
    /// The shares of the backlog that the batch's lines have, released when it is written.
    rooms: Vec<OwnedSemaphorePermit>,
    tail: String,
}

impl Writer {
    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        while let Some(command) = commands.recv().await {
            let mut flushed = self.absorb(command);
            // One call for all waiting lines, whose number the backlog limits.
            while flushed.is_none()
                && let Ok(command) = commands.try_recv()
            {
                flushed = self.absorb(command);
            }
            if !self.batch.is_empty() {
                let batch = std::mem::take(&mut self.batch);
                let written = self.logs.append(&self, batch).await;
                self.created |= written;
                self.rooms.clear();
            }
            if let Some(reply) = flushed {
                // The caller may have stopped waiting.
                let _ = reply.send(self.tail.clone());
            }
        }
    }

    fn absorb(&mut self, command: Command) -> Option<oneshot::Sender<String>> {
        match command {
            Command::Line(event, room) => {
                append_tail(&mut self.tail, &event.message);
                self.batch.push(event);
                self.rooms.extend(room);
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

/// Appends a line to the last [`TAIL`] bytes of a log.
fn append_tail(tail: &mut String, line: &str) {
    let last = last(line, TAIL - 1);
    tail.push_str(last);
    tail.push('\n');
    let cut = tail.len() - self::last(tail, TAIL).len();
    tail.drain(..cut);
}

/// Returns the end of a text, of at most this many bytes.
fn last(text: &str, size: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(size))..]
}

/// Returns the level of a line in a JSON log. As in Lambda's guide, a line without a valid level or an
/// RFC 3339 time counts as INFO.
fn level_of(line: &str, language: Option<Language>) -> ApplicationLevel {
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
        .map(str::to_ascii_uppercase)
        .and_then(|level| match (language, level.as_str()) {
            // The names of Python's logging, which only its runtime passes on with the level.
            (Some(Language::Python), "WARNING") => Some(ApplicationLevel::Warn),
            (Some(Language::Python), "CRITICAL") => Some(ApplicationLevel::Fatal),
            (_, level) => ApplicationLevel::parse(level),
        })
        .unwrap_or(ApplicationLevel::Info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_end_of_the_log_in_whole_characters() {
        let mut tail = String::new();
        append_tail(&mut tail, "first");
        assert_eq!(tail, "first\n");
        for line in ["é".repeat(3000), "x".repeat(1_000_000), "second".into()] {
            append_tail(&mut tail, &line);
            assert!(
                tail.len() <= TAIL && tail.len() > TAIL - 4,
                "{}",
                tail.len()
            );
        }
        assert!(tail.ends_with("xxx\nsecond\n"), "{tail}");
        assert!(tail.capacity() < 4 * TAIL, "{}", tail.capacity());
    }

    #[test]
    fn levels_are_read_from_json_lines() {
        let line = |level: &str, time: &str| {
            format!(r#"{{"level":"{level}","timestamp":"{time}","message":"m"}}"#)
        };
        let now = "2026-01-02T03:04:05.123Z";
        assert_eq!(level_of(&line("DEBUG", now), None), ApplicationLevel::Debug);
        assert_eq!(level_of(&line("error", now), None), ApplicationLevel::Error);
        assert_eq!(level_of(&line("loud", now), None), ApplicationLevel::Info);
        assert_eq!(
            level_of(&line("debug", "now"), None),
            ApplicationLevel::Info
        );
        assert_eq!(level_of("plain text", None), ApplicationLevel::Info);
        // The names of Python's `logging`.
        let python = |level| level_of(&line(level, now), Some(Language::Python));
        assert_eq!(python("WARNING"), ApplicationLevel::Warn);
        assert_eq!(python("CRITICAL"), ApplicationLevel::Fatal);
        assert_eq!(
            level_of(&line("WARNING", now), None),
            ApplicationLevel::Info
        );
    }
}
