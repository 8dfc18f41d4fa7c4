//! The hour's wrong PINs of all members together.
//!
//! One number an hour holds how many are left. It begins with the limit; a try takes 1 and a right PIN
//! gives back 1 and a quarter, so that the typing errors of a busy line pay for themselves and a
//! guesser, who has next to no right PINs, runs dry. It never rises above four times its beginning.
//!
//! While plenty are left a try takes nothing before it is judged: what it costs is written with its
//! end, beside the other writes, and costs no time. When few are left each try takes its 1 first, so
//! that tries side by side cannot be more than there are.
//!
//! The number counts quarters, so that it stays whole.

use crate::rules::counter::Move;

/// The quarters of one try.
const TRY: i64 = 4;

/// What a right PIN gives back beyond what its try took.
const REWARD: i64 = 1;

/// With fewer tries left than this, each is taken before it is judged.
const PLENTY: i64 = 100;

/// To how many times its beginning the number may rise.
const MOST: i64 = 4;

/// What is left of an hour, as it was read when a try came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    quarters: i64,
    limit: i64,
}

/// How a try ended, as far as the hour is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// Its PIN is the PIN of a campaign.
    Right,
    /// It is not.
    Wrong,
    /// It was not looked at.
    Not,
}

impl Left {
    /// What a tally of `quarters` leaves of `limit` wrong PINs an hour; all of them where there is no
    /// tally yet.
    pub fn of(quarters: Option<i64>, limit: u32) -> Self {
        let limit = i64::from(limit);
        Self {
            quarters: quarters.unwrap_or(limit * TRY),
            limit,
        }
    }

    /// Whether no try is left.
    pub fn is_none(self) -> bool {
        self.quarters < TRY
    }

    /// Whether a try may be judged before it is counted.
    pub fn is_plenty(self) -> bool {
        self.quarters > PLENTY * TRY
    }

    /// Takes a try before it is judged.
    pub fn reservation(self) -> Move {
        Move {
            start: self.limit * TRY,
            by: -TRY,
            at_least: Some(TRY),
            at_most: None,
        }
    }

    /// What the end of a try writes, if anything: the first of these moves that is within bounds.
    /// `reserved` says whether the try took its 1 before.
    ///
    /// A number that was full is not written: on a line on which all is well nobody writes it. What a try
    /// took it gives back also where the quarter no longer fits.
    pub fn settlement(self, reserved: bool, judged: Judged) -> Vec<Move> {
        let by = match (reserved, judged) {
            (true, Judged::Right) => TRY + REWARD,
            (false, Judged::Right) => REWARD,
            (true, Judged::Wrong) | (false, Judged::Not) => return Vec::new(),
            (false, Judged::Wrong) => -TRY,
            (true, Judged::Not) => TRY,
        };
        let most = self.limit * TRY * MOST;
        if !reserved && by > 0 && self.quarters + by > most {
            return Vec::new();
        }
        let change = |by: i64| Move {
            start: self.limit * TRY,
            by,
            at_least: (by < 0).then_some(TRY),
            at_most: (by > 0).then_some(most - by),
        };
        if by > TRY {
            vec![change(by), change(TRY)]
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
        for (reserved, judged, by) in [
            (true, Judged::Right, Some(5)),
            (true, Judged::Wrong, None),
            (true, Judged::Not, Some(4)),
            (false, Judged::Right, Some(1)),
            (false, Judged::Wrong, Some(-4)),
            (false, Judged::Not, None),
        ] {
            let settlement = Left::of(None, 300).settlement(reserved, judged);
            assert_eq!(
                settlement.first().map(|change| change.by),
                by,
                "{reserved} {judged:?}"
            );
        }
        assert_eq!(Left::of(None, 300).reservation().by, -4);
    }

    #[test]
    fn begins_with_the_limit_and_takes_tries_first_when_few_are_left() {
        assert!(!Left::of(None, 1).is_none() && !Left::of(None, 1).is_plenty());
        assert!(!Left::of(None, 100).is_plenty());
        assert!(Left::of(None, 101).is_plenty());
        assert!(!Left::of(Some(400), 300).is_plenty());
        assert!(Left::of(Some(401), 300).is_plenty());
        assert!(Left::of(Some(3), 300).is_none());
        assert!(!Left::of(Some(4), 300).is_none());
        assert_eq!(Left::of(None, 2).reservation().start, 8);
    }

    #[test]
    fn never_rises_above_four_times_its_beginning() {
        let right = Left::of(Some(0), 2).settlement(true, Judged::Right);
        let [whole, without_the_quarter] = right.as_slice() else {
            panic!("{right:?}");
        };
        // 32 quarters are four times two.
        assert!(whole.allows(27) && !whole.allows(28));
        assert!(without_the_quarter.allows(28) && !without_the_quarter.allows(29));
        let settle = |quarters, judged| Left::of(Some(quarters), 300).settlement(false, judged);
        assert!(settle(4_800, Judged::Right).is_empty(), "nothing to write");
        assert!(!settle(4_799, Judged::Right).is_empty());
        assert!(!settle(4_800, Judged::Wrong).is_empty());
    }
}
