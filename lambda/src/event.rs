//! The event as Amazon Connect really sends it.
//!
//! Connect fills the fields that it knows and sends `null`, or nothing, for the others: a caller who
//! withholds the number, a contact that is in no queue, a block without parameters. A mapping of the
//! whole event onto types refuses such calls, and its error messages quote what they did not like,
//! which may be the PIN. So the event is kept as it is, and only the four texts that matter are read.

use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::phone::PhoneNumber;
use crate::pin::Pin;

/// An event of a contact flow's "invoke function" block.
///
/// It holds a phone number and perhaps a PIN in the clear, and has no `Debug` for that reason.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Event(Value);

/// What the flow wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who is calling; nothing when the number is withheld or cannot be used.
    pub caller: Option<PhoneNumber>,
    /// What to do.
    pub command: Command,
}

/// The two things that this function does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Tell the member id of the caller.
    GetMemberId,
    /// Send the caller the page behind a PIN.
    SendSms {
        /// What was keyed in; nothing when it cannot be a PIN.
        pin: Option<Pin>,
    },
}

impl Command {
    /// The name that flows use.
    pub fn name(&self) -> &'static str {
        match self {
            Self::GetMemberId => "getMemberId",
            Self::SendSms { .. } => "sendSms",
        }
    }
}

impl Event {
    /// The id of the contact, for the log. Present even when the rest of the event is of no use.
    pub fn contact_id(&self) -> Option<&str> {
        self.text("/Details/ContactData/ContactId")
    }

    /// Reads what the flow wants.
    pub fn call(&self) -> Result<Call, Failure> {
        if !matches!(self.0.get("Details"), Some(Value::Object(_))) {
            return Err(Failure::MalformedEvent("there is no object `Details`"));
        }
        if !matches!(
            self.0.pointer("/Details/Parameters"),
            None | Some(Value::Null | Value::Object(_))
        ) {
            return Err(Failure::MalformedEvent(
                "`Details.Parameters` is not an object",
            ));
        }
        let command = match self.text("/Details/Parameters/cmd") {
            Some("getMemberId") => Command::GetMemberId,
            Some("sendSms") => Command::SendSms { pin: self.pin()? },
            _ => return Err(Failure::CommandNotFound),
        };
        Ok(Call {
            caller: self.caller(),
            command,
        })
    }

    /// The caller, when there is an endpoint, it has an address, and the address is a number.
    fn caller(&self) -> Option<PhoneNumber> {
        PhoneNumber::parse(self.text("/Details/ContactData/CustomerEndpoint/Address")?)
    }

    /// A PIN that is not a text has lost its leading zeros somewhere in the flow. That is a mistake
    /// in the flow and not the caller's.
    fn pin(&self) -> Result<Option<Pin>, Failure> {
        match self.0.pointer("/Details/Parameters/pinCode") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Pin::parse(text)),
            Some(_) => Err(Failure::MalformedEvent(
                "`Details.Parameters.pinCode` is not a text",
            )),
        }
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer).and_then(Value::as_str)
    }
}
