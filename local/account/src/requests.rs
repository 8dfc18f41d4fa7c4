//! Records who sent which request when; never the contents of requests or responses.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use local_wire::{Fault, Request, TraceHeader};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::signers::WHAT_TO_DO;

/// The most requests that are recorded; the oldest are dropped first.
const MAX_RECORDS: usize = 32_768;
/// The most characters of a name that are recorded: those of AWS's longest access key id. A client
/// may send as many as fit into a header.
const MAX_NAME_LENGTH: usize = 128;
/// The most requests that a [`RequestFeed`] holds for a reader that is slow.
const MAX_WAITING: usize = 4_096;

/// A request that was answered, or whose client has disconnected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestRecord {
    /// The service's signing name, such as `dynamodb`.
    pub service: String,
    /// The operation, such as `GetItem`.
    pub operation: String,
    /// The Region of the credential scope.
    pub region: String,
    /// The access key id of its signature.
    pub access_key_id: String,
    /// The ARN of the role, if a function of the account signed the request.
    pub role: Option<String>,
    /// The id of the X-Ray trace that the request belongs to, if a function of the account signed it and names
    /// one, as the AWS SDKs do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The time at which the whole request had arrived.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// The time at which it was answered. A response leaves after this moment, so a request that
    /// was caused by it starts later.
    #[serde(with = "time::serde::rfc3339")]
    pub finished_at: OffsetDateTime,
    /// The HTTP status; `None` if the client received no response.
    pub status: Option<u16>,
    /// The effect of the fault rule that was applied.
    pub fault: Option<String>,
    /// Why the access key id of the request was refused, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Whether the request went on to the upstream.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub upstream: bool,
}

/// Returns the minimum number of sequential round trips that explains these requests: the length of
/// the longest chain in which each request began after the one before it was answered.
///
/// Parallel requests count once, provided that they overlap in time. With an account on the same
/// machine, a response may arrive before the next request of a `join!` was sent; a rule with
/// [`Effect::Latency`](crate::Effect::Latency) of about 50 ms for all of them makes the result
/// reliable.
pub fn sequential_round_trips<'a>(records: impl IntoIterator<Item = &'a RequestRecord>) -> usize {
    let mut spans: Vec<_> = records
        .into_iter()
        .map(|record| (record.finished_at, record.started_at))
        .collect();
    spans.sort_unstable();
    let mut trips = 0;
    let mut free_from = None;
    // Choosing the request that ends first leaves the most room for the others.
    for (finished, started) in spans {
        if free_from.is_none_or(|free| started >= free) {
            trips += 1;
            free_from = Some(finished);
        }
    }
    trips
}

/// The account's latest requests.
#[derive(Debug)]
pub(crate) struct RequestLog {
    /// The wall clock time at `clock`. Times are measured by the monotonic clock from there, so
    /// that any two can be compared even if the wall clock is changed.
    epoch: OffsetDateTime,
    clock: Instant,
    records: Mutex<VecDeque<RequestRecord>>,
    feed: broadcast::Sender<RequestRecord>,
}

/// The requests to an account's services from now on, in the order in which they end.
#[derive(Debug)]
pub struct RequestFeed(broadcast::Receiver<RequestRecord>);

/// An entry of a [`RequestFeed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fed {
    /// A request ended.
    Request(Box<RequestRecord>),
    /// The reader was too slow, and so many requests were left out.
    Missed(u64),
}

impl RequestFeed {
    /// Waits for the next request; `None` when the account has ended.
    pub async fn next(&mut self) -> Option<Fed> {
        match self.0.recv().await {
            Ok(record) => Some(Fed::Request(Box::new(record))),
            Err(RecvError::Lagged(count)) => Some(Fed::Missed(count)),
            Err(RecvError::Closed) => None,
        }
    }
}

impl RequestLog {
    pub(crate) fn new() -> Self {
        Self {
            epoch: OffsetDateTime::now_utc(),
            clock: Instant::now(),
            records: Mutex::default(),
            feed: broadcast::Sender::new(MAX_WAITING),
        }
    }

    /// Returns the records of a trace, ordered by arrival.
    pub(crate) fn of_trace(&self, trace_id: &str) -> Vec<RequestRecord> {
        let of_trace = |record: &&RequestRecord| record.trace_id.as_deref() == Some(trace_id);
        let mut records: Vec<_> = self.locked().iter().filter(of_trace).cloned().collect();
        records.sort_by_key(|record| record.started_at);
        records
    }

    /// Returns the requests that end from now on.
    pub(crate) fn feed(&self) -> RequestFeed {
        RequestFeed(self.feed.subscribe())
    }

    /// Returns the records, ordered by arrival.
    pub(crate) fn records(&self) -> Vec<RequestRecord> {
        let mut records: Vec<_> = self.locked().iter().cloned().collect();
        records.sort_by_key(|record| record.started_at);
        records
    }

    pub(crate) fn clear(&self) {
        self.locked().clear();
    }

    /// Starts the record of a request that has arrived; it is stored when the request ends.
    pub(crate) fn begin(
        &self,
        request: &Request,
        operation: &str,
        role: Option<String>,
    ) -> Underway<'_> {
        let now = self.now();
        Underway {
            log: self,
            record: Some(RequestRecord {
                service: clipped(&request.service),
                operation: clipped(operation),
                region: clipped(&request.region),
                access_key_id: clipped(&request.access_key_id),
                trace_id: role.is_some().then(|| trace_id(request)).flatten(),
                role,
                started_at: now,
                finished_at: now,
                status: None,
                fault: None,
                refused: None,
                upstream: false,
            }),
        }
    }

    fn now(&self) -> OffsetDateTime {
        self.epoch + self.clock.elapsed()
    }

    fn locked(&self) -> MutexGuard<'_, VecDeque<RequestRecord>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the id of the trace that the request belongs to.
