//! One invocation of the function: its time, its deadline, and the latencies of its requests.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::{Instant, timeout};

use crate::rules::cause::Cause;

/// The time that must be left to begin a request: with less it might not end.
const ROOM_FOR_WORK: Duration = Duration::from_millis(1500);

/// The time reserved for logging and returning the answer.
const ROOM_FOR_ANSWER: Duration = Duration::from_millis(100);

/// The time reserved for recording the result of a message, over a connection that is already open.
const ROOM_FOR_CLOSING: Duration = Duration::from_millis(500);

/// The time of an invocation without a deadline: less than the 8 seconds that a flow waits.
const TIME_WITHOUT_DEADLINE: Duration = Duration::from_secs(7);

/// Distinguishes invocations that share a request id.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// A table or service that an answer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependency {
    Members,
    Benefits,
    Attempts,
    /// The service that sends messages.
    Sms,
    /// KMS, which derives the table keys of PINs.
    Kms,
}

impl Dependency {
    pub const ALL: [Self; 5] = [
        Self::Members,
        Self::Benefits,
        Self::Attempts,
        Self::Sms,
        Self::Kms,
    ];
}

#[derive(Debug)]
pub struct Invocation {
    request_id: String,
    token: String,
    since_1970: Duration,
    start: Instant,
    end: Instant,
    latencies: Mutex<Vec<(Dependency, Duration)>>,
    notes: Mutex<Vec<String>>,
    repeated: AtomicBool,
    unguarded: AtomicBool,
}

impl Invocation {
    /// Creates an invocation that starts now, with Lambda's id of the request and its deadline in
    /// milliseconds since 1970. 0 stands for no deadline.
    pub fn new(request_id: &str, deadline: u64) -> Self {
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let left = match deadline {
            0 => TIME_WITHOUT_DEADLINE,
            deadline => Duration::from_millis(deadline).saturating_sub(since_1970),
        };
        Self::starting(request_id, since_1970, left)
    }

    /// Creates an invocation that starts at a given moment and may take `left`.
    pub fn starting(request_id: &str, since_1970: Duration, left: Duration) -> Self {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let start = Instant::now();
        Self {
            request_id: request_id.to_owned(),
            token: format!("{request_id}.{:x}.{count:x}", since_1970.as_nanos()),
            since_1970,
            start,
            end: start + left,
            latencies: Mutex::default(),
            notes: Mutex::default(),
            repeated: AtomicBool::new(false),
            unguarded: AtomicBool::new(false),
        }
    }

    /// Creates an invocation at second `now` since 1970, with the time of one without a deadline.
    #[cfg(test)]
    pub(crate) fn for_test(request_id: &str, now: u64) -> Self {
        Self::starting(request_id, Duration::from_secs(now), TIME_WITHOUT_DEADLINE)
    }

    /// Lambda's id of the request.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Returns a text that no other invocation has. Amazon Connect may repeat a request, and the writes of the
    /// two must not be confused.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The start, in seconds since 1970.
    pub fn now(&self) -> u64 {
        self.since_1970.as_secs()
    }

    /// Returns the current time since 1970.
    pub fn since_1970(&self) -> Duration {
        self.since_1970 + self.start.elapsed()
    }

    /// Returns whether there is time to begin a request.
    pub fn has_room(&self) -> bool {
        self.end.saturating_duration_since(Instant::now()) >= ROOM_FOR_WORK
    }

