//! Counters that all running functions change, with moves that are taken exactly once.
//!
//! A write to DynamoDB can be lost, time out although it arrived, be repeated by the SDK, or arrive late,
//! when the function has given up and gone on. `ADD n 1` counts wrongly in each of these cases, and a
//! transaction on a number that all functions write fails whenever two coincide. So the number's item also
//! holds the last step of each *lane*: a name that one invocation at a time uses, with steps that only ever
//! increase. A move carries its lane and step, and the item takes it if the lane's step is lower. A
//! repeated move finds its own step there, which shows that it was taken; a late one finds a higher step and
//! is refused for good.
//!
//! A running function needs one lane, so an item has one lane for each function that moved it lately,
//! however often it did. Lanes that rest are swept out, and the item keeps the highest step of those as its
//! floor: below it no move is taken any more, so that a late write of a swept lane stays refused.
//!
//! docs/adr/0009-counts-move-by-steps.md has the reasons.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The time a lane rests before it is swept out. It is far longer than an invocation takes, so a step of
/// a running one never falls below the floor.
pub const REST: Duration = Duration::from_secs(60);

/// The number of lanes above which an item's resting lanes are swept out: with more it would grow beyond
/// the 1 KB that one write unit pays for.
pub const MOST_LANES: usize = 32;

/// The number of hexadecimal digits that name a lane.
pub const LANE_LENGTH: usize = 12;

/// The cause of a failure when a move of an invocation that has just begun is too late.
pub(crate) const CLOCK_BEHIND: &str = "the clock is behind that of other functions";

/// A counter of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CounterId {
    /// The wrong PINs of all members that an hour has left, in quarters
    /// ([`crate::rules::wrong_pins_of_all_callers`]).
    Hour {
        /// A moment of the hour, in seconds since 1970.
        at: u64,
    },
    /// The redemptions of a campaign.
    Redemptions {
        /// The campaign's tag ([`Tags::campaign`](crate::rules::tags::Tags::campaign)).
        campaign: String,
    },
    /// A member's redemption of a campaign that each member redeems once: 1, or 0 again when no message was
    /// sent. It never expires: a campaign may be extended after its end, and an operator ends it for good.
    SingleUse {
        /// The tag of campaign and member ([`Tags::single_use`](crate::rules::tags::Tags::single_use)).
        tag: String,
        campaign: String,
    },
}

/// The lanes of a running function. Lambda gives a function one invocation at a time, so there is one
/// lane; a program that handles several at a time has as many.
#[derive(Debug, Default)]
pub struct Lanes {
    free: Mutex<Vec<Lane>>,
}

#[derive(Debug)]
struct Lane {
    name: String,
    last: u64,
}

impl Lanes {
    /// Takes a lane that no other invocation uses. It is free again when it is dropped.
    pub fn take(&self) -> TakenLane<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        TakenLane {
            lane: free.pop().unwrap_or_else(Lane::new),
            lanes: self,
        }
    }
}

impl Lane {
    /// Creates a lane. Its name is 48 bits of the random source with which the standard library seeds its hash
    /// maps: in practice, no two of some thousand lanes share a name.
    fn new() -> Self {
        let random = RandomState::new().build_hasher().finish();
        Self {
            name: format!("{:0LANE_LENGTH$x}", random >> 16),
            last: 0,
        }
    }
}

/// A lane in use.
#[derive(Debug)]
pub struct TakenLane<'a> {
    lane: Lane,
    lanes: &'a Lanes,
}

impl TakenLane<'_> {
    /// Replaces the lane with a new one. The old one is never used again, so that its last steps can be
    /// undone at any time.
    pub fn retire(&mut self) {
        self.lane = Lane::new();
    }

    /// Returns the next step of the lane, at `since_1970`. It is higher than all earlier ones, whatever the
    /// clock shows.
    pub fn step(&mut self, since_1970: Duration) -> Step {
        let now = u64::try_from(since_1970.as_micros()).unwrap_or(u64::MAX - 3) & !1;
        self.lane.last = now.max(self.lane.last + 2);
        Step {
            lane: self.lane.name.clone(),
            number: self.lane.last,
        }
    }
}

