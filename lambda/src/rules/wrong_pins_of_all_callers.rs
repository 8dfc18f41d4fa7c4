//! The hour's budget of wrong PINs of all members together.
//!
//! One counter per hour holds the number of wrong PINs that are left. It begins with the limit. An attempt
//! takes 1 and a right PIN gives back 1 and a quarter, so right PINs make up for the typing errors of a busy
//! line, while a guesser, who enters almost no right PINs, uses the budget up. The counter never rises above
//! four times its initial value.
//!
//! While many are left, an attempt takes nothing before it is judged: its cost is written when it ends, in
//! parallel with the other writes, and takes no extra time. When few are left, each attempt takes its 1
//! first, so that no more attempts than are left can run in parallel.
//!
//! The counter counts in quarters, so that it stays a whole number.

use crate::rules::counter::Move;

/// The quarters that one attempt takes.
const COST: i64 = 4;

/// The quarters that a right PIN gives back beyond what its attempt took.
const REWARD: i64 = 1;

/// The number of attempts left up to which each one takes its 1 before it is judged.
const PLENTY: i64 = 100;

/// The highest multiple of its initial value to which the counter may rise.
const MOST: i64 = 4;

/// The budget that is left of an hour, as it was read when an attempt came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongPinBudget {
    quarters: i64,
    limit: i64,
}

/// The result of checking the PIN of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinCheck {
    /// It is the PIN of a campaign.
    Right,
    /// It is not the PIN of a campaign.
    Wrong,
    /// It was not checked.
    Skipped,
}

impl WrongPinBudget {
    /// Returns the budget that a counter of `quarters` leaves of `limit` wrong PINs per hour; all of it where
    /// there is no counter yet.
    pub fn of(quarters: Option<i64>, limit: u32) -> Self {
        let limit = i64::from(limit);
        Self {
            quarters: quarters.unwrap_or(limit * COST),
            limit,
        }
    }

    /// Returns whether no attempt is left.
    pub fn is_empty(self) -> bool {
        self.quarters < COST
    }

    /// Returns whether an attempt may be judged before it is counted.
    pub fn is_plenty(self) -> bool {
        self.quarters > PLENTY * COST
    }

    /// Returns the move that takes the 1 of an attempt before it is judged.
    pub fn reservation(self) -> Move {
        Move {
            start: self.limit * COST,
            by: -COST,
            at_least: Some(COST),
            at_most: None,
        }
    }

    /// Returns the moves that settle an attempt at its end, if any: the first that is within bounds is taken.
    /// `reserved` is true if the attempt has already taken its 1.
    ///
    /// A full budget is not written, so a line without wrong PINs writes no counter. An attempt gives back
    /// its 1 even where the quarter no longer fits.
    pub fn settlement(self, reserved: bool, pin_check: PinCheck) -> Vec<Move> {
        let by = match (reserved, pin_check) {
            (true, PinCheck::Right) => COST + REWARD,
            (false, PinCheck::Right) => REWARD,
            (true, PinCheck::Wrong) | (false, PinCheck::Skipped) => return Vec::new(),
            (false, PinCheck::Wrong) => -COST,
            (true, PinCheck::Skipped) => COST,
        };
        let most = self.limit * COST * MOST;
        if !reserved && by > 0 && self.quarters + by > most {
            return Vec::new();
        }
        let change = |by: i64| Move {
            start: self.limit * COST,
            by,
            at_least: (by < 0).then_some(COST),
            at_most: (by > 0).then_some(most - by),
        };
        if by > COST {
            vec![change(by), change(COST)]
        } else {
            vec![change(by)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_pin_costs_one_and_a_right_one_earns_a_quarter() {
        for (reserved, pin_check, by) in [
            (true, PinCheck::Right, Some(5)),
            (true, PinCheck::Wrong, None),
            (true, PinCheck::Skipped, Some(4)),
            (false, PinCheck::Right, Some(1)),
            (false, PinCheck::Wrong, Some(-4)),
            (false, PinCheck::Skipped, None),
        ] {
            let settlement = WrongPinBudget::of(None, 300).settlement(reserved, pin_check);
            assert_eq!(
                settlement.first().map(|change| change.by),
                by,
                "{reserved} {pin_check:?}"
            );
        }
        assert_eq!(WrongPinBudget::of(None, 300).reservation().by, -4);
    }

    #[test]
    fn begins_with_the_limit_and_reserves_attempts_when_few_are_left() {
        assert!(
            !WrongPinBudget::of(None, 1).is_empty() && !WrongPinBudget::of(None, 1).is_plenty()
        );
        assert!(!WrongPinBudget::of(None, 100).is_plenty());
        assert!(WrongPinBudget::of(None, 101).is_plenty());
        assert!(!WrongPinBudget::of(Some(400), 300).is_plenty());
        assert!(WrongPinBudget::of(Some(401), 300).is_plenty());
        assert!(WrongPinBudget::of(Some(3), 300).is_empty());
        assert!(!WrongPinBudget::of(Some(4), 300).is_empty());
        assert_eq!(WrongPinBudget::of(None, 2).reservation().start, 8);
    }

    #[test]
    fn never_rises_above_four_times_its_initial_value() {
        let right = WrongPinBudget::of(Some(0), 2).settlement(true, PinCheck::Right);
        let [whole, without_the_quarter] = right.as_slice() else {
            panic!("{right:?}");
        };
        // 32 quarters are four times two.
        assert!(whole.allows(27) && !whole.allows(28));
        assert!(without_the_quarter.allows(28) && !without_the_quarter.allows(29));
        let settle = |quarters, pin_check| {
            WrongPinBudget::of(Some(quarters), 300).settlement(false, pin_check)
        };
        assert!(
            settle(4_800, PinCheck::Right).is_empty(),
            "nothing to write"
        );
        assert!(!settle(4_799, PinCheck::Right).is_empty());
        assert!(!settle(4_800, PinCheck::Wrong).is_empty());
    }
}
