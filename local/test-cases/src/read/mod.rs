//! Reads the content of a test case, and checks it as publishing does.

mod actions;
mod events;
mod overrides;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use crate::content::{Channel, EventPattern, Observation, TestCase};
use crate::problem::{Problem, ProblemKind};

/// The only version that the service was seen to accept. AWS's API reference shows an older one.
const VERSION: &str = "2019-10-30";
/// The bounds of CloudFormation's schema, in characters.
const LONGEST_CONTENT: usize = 256_000;
/// The service cuts each message here, in characters (the service model).
const LONGEST_MESSAGE: usize = 256;
/// The most problems of an answer (the service model).
const MOST_PROBLEMS: usize = 50;
/// The most characters of a place in the content, which can name members of any length.
const LONGEST_PATH: usize = 200;
/// The words for content that has another shape, as public projects recorded them.
const INVALID: &str = "Invalid test case content";

type Object = Map<String, Value>;

impl TestCase {
    /// Reads content and checks it as CreateTestCase does with the status `PUBLISHED`.
    ///
    /// # Errors
    /// The problems found, 1 to 50 of them.
    pub fn publish(content: &str, channel: Channel) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader {
            channel,
            problems: Vec::new(),
            notes: Vec::new(),
        };
        let observations = reader.content(content);
        reader.problems.truncate(MOST_PROBLEMS);
        match observations {
            Some(observations) if reader.problems.is_empty() => Ok(Self {
                observations,
                notes: reader.notes,
            }),
            _ => {
                if reader.problems.is_empty() {
                    // Each check that returns nothing reports a problem. If one ever does not, there
                    // is still at least one problem.
                    reader.invalid("", "");
                }
                Err(reader.problems)
            }
        }
    }
}

struct Reader {
    channel: Channel,
    problems: Vec<Problem>,
    notes: Vec<String>,
}

impl Reader {
    fn report(&mut self, kind: ProblemKind, message: &str, path: &str, recorded: bool) {
        self.problems.push(Problem {
            kind,
            message: shown(message, LONGEST_MESSAGE),
            path: shown(path, LONGEST_PATH),
            recorded,
        });
    }

    /// Reports another shape: the service's words, and the reason in our own.
    fn invalid(&mut self, why: &str, path: &str) {
        let message = match why {
            "" => INVALID.to_owned(),
            why => format!("{INVALID}: {why}"),
        };
        self.report(ProblemKind::InvalidContent, &message, path, true);
    }

    fn content(&mut self, content: &str) -> Option<Vec<Observation>> {
        if content.is_empty() || content.chars().count() > LONGEST_CONTENT {
            let why = format!("the content must have 1 to {LONGEST_CONTENT} characters");
            self.invalid(&why, "");
            return None;
        }
        let value: Value = match serde_json::from_str(content) {
            Ok(value) => value,
            Err(error) => {
                self.invalid(&format!("the content must be JSON: {error}"), "");
                return None;
            }
        };
        let Some(content) = value.as_object() else {
            self.invalid("the content must be a JSON object", "");
            return None;
        };
        match content.get("Version").and_then(Value::as_str) {
            Some(VERSION) => {}
            Some(other) => {
                let why = format!("Version must be {VERSION}, but was {other:.40}");
                self.invalid(&why, "Version");
            }
            None => self.invalid(
                &format!("Version must be {VERSION}, but is missing"),
                "Version",
            ),
        }
        if content
            .get("Metadata")
            .is_some_and(|metadata| !metadata.is_object())
        {
            self.invalid("Metadata must be an object", "Metadata");
        }
        for name in content
            .keys()
            .filter(|name| !matches!(name.as_str(), "Version" | "Metadata" | "Observations"))
        {
            let why = format!("{name:.60} must not be a member of the content");
            self.invalid(&why, name);
        }
        let Some(list) = content.get("Observations").and_then(Value::as_array) else {
            self.invalid("Observations must be a list", "Observations");
            return None;
        };
        let positions = self.identifiers(list)?;
        let mut observations = Vec::new();
        for (index, value) in list.iter().enumerate() {
            observations.extend(self.observation(value, index, &positions));
        }
        if observations.len() < list.len() {
            return None;
        }
        let led_to: BTreeSet<usize> = observations
            .iter()
            .flat_map(|observation: &Observation| observation.next.iter().copied())
            .collect();
        // TestInitiated comes once, before any other event: where another observation leads to it, it could
        // never be matched otherwise. This is our assumption.
        let starts = |one: &Observation| one.event == EventPattern::TestInitiated;
        for (index, observation) in observations.iter_mut().enumerate() {
            observation.is_first = !led_to.contains(&index) || starts(observation);
        }
        self.note_unreachable(&observations);
        if !observations.iter().any(starts) {
            let message = "One observation must have the event TestInitiated";
            self.report(
                ProblemKind::InvalidObservation,
                message,
                "Observations",
                false,
            );
        }
        Some(observations)
    }

