//! Test cases: their published and saved versions.

use std::sync::Arc;

use connect_test_cases::{Channel, Problem, Start, StartError, TestCase};
use local_wire::Fault;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Identity, Instance, Kind, Resource, identified, no_such};

/// The most problems in an `InvalidTestCaseException` (service model).
const MAX_PROBLEMS: usize = 50;

/// The most characters of a problem's message (service model).
const PROBLEM_LENGTH: usize = 256;

/// `TestCaseEntryPoint`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EntryPoint {
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) voice_call_entry_point_parameters: Option<VoiceCallEntryPoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_entry_point_parameters: Option<ChatEntryPoint>,
}

/// `VoiceCallEntryPointParameters`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VoiceCallEntryPoint {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_id: Option<String>,
}

/// `ChatEntryPointParameters`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChatEntryPoint {
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_id: Option<String>,
}

/// The parts of a test case that a version of it has for itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct TestCaseText {
    pub(crate) content: String,
    pub(crate) entry_point: Option<EntryPoint>,
    pub(crate) initialization_data: Option<String>,
}

impl TestCaseText {
    fn bytes(&self) -> usize {
        self.content.len() + self.initialization_data.as_ref().map_or(0, String::len)
    }

    /// Reads the entry point with the initial data; `None` without an entry point.
    fn start(&self) -> Result<Option<Start>, StartError> {
        let Some(entry_point) = &self.entry_point else {
            return Ok(None);
        };
        let entry_point = serde_json::to_value(entry_point)
            .map_err(|error| StartError::Shape(error.to_string()))?;
        Start::read(&entry_point, self.initialization_data.as_deref()).map(Some)
    }
}

/// A test case in executable form.
#[derive(Debug, Clone)]
pub(crate) struct Runnable {
    pub(crate) case: Arc<TestCase>,
    /// `None` for a test case without an entry point, which the service model allows.
    pub(crate) start: Option<Start>,
}

/// The published version, which executions run.
#[derive(Debug, Clone)]
struct Published {
    text: TestCaseText,
    runnable: Runnable,
}

/// A version of a test case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TestCaseStatus {
    Published,
    Saved,
}

impl TestCaseStatus {
    /// Returns the name in the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Published => "PUBLISHED",
            Self::Saved => "SAVED",
        }
    }

    /// Returns the status with this name in the API, which the service model allows.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "SAVED" => Self::Saved,
            _ => Self::Published,
        }
    }
}

/// A test case. It has a published version, a saved one, or both.
#[derive(Debug, Clone)]
pub(crate) struct TestCaseRecord {
    pub(crate) identity: Identity,
    pub(crate) description: Option<String>,
    /// `LastModifiedRegion`.
    pub(crate) modified_region: String,
    published: Option<Published>,
    saved: Option<TestCaseText>,
}

identified!(TestCaseRecord);

impl Resource for TestCaseRecord {
    const KIND: Kind = Kind {
        arn: "test-case",
        title: "Test case",
        one: "A test case",
        many: "test cases",
        // The account's own limit: AWS publishes no quota of test cases.
        quota: 1_000,
    };
}

impl TestCaseRecord {
    /// Creates a test case without a version. The caller publishes or saves one before storing the
    /// record.
    pub(crate) fn new(identity: Identity, region: &str) -> Self {
        Self {
            identity,
            description: None,
            modified_region: region.to_owned(),
            published: None,
            saved: None,
        }
    }

    /// Returns the bytes of its texts. The published content takes memory twice: its executable form
    /// as well.
    pub(super) fn bytes(&self) -> usize {
        let published = self.published.as_ref();
        let published = published.map_or(0, |version| {
            version.text.bytes() + version.text.content.len()
        });
        published + self.saved.as_ref().map_or(0, TestCaseText::bytes)
    }

    /// Returns the status of the version that DescribeTestCase shows by itself: the published one if
    /// there is one (service model).
    pub(crate) fn status(&self) -> TestCaseStatus {
        match self.published {
            Some(_) => TestCaseStatus::Published,
            None => TestCaseStatus::Saved,
        }
    }

    /// Returns a version.
    ///
    /// # Errors
    /// `ResourceNotFoundException` if the test case does not have it. AWS does not say which error
    /// this is; that of a missing resource is the only one that the operation documents for it.
    pub(crate) fn version(&self, status: TestCaseStatus) -> Result<&TestCaseText, Fault> {
        let found = match status {
            TestCaseStatus::Published => self.published.as_ref().map(|version| &version.text),
            TestCaseStatus::Saved => self.saved.as_ref(),
        };
        found.ok_or_else(|| no_such(&format!("{} version of test case", status.name()), &self.id))
    }

