//! Runs a query over the events of its groups.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use local_insights::{Event, Run};
use local_wire::ACCOUNT_ID;
use serde_json::{Value, json};

use super::{Groups, now_ms};
use crate::logs::streams::{StreamPosition, size};

/// The number of bytes that are copied before the groups are released to other requests.
const SLICE_BYTES: usize = 512 * 1_024;
/// The longest run. AWS ends a query after an hour.
const LONGEST: Duration = Duration::from_secs(120);

/// The fields of a result with their values.
pub(super) type Row = Vec<(Arc<str>, Arc<str>)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Scheduled,
    Running,
    Complete,
    Failed,
    Cancelled,
    Timeout,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "Scheduled",
            Self::Running => "Running",
            Self::Complete => "Complete",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Timeout => "Timeout",
        }
    }

    /// Reports whether the query will still change.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Scheduled | Self::Running)
    }
}

/// The numbers of events.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Statistics {
    records_matched: u64,
    records_scanned: u64,
    pub(super) bytes_scanned: f64,
    groups_scanned: u64,
}

impl Statistics {
    pub(super) fn shape(self) -> Value {
        json!({
            "recordsMatched": self.records_matched as f64,
            "recordsScanned": self.records_scanned as f64,
            "bytesScanned": self.bytes_scanned,
            "logGroupsScanned": self.groups_scanned as f64,
            // There are no indexes.
            "estimatedRecordsSkipped": 0.0,
            "estimatedBytesSkipped": 0.0,
        })
    }
}

/// The state of a query.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) status: Status,
    pub(super) rows: Vec<Row>,
    pub(super) statistics: Statistics,
    pub(super) duration_ms: u64,
}

/// A query that was started.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) id: String,
    pub(super) region: String,
    /// The names of its groups.
    pub(super) groups: Vec<String>,
    pub(super) text: String,
    pub(super) created_ms: i64,
    /// The first and the last second.
    span: (i64, i64),
    limit: Option<usize>,
    outcome: Mutex<Outcome>,
}

/// A copy of an event.
struct Copied {
    position: StreamPosition,
    ingested_ms: i64,
    stream: String,
    message: String,
}

impl Query {
    pub(super) fn new(
        id: String,
        region: String,
        groups: Vec<String>,
        text: String,
        span: (i64, i64),
        limit: Option<usize>,
    ) -> Self {
        let outcome = Outcome {
            status: Status::Scheduled,
            rows: Vec::new(),
            statistics: Statistics::default(),
            duration_ms: 0,
        };
        Self {
            id,
            region,
            groups,
            text,
            created_ms: now_ms(),
            span,
            limit,
            outcome: Mutex::new(outcome),
        }
    }

    pub(super) fn outcome(&self) -> MutexGuard<'_, Outcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self) -> Status {
        self.outcome().status
    }

    /// Returns the bytes of memory that the results take.
    pub(super) fn bytes(&self) -> usize {
        let field = |(_, value): &(Arc<str>, Arc<str>)| value.len() + 4 * size_of::<usize>();
        let outcome = self.outcome();
        outcome.rows.iter().flatten().map(field).sum()
    }

    /// Ends a query that is scheduled or running; reports whether it was.
    pub(super) fn end(&self, status: Status, rows: Vec<Row>) -> bool {
        let mut outcome = self.outcome();
        let was_open = outcome.status.is_open();
        if was_open {
            outcome.status = status;
            outcome.rows = rows;
        }
        was_open
    }

    /// Runs the query to its end.
    pub(super) fn run(&self, groups: &Mutex<Groups>) {
        let started = Instant::now();
        // The text was parsed before. Its patterns would take memory while the query waits.
        let run = match local_insights::Query::parse(&self.text) {
            Ok(query) => query.run(self.limit, self.created_ms),
            Err(error) => {
                tracing::error!(%error, id = self.id, "a query cannot be compiled");
                self.end(Status::Failed, Vec::new());
                return;
            }
        };
        {
            let mut outcome = self.outcome();
            if !outcome.status.is_open() {
                return;
            }
            outcome.status = Status::Running;
        }
        let (status, rows) = self.search(run, groups, started);
        self.outcome().duration_ms = elapsed_ms(started);
        self.end(status, rows);
    }

    /// Returns how the query ends. A query that another request ends keeps that status.
    fn search(&self, mut run: Run, groups: &Mutex<Groups>, started: Instant) -> (Status, Vec<Row>) {
        let mut statistics = Statistics::default();
        for group in &self.groups {
            let name = format!("{ACCOUNT_ID}:{group}");
            statistics.groups_scanned += 1;
            let mut next = StreamPosition::at(self.span.0.saturating_mul(1_000));
            loop {
                if !self.status().is_open() {
                    return (Status::Cancelled, Vec::new());
                }
                if started.elapsed() > LONGEST {
                    return (Status::Timeout, Vec::new());
                }
                let slice = self.slice(groups, group, next);
                let Some(last) = slice.last() else { break };
                next = last.position.next();
                for copied in &slice {
                    statistics.records_scanned += 1;
                    statistics.bytes_scanned += copied.message.len() as f64;
                    let event = Event {
                        timestamp_ms: copied.position.timestamp_ms,
                        ingested_ms: copied.ingested_ms,
                        message: &copied.message,
                        stream: &copied.stream,
                        group: &name,
                    };
                    let pointer = || format!("{}:{group}:{}", copied.position.id(), copied.stream);
                    if let Err(error) = run.add(&event, pointer) {
                        return self.failed(&error);
                    }
                }
                statistics.records_matched = run.matched();
                self.outcome().statistics = statistics;
            }
        }
        self.outcome().statistics = statistics;
        match run.finish() {
            Ok(results) => (Status::Complete, results.rows),
            Err(error) => self.failed(&error),
        }
    }

    fn failed(&self, error: &local_insights::OutOfMemory) -> (Status, Vec<Row>) {
        tracing::warn!(%error, id = self.id, query = self.text, "a query failed");
        (Status::Failed, Vec::new())
    }

    /// Copies the next events of a group. A group that was deleted meanwhile has none.
    fn slice(&self, groups: &Mutex<Groups>, group: &str, from: StreamPosition) -> Vec<Copied> {
        let end_ms = self.span.1.saturating_mul(1_000).saturating_add(1);
        let groups = groups.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(group) = groups.find(&self.region, group) else {
            return Vec::new();
        };
        let mut bytes = 0;
        let events = group.streams.events(from..StreamPosition::at(end_ms));
        let fitting = events.take_while(|(_, event)| {
            let fits = bytes < SLICE_BYTES;
            bytes += size(event.message);
            fits
        });
        let copy = |(stream, event): (&str, crate::logs::streams::Event<'_>)| Copied {
            position: event.position,
            ingested_ms: event.ingested_ms,
            stream: stream.to_owned(),
            message: event.message.to_owned(),
        };
        fitting.map(copy).collect()
    }
}

fn elapsed_ms(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}