    /// Reads the identifiers of all observations, which must be different.
    fn identifiers<'a>(&mut self, list: &'a [Value]) -> Option<HashMap<&'a str, usize>> {
        let mut positions = HashMap::new();
        let before = self.problems.len();
        for (index, value) in list.iter().enumerate() {
            let path = format!("Observations[{index}].Identifier");
            match value.get("Identifier").and_then(Value::as_str) {
                Some(identifier) if !identifier.is_empty() => {
                    if positions.insert(identifier, index).is_some() {
                        let message =
                            format!("Duplicate observation identifier: {identifier:.100}");
                        self.report(ProblemKind::InvalidObservation, &message, &path, false);
                    }
                }
                _ => self.invalid("an observation must have an Identifier", &path),
            }
        }
        (self.problems.len() == before).then_some(positions)
    }

    fn observation(
        &mut self,
        value: &Value,
        index: usize,
        positions: &HashMap<&str, usize>,
    ) -> Option<Observation> {
        let path = format!("Observations[{index}]");
        let object = value.as_object()?;
        let identifier = object.get("Identifier")?.as_str()?.to_owned();
        if object.contains_key("Usage") {
            let message = "Invalid usage type";
            self.report(
                ProblemKind::InvalidObservation,
                message,
                &format!("{path}.Usage"),
                true,
            );
        }
        self.unknown_members(
            object,
            &["Identifier", "Event", "Actions", "Transitions", "Usage"],
            &path,
        );
        let Some(event) = object.get("Event").and_then(Value::as_object) else {
            self.invalid(
                "an observation must have an Event",
                &format!("{path}.Event"),
            );
            return None;
        };
        let event = self.event(event, &format!("{path}.Event"));
        let actions = self.actions(object.get("Actions"), &path);
        let next = self.next_observations(object.get("Transitions"), positions, &path);
        Some(Observation {
            identifier,
            event: event?,
            actions: actions?,
            next: next?,
            is_first: false,
        })
    }

    fn unknown_members(&mut self, object: &Object, known: &[&str], path: &str) {
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            let why = format!("{name:.60} must not be a member here");
            self.invalid(&why, &format!("{path}.{name:.60}"));
        }
    }

    fn next_observations(
        &mut self,
        transitions: Option<&Value>,
        positions: &HashMap<&str, usize>,
        path: &str,
    ) -> Option<Vec<usize>> {
        let path = format!("{path}.Transitions.NextObservations");
        let list = match transitions {
            None => return Some(Vec::new()),
            Some(Value::Object(object)) => match object.get("NextObservations") {
                None => return Some(Vec::new()),
                Some(list) => list.as_array(),
            },
            Some(_) => None,
        };
        let Some(list) = list else {
            self.invalid("NextObservations must be a list of identifiers", &path);
            return None;
        };
        let mut next = Vec::new();
        for name in list {
            match name.as_str().and_then(|name| positions.get(name)) {
                Some(position) => next.push(*position),
                None => {
                    let name = name.as_str().unwrap_or("another value than a text");
                    let message = format!("Invalid next observation identifier: {name:.100}");
                    self.report(ProblemKind::InvalidObservation, &message, &path, false);
                    return None;
                }
            }
        }
        Some(next)
    }

    /// Notes the observations that can never become active. The service was not seen to refuse them.
    fn note_unreachable(&mut self, observations: &[Observation]) {
        let first = |index: &usize| observations[*index].is_first;
        let mut open: Vec<usize> = (0..observations.len()).filter(first).collect();
        let mut reached = BTreeSet::new();
        while let Some(index) = open.pop() {
            if reached.insert(index) {
                open.extend(&observations[index].next);
            }
        }
        for (index, observation) in observations.iter().enumerate() {
            if !reached.contains(&index) {
                self.notes.push(format!(
                    "Observations[{index}]: {} can never become active: only observations that never \
                     become active lead to it",
                    shown(&observation.identifier, 60)
                ));
            }
        }
    }
}

/// Returns a text of the content as a message shows it: bounded, with control characters escaped.
fn shown(text: &str, most: usize) -> String {
    let escaped = text.chars().flat_map(|symbol| {
        let control = symbol.is_control().then(|| symbol.escape_default());
        let itself = control.is_none().then_some(symbol);
        control.into_iter().flatten().chain(itself)
    });
    escaped.take(most).collect()
}
