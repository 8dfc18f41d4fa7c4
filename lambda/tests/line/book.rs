//! The content of a ledger, without a network: each request is carried out at once and atomically, like a
//! write to a table.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use connect_pin_sms::rules::attempts::{Admission, Attempt, CallerDay, Limits, Verdict};
use connect_pin_sms::rules::counter::{Counter, CounterId, Move, Moved, Step};

const DAY: u64 = 86_400;
const HOUR: u64 = 3_600;

/// The records of callers' days, and the counters.
#[derive(Clone, Default)]
pub(crate) struct Book {
    records: HashMap<(String, u64), CallerDay>,
    counters: BTreeMap<String, Counter>,
    /// Whether days and hours end. Without a clock every moment is in the same day and hour.
    has_clock: bool,
    /// The number of attempts that were admitted.
    pub(crate) admitted: u32,
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[book]")
    }
}

impl Book {
    /// Creates a book whose days and hours end.
    pub(crate) fn with_clock() -> Self {
        Self {
            has_clock: true,
            ..Self::default()
        }
    }

    fn day(&self, attempt: &Attempt, at: u64) -> (String, u64) {
        let day = if self.has_clock { at / DAY } else { 0 };
        (attempt.caller.clone(), day)
    }

    fn key(&self, of: &CounterId) -> String {
        match of {
            CounterId::Hour { at } => {
                format!("hour {}", if self.has_clock { at / HOUR } else { 0 })
            }
            CounterId::Redemptions { campaign } => format!("redeemed {campaign}"),
            CounterId::SingleUse { tag, .. } => format!("used {tag}"),
        }
    }

    pub(crate) fn enter(&mut self, attempt: &Attempt, limits: &Limits) -> Admission {
        let key = self.day(attempt, attempt.at);
        let record = self.records.entry(key).or_default();
        let admission = record.judge(attempt, limits);
        if matches!(admission, Admission::Admitted { .. })
            && record.open.insert(attempt.owner.clone())
        {
            record.wrong_today.insert(attempt.id.clone());
            record.wrong_this_hour.insert(attempt.id.clone());
            record.claims.insert(attempt.id.clone());
            self.admitted += 1;
        }
        admission
    }

    pub(crate) fn recorded(&self, attempt: &Attempt, at: u64) -> CallerDay {
        let record = self.records.get(&self.day(attempt, at));
        record.cloned().unwrap_or_default()
    }

    pub(crate) fn close(&mut self, attempt: &Attempt, verdict: Verdict) {
        let key = self.day(attempt, attempt.at);
        let record = self.records.entry(key).or_default();
        if !record.open.remove(&attempt.owner) {
            return;
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
    }

    pub(crate) fn counter(&self, of: &CounterId) -> Option<i64> {
        self.counters.get(&self.key(of))?.value
    }

    pub(crate) fn take(&mut self, of: &CounterId, change: &Move, step: &Step) -> Moved {
        let counter = self.counters.entry(self.key(of)).or_default();
        counter.take(step, change)
    }

    pub(crate) fn undo(&mut self, of: &CounterId, change: &Move, step: &Step) {
        let counter = self.counters.entry(self.key(of)).or_default();
        counter.undo(step, change);
    }

    /// Returns the units that a write of a counter's item takes: one for each KB. Key, number, floor and expiry
    /// have some 100 bytes; a lane has 13 for its name and up to 11 for its step (as DynamoDB counts digits).
    pub(crate) fn write_units(&self, of: &CounterId) -> u64 {
        let counter = self.counters.get(&self.key(of));
        let lanes = counter.map_or(0, |counter| counter.lanes.len() as u64);
        (100 + 24 * lanes).div_ceil(1_024)
    }

    /// Sweeps out resting lanes, as the table does after a move.
    pub(crate) fn sweep(&mut self, of: &CounterId, step: &Step) {
        let key = self.key(of);
        let Some(counter) = self.counters.get_mut(&key) else {
            return;
        };
        let now = Duration::from_micros(step.number);
        let resting: Vec<String> = counter
            .resting(now)
            .into_iter()
            .map(str::to_owned)
            .collect();
        for lane in resting {
            if let Some(last) = counter.lanes.remove(&lane) {
                counter.floor = counter.floor.max(last);
            }
        }
    }

    /// Returns the values of all counters whose name begins with `prefix`.
    pub(crate) fn numbers(&self, prefix: &str) -> Vec<i64> {
        self.counters
            .iter()
            .filter(|(key, _)| key.starts_with(prefix))
            .filter_map(|(_, counter)| counter.value)
            .collect()
    }

    /// Returns the records by caller and day.
    pub(crate) fn records(&self) -> BTreeMap<&(String, u64), &CallerDay> {
        self.records.iter().collect()
    }
}
