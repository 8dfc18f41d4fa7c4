//! Redemptions: what is written down before a message goes, and taken back when it did not.

use crate::rules::attempts::TallyOf;
use crate::rules::cause::Cause;
use crate::rules::counter::{Move, Moved, TakenLane};
use crate::rules::failure::Failure;
use crate::rules::invocation::{Dependency, Invocation};
use crate::rules::line::{Line, Protection, in_time};
use crate::rules::outcome::{Outcome, Reason};
use crate::rules::pin::PinKey;
use crate::rules::ports::{AttemptLedger, CampaignCatalogue, MemberDirectory, PinKeys, SmsSender};
use crate::rules::undo_queue::Undoing;

/// The first use of a campaign by a member, and no other.
const FIRST_USE: Move = Move {
    start: 0,
    by: 1,
    at_least: None,
    at_most: Some(0),
};

/// What a campaign's rules want to have written down.
pub(crate) struct Claim {
    /// The campaign's row, which counts on a line without an attempts table.
    pub(crate) key: PinKey,
    /// How often all members together may redeem the campaign.
    pub(crate) limit: Option<u64>,
    /// How often the row says that it was.
    pub(crate) redeemed: u64,
    /// The campaign's count in the attempts table.
    pub(crate) count: Option<TallyOf>,
    /// The mark of a campaign that each member redeems once.
    pub(crate) usage: Option<TallyOf>,
}

/// What an attempt brings that is entered in a ledger.
pub(crate) struct Guard<'a, L> {
    pub(crate) protection: &'a Protection<L>,
    pub(crate) lane: TakenLane<'a>,
}

/// What was written down, or may have been.
pub(crate) struct Redemption<'a, L> {
    in_row: Option<PinKey>,
    in_tallies: [Option<Taken<'a, L>>; 2],
}

/// A move that was taken, or may have been, and what undoes it.
struct Taken<'a, L> {
    ledger: &'a L,
    undoing: Undoing,
}

impl<L> Redemption<'_, L> {
    /// Nothing was written down.
    pub(crate) fn none() -> Self {
        Self {
            in_row: None,
            in_tallies: [None, None],
        }
    }
}

impl<M, K, C, S, L> Line<M, K, C, S, L>
where
    M: MemberDirectory,
    K: PinKeys,
    C: CampaignCatalogue,
    S: SmsSender,
    L: AttemptLedger,
{
    /// Writes a redemption down where the campaign's rules ask for it. Says why there is none, and
    /// what was written.
    pub(crate) async fn redeem<'a>(
        &self,
        claim: Claim,
        guard: Option<&mut Guard<'a, L>>,
        invocation: &Invocation,
    ) -> (Option<Result<Outcome, Failure>>, Redemption<'a, L>) {
        if claim.limit.is_none() && claim.usage.is_none() {
            return (None, Redemption::none());
        }
        if !invocation.has_room() {
            let busy = Ok(Outcome::NotSent(Reason::Busy));
            return (Some(busy), Redemption::none());
        }
        match guard {
            Some(guard) => redeem_in_tallies(claim, guard, invocation).await,
            None => self.redeem_in_row(claim, invocation).await,
        }
    }

    async fn redeem_in_row<'a>(
        &self,
        claim: Claim,
        invocation: &Invocation,
    ) -> (Option<Result<Outcome, Failure>>, Redemption<'a, L>)
    where
        L: 'a,
    {
        let Some(limit) = claim.limit else {
            return (None, Redemption::none());
        };
        let redeem = self.campaigns.redeem(&claim.key, limit, invocation.token());
        let counted = in_time(invocation, Dependency::Benefits, redeem).await;
        let redemption = Redemption {
            in_row: (counted == Ok(true)).then_some(claim.key),
            ..Redemption::none()
        };
        let refused = match counted {
            Ok(true) => None,
            Ok(false) => Some(Ok(Outcome::NotSent(Reason::CampaignExhausted))),
            Err(cause) => Some(Err(Failure::BenefitsTableUnwritable(cause))),
        };
        (refused, redemption)
    }

    /// Takes back what was written for a redemption that did not happen. Returns the moves of tallies
    /// that could not be undone.
    pub(crate) async fn take_back(
        &self,
        redemption: Redemption<'_, L>,
        invocation: &Invocation,
    ) -> Vec<Undoing> {
        let Redemption { in_row, in_tallies } = redemption;
        let [first, second] = in_tallies;
        let (in_row, first, second) = tokio::join!(
            self.give_back(in_row, invocation),
            undo(first, invocation),
            undo(second, invocation),
        );
        if let Err(cause) = in_row {
            invocation.note(format_args!("a redemption stays counted: {cause}"));
        }
        [first, second].into_iter().flatten().collect()
    }

    async fn give_back(&self, key: Option<PinKey>, invocation: &Invocation) -> Result<(), Cause> {
        let Some(key) = key else {
            return Ok(());
        };
        let give_back = self.campaigns.give_back(&key);
        in_time(invocation, Dependency::Benefits, give_back).await
    }
}

