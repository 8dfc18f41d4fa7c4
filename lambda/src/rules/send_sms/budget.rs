//! The hour's budget of wrong PINs: checked before an attempt is judged, settled when it ends.

use super::lookups::Lookups;
use crate::rules::attempts::Attempt;
use crate::rules::cause::Cause;
use crate::rules::counter::{CLOCK_BEHIND, CounterId, Moved};
use crate::rules::invocation::{Dependency, Invocation};
use crate::rules::line::{Line, Protection};
use crate::rules::ports::{AttemptLedger, CounterError, Ports};
use crate::rules::redemption::LedgerAccess;
use crate::rules::wrong_pins_of_all_callers::{PinCheck, WrongPinBudget};

/// The budget's answer to an attempt.
pub(super) enum Gate {
    /// The attempt may be judged. The charge is settled when it ends.
    Open(Charge),
    /// The budget is used up.
    Closed,
    /// The count could not be read or written.
    Broken(Cause),
}

/// The settlement of an attempt with the budget.
#[derive(Clone, Copy)]
pub(super) enum Charge {
    /// The attempt is not counted.
    None,
    /// A member's attempt: the budget at its beginning, and whether it has taken its 1.
    Member {
        budget: WrongPinBudget,
        reserved: bool,
    },
    /// The attempt of a caller who is not a member and must not find out. The counter is not written; but
    /// where a member's attempt would write it, it is read, which takes as long.
    Stranger,
}

impl<P: Ports> Line<P> {
    /// Checks whether the budget allows an attempt, and takes 1 of it when little is left.
    ///
    /// Callers who are not members take nothing: they cannot find out a PIN, and would lock members out. Where
    /// they must not find out that they are not members, they hear what a member would hear, and wait as
    /// long.
    pub(super) async fn gate(
        &self,
        access: &mut LedgerAccess<'_, P::Ledger>,
        attempt: &Attempt,
        found: &Lookups,
        count: Result<Option<i64>, CounterError>,
        invocation: &Invocation,
    ) -> Gate {
        let Protection { ledger, limits, .. } = access.protection;
        let is_member = match &found.member {
            Ok(Some(_)) => true,
            Ok(None) if self.disguises() => false,
            Ok(None) | Err(_) => return Gate::Open(Charge::None),
        };
        let broken = |error| match error {
            // The caller's own limits still hold.
            CounterError::Throttled(_) => {
                note_uncounted(&error, invocation);
                Gate::Open(Charge::None)
            }
            CounterError::Unusable(cause) => Gate::Broken(cause),
        };
        let budget = match count {
            Ok(quarters) => WrongPinBudget::of(quarters, limits.all_members_per_hour),
            Err(error) => return broken(error),
        };
        if budget.is_empty() {
            return Gate::Closed;
        }
        if budget.is_plenty() {
            return Gate::Open(if is_member {
                let reserved = false;
                Charge::Member { budget, reserved }
            } else {
                Charge::Stranger
            });
        }
        if !is_member {
            let now = hour_count(ledger, attempt, true, invocation).await;
            let budget =
                now.map(|quarters| WrongPinBudget::of(quarters, limits.all_members_per_hour));
            return match budget {
                Ok(budget) if budget.is_empty() => Gate::Closed,
                Ok(_) => Gate::Open(Charge::None),
                Err(error) => broken(error),
            };
        }
        let step = access.lane.step(invocation.since_1970());
        let reservation = budget.reservation();
        let hour = CounterId::Hour { at: attempt.at };
        let reserve = ledger.take(&hour, &reservation, &step);
        match invocation.ask(Dependency::Attempts, reserve).await {
            Ok(Moved::Taken) => {
                let reserved = true;
                Gate::Open(Charge::Member { budget, reserved })
            }
            Ok(Moved::OutOfBounds) => Gate::Closed,
            Ok(Moved::TooLate) => Gate::Broken(Cause::scrubbed(CLOCK_BEHIND)),
            Err(error) => broken(error),
        }
    }
}

/// Records what an attempt took from the budget or gave back to it.
pub(super) async fn settle<L: AttemptLedger>(
    access: &mut LedgerAccess<'_, L>,
    attempt: &Attempt,
    charge: Charge,
    pin_check: PinCheck,
    invocation: &Invocation,
) -> Result<(), CounterError> {
    let ledger = &access.protection.ledger;
    let moves = match charge {
        Charge::None => return Ok(()),
        Charge::Stranger => {
            let count = hour_count(ledger, attempt, false, invocation);
            return count.await.map(drop);
        }
        Charge::Member { budget, reserved } => budget.settlement(reserved, pin_check),
    };
    let hour = CounterId::Hour { at: attempt.at };
    for change in moves {
        let step = access.lane.step(invocation.since_1970());
        let take = ledger.take(&hour, &change, &step);
        let moved = invocation.ask(Dependency::Attempts, take).await?;
        if moved != Moved::OutOfBounds {
            break;
        }
    }
    Ok(())
}

/// Notes that an attempt went on without the hour's count. If the count was throttled, an alarm fires, since
/// the line is then busier than one item can be.
pub(super) fn note_uncounted(error: &CounterError, invocation: &Invocation) {
    let (CounterError::Throttled(cause) | CounterError::Unusable(cause)) = error;
    if matches!(error, CounterError::Throttled(_)) {
        invocation.mark_unguarded();
    }
    invocation.note(format_args!(
        "the hour's wrong PINs of all members do not count this attempt: {cause}"
    ));
}

/// Reads the hour's count of wrong PINs.
pub(super) async fn hour_count<L: AttemptLedger>(
    ledger: &L,
    attempt: &Attempt,
    fresh: bool,
    invocation: &Invocation,
) -> Result<Option<i64>, CounterError> {
    let hour = CounterId::Hour { at: attempt.at };
    let count = ledger.counter(&hour, fresh);
    invocation.ask(Dependency::Attempts, count).await
}
