//! Calls until every transition of a flow has been taken.

use connect_flow::{Coverage, Ending, TraceEvent, TransitionKind};
use e2e::{Failure, REGION, press};
use local_connect::{Call, CallEvent};
use serde_json::Value;

use crate::flow::fake_services::MEMBER_ID;
use crate::flow::setup::{Fallback, FlowSetup, OTHER_FLOW};
use crate::flow::stories::Reply::Stranger;
use crate::flow::stories::Step::{Press, Silence};
use crate::flow::stories::{CALLER, Conversation, PIN, Story, stories};

impl FlowSetup<'_> {
    /// Calls until every transition has been taken, and reports the coverage.
    pub(crate) async fn walk(&self) -> Result<(), Failure> {
        let facts = self.connect.instance(REGION, "line").unwrap();
        let flow = self.connect.load_flow(&facts, &self.flow).unwrap().flow;
        let mut coverage = Coverage::of(&self.flow, &flow);
        let mut calls = Vec::new();
        let states = if self.fallback == Fallback::None {
            &[false][..]
        } else {
            &[false, true]
        };
        for closed in states {
            self.close_fallback(*closed).await;
            for language in self.languages {
                for story in stories() {
                    self.play(language, &story, *closed, &mut calls).await?;
                }
            }
        }
        self.close_fallback(false).await;
        self.undecided_callers_get_the_first_language(&mut calls)
            .await?;
        for (_, trace) in &calls {
            coverage.record(trace);
        }
        let unforced = coverage.taken();

        // The remaining transitions are failures of blocks that a caller cannot cause. A call that passes
        // the block is repeated with the block failing. This is repeated, because some blocks are entered
        // only after another block failed.
        let mut played: Vec<_> = calls
            .into_iter()
            .map(|(call, trace)| (call, Vec::new(), trace))
            .collect();
        loop {
            let before = coverage.taken();
            let left: Vec<_> = coverage.missed().cloned().collect();
            for transition in left {
                let TransitionKind::Error { error_type } = &transition.kind else {
                    continue;
                };
                let passes = |trace: &[TraceEvent]| {
                    trace.iter().any(|event| {
                        matches!(event, TraceEvent::Entered { action, .. } if *action == transition.action)
                    })
                };
                let Some((call, failing, _)) = played.iter().find(|(_, _, trace)| passes(trace))
                else {
                    continue;
                };
                let (call, mut failing): (Conversation, Vec<(String, String)>) =
                    (call.clone(), failing.clone());
                failing.push((transition.action.to_string(), error_type.to_string()));
                self.close_fallback(call.closed).await;
                let again = self.call(&call, &pairs(&failing)).await?;
                self.close_fallback(false).await;
                ends_regularly(&again, &call);
                let speaks = ["Say ", "Announce "]
                    .iter()
                    .any(|s| transition.action.starts_with(s));
                let silent = heard_before_queue(&again).0.is_empty();
                assert!(
                    speaks || !silent,
                    "the caller must hear a sentence after {transition:?}"
                );
                coverage.record(again.trace());
                played.push((call, failing, again.trace().to_vec()));
                self.services.script.lock().unwrap().clear();
            }
            if coverage.taken() == before {
                break;
            }
        }

        let forced = coverage.taken() - unforced;
        e2e::report!(
            "flow coverage: {}: {coverage}, {forced} of them by an injected failure",
            self.name()
        );
        assert!(
            coverage.is_complete(),
            "the calls of {} must take these transitions:\n{}",
            self.name(),
            coverage.report()
        );
        self.assert_no_secret_was_logged();
        Ok(())
    }

    /// Plays a story in one language, and compares every sentence.
    async fn play(
        &self,
        language: &'static str,
        story: &Story,
        closed: bool,
        calls: &mut Vec<(Conversation, Vec<TraceEvent>)>,
    ) -> Result<(), Failure> {
        let conversation = Conversation {
            story: story.clone(),
            choice: (self.languages.len() > 1).then(|| {
                let position = self.languages.iter().position(|known| *known == language);
                Press(["1", "2"][position.unwrap()])
            }),
            closed,
        };
        let call = self.call(&conversation, &[]).await?;
        let mut expected: Vec<String> = Vec::new();
        if self.languages.len() > 1 {
            expected.push(self.words("ja", "choose_language").replace("{key}", "1"));
        }
        let mut handed_over = false;
        for name in &story.heard {
            let fallible = ["withheld", "locked", "trouble"].contains(name);
            if fallible && self.fallback != Fallback::None {
                if self.fallback != Fallback::Flow {
                    expected.push(self.words(language, "handing_over"));
                }
                handed_over = !closed;
            }
            if !handed_over {
                expected.push(self.words(language, name));
            } else if self.fallback == Fallback::Flow {
                expected.push(OTHER_FLOW.to_owned());
            }
        }
        let context = format!("{}: {language} {conversation:?}", self.name());
        let (heard, queued) = heard_before_queue(&call);
        assert_eq!(heard, expected, "{context}");
        assert!(
            self.services.script.lock().unwrap().is_empty(),
            "{context}: the flow must invoke the function for each reply"
        );
        let invocations = std::mem::take(&mut *self.services.invocations.lock().unwrap());
        for parameters in &invocations {
            assert_eq!(parameters["language"], language, "{context}");
        }
        ends_regularly(&call, &conversation);
        match (handed_over, self.fallback, call.ending()) {
            // No agent answers, and the caller hangs up after an hour.
            (true, Fallback::Queue, Some(Ending::CallerHungUp)) if queued => {
                let queue = call.contact().queue.as_ref();
                assert_eq!(queue.map(|queue| queue.name.as_str()), Some("colleagues"));
            }
            // The other end has hung up, too.
            (true, Fallback::Phone | Fallback::Flow, Some(Ending::Disconnected))
            | (false, _, Some(Ending::Disconnected)) => {}
            (_, _, ending) => panic!("{context}: {ending:?}"),
        }
        calls.push((conversation, call.trace().to_vec()));
        Ok(())
    }

    /// A caller who presses no key, or a key that was not offered, hears all languages offered and then gets
    /// the first one. A caller can also wait for the second offer and then choose.
    async fn undecided_callers_get_the_first_language(
        &self,
        calls: &mut Vec<(Conversation, Vec<TraceEvent>)>,
    ) -> Result<(), Failure> {
        let [first, second] = self.languages else {
            return Ok(());
        };
        let offers = [
            self.words(first, "choose_language").replace("{key}", "1"),
            self.words(second, "choose_language").replace("{key}", "2"),
        ];
        for (steps, language) in [
            (&[Silence, Silence][..], first),
            (&[Press("9"), Press("#")], first),
            (&[Silence, Press("1")], first),
            (&[Silence, Press("2")], second),
        ] {
            let conversation = Conversation {
                story: Story::new(steps, &[Stranger], &[]),
                choice: None,
                closed: false,
            };
            let call = self.call(&conversation, &[]).await?;
            let mut expected = offers.to_vec();
            expected.push(self.words(language, "not_a_member"));
            assert_eq!(call.heard(), expected, "{steps:?}");
            ends_regularly(&call, &conversation);
            calls.push((conversation, call.trace().to_vec()));
        }
        self.services.invocations.lock().unwrap().clear();
        Ok(())
    }

    pub(crate) async fn call(
        &self,
        conversation: &Conversation,
        failing: &[(&str, &str)],
    ) -> Result<Call, Failure> {
        let story = &conversation.story;
        *self.services.script.lock().unwrap() = story.replies.iter().copied().collect();
        let caller = story.caller.clone();
        let mut call = self
            .connect
            .dial_failing(&self.number, caller, failing)
            .await?;
        for step in conversation.choice.iter().chain(&story.steps) {
            match step {
                Press(keys) => press(&mut call, keys).await,
                Silence => call.wait().await,
            }
        }
        // An injected failure may lead to more questions than the story answers.
        if !failing.is_empty() {
            call.hang_up().await;
        }
        Ok(call)
    }

    /// The flow log has the conversation, but neither the caller's number nor a PIN.
    fn assert_no_secret_was_logged(&self) {
        let lines = self.services.logged.lock().unwrap();
        let logged: Vec<String> = lines
            .iter()
            .map(|line| {
                let mut line: Value = serde_json::from_str(line).unwrap();
                // Random ids and times could contain the four digits of the PIN by chance.
                let fields = line.as_object_mut().unwrap();
                fields.retain(|name, _| {
                    !["ContactId", "ContactFlowId", "Timestamp"].contains(&name.as_str())
                });
                line.to_string()
            })
            .collect();
        let logged = logged.join("\n");
        for secret in [CALLER, &CALLER[3..], PIN, "00004242", MEMBER_ID] {
            assert!(
                !logged.contains(secret),
                "the flow log must not contain {secret}"
            );
        }
        assert!(
            !logged.contains(OTHER_FLOW),
            "the other flow must not be logged"
        );
        let language = self.languages[0];
        for block in ["Set voice", "Say not a member", "Was it sent?", "Say sent"] {
            assert!(
                logged.contains(&format!("\"{block} {language}\"")),
                "the flow log must have a line of {block}"
            );
        }
        for silent in [
            "Is the number shown?",
            "Look up member",
            "Is it a member?",
            "Ask for PIN",
            "What was keyed?",
            "Send SMS",
        ] {
            assert!(
                !logged.contains(&format!("\"{silent} {language}\"")),
                "{silent} must not be logged"
            );
        }
    }
}

fn pairs(failing: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = failing.iter();
    pairs.map(|(action, error)| (&**action, &**error)).collect()
}

/// Returns the texts that the line spoke, and whether the caller then heard the instance's default
/// customer queue flow, which runs because the line sets no other one.
pub(crate) fn heard_before_queue(call: &Call) -> (Vec<&str>, bool) {
    const IN_QUEUE: &str = "All lines are busy. Please stay on the line.";
    let mut heard = call.heard();
    let spoken = heard.iter().position(|text| *text == IN_QUEUE);
    let in_queue = heard.split_off(spoken.unwrap_or(heard.len()));
    assert!(
        in_queue.iter().all(|text| *text == IN_QUEUE),
        "{in_queue:?}"
    );
    (heard, !in_queue.is_empty())
}

fn ends_regularly(call: &Call, conversation: &Conversation) {
    assert!(
        matches!(
            call.events().last(),
            Some(CallEvent::Ended { regular: true, .. })
        ),
        "{conversation:?}: {:?}",
        call.events()
    );
}
