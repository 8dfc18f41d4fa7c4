//! Blocks whose effect lies outside of the flow, which the driver provides.

use serde_json::Value;

use super::pending::Pending;
use super::{Execution, NO_CONDITION, NO_MATCH, Step};
use crate::action::{AbsentBranch, Action, Block, JsonTemplate, PromptTemplate};
use crate::check::block_types::log_name;
use crate::{
    Ending, Key, Output, OutsideAnswer, OutsideBlock, Provided, ProvidedBranch, StopReason,
};

/// The type that lets the caller talk to a bot of Lex.
const BOT: &str = "ConnectParticipantWithLexBot";
/// The flow log's name of an input block.
const INPUT: &str = "GetUserInput";

impl Execution {
    pub(super) fn outside(&mut self, action: &Action, prompt: Option<&PromptTemplate>) -> Step {
        let Some(template) = prompt else {
            if &*action.kind == BOT {
                self.log(action, INPUT, None, Vec::new);
            }
            return self.ask(action, None);
        };
        match self.prompt(template, true) {
            Some(prompt) => {
                let shown = self.shown(Some(template));
                self.log(action, log_name(&action.kind), None, || shown);
                Step::Ask(Output::Play(prompt), Pending::OutsidePrompt)
            }
            None => self.no_prompt(action, log_name(&action.kind), Some(template)),
        }
    }

    /// Requests the effect after the block's prompt, which this key may have interrupted.
    pub(super) fn ask_outside(&mut self, key: Option<Key>) -> Step {
        self.with_action(|this, action| match &action.block {
            Block::Outside { .. } => this.ask(action, key),
            _ => super::broken("a prompt outside of its block"),
        })
    }

    fn ask(&mut self, action: &Action, key: Option<Key>) -> Step {
        let block = OutsideBlock {
            identifier: action.identifier.clone(),
            kind: action.kind.clone(),
            parameters: self.json_map(&action.parameters),
            key,
        };
        Step::Ask(Output::Outside(block), Pending::Outside)
    }

    pub(super) fn outside_answered(&mut self, answer: OutsideAnswer) -> Step {
        self.with_action(|this, action| match (answer, &action.block) {
            (OutsideAnswer::Absent, Block::Outside { absent, .. }) => {
                this.log_end(action, matches!(absent.branch, AbsentBranch::Error(_)));
                this.log_bot(action, |this| match this.bot_alias(action) {
                    Some(alias) => format!("Couldn't start a conversation with bot alias {alias}"),
                    None => NO_MATCH.to_owned(),
                });
                // A setting that succeeds has no effect that the flow could miss.
                if absent.branch != AbsentBranch::Done {
                    this.warn(absent.because.as_str());
                }
                match &absent.branch {
                    AbsentBranch::Done => Step::Done,
                    AbsentBranch::Result(result) => Step::Result(Some(result.clone())),
                    AbsentBranch::Error(error) => this.take_error(error),
                }
            }
            (OutsideAnswer::Provided(provided), Block::Outside { .. }) => {
                this.provided(action, provided)
            }
            _ => super::broken("an answer from outside of its block"),
        })
    }

    fn provided(&mut self, action: &Action, provided: Provided) -> Step {
        let Provided {
            branch,
            mut values,
            took,
        } = provided;
        if let Err(unknown) = branch.check(&action.kind) {
            return Step::End(Ending::Stopped(StopReason::UnknownBranch {
                identifier: action.identifier.to_string(),
                unknown,
            }));
        }
        self.pass(took);
        // A module does not see the bot's values of its caller (administrator guide).
        if let Some(Value::Object(lex)) = values.remove("Lex") {
            self.scope.lex = lex;
        }
        self.contact.provided.extend(values);
        self.log_end(action, matches!(branch, ProvidedBranch::Failed(_)));
        match branch {
            ProvidedBranch::Done => Step::Done,
            ProvidedBranch::Result(result) => {
                self.log_bot(action, |this| this.bot_result(action, &result));
                Step::Result(Some(result))
            }
            ProvidedBranch::Failed(error) => {
                self.log_bot(action, |_| error.clone());
                self.take_error(&error)
            }
        }
    }

    /// Adds the line of a block that is not a bot's. A failure is `Error`, as a public project recorded
    /// for StartMediaStreaming (aws-samples/amazon-connect-live-agent-translation#5).
    fn log_end(&mut self, action: &Action, failed: bool) {
        if !self.logging || &*action.kind == BOT {
            return;
        }
        let parameters = self.log_parameters(action);
        let result = failed.then_some("Error");
        if let Some(record) = self.log(action, log_name(&action.kind), result, Vec::new) {
            record.parameters = parameters;
        }
    }

    /// Returns the parameters of a type's line. Only those of two types were recorded.
    fn log_parameters(&self, action: &Action) -> Vec<(&'static str, Value)> {
        let value = |name: &str| {
            let (_, template) = action.parameters.iter().find(|(found, _)| found == name)?;
            Some(self.view().fill(template, &mut |_| {}))
        };
        match &*action.kind {
            "CreateWisdomSession" => value("WisdomAssistantArn")
                .map(|arn| vec![("WisdomAssistantArn", arn)])
                .unwrap_or_default(),
            "UpdateContactMediaStreamingBehavior" => value("MediaStreamType")
                .zip(value("Participants"))
                .map(|(kind, participants)| {
                    vec![
                        ("MediaStreamTypes", kind),
                        ("Track", tracks(&participants).into()),
                    ]
                })
                .unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// Adds the second line of a bot's block, with its result.
    fn log_bot(&mut self, action: &Action, result: impl FnOnce(&Self) -> String) {
        let Block::Outside { prompt, .. } = &action.block else {
            return;
        };
        if self.logging && &*action.kind == BOT {
            let result = result(self);
            let shown = self.shown(prompt.as_ref());
            self.log(action, INPUT, Some(&result), || shown);
        }
    }

    /// Returns the alias of the bot, by ARN or name.
    fn bot_alias(&self, action: &Action) -> Option<String> {
        let named = |members: &'static [(&str, &str)]| {
            members.iter().find_map(|(bot, alias)| {
                let (_, bot) = action.parameters.iter().find(|(name, _)| name == bot)?;
                let JsonTemplate::Object(members) = bot else {
                    return None;
                };
                match members.iter().find(|(name, _)| name == alias)? {
                    (_, JsonTemplate::Text(text)) => Some(self.view().render(text, |_| {})),
                    _ => None,
                }
            })
        };
        named(&[("LexV2Bot", "AliasArn"), ("LexBot", "Alias")])
    }

    /// Returns an intent as real log lines show it, with only the first letter a capital, or
    /// `NoMatchingCondition`.
    fn bot_result(&self, action: &Action, intent: &str) -> String {
        let matches = action.conditions.iter().any(|condition| {
            self.is_true(action, condition.operator, &condition.operand, Some(intent))
        });
        if !matches {
            return NO_CONDITION.to_owned();
        }
        let lower = intent.to_lowercase();
        let mut letters = lower.chars();
        match letters.next() {
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => lower,
        }
    }
}

/// Returns the directions of the participants, such as `ToCustomer`.
fn tracks(participants: &Value) -> Vec<String> {
    let texts = |list: &Value| -> Vec<String> {
        let items = list.as_array().into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let participants = participants.as_array().into_iter().flatten();
    participants
        .filter_map(|participant| {
            let kind = participant["ParticipantType"].as_str()?;
            let directions = texts(&participant["MediaDirections"]);
            Some(directions.into_iter().map(move |to| format!("{to}{kind}")))
        })
        .flatten()
        .collect()
}
