//! How long a client may take to say what it wants.
//!
//! hyper has a limit of its own for a request's header, which counts from the end of the request
//! before: it would also end the connections that SDKs keep for the next request. So the time is
//! taken here, from the first byte of a header to its last.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::time::Instant;

use crate::framing::{BodyLength, Framing};

/// The times that clients have. Waiting for an answer has no limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For a whole header, from its first byte; the first one of a connection from its beginning, and
    /// one that begins while a request is served from the last byte of the answer.
    pub(crate) header: Duration,
    /// Between two pieces of a body.
    pub(crate) body: Duration,
    /// Between two requests.
    pub(crate) idle: Duration,
}

impl Default for Patience {
    /// SDKs keep connections for a minute or two, AWS CRT's and Java's among them.
    fn default() -> Self {
        Self {
            header: Duration::from_secs(30),
            body: Duration::from_secs(30),
            idle: Duration::from_secs(300),
        }
    }
}

/// Where one connection stands.
#[derive(Debug)]
pub(crate) struct Pace {
    patience: Patience,
    state: Mutex<(State, Framing)>,
    /// The task that reads, and was told that there is no deadline.
    reader: AtomicWaker,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Nothing of the next request is there since this moment.
    Idle(Instant),
    /// A header arrives since this moment.
    Header(Instant),
    /// A header has begun while the request before it was served, which ended at this moment.
    Pipelined(Instant),
    /// A request is served. Who reads its body has an eye on the time.
    Serving,
}

/// A request that is served; dropped, it is over.
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
    /// Of a connection that begins. Who connects has something to say.
    pub(crate) fn new(patience: Patience) -> Self {
        Self {
            patience,
            state: Mutex::new((State::Header(Instant::now()), Framing::default())),
            reader: AtomicWaker::new(),
        }
    }

    /// Until when the client must have said more; `None` while it is the account's turn. Then the
    /// waker is told when that ends: hyper reads again only when it is woken.
    pub(crate) fn deadline(&self, reader: &Waker) -> Option<Instant> {
        self.reader.register(reader);
        match self.state().0 {
            State::Idle(since) => Some(since + self.patience.idle),
            State::Header(since) | State::Pipelined(since) => Some(since + self.patience.header),
            State::Serving => None,
        }
    }

    /// Bytes have come.
    pub(crate) fn received(&self, bytes: &[u8]) {
        let (state, framing) = &mut *self.state();
        framing.received(bytes);
        match *state {
            State::Idle(_) if framing.is_begun() => *state = State::Header(Instant::now()),
            State::Pipelined(since) => *state = State::Header(since),
            State::Idle(_) | State::Header(_) | State::Serving => {}
        }
    }

    /// Bytes of an answer were taken; the client has its time from the last one.
    pub(crate) fn sent(&self) {
        match &mut self.state().0 {
            State::Idle(since) | State::Pipelined(since) => *since = Instant::now(),
            State::Header(_) | State::Serving => {}
        }
    }

    /// A header is complete whose body has this length.
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
    async fn a_header_has_its_time_from_its_first_byte() {
        let pace = Pace::new(Patience::default());
        advance(20 * SECOND).await;
        pace.received(b"G");
        assert_eq!(
            left(&pace),
            Some(10),
            "one byte more is no reason to wait longer"
        );

        pace.received(b" /\n\n");
        let serving = pace.serve(BodyLength::Bytes(3));
        advance(900 * SECOND).await;
        pace.received(b"123");
        assert_eq!(left(&pace), None, "answers may take as long as they like");
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
    async fn a_header_that_begins_before_the_answer_has_its_time_from_the_answer() {
        for (with_the_request, while_it_is_served) in [("G", ""), ("", "G")] {
            let pace = Pace::new(Patience::default());
            pace.received(format!("G /\n\n{with_the_request}").as_bytes());
            let serving = pace.serve(NONE);
            pace.received(while_it_is_served.as_bytes());
            advance(900 * SECOND).await;
            assert_eq!(left(&pace), None, "who waits for an answer has no limit");
            drop(serving);
            assert_eq!(left(&pace), Some(30));
            advance(20 * SECOND).await;
            pace.sent();
            assert_eq!(left(&pace), Some(30), "the answer takes its time, too");
            advance(20 * SECOND).await;
            pace.received(b"E");
            pace.sent();
            assert_eq!(left(&pace), Some(10));
            pace.received(b"T /\n\n");
            drop(pace.serve(NONE));
            assert_eq!(left(&pace), Some(300), "nothing has begun");
        }
    }
}
