//! What the rules need from the world: AWS when a caller is on the line, maps in tests.

use std::future::Future;

use crate::rules::attempts::{Admission, Attempt, Limits, Record, TallyOf, Verdict};
use crate::rules::campaign::Campaign;
use crate::rules::cause::Cause;
use crate::rules::counter::{Move, Moved, Step};
use crate::rules::phone::PhoneNumber;
use crate::rules::pin::{Pin, PinKey};
use crate::rules::sms_template::TemplateFault;

/// A member, as the member table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The member's id. It is never blank and never `-1`, which a flow takes for "not a member".
    pub id: String,
    /// Whether the member wants no messages.
    pub opted_out: bool,
}

/// Knows which member a number belongs to.
pub trait MemberDirectory: Send + Sync {
    /// The member, or nothing for a number without a row.
    fn member(
        &self,
        caller: &PhoneNumber,
    ) -> impl Future<Output = Result<Option<Member>, LookupError>> + Send;
}

/// Knows under which key a PIN's campaign is kept.
pub trait PinKeys: Send + Sync {
    /// The key, if nobody has to be asked for it.
    fn at_hand(&self, pin: &Pin) -> Option<PinKey>;

    /// The key: the digits themselves, or something that only a holder of a secret can compute.
    fn key(&self, pin: &Pin) -> impl Future<Output = Result<PinKey, Cause>> + Send;
}

/// Knows which campaign a PIN stands for, and keeps count of its redemptions on a line without an
/// attempts table.
pub trait CampaignCatalogue: Send + Sync {
    /// The campaign, or nothing for a key without a row.
    fn campaign(
        &self,
        key: &PinKey,
    ) -> impl Future<Output = Result<Option<Campaign>, LookupError>> + Send;

    /// Counts one redemption more, unless there are `limit` of them; says whether it did.
    ///
    /// `token` is the invocation's own: under the same one it counts once, unless another caller was
    /// counted in between. Only an [`AttemptLedger`] counts exactly.
    fn redeem(
        &self,
        key: &PinKey,
        limit: u64,
        token: &str,
    ) -> impl Future<Output = Result<bool, Cause>> + Send;

    /// Takes one redemption back. It tries once: a redemption too many in the count costs one
    /// message, one too few costs the promise.
    fn give_back(&self, key: &PinKey) -> impl Future<Output = Result<(), Cause>> + Send;
}

/// Keeps count of who tried which PINs and who was sent what.
pub trait AttemptLedger: Send + Sync {
    /// Enters an attempt in one conditional write, unless the limits or an earlier try of the same
    /// contact with the same PIN say otherwise. An attempt counts as wrong until it is closed.
    fn open(
        &self,
        attempt: &Attempt,
        limits: &Limits,
    ) -> impl Future<Output = Result<Admission, Cause>> + Send;

    /// What is remembered of the attempt's caller and the day of `at` (seconds since 1970), not a
    /// moment old.
    fn recorded(
        &self,
        attempt: &Attempt,
        at: u64,
    ) -> impl Future<Output = Result<Record, Cause>> + Send;

    /// Writes down how an attempt ended. An attempt that this invocation did not enter, or has
    /// closed before, stays as it is.
    fn close(
        &self,
        attempt: &Attempt,
        verdict: Verdict,
    ) -> impl Future<Output = Result<(), Cause>> + Send;

    /// What a tally has come to; nothing where it has never moved. `fresh` asks for the number of this
    /// moment, at twice the price.
    fn tally(
        &self,
        of: &TallyOf,
        fresh: bool,
    ) -> impl Future<Output = Result<Option<i64>, TallyError>> + Send;

    /// Moves a tally. The same step may be asked for again and moves it once. A move that is out of
    /// bounds will never be taken: not either by an earlier request of the same step that is still on its
    /// way, when the tally has come back within bounds.
    fn take(
        &self,
        of: &TallyOf,
        change: &Move,
        step: &Step,
    ) -> impl Future<Output = Result<Moved, TallyError>> + Send;

    /// Undoes a move if it was taken, and keeps it from being taken later if it was not. It may be
    /// repeated.
    fn undo(
        &self,
        of: &TallyOf,
        change: &Move,
        step: &Step,
    ) -> impl Future<Output = Result<(), TallyError>> + Send;
}

/// Hands a text message over for delivery.
pub trait SmsSender: Send + Sync {
    /// Tries once and never again: there is no way to ask for a second try without risking a
    /// second message. So it waits as long as it is let, and whoever asks ends it. Every way this can
    /// end is something the flow can tell the caller.
    fn send(&self, to: &PhoneNumber, text: &str) -> impl Future<Output = Handover> + Send;
}

/// Why a tally did not move.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TallyError {
    /// More is asked of its item than DynamoDB carries for one key.
    #[error("the tally is throttled")]
    Throttled(#[source] Cause),
    /// The table gave no answer.
    #[error("the tally could not be used")]
    Unusable(#[source] Cause),
}

impl From<TallyError> for Cause {
    fn from(error: TallyError) -> Self {
        match error {
            TallyError::Throttled(cause) | TallyError::Unusable(cause) => cause,
        }
    }
}

/// Why a table gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// The table could not be read.
    #[error("the table could not be read")]
    Unreadable(#[source] Cause),
    /// There is a row, and it does not hold what it should.
    #[error("the row cannot be used")]
    Faulty(#[source] RowFault),
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// It lacks the attribute it is read for.
    #[error("the attribute is missing")]
    Missing,
    /// That attribute has a DynamoDB type that cannot be used.
    #[error("the attribute is of type {0}")]
    WrongType(&'static str),
    /// That attribute is an empty text, or one of blanks.
    #[error("the attribute is empty")]
    Empty,
    /// A member's id is `-1`, which a flow takes for "not a member".
    #[error("the member's id must not be -1, which means that a caller is not a member")]
    Nobody,
    /// It is not the address of a web page.
    #[error("the attribute is not an https URL")]
    NotWebAddress,
    /// The page is on a host that messages must not point to.
    #[error("the URL's host is not one of the allowed ones")]
    HostNotAllowed,
    /// An optional attribute holds something else than it should.
    #[error("the attribute {name} is not {expected}")]
    NotUsable {
        /// The attribute.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The row's own text is no template.
    #[error("the attribute message {0}")]
    Message(#[source] TemplateFault),
    /// Only the attempts table can tell who has redeemed what.
    #[error("the attribute singleUsePerMember needs an attempts table")]
    NoAttemptsTable,
}

/// How handing over a text message ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handover {
    /// It was accepted. Delivery is another matter.
    Accepted {
        /// The service's own id of the message.
        message_id: Option<String>,
    },
    /// It was refused: nothing was sent, and asking again would change nothing.
    Refused(Cause),
    /// It came too fast after others: nothing was sent, and asking again may help.
    Throttled(Cause),
    /// The request never left this machine: no connection, no credentials. Nothing was sent.
    NotReached(Cause),
    /// The service was reached and gave no clear answer: the message may or may not have gone.
    Unclear(Cause),
}
