//! The rules of the line.

use crate::cause::Cause;
use crate::event::{Call, Command};
use crate::failure::Failure;
use crate::message::SmsTemplate;
use crate::phone::PhoneNumber;
use crate::pin::Pin;
use crate::ports::{
    CampaignCatalogue, Handover, LookupError, MemberDirectory, RowFault, SmsSender,
};

/// The line: whom it knows, what it offers and how it writes.
#[derive(Clone, Debug)]
pub struct Line<M, C, S> {
    /// Who the callers are.
    pub members: M,
    /// What the PINs stand for.
    pub campaigns: C,
    /// The way to a caller's handset.
    pub sms: S,
    /// What the SMS says.
    pub template: SmsTemplate,
}

/// How a call was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The caller is this member.
    Member(String),
    /// The number is in no row.
    NotAMember,
    /// There is no number that could be looked up.
    NobodyToLookUp,
    /// The message was handed over.
    Sent {
        /// SNS's id of the message.
        message_id: Option<String>,
    },
    /// No message, or nobody knows.
    NotSent(Reason),
}

/// Why no message was sent, or why nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing was keyed in, or something that cannot be a PIN. No table was asked.
    PinInvalid,
    /// There is no number to send to. No table was asked.
    CallerUnknown,
    /// The PIN is in no row.
    PinNotFound,
    /// The PIN's row has no address that could be sent.
    CampaignInvalid(RowFault),
    /// SNS refused the message.
    SmsRefused(Cause),
    /// The message may or may not have gone.
    SmsFailed(Cause),
}

impl Reason {
    /// The code that flows branch on. A published flow outlives a release, so it stays as it is.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PinInvalid => "PIN_INVALID",
            Self::CallerUnknown => "CALLER_UNKNOWN",
            Self::PinNotFound => "PIN_NOT_FOUND",
            Self::CampaignInvalid(_) => "CAMPAIGN_INVALID",
            Self::SmsRefused(_) => "SMS_REFUSED",
            Self::SmsFailed(_) => "SMS_FAILED",
        }
    }
}

impl<M: MemberDirectory, C: CampaignCatalogue, S: SmsSender> Line<M, C, S> {
    /// Does what the flow asks for.
    pub async fn answer(&self, call: &Call) -> Result<Outcome, Failure> {
        let caller = call.caller.as_ref();
        match &call.command {
            Command::GetMemberId => self.identify(caller).await,
            Command::SendSms { pin } => self.send_page(caller, pin.as_ref()).await,
        }
    }

    async fn identify(&self, caller: Option<&PhoneNumber>) -> Result<Outcome, Failure> {
        let Some(caller) = caller else {
            return Ok(Outcome::NobodyToLookUp);
        };
        match self.members.member_id(caller).await {
            Ok(Some(id)) => Ok(Outcome::Member(id)),
            Ok(None) => Ok(Outcome::NotAMember),
            // Without its id a member could only be told "-1", which would be a lie.
            Err(LookupError::Faulty(fault)) => Err(Failure::MemberRowInvalid(fault)),
            Err(LookupError::Unreadable(cause)) => Err(Failure::MemberTableUnreadable(cause)),
        }
    }

    /// What can be told without the table is told without it: so nobody can try PINs from a
    /// withheld number.
    async fn send_page(
        &self,
        caller: Option<&PhoneNumber>,
        pin: Option<&Pin>,
    ) -> Result<Outcome, Failure> {
        let Some(pin) = pin else {
            return Ok(Outcome::NotSent(Reason::PinInvalid));
        };
        let Some(caller) = caller else {
            return Ok(Outcome::NotSent(Reason::CallerUnknown));
        };
        let page = match self.campaigns.page(pin).await {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(Outcome::NotSent(Reason::PinNotFound)),
            Err(LookupError::Faulty(fault)) => {
                return Ok(Outcome::NotSent(Reason::CampaignInvalid(fault)));
            }
            Err(LookupError::Unreadable(cause)) => {
                return Err(Failure::BenefitsTableUnreadable(cause));
            }
        };
        let text = match self.template.render(&page) {
            Ok(text) => text,
            Err(fault) => return Ok(Outcome::NotSent(Reason::CampaignInvalid(fault))),
        };
        Ok(match self.sms.send(caller, &text).await {
            Handover::Accepted { message_id } => Outcome::Sent { message_id },
            Handover::Refused(cause) => Outcome::NotSent(Reason::SmsRefused(cause)),
            Handover::Unclear(cause) => Outcome::NotSent(Reason::SmsFailed(cause)),
        })
    }
}
