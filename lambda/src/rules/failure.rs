//! The failures that an operator must see.

use crate::rules::cause::Cause;
use crate::rules::codes::codes;
use crate::rules::row_fault::RowFault;

/// An invocation that cannot be answered. The flow takes its error branch.
///
/// Sources differ on whether Amazon Connect repeats the request after an error of the function, or only
/// when Lambda throttles or fails. That a message is sent at most once does not depend on it; but the request
/// may be repeated after an error, so no result is an error once a message may have been sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The flow named a command that the function does not have.
    #[error("command not found.")]
    CommandNotFound,
    /// The event is not one of a contact flow.
    #[error("the event must be a contact flow's: {0}.")]
    MalformedEvent(&'static str),
    /// The member table gave no answer.
    #[error("the member table could not be read.")]
    MemberTableUnreadable(#[source] Cause),
    /// The benefits table gave no answer.
    #[error("the benefits table could not be read.")]
    BenefitsTableUnreadable(#[source] Cause),
    /// A redemption could not be recorded.
    #[error("the benefits table could not be written.")]
    BenefitsTableUnwritable(#[source] Cause),
    /// The attempts table gave no answer, so the number of the caller's wrong PINs is unknown.
    #[error("the attempts table could not be used.")]
    AttemptsTableUnusable(#[source] Cause),
    /// The PIN's key could not be computed.
    #[error("the key of a PIN could not be computed.")]
    PinKeyUnavailable(#[source] Cause),
    /// A member's row has no id that could be returned to the flow.
    #[error("a row of the member table has no usable id.")]
    MemberRowInvalid(#[source] RowFault),
    /// Too little time is left for a look-up.
    #[error("there is no time left to answer.")]
    OutOfTime,
}

impl Failure {
    codes! {
        /// Every `errorType` of the function.
        ERROR_TYPES

        /// The name that Lambda reports as `errorType`. Alarms may match on it, so it stays as it is.
        error_type

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
