//! Enforces the time that a client has to send its requests.
//!
//! hyper has its own time limit for a request's header, which starts at the end of the previous
//! request: it would also end the connections that SDKs keep open for their next request. So the
//! time is measured here, from the first byte of a header to its last.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::time::Instant;

use crate::framing::{BodyLength, Framing};

/// The time limits for clients. Waiting for a response has no limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientTimeouts {
    /// For a whole header, from its first byte. That of a connection's first header starts with the
    /// connection, and that of a header which begins while a request is served starts with the last
    /// byte of the response.
    pub(crate) header: Duration,
    /// For a pause between two pieces of a body.
    pub(crate) body: Duration,
    /// For an idle connection between two requests.
    pub(crate) idle: Duration,
}

impl Default for ClientTimeouts {
    /// SDKs keep connections for one or two minutes, AWS CRT's and Java's among them.
    fn default() -> Self {
        Self {
            header: Duration::from_secs(30),
            body: Duration::from_secs(30),
            idle: Duration::from_secs(300),
        }
    }
}

/// The timing state of one connection.
#[derive(Debug)]
pub(crate) struct Pace {
    timeouts: ClientTimeouts,
    state: Mutex<(State, Framing)>,
    /// The reading task, which currently has no deadline.
    reader: AtomicWaker,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// No byte of the next request has arrived since this moment.
    Idle(Instant),
    /// A header has been arriving since this moment.
    Header(Instant),
    /// A header began while the previous request was served, which ended at this moment.
    Pipelined(Instant),
    /// A request is being served. The reader of its body enforces the time limit.
    Serving,
}

/// A guard for a request that is being served; dropping it marks the end.
pub(crate) struct Serving<'a>(&'a Pace);

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        let (state, framing) = &mut *self.0.state();
        framing.answered();
        let now = Instant::now();
        *state = match framing.is_begun() {
            true => State::Pipelined(now),
            false => State::Idle(now),
        };
        self.0.reader.wake();
    }
}

impl Pace {
    /// Creates the state of a new connection, on which a request is expected at once.
    pub(crate) fn new(timeouts: ClientTimeouts) -> Self {
        Self {
            timeouts,
            state: Mutex::new((State::Header(Instant::now()), Framing::default())),
            reader: AtomicWaker::new(),
        }
    }

    /// Returns the time by which the client must send more; `None` while a request is served. In
    /// that case the waker is notified when serving ends, since hyper reads again only when it is
    /// woken.
    pub(crate) fn deadline(&self, reader: &Waker) -> Option<Instant> {
        self.reader.register(reader);
        match self.state().0 {
            State::Idle(since) => Some(since + self.timeouts.idle),
            State::Header(since) | State::Pipelined(since) => Some(since + self.timeouts.header),
            State::Serving => None,
        }
    }

    /// Takes in received bytes.
    pub(crate) fn received(&self, bytes: &[u8]) {
        let (state, framing) = &mut *self.state();
        framing.received(bytes);
        match *state {
            State::Idle(_) if framing.is_begun() => *state = State::Header(Instant::now()),
            State::Pipelined(since) => *state = State::Header(since),
            State::Idle(_) | State::Header(_) | State::Serving => {}
        }
    }

    /// Records that bytes of a response were sent; the client's time starts with the last of them.
    pub(crate) fn sent(&self) {
        match &mut self.state().0 {
            State::Idle(since) | State::Pipelined(since) => *since = Instant::now(),
            State::Header(_) | State::Serving => {}
        }
    }

    /// Records that a header is complete, whose body has this length.
    pub(crate) fn serve(&self, length: BodyLength) -> Serving<'_> {
        let (state, framing) = &mut *self.state();
        framing.served(length);
        *state = State::Serving;
        Serving(self)
    }

    fn state(&self) -> MutexGuard<'_, (State, Framing)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const SECOND: Duration = Duration::from_secs(1);

    fn left(pace: &Pace) -> Option<u64> {
        let deadline = pace.deadline(Waker::noop())?;
        Some(deadline.duration_since(Instant::now()).as_secs())
    }

    const NONE: BodyLength = BodyLength::Bytes(0);

    #[tokio::test(start_paused = true)]
    async fn the_time_for_a_header_starts_with_its_first_byte() {
        let pace = Pace::new(ClientTimeouts::default());
        advance(20 * SECOND).await;
        pace.received(b"G");
        assert_eq!(
            left(&pace),
            Some(10),
            "another byte does not extend the time"
        );

        pace.received(b" /\n\n");
        let serving = pace.serve(BodyLength::Bytes(3));
        advance(900 * SECOND).await;
        pace.received(b"123");
        assert_eq!(left(&pace), None, "responses have no time limit");
        drop(serving);

        advance(130 * SECOND).await;
        assert!(
            left(&pace) > Some(120),
            "SDKs keep connections for two minutes"
        );
        pace.sent();
        assert_eq!(left(&pace), Some(300));
        pace.received(b"G");
        pace.received(b"E");
        assert_eq!(left(&pace), Some(30));
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_for_a_header_that_begins_before_the_answer_starts_with_the_answer() {
        for (with_the_request, while_it_is_served) in [("G", ""), ("", "G")] {
            let pace = Pace::new(ClientTimeouts::default());
            pace.received(format!("G /\n\n{with_the_request}").as_bytes());
            let serving = pace.serve(NONE);
            pace.received(while_it_is_served.as_bytes());
            advance(900 * SECOND).await;
            assert_eq!(left(&pace), None, "waiting for a response has no limit");
            drop(serving);
            assert_eq!(left(&pace), Some(30));
            advance(20 * SECOND).await;
            pace.sent();
            assert_eq!(
                left(&pace),
                Some(30),
                "the time starts with the last byte of the response"
            );
            advance(20 * SECOND).await;
            pace.received(b"E");
            pace.sent();
            assert_eq!(left(&pace), Some(10));
            pace.received(b"T /\n\n");
            drop(pace.serve(NONE));
            assert_eq!(left(&pace), Some(300), "no header has begun");
        }
    }
}
