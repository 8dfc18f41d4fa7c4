//! What a ledger holds, without a way to get there: each request is carried out at once and whole, as a
//! table carries out a write.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use connect_pin_sms::rules::attempts::{Admission, Attempt, Limits, Record, TallyOf, Verdict};
use connect_pin_sms::rules::counter::{Move, Moved, Step, Tally};

const DAY: u64 = 86_400;
const HOUR: u64 = 3_600;

/// Callers' days and tallies.
#[derive(Clone, Default)]
pub(crate) struct Book {
    records: HashMap<(String, u64), Record>,
    tallies: BTreeMap<String, Tally>,
    /// Whether a day and an hour end. Without it every moment is in the same ones.
    has_clock: bool,
    /// How many attempts were let in.
    pub(crate) admitted: u32,
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[book]")
    }
}

impl Book {
    /// A book whose days and hours end.
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

    fn key(&self, of: &TallyOf) -> String {
        match of {
            TallyOf::Hour { at } => {
                format!("hour {}", if self.has_clock { at / HOUR } else { 0 })
            }
            TallyOf::Redemptions { campaign } => format!("redeemed {campaign}"),
            TallyOf::SingleUse { tag, .. } => format!("used {tag}"),
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

    pub(crate) fn recorded(&self, attempt: &Attempt, at: u64) -> Record {
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

    pub(crate) fn tally(&self, of: &TallyOf) -> Option<i64> {
        self.tallies.get(&self.key(of))?.value
    }

    pub(crate) fn take(&mut self, of: &TallyOf, change: &Move, step: &Step) -> Moved {
        let tally = self.tallies.entry(self.key(of)).or_default();
        tally.take(step, change)
    }

    pub(crate) fn undo(&mut self, of: &TallyOf, change: &Move, step: &Step) {
        let tally = self.tallies.entry(self.key(of)).or_default();
        tally.undo(step, change);
    }

    /// The units that a write of a tally's item takes: one for each KB. Key, number, floor and expiry have
    /// some 100 bytes; a lane has 13 of its name and up to 11 of its step (as DynamoDB counts digits).
    pub(crate) fn write_units(&self, of: &TallyOf) -> u64 {
        let tally = self.tallies.get(&self.key(of));
        let lanes = tally.map_or(0, |tally| tally.lanes.len() as u64);
        (100 + 24 * lanes).div_ceil(1_024)
    }

    /// Sweeps out the lanes that rest, as the table does after a move.
    pub(crate) fn sweep(&mut self, of: &TallyOf, step: &Step) {
        let key = self.key(of);
        let Some(tally) = self.tallies.get_mut(&key) else {
            return;
        };
        let now = Duration::from_micros(step.number);
        let resting: Vec<String> = tally.resting(now).into_iter().map(str::to_owned).collect();
        for lane in resting {
            if let Some(last) = tally.lanes.remove(&lane) {
                tally.floor = tally.floor.max(last);
            }
        }
    }

    /// The numbers of all tallies whose name begins with `prefix`.
    pub(crate) fn numbers(&self, prefix: &str) -> Vec<i64> {
        self.tallies
            .iter()
            .filter(|(key, _)| key.starts_with(prefix))
            .filter_map(|(_, tally)| tally.value)
            .collect()
    }

    /// The records by caller and day.
    pub(crate) fn records(&self) -> BTreeMap<&(String, u64), &Record> {
        self.records.iter().collect()
    }
}
