//! A conversation that took place, written as a test case.

use serde_json::{Value, json};

use crate::event::spoken_words;

/// A part of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// The line said something: text or SSML.
    Heard(String),
    /// A block without a prompt ran, so that the next prompt is a message of its own.
    Silent,
    /// The customer pressed keys. Only `0` to `9`, `*` and `#` are written.
    Pressed(String),
    /// The customer hung up.
    HungUp,
}

/// A call that took place, from which a test case is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conversation {
    /// The caller's number; `None` if it was withheld.
    pub from: Option<String>,
    /// The called number.
    pub to: String,
    /// The parts, in order.
    pub turns: Vec<Turn>,
}

/// An observation to write: the expected text, and what the customer then does.
#[derive(Debug, Default)]
struct Step {
    /// `None` for the start of the test.
    text: Option<String>,
    keys: Vec<String>,
    hangs_up: bool,
}

impl Conversation {
    /// Writes the conversation as the input of CreateTestCase, which expects the same again.
    ///
    /// It waits for the last prompt before each input and each silent block: which prompts are one
    /// message is not known, and the last one is part of the message in any case. The expected text is
    /// the longest sentence of the prompt, because the service compares a transcript of the speech,
    /// which loses punctuation.
    pub fn test_case(&self, name: &str) -> Value {
        let steps = self.steps();
        let last = steps.len().saturating_sub(1);
        let observations: Vec<_> = steps
            .iter()
            .enumerate()
            .map(|(index, step)| observation(index, step, index == last))
            .collect();
        let content = json!({
            "Version": "2019-10-30",
            "Metadata": {},
            "Observations": observations,
        });
        json!({
            "Name": name,
            "EntryPoint": {
                "Type": "VOICE_CALL",
                "VoiceCallEntryPointParameters": self.numbers(),
            },
            "Status": "PUBLISHED",
            "Content": content.to_string(),
        })
    }

    /// Returns the numbers. The console writes the called number alone as the source, which is the
    /// only form without a caller that the service was seen to accept.
    fn numbers(&self) -> Value {
        match &self.from {
            Some(from) => json!({
                "SourcePhoneNumber": from,
                "DestinationPhoneNumber": self.to,
            }),
            None => json!({ "SourcePhoneNumber": self.to }),
        }
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps = vec![];
        let mut current = Step::default();
        let mut said = None;
        for turn in &self.turns {
            let keys = match turn {
                Turn::Heard(text) => {
                    said = sentence(text).or(said);
                    continue;
                }
                Turn::Silent | Turn::HungUp => None,
                Turn::Pressed(keys) => Some(keys),
            };
            if let Some(text) = said.take() {
                let next = Step {
                    text: Some(text),
                    ..Step::default()
                };
                steps.push(std::mem::replace(&mut current, next));
            }
            let keys: String = keys.map(|keys| dialled(keys)).unwrap_or_default();
            if !keys.is_empty() {
                current.keys.push(keys);
            }
            if *turn == Turn::HungUp {
                current.hangs_up = true;
                break;
            }
        }
        steps.push(current);
        if let Some(text) = said {
            steps.push(Step {
                text: Some(text),
                ..Step::default()
            });
        }
        steps
    }
}

fn dialled(keys: &str) -> String {
    let is_key = |key: &char| key.is_ascii_digit() || matches!(key, '*' | '#');
    keys.chars().filter(is_key).collect()
}

/// Returns the longest sentence with a letter or digit, without the marks at its end; `None` if there is
/// none.
fn sentence(prompt: &str) -> Option<String> {
    let words = match is_ssml(prompt) {
        true => spoken_words(prompt),
        false => prompt.to_owned(),
    };
    let ends = |symbol: char| matches!(symbol, '。' | '！' | '？' | '!' | '?' | '\n' | '\r');
    // A point inside a number or a name does not end a sentence.
    let words = words.replace(". ", "\n");
    let sentences = words
        .split(ends)
        .map(|sentence| sentence.trim().trim_end_matches('.').trim());
    sentences
        .filter(|sentence| sentence.chars().any(char::is_alphanumeric))
        .max_by_key(|sentence| sentence.chars().count())
        .map(str::to_owned)
}

/// Reports whether a prompt is SSML, which always has this element at its top.
fn is_ssml(prompt: &str) -> bool {
    prompt.trim_start().starts_with("<speak")
}

fn name_of(index: usize) -> String {
    match index {
        0 => "start".to_owned(),
        index => format!("message-{index}"),
    }
}

fn observation(index: usize, step: &Step, is_last: bool) -> Value {
    let event = match &step.text {
        None => json!({
            "Type": "TestInitiated",
            "Actor": "System",
            "Properties": {},
        }),
        Some(text) => json!({
            "Type": "MessageReceived",
            "Actor": "System",
            "Properties": { "Text": text, "MatchingCriteria": { "Type": "Inclusion" } },
        }),
    };
    let next = match is_last {
        true => vec![],
        false => vec![name_of(index + 1)],
    };
    json!({
        "Identifier": name_of(index),
        "Event": event,
        "Actions": actions(index, step, is_last),
        "Transitions": { "NextObservations": next },
    })
}

