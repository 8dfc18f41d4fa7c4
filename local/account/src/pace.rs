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

/// The times that clients have. Waiting for an answer has no limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For a whole header, from its first byte; the first one of a connection from its beginning.
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
    state: Mutex<State>,
    /// Whoever reads, and was told that there is no deadline.
    reader: AtomicWaker,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Nothing of the next request is there since this moment.
    Idle(Instant),
    /// A header arrives since this moment.
    Header(Instant),
    /// A request is served. Who reads its body has an eye on the time.
    Serving,
}

/// A request that is served; dropped, it is over.
pub(crate) struct Serving<'a>(&'a Pace);

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        *self.0.state() = State::Idle(Instant::now());
        self.0.reader.wake();
    }
}

impl Pace {
    /// Of a connection that begins. Who connects has something to say.
    pub(crate) fn new(patience: Patience) -> Self {
        Self {
            patience,
            state: Mutex::new(State::Header(Instant::now())),
            reader: AtomicWaker::new(),
        }
    }

    /// Until when the client must have said more; `None` while it is the account's turn. Then the
    /// waker is told when that ends: hyper reads again only when it is woken.
    pub(crate) fn deadline(&self, reader: &Waker) -> Option<Instant> {
        self.reader.register(reader);
        match *self.state() {
            State::Idle(since) => Some(since + self.patience.idle),
            State::Header(since) => Some(since + self.patience.header),
            State::Serving => None,
        }
    }

    /// Bytes have come.
    pub(crate) fn received(&self) {
        let mut state = self.state();
        if let State::Idle(_) = *state {
            *state = State::Header(Instant::now());
        }
    }

    /// Bytes of an answer were taken; the client has its time from the last one.
    pub(crate) fn sent(&self) {
        let mut state = self.state();
        if let State::Idle(_) = *state {
            *state = State::Idle(Instant::now());
        }
    }

    /// A header is complete.
    pub(crate) fn serve(&self) -> Serving<'_> {
        *self.state() = State::Serving;
        Serving(self)
    }

    fn state(&self) -> MutexGuard<'_, State> {
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

    #[tokio::test(start_paused = true)]
    async fn a_header_has_its_time_from_its_first_byte() {
        let pace = Pace::new(Patience::default());
        advance(20 * SECOND).await;
        pace.received();
        assert_eq!(
            left(&pace),
            Some(10),
            "one byte more is no reason to wait longer"
        );

        let serving = pace.serve();
        advance(900 * SECOND).await;
        pace.received();
        assert_eq!(left(&pace), None, "answers may take as long as they like");
        drop(serving);

        advance(130 * SECOND).await;
        assert!(
            left(&pace) > Some(120),
            "SDKs keep connections for two minutes"
        );
        pace.sent();
        assert_eq!(left(&pace), Some(300));
        pace.received();
        pace.received();
        assert_eq!(left(&pace), Some(30));
    }
}
