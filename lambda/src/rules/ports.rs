//! The traits of the tables and services, which AWS implements on a deployed line and maps in tests.

use std::future::Future;

use crate::rules::attempts::{Admission, Attempt, CallerDay, Limits, Verdict};
use crate::rules::campaign::Campaign;
use crate::rules::cause::Cause;
use crate::rules::counter::{CounterId, Move, Moved, Step};
use crate::rules::invocation::NoAnswerInTime;
use crate::rules::phone::PhoneNumber;
use crate::rules::pin::{Pin, PinKey};
use crate::rules::row_fault::RowFault;

/// The implementations that a line is made of.
pub trait Ports {
    type Members: MemberDirectory;
    type PinKeys: PinKeys;
    type Campaigns: CampaignCatalogue;
    type Sms: SmsSender;
    type Ledger: AttemptLedger;
}

/// A member, as the member table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The member's id. It is never blank and never `-1`, which a flow takes for "not a member".
    pub id: String,
    /// Whether the member wants no messages.
    pub opted_out: bool,
}

/// Finds the member of a phone number.
pub trait MemberDirectory: Send + Sync {
    /// Returns the member; nothing for a number without a row.
    fn member(
        &self,
        caller: &PhoneNumber,
    ) -> impl Future<Output = Result<Option<Member>, LookupError>> + Send;
}

/// Computes the key under which a PIN's campaign is kept.
pub trait PinKeys: Send + Sync {
    /// Returns the key if that takes no request to a service.
    fn at_hand(&self, pin: &Pin) -> Option<PinKey>;

    /// Returns the key: the digits themselves, or a MAC that only the holder of a secret can compute.
    fn key(&self, pin: &Pin) -> impl Future<Output = Result<PinKey, Cause>> + Send;
}

/// Finds the campaign of a PIN, and counts its redemptions on a line without an attempts table.
pub trait CampaignCatalogue: Send + Sync {
    /// Returns the campaign; nothing for a key without a row.
    fn campaign(
        &self,
        key: &PinKey,
    ) -> impl Future<Output = Result<Option<Campaign>, LookupError>> + Send;

    /// Counts one redemption more, unless there are `limit` of them already. Returns whether it did.
    ///
    /// `token` is the invocation's own: under the same one it counts once, unless another caller was
    /// counted in between. Only an [`AttemptLedger`] counts exactly.
    fn redeem(
        &self,
        key: &PinKey,
        limit: u64,
        token: &str,
    ) -> impl Future<Output = Result<bool, Cause>> + Send;

    /// Takes one redemption back, without retries: one redemption too many in the count costs one message,
    /// one too few would break the limit.
    fn give_back(&self, key: &PinKey) -> impl Future<Output = Result<(), Cause>> + Send;
}

/// Records which PINs callers have entered and which messages they were sent.
pub trait AttemptLedger: Send + Sync {
    /// Enters an attempt in one conditional write, unless the limits or an earlier request of the same
    /// attempt forbid it. An attempt counts as wrong until it is closed.
    fn open(
        &self,
        attempt: &Attempt,
        limits: &Limits,
    ) -> impl Future<Output = Result<Admission, Cause>> + Send;

    /// Reads the record of the attempt's caller and the day of `at` (seconds since 1970) with strong
    /// consistency.
    fn recorded(
        &self,
        attempt: &Attempt,
        at: u64,
    ) -> impl Future<Output = Result<CallerDay, Cause>> + Send;

    /// Records how an attempt ended. An attempt that this invocation did not enter, or has closed before,
    /// stays as it is.
    fn close(
        &self,
        attempt: &Attempt,
        verdict: Verdict,
    ) -> impl Future<Output = Result<(), Cause>> + Send;

    /// Reads a counter; returns nothing where it has never moved. `fresh` requests a consistent read, at twice
    /// the price.
    fn counter(
        &self,
        of: &CounterId,
        fresh: bool,
    ) -> impl Future<Output = Result<Option<i64>, CounterError>> + Send;

    /// Moves a counter. The same step may be requested again and moves it once. A move that is out of
    /// bounds will never be taken, not even by an earlier request of the same step that arrives when the
    /// counter is within bounds again.
    fn take(
        &self,
        of: &CounterId,
        change: &Move,
        step: &Step,
    ) -> impl Future<Output = Result<Moved, CounterError>> + Send;

    /// Undoes a move if it was taken, and keeps it from being taken later if it was not. The request may
    /// be repeated.
    fn undo(
        &self,
        of: &CounterId,
        change: &Move,
        step: &Step,
    ) -> impl Future<Output = Result<(), CounterError>> + Send;
}

/// Hands a text message over for delivery.
pub trait SmsSender: Send + Sync {
    /// Sends a message in one request, without retries, which would risk a second message. The request has no
    /// time-out of its own, so the caller of this method ends it. The flow has a sentence for each result.
    fn send(&self, to: &PhoneNumber, text: &str) -> impl Future<Output = Handover> + Send;
}

/// A request to a counter that got no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CounterError {
    /// The counter's item gets more requests than DynamoDB serves for one key.
    #[error("the counter is throttled")]
    Throttled(#[source] Cause),
    /// The table gave no answer.
    #[error("the counter could not be used")]
    Unusable(#[source] Cause),
}

impl From<NoAnswerInTime> for CounterError {
    fn from(error: NoAnswerInTime) -> Self {
        Self::Unusable(error.into())
    }
}

impl From<CounterError> for Cause {
    fn from(error: CounterError) -> Self {
        match error {
            CounterError::Throttled(cause) | CounterError::Unusable(cause) => cause,
        }
    }
}

/// A look-up that got no usable row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// The table could not be read.
    #[error("the table could not be read")]
    Unreadable(#[source] Cause),
    /// There is a row, and it cannot be used.
    #[error("the row cannot be used")]
    Faulty(#[source] RowFault),
}

impl From<NoAnswerInTime> for LookupError {
    fn from(error: NoAnswerInTime) -> Self {
        Self::Unreadable(error.into())
    }
}

/// The result of handing over a text message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handover {
    /// The service accepted the message. Its delivery may still fail.
    Accepted {
        /// The service's id of the message.
        message_id: Option<String>,
    },
    /// The service refused the message for good: nothing was sent.
    Refused(Cause),
    /// The service got too many requests: nothing was sent, and a later attempt may succeed.
    Throttled(Cause),
    /// The request never left this machine: no connection, or no credentials. Nothing was sent.
    NotReached(Cause),
    /// The service was reached and gave no clear answer: the message may or may not have been sent.
    Unclear(Cause),
}