/// Returns the actions of an observation. All but the last one name the next: an empty name is refused.
fn actions(index: usize, step: &Step, is_last: bool) -> Vec<Value> {
    let mut parameters: Vec<_> = step
        .keys
        .iter()
        .map(|keys| instruction(json!({ "Type": "DtmfInput", "Properties": { "Value": keys } })))
        .collect();
    if step.hangs_up {
        parameters.push(instruction(json!({ "Type": "Disconnect" })));
    }
    if is_last {
        let end = json!({ "ActionType": "TestControl", "Command": { "Type": "EndTest" } });
        parameters.push(("TestControl", end));
    }
    let count = parameters.len();
    let identifier = |place: usize| format!("action-{index}-{}", place + 1);
    let action = |(place, (kind, parameters)): (usize, (&str, Value))| {
        let transitions = match place + 1 < count {
            true => json!({ "NextAction": identifier(place + 1) }),
            false => json!({}),
        };
        json!({
            "Identifier": identifier(place),
            "Type": kind,
            "Parameters": parameters,
            "Transitions": transitions,
        })
    };
    parameters.into_iter().enumerate().map(action).collect()
}

fn instruction(instruction: Value) -> (&'static str, Value) {
    let parameters = json!({
        "ActionType": "SendInstruction",
        "Actor": "Customer",
        "Instruction": instruction,
    });
    ("SendInstruction", parameters)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use time::OffsetDateTime;

    use super::*;
    use crate::{
        Channel, Completion, Effect, Event, Facts, Heard, Matching, Message, Report, Run, Speech,
        TestCase, TestFile,
    };

    struct NoFacts;

    impl Facts for NoFacts {
        fn read(&self, _: &str) -> Option<String> {
            None
        }
    }

    fn message(text: &str) -> Event {
        let speech = match is_ssml(text) {
            true => Speech::Ssml(text.to_owned()),
            false => Speech::Text(text.to_owned()),
        };
        Event::MessageReceived(Message {
            prompts: vec![Heard {
                speech,
                flow_id: "f".to_owned(),
                block: "b".to_owned(),
                at: OffsetDateTime::UNIX_EPOCH,
            }],
        })
    }

    /// Plays the conversation to the test case that was written from it, each prompt as one message.
    fn play(conversation: &Conversation) -> (Report, String, bool) {
        let written = conversation.test_case("recorded");
        let file = TestFile::read(&written.to_string()).unwrap();
        assert!(file.start().unwrap().is_some());
        assert!(!file.content.contains("Usage"));
        assert!(!file.content.contains(r#""NextAction":"""#));
        let case = TestCase::publish(&file.content, Channel::Voice).unwrap();
        assert!(case.notes.is_empty(), "{:?}", case.notes);
        let now = OffsetDateTime::UNIX_EPOCH;
        let mut run = Run::new(Arc::new(case), Matching::Strict, now);
        let mut effects = run.observe(&Event::TestInitiated, &NoFacts, now);
        for turn in &conversation.turns {
            if let Turn::Heard(text) = turn {
                effects.extend(run.observe(&message(text), &NoFacts, now));
            }
        }
        let mut pressed = String::new();
        let mut hung_up = false;
        for effect in effects {
            match effect {
                Effect::Press(keys) => pressed.push_str(&keys),
                Effect::HangUp => hung_up = true,
                Effect::Say { .. } | Effect::End => {}
            }
        }
        run.contact_ended();
        (run.report("c", now), pressed, hung_up)
    }

    fn turn() -> impl Strategy<Value = Turn> {
        prop_oneof![
            1 => "[a-c<&]{0,6}".prop_map(|text| Turn::Heard(format!("<speak>{text}</speak>"))),
            4 => "[a-c<&。.! 1あ-ん漢]{0,12}".prop_map(Turn::Heard),
            1 => Just(Turn::Silent),
            3 => "[0-9*#,]{0,5}".prop_map(Turn::Pressed),
        ]
    }

    proptest! {
        /// Recorded is what the service accepts; the run is the crate's own.
        #[test]
        fn a_recorded_test_case_publishes_and_passes(
            turns in prop::collection::vec(turn(), 0..12),
            hangs_up: bool,
            from in prop::option::of(Just("+819012345678".to_owned())),
        ) {
            let mut turns = turns;
            if hangs_up {
                turns.push(Turn::HungUp);
            }
            let to = "+815000000001".to_owned();
            let conversation = Conversation { from, to, turns };
            let (report, pressed, hung_up) = play(&conversation);
            prop_assert_eq!(&report.completion, &Completion::Success, "{:#?}", report);
            let expected: String = conversation
                .turns
                .iter()
                .map(|turn| match turn {
                    Turn::Pressed(keys) => keys.replace(',', ""),
                    _ => String::new(),
                })
                .collect();
            prop_assert_eq!(pressed, expected);
            prop_assert_eq!(hung_up, hangs_up);
        }
    }

    /// A transcript was seen to lose the punctuation between sentences, so one sentence is expected.
    #[test]
    fn one_sentence_of_a_prompt_is_expected() {
        for (prompt, expected) in [
            (
                "ありがとうございます。暗証番号を入力してください。",
                "暗証番号を入力してください",
            ),
            ("Hi! Version 1.5 is out.", "Version 1.5 is out"),
            ("<speak>One &amp; two</speak>", "One & two"),
        ] {
            assert_eq!(sentence(prompt).as_deref(), Some(expected));
        }
        assert_eq!(sentence("… !"), None);
    }
}
