//! Property tests: no published flow and no sequence of inputs causes a panic, and the assumptions
//! of the other tests hold.

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseError;

use super::everything::everything;
use super::*;

/// A random environment of a call.
#[derive(Debug, Clone)]
struct HostileWorld {
    /// Each number makes one decision.
    decisions: std::vec::IntoIter<u16>,
    /// The answers of functions.
    answers: Vec<Vec<u8>>,
}

fn world() -> impl Strategy<Value = HostileWorld> {
    let answer = prop_oneof![
        json(words(&everything())).prop_map(|value| value.to_string().into_bytes()),
        vec(
            (
                select(vec!["a", "b"]),
                "\\PC{0,4}|[$]\\.[A-Z][a-z]{4,9}\\.[ab]"
            ),
            0..3
        )
        .prop_map(|fields| {
            let fields = fields.into_iter().map(|(k, v)| (k.to_owned(), v.into()));
            Value::Object(fields.collect()).to_string().into_bytes()
        }),
        vec(any::<u8>(), 0..20),
    ];
    (vec(any::<u16>(), 0..800), vec(answer, 1..4)).prop_map(|(decisions, answers)| HostileWorld {
        decisions: decisions.into_iter(),
        answers,
    })
}

impl HostileWorld {
    /// Returns a number below `end`; `None` when all numbers are used.
    fn below(&mut self, end: u16) -> Option<usize> {
        Some((self.decisions.next()? % end).into())
    }

    fn one_of<T: Clone>(&mut self, choices: &[T]) -> Option<T> {
        let at = self.below(u16::try_from(choices.len()).unwrap())?;
        Some(choices[at].clone())
    }

    /// Returns up to nine seconds, and rarely more than any calendar allows.
    fn time(&mut self) -> Option<Duration> {
        Some(match self.decisions.next()? {
            u16::MAX => Duration::MAX,
            time => Duration::from_millis((time % 9_000).into()),
        })
    }

    /// Returns a valid answer to `output`, which is not an ending.
    fn answer(&mut self, output: &Output, waits: bool, loadable: &LoadedFlow) -> Option<Input> {
        let took = self.time()?;
        let keys: Vec<_> = "0123456789*#".chars().filter_map(Key::new).collect();
        let key = self.one_of(&keys)?;
        let pressed = Input::KeyPressed { key, after: took };
        Some(match output {
            Output::Play(_) | Output::AwaitKey { .. } | Output::Sleep { .. }
                if waits && self.below(6)? == 0 =>
            {
                Input::AgentAnswered {
                    agent: agent(),
                    after: took,
                }
            }
            Output::Play(prompt) => match self.below(4)? {
                0 if !prompt.interruptible => Input::PlayedOver {
                    keys: vec![key; 3],
                    took,
                },
                0 | 1 => pressed,
                _ => Input::Played { took },
            },
            Output::AwaitKey { .. } if self.below(3)? > 0 => pressed,
            Output::AwaitKey { .. } | Output::Sleep { .. } => Input::TimeReached,
            Output::InvokeFunction(_) => {
                let answer = match self.below(4)? {
                    0 => Err(FunctionFailure::FunctionError),
                    _ => Ok(self.one_of(&self.answers.clone())?),
                };
                Input::FunctionAnswered { answer, took }
            }
            Output::LoadFlow { .. } => {
                let flow = (self.below(2)? > 0).then(|| Box::new(loadable.clone()));
                Input::FlowLoaded(flow)
            }
            Output::LoadDefaultFlow { kind } => {
                let flow = (self.below(3)? > 0).then(|| Box::new(default_flow(*kind)));
                Input::FlowLoaded(flow)
            }
            Output::NewContact => Input::ContactId("c-2".into()),
            Output::CheckDialable { .. } => Input::Dialable(self.below(2)? > 0),
            Output::CreateCallback(_) => Input::CallbackCreated(self.below(2)? > 0),
            Output::AwaitAgent(_) => match self.below(2)? {
                0 => Input::TimeReached,
                _ => Input::AgentAnswered {
                    agent: agent(),
                    after: took,
                },
            },
            Output::Connected(_) => Input::AgentActed {
                action: self.one_of(&[
                    AgentAction::HangUp,
                    AgentAction::Hold {
                        who: Participant::Customer,
                        time: took,
                    },
                    AgentAction::Transfer {
                        flow: None,
                        kind: FlowKind::QueueTransfer,
                        queue: None,
                    },
                    AgentAction::TransferToNumber {
                        number: "+81".into(),
                    },
                ])?,
                after: took,
            },
            Output::FindQueue { .. } | Output::FindAgentQueue { .. } => {
                Input::QueueFound((self.below(2)? > 0).then(|| Queue {
                    arn: "a".into(),
                    name: "n".into(),
                    outbound_caller_id: None,
                }))
            }
            Output::CheckHours { .. } => {
                Input::Hours(self.one_of(&[None, Some(true), Some(false)])?)
            }
            Output::DrawPercent => Input::Drawn(u8::try_from(1 + self.below(100)?).unwrap()),
            Output::EnterQueue(_) => Input::QueueEntered(self.one_of(&[
                QueueEntry::Failed,
                QueueEntry::AtCapacity,
                QueueEntry::Entered,
            ])?),
            Output::Dial { returns, .. } => {
                let mut outcomes = vec![
                    DialOutcome::Failed,
                    DialOutcome::TimedOut,
                    DialOutcome::ReturnedAfterCall,
                ];
                outcomes.extend((!returns).then_some(DialOutcome::Connected));
                let outcome = self.one_of(&outcomes)?;
                Input::Dialled { outcome, took }
            }
            Output::Encrypt(_) => Input::Encrypted(match self.one_of(&[true, false])? {
                true => Ok("encrypted".to_owned()),
                false => Err("the key must exist".to_owned()),
            }),
            Output::Outside(_) => {
                let branch = self.one_of(&[
                    None,
                    Some(ProvidedBranch::Done),
                    Some(ProvidedBranch::Result("1".into())),
                    Some(ProvidedBranch::Failed("NoMatchingError".into())),
                ])?;
                Input::OutsideAnswered(branch.map_or(OutsideAnswer::Absent, |branch| {
                    OutsideAnswer::Provided(Provided {
                        branch,
                        values: serde_json::Map::new(),
                        took,
                    })
                }))
            }
            Output::Ended(_) => return None,
        })
    }
}