impl Drop for TakenLane<'_> {
    fn drop(&mut self) {
        let lane = Lane {
            name: std::mem::take(&mut self.lane.name),
            last: self.lane.last,
        };
        let mut free = self
            .lanes
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        free.push(lane);
    }
}

/// A lane and its step: the identity of a move, by which it is taken once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The lane's name: [`LANE_LENGTH`] hexadecimal digits.
    pub lane: String,
    /// Microseconds since 1970, even: the odd number after it belongs to its undoing.
    pub number: u64,
}

impl Step {
    /// Returns the step of the lane that undoes this one.
    pub fn undoing(&self) -> u64 {
        self.number + 1
    }
}

/// A bounded move of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The value with which a new counter begins.
    pub start: i64,
    /// The difference that is added.
    pub by: i64,
    /// The lowest value before the move, if it is bounded.
    pub at_least: Option<i64>,
    /// The highest value before the move, if it is bounded.
    pub at_most: Option<i64>,
}

impl Move {
    /// Returns whether the bounds allow the move of a counter at `value`.
    pub fn allows(&self, value: i64) -> bool {
        self.at_least.is_none_or(|least| value >= least)
            && self.at_most.is_none_or(|most| value <= most)
    }
}

/// The result of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The counter has taken the move, now or at an earlier request.
    Taken,
    /// The counter is beyond the bounds of the move, which will never be taken.
    OutOfBounds,
    /// The lane has taken a later step, or was swept out: this move will never be taken.
    TooLate,
}

/// A counter, as its item holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// The value; nothing before the first move.
    pub value: Option<i64>,
    /// The last step of each lane.
    pub lanes: BTreeMap<String, u64>,
    /// The highest step that was swept out.
    pub floor: u64,
}

impl Counter {
    /// Takes a move, or returns why not. The conditional write makes the same decision in the table's terms;
    /// this function finds out why its condition did not hold.
    pub fn take(&mut self, step: &Step, change: &Move) -> Moved {
        let judged = self.judge(step, change);
        let last = self.lanes.get(&step.lane).copied().unwrap_or_default();
        if judged == Moved::Taken && last < step.number {
            self.value = Some(self.value.unwrap_or(change.start) + change.by);
            self.lanes.insert(step.lane.clone(), step.number);
        }
        judged
    }

    /// Returns the result that a move would have, or had.
    pub fn judge(&self, step: &Step, change: &Move) -> Moved {
        match self.lanes.get(&step.lane) {
            Some(last) if *last == step.number => Moved::Taken,
            Some(last) if *last > step.number => Moved::TooLate,
            _ if self.floor >= step.number => Moved::TooLate,
            _ if change.allows(self.value.unwrap_or(change.start)) => Moved::Taken,
            _ => Moved::OutOfBounds,
        }
    }

    /// Undoes a move that was taken, and keeps a move that was not from being taken later.
    pub fn undo(&mut self, step: &Step, change: &Move) {
        match self.lanes.get(&step.lane).copied() {
            Some(last) if last > step.number => return,
            Some(last) if last == step.number => {
                self.value = self.value.map(|value| value - change.by);
            }
            _ if self.floor >= step.undoing() => return,
            _ => {}
        }
        self.lanes.insert(step.lane.clone(), step.undoing());
    }

    /// Returns the resting lanes to sweep out at `since_1970`, once there are too many lanes.
    pub fn resting(&self, since_1970: Duration) -> BTreeSet<&str> {
        if self.lanes.len() <= MOST_LANES {
            return BTreeSet::new();
        }
        let awake = since_1970.saturating_sub(REST).as_micros();
        self.lanes
            .iter()
            .filter(|(_, last)| u128::from(**last) < awake)
            .map(|(lane, _)| lane.as_str())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_795_000_000);

    const UP: Move = Move {
        start: 0,
        by: 1,
        at_least: None,
        at_most: Some(1),
    };

    fn step(lane: &str, number: u64) -> Step {
        Step {
            lane: lane.into(),
            number,
        }
    }

