//! The event of a contact flow, as Amazon Connect sends it.
//!
//! Connect fills the fields that it knows and sends `null`, or nothing, for the others: for a caller who
//! withholds the number, a contact that is in no queue, a block without parameters. Deserializing the
//! whole event would fail for such calls, with error messages that quote the offending value, which may be
//! the PIN. So only the five strings that matter are read, and each may have any type.

mod field;

use serde::de::MapAccess;
use serde::{Deserialize, Deserializer};

use crate::rules::failure::Failure;
use crate::rules::phone::PhoneNumber;
use crate::rules::pin::Pin;
use crate::rules::request::{Command, FlowRequest};
use field::{Expected, Field, object};

/// The most characters of a contact id. Amazon Connect's have 36; the id becomes part of a row, whose size
/// is limited.
const LONGEST_CONTACT_ID: usize = 256;

/// The parts of an event of a contact flow's "invoke function" block that the function reads.
///
/// It holds a phone number and perhaps a PIN in the clear, so it has no `Debug`.
#[derive(Clone)]
pub struct Event {
    details: Field<Details>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Root {
    details: Field<Details>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Details {
    contact_data: Field<ContactData>,
    parameters: Field<Parameters>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ContactData {
    contact_id: Field<String>,
    customer_endpoint: Field<Endpoint>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Endpoint {
    address: Field<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Parameters {
    cmd: Field<String>,
    #[serde(rename = "pinCode")]
    pin_code: Field<String>,
    language: Field<String>,
}

/// Reads each of the types as an object.
macro_rules! objects {
    ($($name:ident)*) => {$(
        impl Expected for $name {
            fn of_object<'de, A: MapAccess<'de>>(members: A) -> Result<Option<Self>, A::Error> {
                object(members)
            }
        }
    )*};
}

objects!(Root Details ContactData Endpoint Parameters);

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let root = Field::<Root>::deserialize(deserializer)?;
        Ok(Self {
            details: match root {
                Field::Value(root) => root.details,
                Field::Absent | Field::Unexpected => Field::Absent,
            },
        })
    }
}

impl Event {
    /// Returns the contact's id for the log, even when the rest of the event cannot be used.
    pub fn contact_id(&self) -> Option<&str> {
        let data = self.details.value()?.contact_data.value()?;
        data.contact_id.text()
    }

    /// Reads the flow's request.
    pub fn request(&self) -> Result<FlowRequest, Failure> {
        let Field::Value(details) = &self.details else {
            return Err(Failure::MalformedEvent("`Details` must be an object"));
        };
        if matches!(details.parameters, Field::Unexpected) {
            return Err(Failure::MalformedEvent(
                "`Details.Parameters` must be an object",
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
        let well_formed = |id: &&str| {
            (1..=LONGEST_CONTACT_ID).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let language = parameters.and_then(|parameters| parameters.language.text());
        Ok(FlowRequest {
            caller: details.caller(),
            command,
            contact: self.contact_id().filter(well_formed).map(str::to_owned),
            language: language.map(str::to_owned),
        })
    }
}

impl Details {
    /// Returns the caller, if there is an endpoint whose address is a phone number.
    fn caller(&self) -> Option<PhoneNumber> {
        let endpoint = self.contact_data.value()?.customer_endpoint.value()?;
        PhoneNumber::parse(endpoint.address.text()?)
    }
}

impl Parameters {
    /// Reads the PIN. A PIN that is not a string has lost its leading zeros in the flow, which is the flow's
    /// mistake and not the caller's.
    fn pin(&self) -> Result<Option<Pin>, Failure> {
        match &self.pin_code {
            Field::Absent => Ok(None),
            Field::Value(text) => Ok(Pin::parse(text)),
            Field::Unexpected => Err(Failure::MalformedEvent(
                "`Details.Parameters.pinCode` must be a text",
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
        event_of(event).request().unwrap().contact
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

    /// Any JSON value, nested to some depth.
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
                let _ = (event.request(), event.contact_id());
            }
        }

        #[test]
        fn bytes_that_are_not_an_event_are_an_error_and_not_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(event) = serde_json::from_slice::<Event>(&bytes) {
                let _ = event.request();
            }
        }
    }
}