    /// Returns the text that a change with this status begins with: the saved one before the published
    /// one, unless the change keeps the status of the test case.
    pub(crate) fn base(&self, status: Option<TestCaseStatus>) -> TestCaseText {
        let published = self.published.as_ref().map(|version| &version.text);
        let found = match status {
            None => published.or(self.saved.as_ref()),
            Some(_) => self.saved.as_ref().or(published),
        };
        found.cloned().unwrap_or_default()
    }

    /// Returns the published version in executable form.
    ///
    /// # Errors
    /// `InvalidRequestException` for a test case that is saved only. The error's code is the account's
    /// choice: that such a test case does not run is all that is known.
    pub(crate) fn runnable(&self) -> Result<&Runnable, Fault> {
        let published = self.published.as_ref();
        published
            .map(|version| &version.runnable)
            .ok_or_else(|| invalid("The test case must be PUBLISHED to be executed, but is SAVED."))
    }

    /// Checks a text and publishes it. It replaces the saved version.
    ///
    /// # Errors
    /// `InvalidRequestException` for the entry point, `InvalidTestCaseException` for the content.
    pub(crate) fn publish(&mut self, text: TestCaseText) -> Result<(), Fault> {
        let start = text.start().map_err(|error| invalid(&error.to_string()))?;
        // Without an entry point there is no channel whose rules apply; a call has more events.
        let channel = start.as_ref().map_or(Channel::Voice, |start| start.channel);
        let case = TestCase::publish(&text.content, channel).map_err(|found| refused(&found))?;
        self.published = Some(Published {
            text,
            runnable: Runnable {
                case: Arc::new(case),
                start,
            },
        });
        self.saved = None;
        Ok(())
    }

    /// Saves a text without checks. The published version stays.
    pub(crate) fn save(&mut self, text: TestCaseText) {
        self.saved = Some(text);
    }
}

impl Instance {
    /// Fails if a test case of the instance has this id.
    pub(crate) fn free_test_case_id(&self, id: &str) -> Result<(), Fault> {
        match self.test_cases.get(id) {
            Ok(_) => Err(Fault::new(
                409,
                "DuplicateResourceException",
                format!("A test case with the id {id} already exists in the instance."),
            )),
            Err(_) => Ok(()),
        }
    }
}

fn invalid(why: &str) -> Fault {
    Fault::new(400, "InvalidRequestException", why)
}

/// `InvalidTestCaseException`: the model names its member `Problems`.
fn refused(found: &[Problem]) -> Fault {
    let shown: Vec<String> = found.iter().take(MAX_PROBLEMS).map(shown).collect();
    let problems = shown.iter().map(|text| json!({ "message": text }));
    Fault::new(400, "InvalidTestCaseException", shown.join("; "))
        .with("Problems", problems.collect())
}

/// Returns the service's message, with the place in a note that is marked as the account's own, if
/// there is room for it.
fn shown(problem: &Problem) -> String {
    let note = match problem.path.as_str() {
        "" => String::new(),
        path => format!(" (local note: at {path})"),
    };
    let length = problem.message.chars().count() + note.chars().count();
    match length <= PROBLEM_LENGTH {
        true => format!("{}{note}", problem.message),
        false => problem.message.chars().take(PROBLEM_LENGTH).collect(),
    }
}

#[cfg(test)]
mod tests {
    use connect_test_cases::ProblemKind;

    use super::*;

    fn problem(message: &str, path: &str) -> Problem {
        Problem {
            kind: ProblemKind::InvalidAction,
            message: message.to_owned(),
            path: path.to_owned(),
            recorded: true,
        }
    }

    /// Service model: 1 to 50 problems with messages of 1 to 256 characters.
    #[test]
    fn problems_keep_the_bounds_of_the_model() {
        let long = "x".repeat(250);
        let found = vec![problem(&long, "Observations[0].Actions[0]"); 60];
        let fault = refused(&found);
        assert_eq!(fault.code, "InvalidTestCaseException");
        let problems = fault.members["Problems"].as_array().unwrap();
        assert_eq!(problems.len(), 50);
        assert_eq!(problems[0]["message"], long);
        let short = refused(&[problem("Invalid usage type", "Observations[0]")]);
        assert_eq!(
            short.members["Problems"][0]["message"],
            "Invalid usage type (local note: at Observations[0])"
        );
    }
}