async fn redeem_in_tallies<'a, L: AttemptLedger>(
    claim: Claim,
    guard: &mut Guard<'a, L>,
    invocation: &Invocation,
) -> (Option<Result<Outcome, Failure>>, Redemption<'a, L>) {
    let counting = claim.limit.and_then(|limit| {
        let of = claim.count?;
        Some(guard.prepare(of, redemption(claim.redeemed, limit), invocation))
    });
    let marking = claim
        .usage
        .map(|of| guard.prepare(of, FIRST_USE, invocation));
    let ((counted, count), (marked, mark)) =
        tokio::join!(take(counting, invocation), take(marking, invocation));
    let refused = match (marked, counted) {
        (Ok(true), Ok(true)) => None,
        (Ok(false), _) => Some(Ok(Outcome::NotSent(Reason::AlreadyRedeemed))),
        (_, Ok(false)) => Some(Ok(Outcome::NotSent(Reason::CampaignExhausted))),
        (Err(cause), _) | (_, Err(cause)) => Some(Err(Failure::AttemptsTableUnusable(cause))),
    };
    let redemption = Redemption {
        in_row: None,
        in_tallies: [count, mark],
    };
    (refused, redemption)
}

/// One redemption more, of at most `limit`, where the row says that there were `redeemed` before the
/// tally began.
fn redemption(redeemed: u64, limit: u64) -> Move {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    Move {
        start: whole(redeemed),
        by: 1,
        at_least: None,
        at_most: Some(whole(limit) - 1),
    }
}

impl<'a, L> Guard<'a, L> {
    /// A move that is about to be asked for.
    fn prepare(&mut self, of: TallyOf, change: Move, invocation: &Invocation) -> Taken<'a, L> {
        Taken {
            ledger: &self.protection.ledger,
            undoing: Undoing {
                of,
                change,
                step: self.lane.step(invocation.since_1970()),
            },
        }
    }

    /// Keeps what could not be undone for the function's next tries, and leaves its lane to it.
    pub(crate) fn owe(&mut self, undoings: Vec<Undoing>, invocation: &Invocation) {
        if undoings.is_empty() {
            return;
        }
        self.lane.retire();
        let kept = undoings
            .into_iter()
            .all(|undoing| self.protection.unsettled.keep(undoing));
        invocation.note(match kept {
            true => "a redemption stays counted until the next try that this process answers",
            false => "a redemption stays counted: too many have yet to be taken back",
        });
    }
}

/// Asks for a move. Says whether it was taken, and what to undo if no message goes.
async fn take<'a, L: AttemptLedger>(
    taken: Option<Taken<'a, L>>,
    invocation: &Invocation,
) -> (Result<bool, Cause>, Option<Taken<'a, L>>) {
    let Some(taken) = taken else {
        return (Ok(true), None);
    };
    let Undoing { of, change, step } = &taken.undoing;
    let asked = taken.ledger.take(of, change, step);
    match in_time(invocation, Dependency::Attempts, asked).await {
        Ok(Moved::Taken) => (Ok(true), Some(taken)),
        Ok(Moved::OutOfBounds) => (Ok(false), None),
        Ok(Moved::TooLate) => {
            let cause = "the clock is behind that of other functions";
            (Err(Cause::scrubbed(cause)), None)
        }
        // It may have been taken, or may be when the request arrives late: it is undone either way.
        Err(cause) => (Err(cause), Some(taken)),
    }
}

/// Undoes a move; returns what undoes it when there was no answer.
async fn undo<L: AttemptLedger>(
    taken: Option<Taken<'_, L>>,
    invocation: &Invocation,
) -> Option<Undoing> {
    let Taken { ledger, undoing } = taken?;
    match undoing.ask(ledger, invocation).await {
        Ok(()) => None,
        Err(cause) => {
            invocation.note(format_args!("a redemption was not taken back: {cause}"));
            Some(undoing)
        }
    }
}
