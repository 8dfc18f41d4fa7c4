//! Attempts that were made before: by a repeated request, or by the caller in the same call.

use std::time::Duration;

use super::lookups::{CampaignRow, Lookups};
use crate::rules::attempts::{Attempt, Earlier};
use crate::rules::cause::Cause;
use crate::rules::invocation::{Dependency, Invocation};
use crate::rules::line::Line;
use crate::rules::outcome::{Outcome, Reason};
use crate::rules::ports::{AttemptLedger, Ports};

/// The pause before an attempt that another invocation holds is read again. Each further pause is twice as
/// long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

impl<P: Ports> Line<P> {
    /// Returns the answer to an attempt that was made before: the earlier answer, or that the message failed,
    /// and never a better one.
    pub(super) fn repeat(
        &self,
        earlier: Earlier,
        found: &Lookups,
        invocation: &Invocation,
    ) -> Outcome {
        invocation.mark_repeated();
        let wrong = match (&found.member, &found.campaign) {
            (Ok(None), _) => Some(self.not_a_member()),
            (_, Ok(CampaignRow::Missing)) => Some(Reason::PinNotFound),
            _ => None,
        };
        let failed = |cause| Reason::SmsFailed(Cause::scrubbed(cause));
        match earlier {
            Earlier::Sent => Outcome::SentBefore,
            Earlier::Wrong => Outcome::NotSent(wrong.unwrap_or(Reason::PinNotFound)),
            Earlier::Unclear => Outcome::NotSent(failed(
                "an earlier request of this attempt may have sent the message",
            )),
            Earlier::Open => Outcome::NotSent(wrong.unwrap_or_else(|| {
                failed("an earlier request of this attempt has not ended, and may send the message")
            })),
        }
    }
}

/// Reads from yesterday's record how an earlier request of the attempt ended, shortly after midnight.
///
/// Two requests at the same instant, one before midnight and one after it, do not see each other: the second
/// may read before the first has written. But a client that repeats a request waits for an answer first.
pub(super) async fn yesterday<L: AttemptLedger>(
    ledger: &L,
    attempt: &Attempt,
    invocation: &Invocation,
) -> Result<Option<Earlier>, Cause> {
    let Some(day_before) = attempt.day_before() else {
        return Ok(None);
    };
    match look(ledger, attempt, day_before, invocation).await? {
        None => Ok(None),
        Some(earlier) => settled(ledger, attempt, day_before, earlier, invocation).await,
    }
}

/// Waits for the end of an earlier request of the attempt: while it is open, the record of the day of `at` is
/// read again until there is too little time to begin a request. Returns nothing when the attempt was
/// released.
pub(super) async fn settled<L: AttemptLedger>(
    ledger: &L,
    attempt: &Attempt,
    at: u64,
    mut earlier: Earlier,
    invocation: &Invocation,
) -> Result<Option<Earlier>, Cause> {
    let mut pause = FIRST_PAUSE;
    while earlier == Earlier::Open && invocation.has_room() {
        tokio::time::sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
        match look(ledger, attempt, at, invocation).await? {
            None => return Ok(None),
            Some(now) => earlier = now,
        }
    }
    Ok(Some(earlier))
}

async fn look<L: AttemptLedger>(
    ledger: &L,
    attempt: &Attempt,
    at: u64,
    invocation: &Invocation,
) -> Result<Option<Earlier>, Cause> {
    let recorded = ledger.recorded(attempt, at);
    let day = invocation.ask(Dependency::Attempts, recorded).await?;
    Ok(day.earlier(attempt))
}
