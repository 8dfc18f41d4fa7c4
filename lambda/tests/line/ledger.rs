//! A ledger in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use connect_pin_sms::attempts::{Admission, Attempt, Limits, Record, SingleUse, Verdict};
use connect_pin_sms::cause::Cause;
use connect_pin_sms::ports::AttemptLedger;

/// A ledger without a clock: everything is within one hour, unless days are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    records: HashMap<(String, u64), Record>,
    days: bool,
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
    /// The day before cannot be read.
    Recorded,
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

    /// A ledger with a record for each day. An hour is still as long as a day.
    pub(crate) fn with_days() -> Self {
        let ledger = Self::default();
        ledger.0.lock().unwrap().days = true;
        ledger
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
        let days = self.0.lock().unwrap().records.len();
        assert!(days <= 1, "more than one caller or day");
        self.sizes_by_day().pop().unwrap_or_default()
    }

    /// The same for each of the only caller's days, the latest last.
    pub(crate) fn sizes_by_day(&self) -> Vec<[usize; 5]> {
        let state = self.0.lock().unwrap();
        let records: BTreeMap<_, _> = state.records.iter().collect();
        records.into_values().map(sizes).collect()
    }

    fn goes_wrong(&self, trouble: Trouble) -> bool {
        let mut state = self.0.lock().unwrap();
        let at = state.trouble.iter().position(|planned| *planned == trouble);
        at.map(|at| state.trouble.remove(at)).is_some()
    }

    fn enter(&self, attempt: &Attempt, limits: &Limits) -> Admission {
        let mut state = self.0.lock().unwrap();
        let key = state.key(attempt, attempt.at);
        let record = state.records.entry(key).or_default();
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

impl State {
    fn key(&self, attempt: &Attempt, at: u64) -> (String, u64) {
        let day = if self.days { at / 86_400 } else { 0 };
        (attempt.caller.clone(), day)
    }
}

fn sizes(record: &Record) -> [usize; 5] {
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

    async fn recorded(&self, attempt: &Attempt, at: u64) -> Result<Record, Cause> {
        if self.goes_wrong(Trouble::Recorded) {
            return Err(down());
        }
        let state = self.0.lock().unwrap();
        let key = state.key(attempt, at);
        // Without days there is no other one.
        let record = state.records.get(&key).filter(|_| state.days);
        Ok(record.cloned().unwrap_or_default())
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
        let key = state.key(attempt, attempt.at);
        let record = state.records.entry(key).or_default();
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
