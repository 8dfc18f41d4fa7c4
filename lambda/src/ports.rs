//! What the rules need from the world: AWS when a caller is on the line, maps in tests.

use std::future::Future;

use crate::attempts::{Admission, Attempt, Limits, Record, SingleUse, Verdict};
use crate::campaign::Campaign;
use crate::cause::Cause;
use crate::message::TemplateFault;
use crate::phone::PhoneNumber;
use crate::pin::{Pin, PinKey};

/// Knows which member a number belongs to.
pub trait MemberDirectory: Send + Sync {
    /// The member's id, or nothing for a number without a row.
    fn member_id(
        &self,
        caller: &PhoneNumber,
    ) -> impl Future<Output = Result<Option<String>, LookupError>> + Send;
}

/// Knows under which key a PIN's campaign is kept.
pub trait PinKeys: Send + Sync {
    /// The key, if nobody has to be asked for it.
    fn at_hand(&self, pin: &Pin) -> Option<PinKey>;

    /// The key: the digits themselves, or something that only a holder of a secret can compute.
    fn key(&self, pin: &Pin) -> impl Future<Output = Result<PinKey, Cause>> + Send;
}

/// Knows which campaign a PIN stands for, and how often it was redeemed.
pub trait CampaignCatalogue: Send + Sync {
    /// The campaign, or nothing for a key without a row.
    fn campaign(
        &self,
        key: &PinKey,
    ) -> impl Future<Output = Result<Option<Campaign>, LookupError>> + Send;

    /// Counts one redemption more, unless there are `limit` of them; says whether it did.
    ///
    /// `token` is the invocation's own: under the same one it counts once, however often it tries.
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

    /// How many wrong PINs all callers together have keyed in during the hour of `now` (seconds
    /// since 1970).
    fn wrong_pins(&self, now: u64) -> impl Future<Output = Result<u64, Cause>> + Send;

    /// Writes down how an attempt ended. An attempt that this invocation did not enter, or has
    /// closed before, stays as it is.
    fn close(
        &self,
        attempt: &Attempt,
        verdict: Verdict,
    ) -> impl Future<Output = Result<(), Cause>> + Send;

    /// Marks a campaign as redeemed by a member, unless it is; says whether it did.
    fn use_once(&self, usage: &SingleUse) -> impl Future<Output = Result<bool, Cause>> + Send;

    /// Takes such a mark of the same invocation back.
    fn unuse(&self, usage: &SingleUse) -> impl Future<Output = Result<(), Cause>> + Send;
}

/// Hands a text message over for delivery.
pub trait SmsSender: Send + Sync {
    /// Tries once and never again: there is no way to ask for a second try without risking a
    /// second message. Every way this can end is something the flow can tell the caller.
    fn send(&self, to: &PhoneNumber, text: &str) -> impl Future<Output = Handover> + Send;
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
    /// That attribute is an empty text.
    #[error("the attribute is empty")]
    Empty,
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
    /// Nobody can say: broken, too late or not reached. It may or may not have gone.
    Unclear(Cause),
}
