//! What the rules need from the world: AWS when a caller is on the line, maps in tests.

use std::future::Future;

use crate::campaign::CampaignUrl;
use crate::cause::Cause;
use crate::phone::PhoneNumber;
use crate::pin::Pin;

/// Knows which member a number belongs to.
pub trait MemberDirectory: Send + Sync {
    /// The member's id, or nothing for a number without a row.
    fn member_id(
        &self,
        caller: &PhoneNumber,
    ) -> impl Future<Output = Result<Option<String>, LookupError>> + Send;
}

/// Knows which page a PIN stands for.
pub trait CampaignCatalogue: Send + Sync {
    /// The page's address, or nothing for a PIN without a row.
    fn page(
        &self,
        pin: &Pin,
    ) -> impl Future<Output = Result<Option<CampaignUrl>, LookupError>> + Send;
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

/// What is wrong with the attribute that a row is read for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// The row lacks it.
    #[error("the attribute is missing")]
    Missing,
    /// It has a DynamoDB type that cannot be used.
    #[error("the attribute is of type {0}")]
    WrongType(&'static str),
    /// It is an empty text.
    #[error("the attribute is empty")]
    Empty,
    /// It is not the address of a web page.
    #[error("the attribute is not an http or https URL")]
    NotWebAddress,
    /// The text around it and itself exceed what an SMS can carry.
    #[error("the attribute makes the SMS longer than 1600 bytes")]
    TooLong,
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
    /// Nobody can say: throttled, broken, too late or not reached. It may or may not have gone.
    Unclear(Cause),
}
