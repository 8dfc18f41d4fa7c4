//! The values that a run and its driver exchange, and the start of a test.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::content::Channel;

/// An action that the driver carries out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The customer presses these keys, from now on.
    Press(String),
    /// The customer says or types a text, which a bot of Lex understands.
    Say {
        text: String,
        language_code: Option<String>,
    },
    /// The customer hangs up.
    HangUp,
    /// The test ends, and the contact with it.
    End,
}

/// The contact's values, which checks and log data read.
pub trait Facts {
    /// Returns the value of a path such as `$.Attributes.campaign` or `$.CustomerEndpoint.Address`;
    /// `None` if it is undefined.
    fn read(&self, path: &str) -> Option<String>;
}

/// The start of a test: entry point and initial data, in the shape of CreateTestCase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    pub channel: Channel,
    pub origin: Origin,
    /// The contact's attributes at its start.
    pub attributes: Map<String, Value>,
}

/// The entry of the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The contact enters this flow, by id or ARN.
    Flow {
        flow_id: String,
        /// The caller, or a number of the instance: the console writes the latter.
        source: Option<String>,
    },
    /// The caller calls a number.
    Numbers { source: String, destination: String },
}

/// The reason for which an entry point or initial data cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// Neither a flow nor numbers are given, or both are. The words were recorded by public projects.
    #[error("Must specify either FlowId or phone numbers")]
    FlowOrNumbers,
    /// A destination is given without a source. Recorded is that the name of the parameter is in the
    /// message.
    #[error("Missing mandatory parameter: SourcePhoneNumber")]
    NoSource,
    /// The type or the parameters have another shape. The words are ours.
    #[error("Invalid EntryPoint: {0}")]
    Shape(String),
    /// The initial data is not a JSON object. The words are ours.
    #[error("Invalid InitializationData: it must be a JSON object as text, but {0}")]
    Data(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawEntryPoint {
    r#type: Option<String>,
    voice_call_entry_point_parameters: Option<RawVoice>,
    chat_entry_point_parameters: Option<RawChat>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawVoice {
    source_phone_number: Option<String>,
    destination_phone_number: Option<String>,
    flow_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawChat {
    flow_id: Option<String>,
}

impl Start {
    /// Reads `EntryPoint` and `InitializationData`, which is JSON in a text.
    ///
    /// Only the attributes below `Attributes` are taken: public projects saw other wrappers accepted
    /// without any effect.
    ///
    /// # Errors
    /// [`StartError`], in the service's words where they were recorded.
    pub fn read(entry_point: &Value, data: Option<&str>) -> Result<Self, StartError> {
        let raw: RawEntryPoint = serde_json::from_value(entry_point.clone())
            .map_err(|error| StartError::Shape(error.to_string()))?;
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (channel, origin) = match raw.r#type.as_deref() {
            Some("VOICE_CALL") => {
                let voice = raw.voice_call_entry_point_parameters.unwrap_or_default();
                let source = given(voice.source_phone_number);
                let destination = given(voice.destination_phone_number);
                let origin = match (given(voice.flow_id), source, destination) {
                    (Some(_), _, Some(_)) | (None, None, None) => {
                        return Err(StartError::FlowOrNumbers);
                    }
                    (Some(flow_id), source, None) => Origin::Flow { flow_id, source },
                    (None, Some(source), Some(destination)) => Origin::Numbers {
                        source,
                        destination,
                    },
                    (None, None, Some(_)) => return Err(StartError::NoSource),
                    // The console writes the called number as the source, without a destination.
                    (None, Some(number), None) => Origin::Numbers {
                        source: String::new(),
                        destination: number,
                    },
                };
                (Channel::Voice, origin)
            }
            Some("CHAT") => {
                let chat = raw.chat_entry_point_parameters.unwrap_or_default();
                let flow_id = given(chat.flow_id).ok_or(StartError::FlowOrNumbers)?;
                let origin = Origin::Flow {
                    flow_id,
                    source: None,
                };
                (Channel::Chat, origin)
            }
            Some(other) => {
                let why = format!("Type must be VOICE_CALL or CHAT, but was {other:.40}");
                return Err(StartError::Shape(why));
            }
            None => {
                let why = "Type must be VOICE_CALL or CHAT, but is missing".to_owned();
                return Err(StartError::Shape(why));
            }
        };
        Ok(Self {
            channel,
            origin,
            attributes: attributes(data)?,
        })
    }
}

fn attributes(data: Option<&str>) -> Result<Map<String, Value>, StartError> {
    let Some(data) = data.filter(|data| !data.trim().is_empty()) else {
        return Ok(Map::new());
    };
    let value: Value =
        serde_json::from_str(data).map_err(|error| StartError::Data(error.to_string()))?;
    let Value::Object(mut data) = value else {
        return Err(StartError::Data("was another value".to_owned()));
    };
    match data.remove("Attributes") {
        Some(Value::Object(attributes)) => Ok(attributes),
        Some(_) => Err(StartError::Data("Attributes was another value".to_owned())),
        None => Ok(Map::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn voice(parameters: Value) -> Result<Start, StartError> {
        let entry = json!({"Type": "VOICE_CALL", "VoiceCallEntryPointParameters": parameters});
        Start::read(&entry, None)
    }

    /// Recorded: a flow with a destination, and a destination without a source, are refused.
    #[test]
    fn a_contact_enters_a_flow_or_calls_a_number() {
        let flow = voice(json!({"FlowId": "f", "SourcePhoneNumber": "+819012345678"}));
        let source = Some("+819012345678".to_owned());
        let origin = Origin::Flow {
            flow_id: "f".to_owned(),
            source,
        };
        assert_eq!(flow.map(|start| start.origin), Ok(origin));
        let both = voice(json!({"FlowId": "f", "DestinationPhoneNumber": "+815000000001"}));
        assert_eq!(both, Err(StartError::FlowOrNumbers));
        assert_eq!(voice(json!({})), Err(StartError::FlowOrNumbers));
        let no_source = voice(json!({"DestinationPhoneNumber": "+815000000001"}));
        assert_eq!(no_source, Err(StartError::NoSource));
    }

    /// Recorded: `{"Attributes": …}` is read back through `$.Attributes`, a flat map is not.
    #[test]
    fn only_wrapped_attributes_have_an_effect() {
        let entry = json!({"Type": "CHAT", "ChatEntryPointParameters": {"FlowId": "f"}});
        let data = r#"{"Attributes": {"tier": "gold"}, "SegmentAttributes": {}}"#;
        let start = Start::read(&entry, Some(data)).unwrap();
        assert_eq!(start.attributes["tier"], "gold");
        let flat = Start::read(&entry, Some(r#"{"tier": "gold"}"#)).unwrap();
        assert!(flat.attributes.is_empty());
        assert!(Start::read(&entry, Some("[]")).is_err());
        assert!(Start::read(&entry, Some("{")).is_err());
    }
}