    #[test]
    fn steps_rise_whatever_the_clock_shows_and_one_invocation_uses_a_lane() {
        let lanes = Lanes::default();
        let mut first = lanes.take();
        let a = first.step(NOW);
        assert_eq!(a.number, 1_795_000_000_000_000);
        assert_eq!(first.step(NOW - REST).number, a.number + 2);
        assert_ne!(lanes.take().step(NOW).lane, a.lane, "it is in use");
        drop(first);
        let next = lanes.take().step(NOW);
        assert_eq!((next.lane, next.number), (a.lane.clone(), a.number + 4));
        assert_eq!(a.lane.len(), LANE_LENGTH);
        assert_eq!(a.undoing(), a.number + 1);
    }

    #[test]
    fn a_move_is_taken_once_however_often_it_is_requested() {
        let mut counter = Counter::default();
        for _ in 0..3 {
            assert_eq!(counter.take(&step("a", 2), &UP), Moved::Taken);
            assert_eq!(counter.value, Some(1));
        }
        assert_eq!(counter.take(&step("b", 2), &UP), Moved::Taken);
        assert_eq!(counter.take(&step("a", 4), &UP), Moved::OutOfBounds);
        // A repetition of the last move is still recognized.
        assert_eq!(counter.take(&step("b", 2), &UP), Moved::Taken);
        assert_eq!(counter.value, Some(2));
    }

    #[test]
    fn an_undone_move_stays_undone_when_it_arrives_late() {
        let mut counter = Counter::default();
        // It was not taken when it was undone, and arrives afterwards.
        counter.undo(&step("a", 2), &UP);
        assert_eq!(counter.take(&step("a", 2), &UP), Moved::TooLate);
        assert_eq!(counter.value, None);
        // It was taken, and both arrive once more.
        assert_eq!(counter.take(&step("a", 4), &UP), Moved::Taken);
        for _ in 0..2 {
            counter.undo(&step("a", 4), &UP);
            assert_eq!(counter.value, Some(0));
        }
        assert_eq!(counter.take(&step("a", 4), &UP), Moved::TooLate);
        assert_eq!(counter.take(&step("a", 6), &UP), Moved::Taken);
        // The undoing of an earlier step arrives after a later one.
        counter.undo(&step("a", 4), &UP);
        assert_eq!(counter.value, Some(1));
    }

    #[test]
    fn begins_at_the_start_and_stays_within_bounds() {
        let down = Move {
            start: 8,
            by: -4,
            at_least: Some(4),
            at_most: None,
        };
        let mut counter = Counter::default();
        for (at, (moved, value)) in (1..).zip([
            (Moved::Taken, 4),
            (Moved::Taken, 0),
            (Moved::OutOfBounds, 0),
        ]) {
            assert_eq!(counter.take(&step("a", 2 * at), &down), moved);
            assert_eq!(counter.value, Some(value));
        }
        let full = Move {
            start: 2,
            at_most: Some(1),
            ..UP
        };
        let mut counter = Counter::default();
        assert_eq!(counter.take(&step("a", 2), &full), Moved::OutOfBounds);
        assert_eq!(
            counter,
            Counter::default(),
            "a refused move changes nothing"
        );
    }

    #[test]
    fn sweeps_out_resting_lanes_and_refuses_their_late_moves() {
        let awake = u64::try_from(NOW.as_micros()).unwrap();
        let mut counter = Counter::default();
        for n in 0..MOST_LANES as u64 {
            counter.lanes.insert(format!("old{n}"), 2 + n);
        }
        assert!(counter.resting(NOW).is_empty(), "they fit");
        counter.lanes.insert("new".into(), awake);
        let resting: BTreeSet<String> = counter
            .resting(NOW)
            .into_iter()
            .map(str::to_owned)
            .collect();
        assert_eq!(resting.len(), MOST_LANES);
        assert!(!resting.contains("new"));
        counter.floor = 2 + MOST_LANES as u64;
        counter.lanes.retain(|lane, _| !resting.contains(lane));
        assert_eq!(counter.take(&step("old3", 5), &UP), Moved::TooLate);
        counter.undo(&step("old3", 5), &UP);
        assert!(!counter.lanes.contains_key("old3"));
        assert_eq!(counter.value, None);
    }
}
