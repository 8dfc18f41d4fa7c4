//! The outcomes of a request, with the codes that flows, logs and alarms rely on.

use crate::rules::cause::Cause;
use crate::rules::codes::codes;
use crate::rules::row_fault::RowFault;

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The caller is the member with this id.
    Member(String),
    /// The caller's number has no row.
    NotAMember {
        /// Whether the flow must not find out ([`UnknownCaller::Uniform`]).
        disguised: bool,
    },
    /// The event has no number that could be looked up.
    CallerUnknown,
    /// The message was handed over.
    Sent {
        /// The service's id of the message.
        message_id: Option<String>,
    },
    /// This contact has had this campaign's message before, and gets no second one.
    SentBefore,
    /// No message was sent, or its fate is unknown.
    NotSent(Reason),
}

/// The answer to callers who are not members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownCaller {
    /// They hear that they are not members.
    #[default]
    Announce,
    /// They hear the same as a member with a wrong PIN, so that no caller can find out who is a member.
    Uniform,
}

/// The limit that keeps a caller from entering PINs for the rest of an hour or a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// The limit on the caller's own wrong PINs.
    Caller,
    /// The limit on the wrong PINs of all members together.
    AllMembers,
}

/// The reason why no message was sent, or why its fate is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The caller entered nothing, or something that cannot be a PIN. No table was read.
    PinInvalid,
    /// The PIN has fewer digits than any PIN of the line. No table was read.
    PinTooShort,
    /// There is no number to send to. No table was read.
    CallerUnknown,
    /// There were too many wrong PINs. Whether this PIN is right does not matter.
    Locked(Lock),
    /// The caller is not a member.
    NotAMember {
        /// Whether the flow must not find out ([`UnknownCaller::Uniform`]).
        disguised: bool,
    },
    /// The PIN has no row.
    PinNotFound,
    /// The campaign is switched off.
    CampaignDisabled,
    /// The campaign has not started yet.
    CampaignNotStarted,
    /// The campaign has ended.
    CampaignExpired,
    /// The campaign has been redeemed as often as it may be.
    CampaignExhausted,
    /// The member has redeemed the campaign, and may do so once.
    AlreadyRedeemed,
    /// The PIN's row cannot be used.
    CampaignInvalid(RowFault),
    /// Messages do not go to numbers of the caller's country or kind.
    NumberNotAllowed,
    /// The member's row says that the member wants no messages.
    OptedOut,
    /// The caller has had the day's messages.
    SmsLimit,
    /// The text needs more parts than one message may have.
    SmsTooLong,
    /// The service refused the message for good: nothing was sent.
    SmsRefused(Cause),
    /// The service got too many requests: nothing was sent, and a later attempt may succeed.
    SmsThrottled(Cause),
    /// The service was not reached: nothing was sent, and a later attempt may succeed.
    SmsNotReached(Cause),
    /// The message may or may not have been sent.
    SmsFailed(Cause),
    /// Too little time is left to begin a request.
    Busy,
}

impl Reason {
    codes! {
        /// Every code of a reason in logs and metrics. Several reasons may share one.
        LOG_CODES

        /// The code for logs and metrics, where nothing is disguised.
        log_code

        Self::PinInvalid => "PIN_INVALID",
        Self::PinTooShort => "PIN_TOO_SHORT",
        Self::CallerUnknown => "CALLER_UNKNOWN",
        Self::Locked(_) => "LOCKED",
        Self::NotAMember { .. } => "NOT_A_MEMBER",
        Self::PinNotFound => "PIN_NOT_FOUND",
        Self::CampaignDisabled => "CAMPAIGN_DISABLED",
        Self::CampaignNotStarted => "CAMPAIGN_NOT_STARTED",
        Self::CampaignExpired => "CAMPAIGN_EXPIRED",
        Self::CampaignExhausted => "CAMPAIGN_EXHAUSTED",
        Self::AlreadyRedeemed => "ALREADY_REDEEMED",
        Self::CampaignInvalid(_) => "CAMPAIGN_INVALID",
        Self::NumberNotAllowed => "NUMBER_NOT_ALLOWED",
        Self::OptedOut => "OPTED_OUT",
        Self::SmsLimit => "SMS_LIMIT",
        Self::SmsTooLong => "SMS_TOO_LONG",
        Self::SmsRefused(_) => "SMS_REFUSED",
        Self::SmsThrottled(_) | Self::SmsNotReached(_) | Self::SmsFailed(_) => "SMS_FAILED",
        Self::Busy => "BUSY",
    }

