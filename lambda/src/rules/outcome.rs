//! How a call can end, in words that flows, logs and alarms can rely on.

use crate::rules::cause::Cause;
use crate::rules::ports::RowFault;

/// How a call was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The caller is this member.
    Member(String),
    /// The number is in no row.
    NotAMember {
        /// The flow must not learn of it ([`UnknownCaller::Uniform`]).
        disguised: bool,
    },
    /// There is no number that could be looked up.
    NobodyToLookUp,
    /// The message was handed over.
    Sent {
        /// The service's id of the message.
        message_id: Option<String>,
    },
    /// This contact has had this campaign's message before, and one is enough.
    SentBefore,
    /// No message, or nobody knows.
    NotSent(Reason),
}

/// What callers who are no members get to hear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownCaller {
    /// That they are none.
    #[default]
    Announce,
    /// The same as a member with a wrong PIN, so that nobody can find out who is a member.
    Uniform,
}

/// Who or what keeps a caller from trying PINs for the rest of an hour or a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// The caller's own wrong PINs.
    Caller,
    /// The wrong PINs of all callers together.
    Everybody,
}

/// Why no message was sent, or why nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing was keyed in, or something that cannot be a PIN. No table was asked.
    PinInvalid,
    /// It has fewer digits than any PIN. No table was asked.
    PinTooShort,
    /// There is no number to send to. No table was asked.
    CallerUnknown,
    /// Too many wrong PINs. Whether this one is right plays no part.
    Locked(Lock),
    /// The caller is no member.
    NotAMember {
        /// The flow must not learn of it ([`UnknownCaller::Uniform`]).
        disguised: bool,
    },
    /// The PIN is in no row.
    PinNotFound,
    /// The campaign is switched off.
    CampaignDisabled,
    /// The campaign is yet to come.
    CampaignNotStarted,
    /// The campaign is over.
    CampaignExpired,
    /// The campaign has been redeemed as often as it may be.
    CampaignExhausted,
    /// The member has redeemed the campaign, and it may be redeemed once.
    AlreadyRedeemed,
    /// The PIN's row holds something that cannot be used.
    CampaignInvalid(RowFault),
    /// Messages do not go to numbers like the caller's.
    NumberNotAllowed,
    /// The member's row says that the member wants no messages.
    OptedOut,
    /// The caller has had the day's messages.
    SmsLimit,
    /// The text needs more parts than one message may have.
    SmsTooLong,
    /// The message was refused, for good: nothing was sent.
    SmsRefused(Cause),
    /// The message was refused for now: nothing was sent, and another try may work.
    SmsThrottled(Cause),
    /// The service was not reached: nothing was sent, and another try may work.
    SmsNotReached(Cause),
    /// The message may or may not have gone.
    SmsFailed(Cause),
    /// Too little time is left to begin anything.
    Busy,
}

impl Reason {
    /// The code that flows branch on. A published flow outlives a release, so it stays as it is.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAMember { disguised: true } => Self::PinNotFound.code(),
            // A flow tells both callers the same.
            Self::OptedOut => Self::NumberNotAllowed.code(),
            other => other.true_code(),
        }
    }

    /// The code for logs and metrics, where nothing is disguised.
    pub fn true_code(&self) -> &'static str {
        match self {
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
    }
}

impl Outcome {
    /// The code for logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Member(_) => "MEMBER",
            Self::NotAMember { .. } => "NOT_A_MEMBER",
            Self::NobodyToLookUp => "CALLER_UNKNOWN",
            Self::Sent { .. } => "SENT",
            Self::SentBefore => "SENT_BEFORE",
            Self::NotSent(reason) => reason.true_code(),
        }
    }
}
