//! A contact flow's request to the function.

use crate::rules::phone::PhoneNumber;
use crate::rules::pin::Pin;

/// A request of a contact flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowRequest {
    /// The caller's number; nothing when it is withheld or is not in E.164 form.
    pub caller: Option<PhoneNumber>,
    /// The command that the flow names.
    pub command: Command,
    /// Amazon Connect's id of the contact, if the event has a usable one.
    pub contact: Option<String>,
    /// The language that the caller has chosen.
    pub language: Option<String>,
}

/// The commands of the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Return the member id of the caller.
    GetMemberId,
    /// Send the caller the page of the campaign behind a PIN.
    SendSms {
        /// The digits that the caller entered; nothing when they cannot be a PIN.
        pin: Option<Pin>,
    },
}

impl Command {
    /// The value of `cmd` in a flow.
    pub fn name(&self) -> &'static str {
        match self {
            Self::GetMemberId => "getMemberId",
            Self::SendSms { .. } => "sendSms",
        }
    }
}
