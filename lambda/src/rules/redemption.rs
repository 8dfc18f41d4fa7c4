//! Redemptions, which are recorded before a message is sent and taken back if it was not.

use crate::rules::cause::Cause;
use crate::rules::counter::{CLOCK_BEHIND, CounterId, Move, Moved, TakenLane};
use crate::rules::failure::Failure;
use crate::rules::invocation::{Dependency, Invocation};
use crate::rules::line::{Line, Protection};
use crate::rules::outcome::Reason;
use crate::rules::pin::PinKey;
use crate::rules::ports::{AttemptLedger, CampaignCatalogue, Ports};
use crate::rules::undo_queue::PendingUndo;

/// The move that marks a member's first use of a campaign and allows no second one.
const FIRST_USE: Move = Move {
    start: 0,
    by: 1,
    at_least: None,
    at_most: Some(0),
};

/// The records that a campaign's rules require.
pub(crate) struct Claim {
    /// The key of the campaign's row, which has the count on a line without an attempts table.
    pub(crate) key: PinKey,
    /// The most redemptions of all members together.
    pub(crate) limit: Option<u64>,
    /// The redemptions that the row counts.
    pub(crate) redeemed: u64,
    /// The campaign's counter in the attempts table.
    pub(crate) count: Option<CounterId>,
    /// The mark of a campaign that each member redeems once.
    pub(crate) usage: Option<CounterId>,
}

/// The line's ledger and the lane that one attempt uses in it.
pub(crate) struct LedgerAccess<'a, L> {
    pub(crate) protection: &'a Protection<L>,
    pub(crate) lane: TakenLane<'a>,
}

/// The result of redeeming a campaign. Each variant has the records that were written, which are taken back
/// unless a message is sent.
pub(crate) enum RedeemResult<'a, L> {
    /// The message may be sent.
    Granted(Redemption<'a, L>),
    /// The campaign's rules, or the time that is left, do not allow it.
    Refused(Reason, Redemption<'a, L>),
    /// It could not be recorded.
    Failed(Failure, Redemption<'a, L>),
}

/// The records of a redemption that were written, or may have been.
pub(crate) struct Redemption<'a, L> {
    in_row: Option<PinKey>,
    in_counters: [Option<RecordedMove<'a, L>>; 2],
}

/// A move that was taken, or may have been, and how to undo it.
struct RecordedMove<'a, L> {
    ledger: &'a L,
    undo: PendingUndo,
}

/// A move that was requested from the ledger.
struct RequestedMove<'a, L> {
    answer: MoveAnswer,
    recorded: Option<RecordedMove<'a, L>>,
}

/// The ledger's answer to a move.
enum MoveAnswer {
    /// The move was taken, or no rule requires one.
    Granted,
    /// The counter is at its bound.
    OutOfBounds,
    /// The move was not taken, or may have been.
    Failed(Cause),
}

impl<L> Redemption<'_, L> {
    /// Returns a redemption of which nothing was recorded.
    pub(crate) fn none() -> Self {
        Self {
            in_row: None,
            in_counters: [None, None],
        }
    }
}

impl<P: Ports> Line<P> {
    /// Records a redemption where the campaign's rules require it.
    pub(crate) async fn redeem<'a>(
        &self,
        claim: Claim,
        access: Option<&mut LedgerAccess<'a, P::Ledger>>,
        invocation: &Invocation,
    ) -> RedeemResult<'a, P::Ledger> {
        if claim.limit.is_none() && claim.usage.is_none() {
            return RedeemResult::Granted(Redemption::none());
        }
        if !invocation.has_room() {
            return RedeemResult::Refused(Reason::Busy, Redemption::none());
        }
        match access {
            Some(access) => redeem_in_counters(claim, access, invocation).await,
            None => self.redeem_in_row(claim, invocation).await,
        }
    }

    async fn redeem_in_row<'a>(
        &self,
        claim: Claim,
        invocation: &Invocation,
    ) -> RedeemResult<'a, P::Ledger>
    where
        P::Ledger: 'a,
    {
        let Some(limit) = claim.limit else {
            return RedeemResult::Granted(Redemption::none());
        };
        let redeem = self.campaigns.redeem(&claim.key, limit, invocation.token());
        match invocation.ask(Dependency::Benefits, redeem).await {
            Ok(true) => RedeemResult::Granted(Redemption {
                in_row: Some(claim.key),
                ..Redemption::none()
            }),
            Ok(false) => RedeemResult::Refused(Reason::CampaignExhausted, Redemption::none()),
            Err(cause) => {
                RedeemResult::Failed(Failure::BenefitsTableUnwritable(cause), Redemption::none())
            }
        }
    }

    /// Takes back the records of a redemption whose message was not sent. Returns the moves of counters that
    /// could not be undone.
    pub(crate) async fn take_back(
        &self,
        redemption: Redemption<'_, P::Ledger>,
        invocation: &Invocation,
    ) -> Vec<PendingUndo> {
        let Redemption {
            in_row,
            in_counters: [first, second],
        } = redemption;
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
        invocation.ask(Dependency::Benefits, give_back).await
    }
}

