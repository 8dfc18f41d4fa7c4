//! A ledger in memory that fails where a test lets it.

use std::sync::{Arc, Mutex};

use connect_pin_sms::rules::attempts::{Admission, Attempt, CallerDay, Limits, Verdict};
use connect_pin_sms::rules::cause::Cause;
use connect_pin_sms::rules::counter::{CounterId, Move, Moved, Step};
use connect_pin_sms::rules::ports::{AttemptLedger, CounterError};

use crate::book::Book;

/// A ledger without a clock: everything is within one hour, unless it is created with days.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    book: Book,
    trouble: Vec<Trouble>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[state]")
    }
}

/// A failure of the ledger, which happens once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The entry is not written.
    Open,
    /// The entry is written, and the response is lost.
    OpenUnheard,
    /// The entry is written twice, as by an SDK that did not get the first response.
    OpenTwice,
    /// A caller's day cannot be read.
    Recorded,
    /// The hour's wrong PINs cannot be read.
    Hour,
    /// The hour's wrong PINs are throttled.
    HourThrottled,
    /// The end is not written.
    Close,
    /// A redemption is counted, and the response is lost.
    RedeemUnheard,
    /// A redemption is not counted.
    Redeem,
    /// A mark is written, and the response is lost.
    UseUnheard,
    /// A redemption or a mark is not taken back.
    Undo,
}

impl Ledger {
    /// Adds a failure of the next matching request.
    pub(crate) fn inject(&self, trouble: Trouble) {
        self.0.lock().unwrap().trouble.push(trouble);
    }

    /// Creates a ledger with a record for each day and a counter for each hour.
    pub(crate) fn with_days() -> Self {
        let ledger = Self::default();
        ledger.0.lock().unwrap().book = Book::with_clock();
        ledger
    }

    /// Returns the wrong PINs that each hour has left, in quarters, the latest last.
    pub(crate) fn hours(&self) -> Vec<i64> {
        self.0.lock().unwrap().book.numbers("hour ")
    }

    /// Returns the redemptions of the only campaign; nothing before the first one.
    pub(crate) fn redeemed(&self) -> Option<i64> {
        self.0.lock().unwrap().book.numbers("redeemed ").pop()
    }

    /// Returns the number of marks of single uses.
    pub(crate) fn used(&self) -> i64 {
        self.0.lock().unwrap().book.numbers("used ").iter().sum()
    }

    /// Returns the number of attempts that were admitted.
    pub(crate) fn admitted(&self) -> u32 {
        self.0.lock().unwrap().book.admitted
    }

    /// Returns the sizes of the only caller's sets: wrong today, in this hour, claims, sent, open.
    pub(crate) fn sizes(&self) -> [usize; 5] {
        let mut days = self.sizes_by_day();
        assert!(days.len() <= 1, "more than one caller or day");
        days.pop().unwrap_or_default()
    }

    /// Returns the same sizes for each of the only caller's days, the latest last.
    pub(crate) fn sizes_by_day(&self) -> Vec<[usize; 5]> {
        let state = self.0.lock().unwrap();
        state.book.records().into_values().map(sizes).collect()
    }

    /// Enters an attempt as another invocation would.
    pub(crate) fn enter(&self, attempt: &Attempt, limits: &Limits) {
        self.0.lock().unwrap().book.enter(attempt, limits);
    }

    /// Closes an attempt as another invocation would.
    pub(crate) fn end(&self, attempt: &Attempt, verdict: Verdict) {
        self.0.lock().unwrap().book.close(attempt, verdict);
    }

    fn is_injected(&self, trouble: Trouble) -> bool {
        let mut state = self.0.lock().unwrap();
        let at = state.trouble.iter().position(|planned| *planned == trouble);
        at.map(|at| state.trouble.remove(at)).is_some()
    }
}

fn sizes(record: &CallerDay) -> [usize; 5] {
    [
        record.wrong_today.len(),
        record.wrong_this_hour.len(),
        record.claims.len(),
        record.sent.len(),
        record.open.len(),
    ]
}

fn down() -> Cause {
    Cause::scrubbed("attempts: InternalServerError: for +819011112222")
}

impl AttemptLedger for Ledger {
    async fn open(&self, attempt: &Attempt, limits: &Limits) -> Result<Admission, Cause> {
        tokio::task::yield_now().await;
        if self.is_injected(Trouble::Open) {
            return Err(down());
        }
        if self.is_injected(Trouble::OpenTwice) {
            self.enter(attempt, limits);
        }
        let admission = self.0.lock().unwrap().book.enter(attempt, limits);
        if self.is_injected(Trouble::OpenUnheard) {
            return Err(down());
        }
        Ok(admission)
    }

    async fn recorded(&self, attempt: &Attempt, at: u64) -> Result<CallerDay, Cause> {
        if self.is_injected(Trouble::Recorded) {
            return Err(down());
        }
        Ok(self.0.lock().unwrap().book.recorded(attempt, at))
    }

    async fn close(&self, attempt: &Attempt, verdict: Verdict) -> Result<(), Cause> {
        tokio::task::yield_now().await;
        if self.is_injected(Trouble::Close) {
            return Err(down());
        }
        self.end(attempt, verdict);
        Ok(())
    }

    async fn counter(&self, of: &CounterId, _: bool) -> Result<Option<i64>, CounterError> {
        if self.is_injected(Trouble::Hour) {
            return Err(CounterError::Unusable(down()));
        }
        if self.is_injected(Trouble::HourThrottled) {
            return Err(CounterError::Throttled(down()));
        }
        Ok(self.0.lock().unwrap().book.counter(of))
    }

    async fn take(
        &self,
        of: &CounterId,
        change: &Move,
        step: &Step,
    ) -> Result<Moved, CounterError> {
        tokio::task::yield_now().await;
        let (not_done, unheard) = match of {
            CounterId::Hour { .. } => (None, None),
            CounterId::Redemptions { .. } => (Some(Trouble::Redeem), Some(Trouble::RedeemUnheard)),
            CounterId::SingleUse { .. } => (None, Some(Trouble::UseUnheard)),
        };
        if not_done.is_some_and(|trouble| self.is_injected(trouble)) {
            return Err(CounterError::Unusable(down()));
        }
        let moved = self.0.lock().unwrap().book.take(of, change, step);
        if unheard.is_some_and(|trouble| self.is_injected(trouble)) {
            return Err(CounterError::Unusable(down()));
        }
        Ok(moved)
    }

    async fn undo(&self, of: &CounterId, change: &Move, step: &Step) -> Result<(), CounterError> {
        tokio::task::yield_now().await;
        if self.is_injected(Trouble::Undo) {
            return Err(CounterError::Unusable(down()));
        }
        self.0.lock().unwrap().book.undo(of, change, step);
        Ok(())
    }
}