    /// The codes that only logs and metrics use: a flow gets another one instead.
    pub const HIDDEN_FROM_FLOWS: &[&str] = &["OPTED_OUT"];

    /// The code that flows branch on. A published flow outlives a release, so it stays as it is.
    pub fn flow_code(&self) -> &'static str {
        match self {
            Self::NotAMember { disguised: true } => Self::PinNotFound.log_code(),
            // The caller hears the same in both cases.
            Self::OptedOut => Self::NumberNotAllowed.log_code(),
            other => other.log_code(),
        }
    }

    /// Returns every code that flows branch on.
    pub fn flow_codes() -> impl Iterator<Item = &'static str> {
        let codes = Self::LOG_CODES.iter().copied();
        codes.filter(|code| !Self::HIDDEN_FROM_FLOWS.contains(code))
    }
}

impl Outcome {
    codes! {
        /// The codes of outcomes other than [`Outcome::NotSent`].
        OWN_CODES

        /// The code for logs and metrics.
        log_code

        Self::Member(_) => "MEMBER",
        Self::NotAMember { .. } => "NOT_A_MEMBER",
        Self::CallerUnknown => "CALLER_UNKNOWN",
        Self::Sent { .. } => "SENT",
        Self::SentBefore => "SENT_BEFORE",
        ; Self::NotSent(reason) => reason.log_code(),
    }

    /// Returns every code in logs and metrics. A code that is both an outcome's and a reason's occurs twice.
    pub fn log_codes() -> impl Iterator<Item = &'static str> {
        let codes = Self::OWN_CODES.iter().chain(Reason::LOG_CODES);
        codes.copied()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// One reason of each kind.
    fn reasons() -> Vec<Reason> {
        let cause = || Cause::scrubbed("cause");
        vec![
            Reason::PinInvalid,
            Reason::PinTooShort,
            Reason::CallerUnknown,
            Reason::Locked(Lock::Caller),
            Reason::NotAMember { disguised: false },
            Reason::NotAMember { disguised: true },
            Reason::PinNotFound,
            Reason::CampaignDisabled,
            Reason::CampaignNotStarted,
            Reason::CampaignExpired,
            Reason::CampaignExhausted,
            Reason::AlreadyRedeemed,
            Reason::CampaignInvalid(RowFault::Missing),
            Reason::NumberNotAllowed,
            Reason::OptedOut,
            Reason::SmsLimit,
            Reason::SmsTooLong,
            Reason::SmsRefused(cause()),
            Reason::SmsThrottled(cause()),
            Reason::SmsNotReached(cause()),
            Reason::SmsFailed(cause()),
            Reason::Busy,
        ]
    }

    #[test]
    fn flows_branch_on_the_codes_that_are_listed_and_on_no_other() {
        let logged: BTreeSet<_> = reasons().iter().map(Reason::log_code).collect();
        let listed: BTreeSet<_> = Reason::LOG_CODES.iter().copied().collect();
        assert_eq!(logged, listed, "each code has a reason above");
        let branches: BTreeSet<_> = reasons().iter().map(Reason::flow_code).collect();
        assert_eq!(branches, Reason::flow_codes().collect());
        assert!(!branches.contains("OPTED_OUT"));
    }

    #[test]
    fn a_flow_gets_the_code_of_a_wrong_pin_for_a_disguised_caller() {
        let code = |disguised| Reason::NotAMember { disguised }.flow_code();
        assert_eq!((code(true), code(false)), ("PIN_NOT_FOUND", "NOT_A_MEMBER"));
        assert_eq!(Reason::OptedOut.flow_code(), "NUMBER_NOT_ALLOWED");
    }
}
