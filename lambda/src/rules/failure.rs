//! What an operator must see.

use crate::rules::cause::Cause;
use crate::rules::ports::RowFault;

/// An invocation that cannot be answered. The flow takes its error branch.
///
/// Sources differ on whether Amazon Connect asks again after an error of the function, or only when
/// Lambda throttles or breaks. That a message goes at most once does not depend on it; but after an
/// error it could be asked for again, so nothing is one from the moment on when a message may have
/// gone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The flow asked for something that this function does not do.
    #[error("command not found.")]
    CommandNotFound,
    /// The event is not what a contact flow sends.
    #[error("the event is not a contact flow's: {0}.")]
    MalformedEvent(&'static str),
    /// The member table gave no answer.
    #[error("the member table could not be read.")]
    MemberTableUnreadable(#[source] Cause),
    /// The benefits table gave no answer.
    #[error("the benefits table could not be read.")]
    BenefitsTableUnreadable(#[source] Cause),
    /// A redemption could not be written down.
    #[error("the benefits table could not be written.")]
    BenefitsTableUnwritable(#[source] Cause),
    /// The attempts table gave no answer, so nobody knows how often this caller has guessed.
    #[error("the attempts table could not be used.")]
    AttemptsTableUnusable(#[source] Cause),
    /// The PIN's key could not be computed.
    #[error("the key of a PIN could not be computed.")]
    PinKeyUnavailable(#[source] Cause),
    /// A member's row has no id that could be told.
    #[error("a row of the member table has no usable id.")]
    MemberRowInvalid(#[source] RowFault),
    /// There is too little time left for a look-up.
    #[error("there is no time left to answer.")]
    OutOfTime,
}

impl Failure {
    /// The name that Lambda reports as `errorType`. Alarms may match on it, so it stays as it is.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::CommandNotFound => "CommandNotFound",
            Self::MalformedEvent(_) => "MalformedEvent",
            Self::MemberTableUnreadable(_) => "MemberTableUnreadable",
            Self::BenefitsTableUnreadable(_) => "BenefitsTableUnreadable",
            Self::BenefitsTableUnwritable(_) => "BenefitsTableUnwritable",
            Self::AttemptsTableUnusable(_) => "AttemptsTableUnusable",
            Self::PinKeyUnavailable(_) => "PinKeyUnavailable",
            Self::MemberRowInvalid(_) => "MemberRowInvalid",
            Self::OutOfTime => "OutOfTime",
        }
    }
}
