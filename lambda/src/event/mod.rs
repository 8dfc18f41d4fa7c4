//! The event as Amazon Connect really sends it.
//!
//! Connect fills the fields that it knows and sends `null`, or nothing, for the others: a caller who
//! withholds the number, a contact that is in no queue, a block without parameters. A mapping of the
//! whole event onto types refuses such calls, and its error messages quote what they did not like,
//! which may be the PIN. So only the five texts that matter are read, and each may be anything.

mod place;

use serde::de::MapAccess;
use serde::{Deserialize, Deserializer};

use crate::rules::failure::Failure;
use crate::rules::phone::PhoneNumber;
use crate::rules::pin::Pin;
use place::{Expected, Place, object};

/// Amazon Connect's ids have 36 characters. It becomes part of a row, so there has to be an end.
const LONGEST_CONTACT_ID: usize = 256;

/// An event of a contact flow's "invoke function" block: what matters of it.
///
/// It holds a phone number and perhaps a PIN in the clear, and has no `Debug` for that reason.
#[derive(Clone)]
pub struct Event {
    details: Place<Details>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Outermost {
    details: Place<Details>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Details {
    contact_data: Place<ContactData>,
    parameters: Place<Parameters>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ContactData {
    contact_id: Place<String>,
    customer_endpoint: Place<Endpoint>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Endpoint {
    address: Place<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Parameters {
    cmd: Place<String>,
    #[serde(rename = "pinCode")]
    pin_code: Place<String>,
    language: Place<String>,
}

/// These are objects.
macro_rules! objects {
    ($($name:ident)*) => {$(
        impl Expected for $name {
            fn of_object<'de, A: MapAccess<'de>>(members: A) -> Result<Option<Self>, A::Error> {
                object(members)
            }
        }
    )*};
}

objects!(Outermost Details ContactData Endpoint Parameters);

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = Place::<Outermost>::deserialize(deserializer)?;
        Ok(Self {
            details: match whole {
                Place::Value(whole) => whole.details,
                Place::Empty | Place::Other => Place::Empty,
            },
        })
    }
}

/// What the flow wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who is calling; nothing when the number is withheld or cannot be used.
    pub caller: Option<PhoneNumber>,
    /// What to do.
    pub command: Command,
    /// The id of the contact, if there is a sound one.
    pub contact: Option<String>,
    /// The language that the caller has chosen.
    pub language: Option<String>,
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
        let data = self.details.value()?.contact_data.value()?;
        data.contact_id.text()
    }

    /// Reads what the flow wants.
    pub fn call(&self) -> Result<Call, Failure> {
        let Place::Value(details) = &self.details else {
            return Err(Failure::MalformedEvent("there is no object `Details`"));
        };
        if matches!(details.parameters, Place::Other) {
            return Err(Failure::MalformedEvent(
                "`Details.Parameters` is not an object",
            ));
        }
        let parameters = details.parameters.value();
        let command = match parameters.and_then(|parameters| parameters.cmd.text()) {
            Some("getMemberId") => Command::GetMemberId,
            Some("sendSms") => Command::SendSms {
                pin: parameters.map_or(Ok(None), Parameters::pin)?,
            },
            _ => return Err(Failure::CommandNotFound),
        };
        let sound = |id: &&str| {
            (1..=LONGEST_CONTACT_ID).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let language = parameters.and_then(|parameters| parameters.language.text());
        Ok(Call {
            caller: details.caller(),
            command,
            contact: self.contact_id().filter(sound).map(str::to_owned),
            language: language.map(str::to_owned),
        })
    }
}

impl Details {
    /// The caller, when there is an endpoint, it has an address, and the address is a number.
    fn caller(&self) -> Option<PhoneNumber> {
        let endpoint = self.contact_data.value()?.customer_endpoint.value()?;
        PhoneNumber::parse(endpoint.address.text()?)
    }
}

impl Parameters {
    /// A PIN that is not a text has lost its leading zeros somewhere in the flow. That is a mistake
    /// in the flow and not the caller's.
    fn pin(&self) -> Result<Option<Pin>, Failure> {
        match &self.pin_code {
            Place::Empty => Ok(None),
            Place::Value(text) => Ok(Pin::parse(text)),
            Place::Other => Err(Failure::MalformedEvent(
                "`Details.Parameters.pinCode` is not a text",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn event_of(json: Value) -> Event {
        serde_json::from_value(json).unwrap()
    }

    fn contact(id: Value) -> Option<String> {
        let event = json!({ "Details": {
            "ContactData": { "ContactId": id },
            "Parameters": { "cmd": "getMemberId" },
        } });
        event_of(event).call().unwrap().contact
    }

    #[test]
    fn a_contact_id_is_short_and_plain() {
        assert_eq!(contact(json!("c-1")), Some("c-1".to_owned()));
        for bad in [
            json!(null),
            json!(1),
            json!(""),
            json!("c 1"),
            json!("契約"),
            json!("c".repeat(257)),
        ] {
            assert_eq!(contact(bad.clone()), None, "{bad}");
        }
    }

    /// Any JSON, of some depth.
    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,20}|getMemberId|sendSms|\\+[0-9]{0,16}|[0-9]{0,18}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let name = prop_oneof![
                Just("Details".to_owned()),
                Just("ContactData".to_owned()),
                Just("ContactId".to_owned()),
                Just("CustomerEndpoint".to_owned()),
                Just("Address".to_owned()),
                Just("Parameters".to_owned()),
                Just("cmd".to_owned()),
                Just("pinCode".to_owned()),
                Just("language".to_owned()),
                "[a-z/~]{0,5}",
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((name, inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reading_never_panics(details in json(), data in json(), parameters in json(), address in json()) {
            for event in [
                details.clone(),
                json!({ "Details": details }),
                json!({ "Details": { "ContactData": data, "Parameters": parameters } }),
                json!({ "Details": {
                    "ContactData": { "ContactId": data, "CustomerEndpoint": { "Address": address } },
                    "Parameters": { "cmd": "sendSms", "pinCode": details, "language": parameters },
                } }),
            ] {
                let event = event_of(event);
                let _ = (event.call(), event.contact_id());
            }
        }

        #[test]
        fn bytes_that_are_no_event_are_an_error_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(event) = serde_json::from_slice::<Event>(&bytes) {
                let _ = event.call();
            }
        }
    }
}
