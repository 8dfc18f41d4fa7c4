//! Files that hold a test case.

use serde_json::{Map, Value};

use crate::content::Channel;
use crate::exchange::{Start, StartError};

/// A test case as a file holds it, not checked yet.
///
/// Two shapes are read: the input of CreateTestCase (`aws connect create-test-case
/// --cli-input-json`), whose `Content` is JSON in a text, and what the console exports, where the
/// content is an object of its own or at the top of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestFile {
    /// `Name`, if the file has one.
    pub name: Option<String>,
    /// The content as text, as [`TestCase::publish`](crate::TestCase::publish) takes it.
    pub content: String,
    /// `EntryPoint`. A console export has none.
    pub entry_point: Option<Value>,
    /// `InitializationData`, which is JSON in a text.
    pub initialization_data: Option<String>,
}

/// The reason for which a text does not hold a test case.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The text is damaged.
    #[error("a test case must be JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// The text is JSON of another shape.
    #[error(
        "a test case must be a JSON object with Content, as `aws connect create-test-case \
         --cli-input-json` takes it, or with Version and Observations, as the console exports it, \
         but was {0}"
    )]
    Shape(String),
    /// A member has another type.
    #[error("{member} must be {must}, but was {was}")]
    Member {
        /// The name of the member.
        member: &'static str,
        /// The type that it must have.
        must: &'static str,
        /// The type that it has.
        was: &'static str,
    },
}

impl TestFile {
    /// Reads a file. Members that it does not use, such as `Tags` and `InstanceId`, are ignored.
    ///
    /// # Errors
    /// [`FileError`] if the text is damaged or holds something else.
    pub fn read(text: &str) -> Result<Self, FileError> {
        // Editors on Windows begin a file with a byte order mark, which is not JSON.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value: Value = serde_json::from_str(text).map_err(FileError::Json)?;
        let Value::Object(file) = value else {
            return Err(FileError::Shape(kind(&value).to_owned()));
        };
        let content = match file.get("Content") {
            Some(Value::String(content)) => content.clone(),
            Some(content @ Value::Object(_)) => content.to_string(),
            Some(other) => {
                return Err(FileError::Member {
                    member: "Content",
                    must: "JSON in a text, or an object",
                    was: kind(other),
                });
            }
            None if file.contains_key("Observations") => {
                return Ok(Self {
                    name: None,
                    content: text.to_owned(),
                    entry_point: None,
                    initialization_data: None,
                });
            }
            None => return Err(FileError::Shape(members(&file))),
        };
        let entry_point = match file.get("EntryPoint") {
            None | Some(Value::Null) => None,
            Some(entry_point @ Value::Object(_)) => Some(entry_point.clone()),
            Some(other) => {
                return Err(FileError::Member {
                    member: "EntryPoint",
                    must: "an object",
                    was: kind(other),
                });
            }
        };
        Ok(Self {
            name: text_of(&file, "Name")?,
            content,
            entry_point,
            initialization_data: text_of(&file, "InitializationData")?,
        })
    }

    /// Reads the entry point and the initial data; `None` if the file has no entry point.
    ///
    /// # Errors
    /// [`StartError`] if the service would refuse one of them.
    pub fn start(&self) -> Result<Option<Start>, StartError> {
        let data = self.initialization_data.as_deref();
        let entry_point = self.entry_point.as_ref();
        entry_point
            .map(|entry_point| Start::read(entry_point, data))
            .transpose()
    }

    /// Returns the channel of the entry point. A file without one, or with one that cannot be read, is
    /// for a call.
    pub fn channel(&self) -> Channel {
        let start = self.start().ok().flatten();
        start.map_or(Channel::Voice, |start| start.channel)
    }
}

fn text_of(file: &Map<String, Value>, member: &'static str) -> Result<Option<String>, FileError> {
    match file.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(FileError::Member {
            member,
            must: "a text",
            was: kind(other),
        }),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Describes an object by its first members.
fn members(file: &Map<String, Value>) -> String {
    let names: Vec<_> = file
        .keys()
        .take(5)
        .map(|name| name.escape_debug().take(40).collect::<String>())
        .collect();
    match names.is_empty() {
        true => "an empty object".to_owned(),
        false => format!("an object with {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CONTENT: &str = r#"{"Version":"2019-10-30","Metadata":{},"Observations":[]}"#;

    /// The members are those of CreateTestCase in the service model.
    #[test]
    fn the_input_of_create_test_case_is_read() {
        let file = json!({
            "InstanceId": "i", "Name": "greets", "Description": "d", "Content": CONTENT,
            "EntryPoint": {"Type": "VOICE_CALL", "VoiceCallEntryPointParameters": {"FlowId": "f"}},
            "InitializationData": "{\"Attributes\":{\"tier\":\"gold\"}}",
            "Status": "PUBLISHED", "Tags": {"team": "line"},
        });
        let read = TestFile::read(&file.to_string()).unwrap();
        assert_eq!(read.name.as_deref(), Some("greets"));
        assert_eq!(read.content, CONTENT);
        let start = read.start().unwrap().unwrap();
        assert_eq!(start.attributes["tier"], "gold");
    }

    /// The console exports the content itself, without an entry point.
    #[test]
    fn exports_of_the_console_are_read() {
        let content: Value = serde_json::from_str(CONTENT).unwrap();
        for file in [content.clone(), json!({"Name": "n", "Content": content})] {
            let text = format!("\u{feff}{file}");
            let read = TestFile::read(&text).unwrap();
            let found: Value = serde_json::from_str(&read.content).unwrap();
            assert_eq!(found, content);
            assert_eq!(read.start(), Ok(None));
        }
    }

    #[test]
    fn other_files_are_refused_with_a_reason() {
        for (text, why) in [
            ("{", "must be JSON"),
            ("[]", "but was a list"),
            ("{}", "but was an empty object"),
            (r#"{"Actions": [], "Version": ""}"#, "with Actions, Version"),
            (r#"{"Content": 3}"#, "Content must be JSON in a text"),
            (
                r#"{"Content": "", "Name": 3}"#,
                "Name must be a text, but was a number",
            ),
            (
                r#"{"Content": "", "EntryPoint": "f"}"#,
                "EntryPoint must be an object",
            ),
        ] {
            let said = TestFile::read(text).unwrap_err().to_string();
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
