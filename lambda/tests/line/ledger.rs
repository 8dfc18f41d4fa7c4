//! A ledger in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use connect_pin_sms::attempts::{Admission, Attempt, Limits, Record, SingleUse, Verdict};
use connect_pin_sms::cause::Cause;
use connect_pin_sms::ports::AttemptLedger;

/// A ledger without a clock: everything is within one hour.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    records: HashMap<String, Record>,
    wrong: u64,
    used: HashMap<String, String>,
    admitted: u32,
    trouble: Vec<Trouble>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[state]")
    }
}

/// What can go wrong with it, once each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The entry is not written.
    Open,
    /// The entry is written, and nobody hears of it.
    OpenUnheard,
    /// The entry is written twice, as by an SDK that did not hear of the first one.
    OpenTwice,
    /// The count of everybody cannot be read.
    WrongPins,
    /// The end is not written.
    Close,
    /// The mark is written, and nobody hears of it.
    UseUnheard,
}

impl Ledger {
    /// Lets something go wrong the next time.
    pub(crate) fn will(&self, trouble: Trouble) {
        self.0.lock().unwrap().trouble.push(trouble);
    }

    /// How many wrong PINs everybody has keyed in.
    pub(crate) fn wrong(&self) -> u64 {
        self.0.lock().unwrap().wrong
    }

    /// How many attempts were let in.
    pub(crate) fn admitted(&self) -> u32 {
        self.0.lock().unwrap().admitted
    }

    /// How many marks of single uses there are.
    pub(crate) fn used(&self) -> usize {
        self.0.lock().unwrap().used.len()
    }

    /// Sizes of the only caller's sets: wrong today, in this hour, claims, sent, open.
    pub(crate) fn sizes(&self) -> [usize; 5] {
        let state = self.0.lock().unwrap();
        assert!(state.records.len() <= 1, "more than one caller");
        let record = state.records.values().next().cloned().unwrap_or_default();
        [
            record.wrong_today.len(),
            record.wrong_this_hour.len(),
            record.claims.len(),
            record.sent.len(),
            record.open.len(),
        ]
    }

    fn goes_wrong(&self, trouble: Trouble) -> bool {
        let mut state = self.0.lock().unwrap();
        let at = state.trouble.iter().position(|planned| *planned == trouble);
        at.map(|at| state.trouble.remove(at)).is_some()
    }

    fn enter(&self, attempt: &Attempt, limits: &Limits) -> Admission {
        let mut state = self.0.lock().unwrap();
        let record = state.records.entry(attempt.caller.clone()).or_default();
        let admission = record.judge(attempt, limits);
        if admission == Admission::Admitted && record.open.insert(attempt.owner.clone()) {
            record.wrong_today.insert(attempt.id.clone());
            record.wrong_this_hour.insert(attempt.id.clone());
            record.claims.insert(attempt.id.clone());
            state.admitted += 1;
        }
        admission
    }
}

fn down() -> Cause {
    Cause::scrubbed("attempts: InternalServerError: for +819011112222")
}

impl AttemptLedger for Ledger {
    async fn open(&self, attempt: &Attempt, limits: &Limits) -> Result<Admission, Cause> {
        tokio::task::yield_now().await;
        if self.goes_wrong(Trouble::Open) {
            return Err(down());
        }
        if self.goes_wrong(Trouble::OpenTwice) {
            self.enter(attempt, limits);
        }
        let admission = self.enter(attempt, limits);
        if self.goes_wrong(Trouble::OpenUnheard) {
            return Err(down());
        }
        Ok(admission)
    }

    async fn wrong_pins(&self, _: u64) -> Result<u64, Cause> {
        if self.goes_wrong(Trouble::WrongPins) {
            return Err(down());
        }
        Ok(self.wrong())
    }

    async fn close(&self, attempt: &Attempt, verdict: Verdict) -> Result<(), Cause> {
        tokio::task::yield_now().await;
        if self.goes_wrong(Trouble::Close) {
            return Err(down());
        }
        let mut state = self.0.lock().unwrap();
        state.wrong += u64::from(verdict == Verdict::Wrong);
        let record = state.records.entry(attempt.caller.clone()).or_default();
        if !record.open.remove(&attempt.owner) {
            return Ok(());
        }
        if verdict != Verdict::Wrong {
            record.wrong_today.remove(&attempt.id);
            record.wrong_this_hour.remove(&attempt.id);
        }
        if matches!(verdict, Verdict::Wrong | Verdict::Released) {
            record.claims.remove(&attempt.id);
        }
        if verdict == Verdict::Sent {
            record.sent.insert(attempt.id.clone());
        }
        Ok(())
    }

    async fn use_once(&self, usage: &SingleUse) -> Result<bool, Cause> {
        tokio::task::yield_now().await;
        let by = {
            let mut state = self.0.lock().unwrap();
            let by = state.used.entry(usage.tag.clone());
            by.or_insert_with(|| usage.token.clone()).clone()
        };
        if self.goes_wrong(Trouble::UseUnheard) {
            return Err(down());
        }
        Ok(by == usage.token)
    }

    async fn unuse(&self, usage: &SingleUse) -> Result<(), Cause> {
        let used = &mut self.0.lock().unwrap().used;
        if used.get(&usage.tag) == Some(&usage.token) {
            used.remove(&usage.tag);
        }
        Ok(())
    }
}