fn trace_id(request: &Request) -> Option<String> {
    let header = request.headers.get("x-amzn-trace-id")?.to_str().ok()?;
    TraceHeader::parse(header).map(|header| header.root)
}

/// The start of a name that a client chose.
pub(crate) fn clipped(name: &str) -> String {
    name.chars().take(MAX_NAME_LENGTH).collect()
}

/// A request that is being served. Dropped without an answer, because the client has disconnected,
/// it is recorded without a status.
pub(crate) struct Underway<'a> {
    log: &'a RequestLog,
    record: Option<RequestRecord>,
}

impl Underway<'_> {
    pub(crate) fn struck(&mut self, effect: &str) {
        if let Some(record) = &mut self.record {
            record.fault = Some(effect.to_owned());
        }
    }

    /// Records that the access key id is not valid.
    pub(crate) fn refused(&mut self, fault: &Fault, enforced: bool) {
        if let Some(record) = &mut self.record {
            let advice = match enforced {
                true => format!(" ({WHAT_TO_DO})"),
                false => String::new(),
            };
            record.refused = Some(format!("{}{advice}", fault.message));
        }
    }

    /// Records that the request goes on to the upstream.
    pub(crate) fn passed_on(&mut self) {
        if let Some(record) = &mut self.record {
            record.upstream = true;
        }
    }

    pub(crate) fn finish(mut self, status: Option<u16>) {
        if let Some(record) = &mut self.record {
            record.status = status;
        }
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        let Some(mut record) = self.record.take() else {
            return;
        };
        record.finished_at = self.log.now();
        if self.log.feed.receiver_count() > 0 {
            // Fails if the last reader has gone meanwhile, which is none of the request's business.
            self.log.feed.send(record.clone()).ok();
        }
        let mut records = self.log.locked();
        if records.len() == MAX_RECORDS {
            records.pop_front();
        }
        records.push_back(record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, Method, Uri};
    use time::Duration;

    fn request() -> Request {
        Request {
            region: "ap-northeast-1".into(),
            service: "dynamodb".into(),
            access_key_id: "ASIA1".into(),
            method: Method::POST,
            uri: Uri::from_static("/"),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    fn span(log: &RequestLog, from: i64, to: i64) -> RequestRecord {
        log.begin(&request(), "GetItem", None).finish(Some(200));
        let mut record = log.records().remove(0);
        log.clear();
        record.started_at = log.epoch + Duration::milliseconds(from);
        record.finished_at = log.epoch + Duration::milliseconds(to);
        record
    }

    #[test]
    fn parallel_requests_count_once() {
        let log = RequestLog::new();
        assert_eq!(sequential_round_trips(&[]), 0);
        let spans = |spans: &[(i64, i64)]| -> Vec<RequestRecord> {
            spans
                .iter()
                .map(|(from, to)| span(&log, *from, *to))
                .collect()
        };
        for (records, trips) in [
            (spans(&[(0, 10)]), 1),
            (spans(&[(0, 10), (1, 12), (2, 9)]), 1),
            (spans(&[(0, 10), (1, 30), (31, 40), (41, 50)]), 3),
            // The last request began when the first, but not the second, was answered.
            (spans(&[(0, 10), (0, 30), (12, 20)]), 2),
            (spans(&[(10, 20), (0, 10)]), 2),
        ] {
            assert_eq!(sequential_round_trips(&records), trips, "{records:?}");
        }
    }

    #[tokio::test]
    async fn a_slow_reader_of_the_feed_is_told_how_much_it_missed() {
        let log = RequestLog::new();
        let mut feed = log.feed();
        for _ in 0..=MAX_WAITING {
            log.begin(&request(), "GetItem", None).finish(Some(200));
        }
        assert_eq!(feed.next().await, Some(Fed::Missed(1)));
        let Some(Fed::Request(record)) = feed.next().await else {
            panic!("the requests that were kept must follow");
        };
        assert_eq!((&*record.operation, record.status), ("GetItem", Some(200)));
        drop(log);
        let mut left = 0;
        while feed.next().await.is_some() {
            left += 1;
        }
        assert_eq!(left, MAX_WAITING - 1);
    }

    #[test]
    fn long_names_are_cut_in_the_record() {
        let log = RequestLog::new();
        let mut request = request();
        request.access_key_id = "K".repeat(60_000);
        drop(log.begin(&request, &"長".repeat(60_000), None));
        let record = &log.records()[0];
        assert_eq!(record.access_key_id, "K".repeat(MAX_NAME_LENGTH));
        assert_eq!(record.operation, "長".repeat(MAX_NAME_LENGTH));
    }

    #[test]
    fn records_are_bounded_and_a_lost_client_is_recorded_without_a_status() {
        let log = RequestLog::new();
        drop(log.begin(&request(), "PutItem", None));
        let lost = log.records();
        assert_eq!(
            (lost[0].status, lost[0].operation.as_str()),
            (None, "PutItem")
        );
        for _ in 0..MAX_RECORDS {
            log.begin(&request(), "GetItem", None).finish(Some(200));
        }
        let records = log.records();
        assert_eq!(records.len(), MAX_RECORDS);
        assert!(records.iter().all(|record| record.status == Some(200)));
        assert!(records.is_sorted_by_key(|record| record.started_at));
    }
}