    /// Waits for a request to `of` as long as there is time to answer.
    pub fn ask<'a, T, E>(
        &'a self,
        of: Dependency,
        request: impl Future<Output = Result<T, E>> + Send + 'a,
    ) -> impl Future<Output = Result<T, E>> + Send
    where
        T: Send + 'a,
        E: From<NoAnswerInTime> + Send + 'a,
    {
        let answer = self.wait(of, request);
        async move { answer.await.unwrap_or_else(|| Err(NoAnswerInTime.into())) }
    }

    /// Waits for `work` as long as there is time to answer; returns nothing when it took longer. Its latency
    /// is recorded either way.
    ///
    /// The future is boxed at once: requests of the SDK are large, and several of them are awaited in parallel
    /// inside other futures.
    pub fn wait<'a, W>(
        &'a self,
        on: Dependency,
        work: W,
    ) -> impl Future<Output = Option<W::Output>> + Send + use<'a, W>
    where
        W: Future<Output: Send> + Send + 'a,
    {
        self.wait_and_leave(ROOM_FOR_ANSWER, on, work)
    }

    /// Waits for the request that sends the message, which is never retried, as long as there is time to record
    /// its result and to answer; returns nothing when it took longer.
    pub fn wait_for_message<'a, W>(
        &'a self,
        work: W,
    ) -> impl Future<Output = Option<W::Output>> + Send + use<'a, W>
    where
        W: Future<Output: Send> + Send + 'a,
    {
        self.wait_and_leave(ROOM_FOR_CLOSING + ROOM_FOR_ANSWER, Dependency::Sms, work)
    }

    fn wait_and_leave<'a, W>(
        &'a self,
        room: Duration,
        on: Dependency,
        work: W,
    ) -> impl Future<Output = Option<W::Output>> + Send + use<'a, W>
    where
        W: Future<Output: Send> + Send + 'a,
    {
        let work = Box::pin(work);
        async move {
            let start = Instant::now();
            let left = self.end.saturating_duration_since(start);
            let result = timeout(left.saturating_sub(room), work).await;
            self.latencies
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((on, start.elapsed()));
            result.ok()
        }
    }

    /// Returns the latency of each request so far.
    pub fn latencies(&self) -> Vec<(Dependency, Duration)> {
        self.latencies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Adds a note to the log line. It does not change the answer.
    pub fn note(&self, text: impl ToString) {
        self.notes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text.to_string());
    }

    /// Returns the notes so far, in one text; nothing without notes.
    pub fn notes(&self) -> Option<String> {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        (!notes.is_empty()).then(|| notes.join("; "))
    }

    /// Records that the answer repeats an earlier one of the same contact, and does not count again.
    pub fn mark_repeated(&self) {
        self.repeated.store(true, Ordering::Relaxed);
    }

    /// Returns whether the answer repeats an earlier one.
    pub fn is_repeated(&self) -> bool {
        self.repeated.load(Ordering::Relaxed)
    }

    /// Records that the attempt went on although the hour's count of wrong PINs was throttled.
    pub fn mark_unguarded(&self) {
        self.unguarded.store(true, Ordering::Relaxed);
    }

    /// Returns whether the attempt went on although the hour's count of wrong PINs was throttled.
    pub fn is_unguarded(&self) -> bool {
        self.unguarded.load(Ordering::Relaxed)
    }
}

/// The error that a dependency did not answer before the invocation had to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAnswerInTime;

impl From<NoAnswerInTime> for Cause {
    fn from(_: NoAnswerInTime) -> Self {
        Self::scrubbed("there was no answer in time")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn begins_nothing_that_might_not_end() {
        let invocation = Invocation::for_test("r", 0);
        assert!(invocation.has_room());
        tokio::time::advance(Duration::from_millis(5500)).await;
        assert!(invocation.has_room());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!invocation.has_room());
    }

    #[tokio::test(start_paused = true)]
    async fn leaves_time_for_the_answer() {
        let invocation = Invocation::for_test("r", 0);
        let start = Instant::now();
        let never = invocation.wait(Dependency::Sms, std::future::pending::<()>());
        assert_eq!(never.await, None);
        assert_eq!(start.elapsed(), Duration::from_millis(6900));
        assert_eq!(
            invocation.latencies(),
            [(Dependency::Sms, Duration::from_millis(6900))]
        );
        // A message leaves half a second more, to record its result.
        let invocation = Invocation::for_test("r", 0);
        let start = Instant::now();
        let never = invocation.wait_for_message(std::future::pending::<()>());
        assert_eq!(never.await, None);
        assert_eq!(start.elapsed(), Duration::from_millis(6400));
        // A result that is ready counts even when no time is left.
        let ready = invocation.wait(Dependency::Members, async { 1 });
        assert_eq!(ready.await, Some(1));
    }

    #[test]
    fn has_a_token_of_its_own() {
        let first = Invocation::for_test("r", 7);
        let second = Invocation::for_test("r", 7);
        assert_ne!(first.token(), second.token());
        assert!(first.token().starts_with("r."));
    }
}