async fn redeem_in_counters<'a, L: AttemptLedger>(
    claim: Claim,
    access: &mut LedgerAccess<'a, L>,
    invocation: &Invocation,
) -> RedeemResult<'a, L> {
    let counting = claim.limit.and_then(|limit| {
        let count = claim.count?;
        Some(access.prepare(count, redemption(claim.redeemed, limit), invocation))
    });
    let marking = claim
        .usage
        .map(|mark| access.prepare(mark, FIRST_USE, invocation));
    let (count, mark) = tokio::join!(take(counting, invocation), take(marking, invocation));
    let redemption = Redemption {
        in_row: None,
        in_counters: [count.recorded, mark.recorded],
    };
    match (mark.answer, count.answer) {
        (MoveAnswer::Granted, MoveAnswer::Granted) => RedeemResult::Granted(redemption),
        (MoveAnswer::OutOfBounds, _) => RedeemResult::Refused(Reason::AlreadyRedeemed, redemption),
        (_, MoveAnswer::OutOfBounds) => {
            RedeemResult::Refused(Reason::CampaignExhausted, redemption)
        }
        (MoveAnswer::Failed(cause), _) | (_, MoveAnswer::Failed(cause)) => {
            RedeemResult::Failed(Failure::AttemptsTableUnusable(cause), redemption)
        }
    }
}

/// Returns the move of one redemption more, of at most `limit`. The counter begins with the row's `redeemed`.
fn redemption(redeemed: u64, limit: u64) -> Move {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    Move {
        start: whole(redeemed),
        by: 1,
        at_least: None,
        at_most: Some(whole(limit) - 1),
    }
}

impl<'a, L> LedgerAccess<'a, L> {
    /// Returns a move that is about to be requested.
    fn prepare(
        &mut self,
        counter: CounterId,
        change: Move,
        invocation: &Invocation,
    ) -> RecordedMove<'a, L> {
        RecordedMove {
            ledger: &self.protection.ledger,
            undo: PendingUndo {
                counter,
                change,
                step: self.lane.step(invocation.since_1970()),
            },
        }
    }

    /// Queues moves that could not be undone for the function's next attempts, and retires the lane: a later
    /// step of it would make the undo too late.
    pub(crate) fn undo_later(&mut self, undos: Vec<PendingUndo>, invocation: &Invocation) {
        if undos.is_empty() {
            return;
        }
        self.lane.retire();
        let kept = undos
            .into_iter()
            .all(|undo| self.protection.undo_queue.keep(undo));
        invocation.note(match kept {
            true => "a redemption stays counted until this process answers its next attempt",
            false => "a redemption stays counted: too many have yet to be taken back",
        });
    }
}

/// Requests a move.
async fn take<'a, L: AttemptLedger>(
    prepared: Option<RecordedMove<'a, L>>,
    invocation: &Invocation,
) -> RequestedMove<'a, L> {
    let Some(prepared) = prepared else {
        return RequestedMove {
            answer: MoveAnswer::Granted,
            recorded: None,
        };
    };
    let PendingUndo {
        counter,
        change,
        step,
    } = &prepared.undo;
    let taking = prepared.ledger.take(counter, change, step);
    match invocation.ask(Dependency::Attempts, taking).await {
        Ok(Moved::Taken) => RequestedMove {
            answer: MoveAnswer::Granted,
            recorded: Some(prepared),
        },
        Ok(Moved::OutOfBounds) => RequestedMove {
            answer: MoveAnswer::OutOfBounds,
            recorded: None,
        },
        Ok(Moved::TooLate) => RequestedMove {
            answer: MoveAnswer::Failed(Cause::scrubbed(CLOCK_BEHIND)),
            recorded: None,
        },
        // The move may have been taken, or may be taken when the request arrives late: it is undone either way.
        Err(error) => RequestedMove {
            answer: MoveAnswer::Failed(error.into()),
            recorded: Some(prepared),
        },
    }
}

/// Undoes a move. Returns the move when there was no answer.
async fn undo<L: AttemptLedger>(
    recorded: Option<RecordedMove<'_, L>>,
    invocation: &Invocation,
) -> Option<PendingUndo> {
    let RecordedMove { ledger, undo } = recorded?;
    match undo.ask(ledger, invocation).await {
        Ok(()) => None,
        Err(cause) => {
            invocation.note(format_args!(
                "a redemption could not be taken back: {cause}"
            ));
            Some(undo)
        }
    }
}
