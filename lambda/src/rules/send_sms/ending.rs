//! The end of a request, and the writes that follow from it.

use super::budget::Charge;
use crate::rules::attempts::Verdict;
use crate::rules::failure::Failure;
use crate::rules::outcome::{Outcome, Reason};
use crate::rules::redemption::Redemption;
use crate::rules::wrong_pins_of_all_callers::PinCheck;

/// The end of a request.
pub(super) struct Ending<'a, L> {
    pub(super) result: Result<Outcome, Failure>,
    /// The verdict that the ledger records.
    pub(super) verdict: Verdict,
    /// The result of checking the PIN.
    pub(super) pin_check: PinCheck,
    /// The settlement of the attempt with the hour's budget.
    pub(super) charge: Charge,
    /// The records of a redemption whose message was not sent.
    pub(super) take_back: Redemption<'a, L>,
}

impl<L> Ending<'_, L> {
    pub(super) fn new(result: Result<Outcome, Failure>, pin_check: PinCheck) -> Self {
        let verdict = match &result {
            Ok(Outcome::Sent { .. }) => Verdict::Sent,
            Ok(Outcome::NotSent(Reason::SmsFailed(_))) => Verdict::Unclear,
            Ok(Outcome::NotSent(Reason::PinNotFound | Reason::NotAMember { .. })) => Verdict::Wrong,
            _ => Verdict::Released,
        };
        Self {
            result,
            verdict,
            pin_check,
            charge: Charge::None,
            take_back: Redemption::none(),
        }
    }

    /// Returns the end of a request whose PIN was not checked.
    pub(super) fn unchecked(result: Result<Outcome, Failure>) -> Self {
        Self::new(result, PinCheck::Skipped)
    }

    /// Returns the end of a request that repeats an attempt of yesterday. Yesterday's record counts it, so
    /// today's entry is removed.
    pub(super) fn of_yesterday(outcome: Outcome) -> Self {
        Self {
            verdict: Verdict::Released,
            ..Self::unchecked(Ok(outcome))
        }
    }

    /// Returns the same end with this settlement.
    pub(super) fn charged(self, charge: Charge) -> Self {
        Self { charge, ..self }
    }
}