/// Returns a default flow: a loop with an interrupt and a return to it, or a whisper.
fn default_flow(kind: FlowKind) -> LoadedFlow {
    let end = || terminal("end", "EndFlowExecution", json!({}));
    let music = |next: &str| {
        with_conditions(
            "music",
            "MessageParticipantIteratively",
            json!({ "Messages": [{ "Text": "a" }, { "Text": "b" }], "InterruptFrequencySeconds": "5",
                    "ContinueMessagingDuringInterrupt": "true" }),
            next,
            &[("Equals", "MessagesInterrupted", next)],
            &[("NoMatchingError", next)],
        )
    };
    let enter = || {
        let errors = [("QueueAtCapacity", "bye"), ("NoMatchingError", "bye")];
        action("go", "TransferContactToQueue", json!({}), "bye", &errors)
    };
    let actions = match kind {
        FlowKind::CustomerQueue => vec![music("say"), say("say", "busy", "end"), end()],
        FlowKind::CustomerHold | FlowKind::AgentHold => vec![music("music")],
        FlowKind::AgentTransfer | FlowKind::QueueTransfer => vec![enter(), bye()],
        _ => vec![say("say", "whisper", "end"), end()],
    };
    load("default", kind, &actions)
}

/// Returns an input of any kind, whether it fits or not.
fn stray() -> impl Strategy<Value = Input> {
    let took = Duration::MAX;
    let key = Key::new('#').unwrap();
    select(vec![
        Input::Start,
        Input::Played { took },
        Input::PlayedOver {
            keys: vec![key; 100],
            took,
        },
        Input::KeyPressed { key, after: took },
        Input::TimeReached,
        Input::HungUp,
        Input::FunctionAnswered {
            answer: Ok(vec![0xff]),
            took,
        },
        Input::FlowLoaded(None),
        Input::QueueFound(None),
        Input::Hours(None),
        Input::Drawn(0),
        Input::QueueEntered(QueueEntry::Failed),
        Input::AgentAnswered {
            agent: agent(),
            after: took,
        },
        Input::AgentActed {
            action: AgentAction::HangUp,
            after: took,
        },
        Input::ContactId("c-3".into()),
        Input::Dialable(true),
        Input::CallbackCreated(true),
        Input::Dialled {
            outcome: DialOutcome::Failed,
            took,
        },
    ])
}

