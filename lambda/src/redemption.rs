//! Redemptions: what is written down before a message goes, and taken back when it did not.

use crate::attempts::SingleUse;
use crate::cause::Cause;
use crate::failure::Failure;
use crate::invocation::{Dependency, Invocation};
use crate::line::{Line, in_time};
use crate::outcome::{Outcome, Reason};
use crate::pin::PinKey;
use crate::ports::{AttemptLedger, CampaignCatalogue, MemberDirectory, PinKeys, SmsSender};

/// What a campaign's rules want to have written down.
pub(crate) struct Claim {
    pub(crate) key: PinKey,
    pub(crate) max_redemptions: Option<u64>,
    pub(crate) usage: Option<SingleUse>,
}

/// What was written down.
#[derive(Default)]
pub(crate) struct Redemption {
    counted: Option<PinKey>,
    used: Option<SingleUse>,
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
    pub(crate) async fn redeem(
        &self,
        claim: &Claim,
        invocation: &Invocation,
    ) -> (Option<Result<Outcome, Failure>>, Redemption) {
        if claim.max_redemptions.is_none() && claim.usage.is_none() {
            return (None, Redemption::default());
        }
        if !invocation.has_room() {
            return (
                Some(Ok(Outcome::NotSent(Reason::Busy))),
                Redemption::default(),
            );
        }
        let (counted, used) = tokio::join!(
            self.count(claim, invocation),
            self.mark(claim.usage.as_ref(), invocation),
        );
        let redemption = Redemption {
            counted: (claim.max_redemptions.is_some() && counted == Ok(true))
                .then(|| claim.key.clone()),
            // Also when nobody knows whether it was: only an own mark is ever taken back.
            used: claim.usage.clone().filter(|_| used != Ok(false)),
        };
        let refused = match (used, counted) {
            (Ok(true), Ok(true)) => None,
            (Ok(false), _) => Some(Ok(Outcome::NotSent(Reason::AlreadyRedeemed))),
            (_, Ok(false)) => Some(Ok(Outcome::NotSent(Reason::CampaignExhausted))),
            (Err(cause), _) => Some(Err(Failure::AttemptsTableUnusable(cause))),
            (_, Err(cause)) => Some(Err(Failure::BenefitsTableUnwritable(cause))),
        };
        (refused, redemption)
    }

    /// Takes back what was written for a redemption that did not happen.
    pub(crate) async fn take_back(&self, redemption: &Redemption, invocation: &Invocation) {
        let (counted, used) = tokio::join!(
            self.uncount(redemption.counted.as_ref(), invocation),
            self.unmark(redemption.used.as_ref(), invocation),
        );
        for cause in [counted.err(), used.err()].into_iter().flatten() {
            invocation.note(format_args!("a redemption stays counted: {cause}"));
        }
    }

    async fn count(&self, claim: &Claim, invocation: &Invocation) -> Result<bool, Cause> {
        let Some(limit) = claim.max_redemptions else {
            return Ok(true);
        };
        let redeem = self.campaigns.redeem(&claim.key, limit, invocation.token());
        in_time(invocation, Dependency::Benefits, redeem).await
    }

    async fn mark(
        &self,
        usage: Option<&SingleUse>,
        invocation: &Invocation,
    ) -> Result<bool, Cause> {
        let (Some(protection), Some(usage)) = (&self.protection, usage) else {
            return Ok(true);
        };
        let mark = protection.ledger.use_once(usage);
        in_time(invocation, Dependency::Attempts, mark).await
    }

    async fn uncount(&self, key: Option<&PinKey>, invocation: &Invocation) -> Result<(), Cause> {
        let Some(key) = key else {
            return Ok(());
        };
        in_time(
            invocation,
            Dependency::Benefits,
            self.campaigns.give_back(key),
        )
        .await
    }

    async fn unmark(
        &self,
        usage: Option<&SingleUse>,
        invocation: &Invocation,
    ) -> Result<(), Cause> {
        let (Some(protection), Some(usage)) = (&self.protection, usage) else {
            return Ok(());
        };
        let unuse = protection.ledger.unuse(usage);
        in_time(invocation, Dependency::Attempts, unuse).await
    }
}