/// Runs one call through `flow` until the environment is used up, and then gives a last input that
/// may or may not fit. Returns the number of inputs.
fn converse(
    flow: LoadedFlow,
    mut world: HostileWorld,
    last: Input,
) -> Result<usize, TestCaseError> {
    let loadable = flow.clone();
    let listed = flow.flow.transitions();
    let mut execution = Execution::new(contact(), flow, datetime!(2026-11-23 01:00 UTC));
    let mut output = execution.resume(Input::Start);
    let mut inputs = 1;
    while let Some(input) = world.answer(&output, execution.queued().is_some(), &loadable) {
        output = execution.resume(input);
        inputs += 1;
        for event in execution.take_trace() {
            if let TraceEvent::Taken {
                transition,
                flow_id,
            } = event
                && *flow_id == *loadable.id
            {
                prop_assert!(listed.contains(&transition), "{}", show(&transition));
            }
        }
    }
    let defect = matches!(
        output,
        Output::Ended(Ending::Stopped(
            StopReason::Broken { .. } | StopReason::WrongInput { .. }
        ))
    );
    prop_assert!(!defect, "{output:?}");
    let over = matches!(output, Output::Ended(_));
    let output = execution.resume(last);
    let stopped = matches!(
        output,
        Output::Ended(Ending::Stopped(StopReason::WrongInput { .. }))
    );
    prop_assert!(stopped || !over, "{output:?}");
    Ok(inputs)
}

/// Returns all names and texts in these values.
fn words(values: &[Value]) -> Vec<String> {
    let mut words = vec![];
    for value in values {
        match value {
            Value::String(text) => words.push(text.clone()),
            Value::Array(list) => words.extend(self::words(list)),
            Value::Object(map) => {
                words.extend(map.keys().cloned());
                words.extend(self::words(&map.values().cloned().collect::<Vec<_>>()));
            }
            _ => {}
        }
    }
    words.sort();
    words.dedup();
    words
}

/// Generates JSON of some depth, half of it made of `words`.
fn json(words: Vec<String>) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        select(words.clone()).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((select(words.clone()), inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Returns the positions of all values in `value`, as JSON pointers.
fn pointers(value: &Value, to: &str, found: &mut Vec<String>) {
    found.push(to.to_owned());
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(value, &format!("{to}/{name}"), found);
            }
        }
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                pointers(value, &format!("{to}/{at}"), found);
            }
        }
        _ => {}
    }
}

/// A change to a flow's content.
#[derive(Debug, Clone)]
enum Edit {
    /// The value is replaced by another one.
    Replace(Value),
    /// The value is replaced by one from elsewhere in the flow.
    Copy(Index),
    /// The value is removed.
    Remove,
    /// A transition leads to another action.
    Lead(Index),
    /// A parameter has another text.
    Say(String),
}

impl Edit {
    fn apply(&self, content: &mut Value, at: Index) {
        let mut places = vec![];
        pointers(content, "", &mut places);
        let everywhere = places.clone();
        places.retain(|place| match self {
            Self::Lead(_) => place.ends_with("/NextAction"),
            Self::Say(_) => {
                place.contains("/Parameters/") && content.pointer(place).unwrap().is_string()
            }
            _ => true,
        });
        if places.is_empty() {
            return;
        }
        let place: &String = at.get(&places);
        let value = match self {
            Self::Replace(value) => value.clone(),
            Self::Copy(from) => {
                let from: &String = from.get(&everywhere);
                content.pointer(from).unwrap().clone()
            }
            Self::Lead(to) => format!("b{}", to.index(everything().len())).into(),
            Self::Say(text) => text.as_str().into(),
            Self::Remove => {
                let Some((parent, name)) = place.rsplit_once('/') else {
                    return;
                };
                match content.pointer_mut(parent).unwrap() {
                    Value::Object(map) => drop(map.shift_remove(name)),
                    Value::Array(list) => drop(list.remove(name.parse().unwrap())),
                    _ => {}
                }
                return;
            }
        };
        *content.pointer_mut(place).unwrap() = value;
    }
}

/// Generates an edit. Most edits leave a flow that can be published.
fn edit() -> impl Strategy<Value = Edit> {
    let words = words(&everything());
    let text = prop_oneof![
        select(words.clone()),
        "\\PC{1,8}|[0-9]{1,3}|[$]\\.[A-Z][a-z]{4,9}\\.[ab]",
    ];
    prop_oneof![
        1 => json(words).prop_map(Edit::Replace),
        1 => any::<Index>().prop_map(Edit::Copy),
        1 => Just(Edit::Remove),
        6 => any::<Index>().prop_map(Edit::Lead),
        6 => text.prop_map(Edit::Say),
    ]
}

/// Publishes `content` as several kinds, and returns the flow if one succeeds.
fn publish(content: &str) -> Result<Option<Flow>, TestCaseError> {
    for kind in [
        FlowKind::Module,
        FlowKind::CustomerHold,
        FlowKind::ContactFlow,
    ] {
        match Flow::publish(content, kind) {
            Ok(flow) => {
                prop_assert!(!flow.transitions().is_empty());
                if kind == FlowKind::ContactFlow {
                    return Ok(Some(flow));
                }
            }
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                for Problem { message, .. } in problems {
                    prop_assert!((1..=256).contains(&message.chars().count()), "{message}");
                    // The message for a check that reports nothing.
                    prop_assert_ne!(message, "Invalid content");
                }
            }
        }
    }
    Ok(None)
}

#[test]
fn any_conversation_continues_or_ends_properly() {
    let longest = Cell::new(0);
    let kinds = [FlowKind::ContactFlow, FlowKind::Module]
        // As a module, the same blocks run on a stack of callers.
        .map(|kind| load("main", kind, &everything()));
    proptest!(|(flow in select(kinds.to_vec()), world in world(), last in stray())| {
        let inputs = converse(flow, world, last)?;
        longest.set(longest.get().max(inputs));
    });
    assert!(longest.get() > 20, "{}", longest.get());
}

#[test]
fn an_edited_flow_is_refused_or_runs() {
    let run = Cell::new(0);
    let whole = content(&everything());
    proptest!(|(
        edits in vec((any::<Index>(), edit()), 1..4),
        world in world(),
        last in stray(),
    )| {
        let mut content = whole.clone();
        for (at, edit) in &edits {
            edit.apply(&mut content, *at);
        }
        if let Some(flow) = publish(&content.to_string())? {
            let mut edited = load("main", FlowKind::ContactFlow, &everything());
            edited.flow = flow;
            converse(edited, world, last)?;
            run.set(run.get() + 1);
        }
    });
    assert!(run.get() > 10, "{}", run.get());
}

proptest! {
    #[test]
    fn publishing_any_text_never_panics(text in any::<String>()) {
        publish(&text)?;
    }

    #[test]
    fn publishing_any_json_never_panics(
        content in json(words(&everything())),
        action in json(words(&everything())),
        kind in select(words(&everything())),
        parameters in json(words(&everything())),
        transitions in json(words(&everything())),
    ) {
        publish(&content.to_string())?;
        let whole = json!({ "Identifier": "a", "Type": kind, "Parameters": parameters,
                            "Transitions": transitions });
        for action in [action, whole] {
            publish(&super::content(&[action, bye()]).to_string())?;
        }
    }

    #[test]
    fn publishing_with_a_word_exchanged_everywhere_never_panics(
        word in select(words(&everything())),
        other in prop_oneof![select(words(&everything())), "\\PC{0,400}"],
    ) {
        let text = content(&everything()).to_string();
        publish(&text.replace(&json!(word).to_string(), &json!(other).to_string()))?;
    }

    #[test]
    fn publishing_damaged_text_never_panics(
        at in any::<Index>(),
        lost in 0_usize..12,
        put in "[\"{}\\[\\]:,\\\\$.'0-9A-Za-z\u{ff11}\u{0}]{0,4}",
    ) {
        let text = content(&everything()).to_string();
        let at = at.index(text.len());
        let until = text.len().min(at + lost);
        publish(&format!("{}{put}{}", &text[..at], &text[until..]))?;
        // A truncated flow is not JSON.
        prop_assert!(Flow::publish(&text[..at], FlowKind::ContactFlow).is_err());
    }
}

#[test]
fn the_listed_transitions_are_those_that_can_be_taken() {
    let flow = load("main", FlowKind::ContactFlow, &everything());
    let listed: Vec<_> = flow.flow.transitions().iter().map(show).collect();
    for (transition, there) in [
        ("b3 -next-> b4", true),
        ("b4 -0=1-> b5", true),
        ("b4 -next-> b5", false),
        ("b11 -NoMatchingCondition-> b12", true),
        ("b11 -next-> b12", false),
        ("b26 -next-> b27", true),
        ("b28 -terminal-> end", true),
        ("b28 -next-> bye", false),
        ("bye -terminal-> end", true),
    ] {
        assert_eq!(
            listed.contains(&transition.to_owned()),
            there,
            "{transition}"
        );
    }
}
