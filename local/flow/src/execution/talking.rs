//! Prompts.

use std::time::Duration;

use super::pending::Pending;
use super::{Execution, Step};
use crate::action::{Action, Block, PromptTemplate};
use crate::reference::Template;
use crate::{Output, Prompt, PromptSource, ssml};

/// The flow log's text for a prompt that cannot be played.
const NO_PROMPT: &str = "No prompt provided";
/// The limit of the speech service for text, in characters.
const LONGEST_TEXT: usize = 3_000;

impl Execution {
    pub(super) fn play_prompt(
        &mut self,
        action: &Action,
        template: &PromptTemplate,
        skip_when_buffered: bool,
    ) -> Step {
        let typed_ahead = self.typed_ahead.as_ref().is_some_and(|k| !k.is_empty());
        if skip_when_buffered && typed_ahead {
            return Step::Done;
        }
        match self.prompt(template, false) {
            Some(prompt) => {
                let shown = self.shown(Some(template));
                self.log(action, "PlayPrompt", None, || shown);
                Step::Ask(Output::Play(prompt), Pending::Prompt)
            }
            None => self.no_prompt(action, "PlayPrompt", Some(template)),
        }
    }

    /// Logs the end of a prompt.
    pub(super) fn prompt_over(&mut self) -> Step {
        if self.logging {
            self.with_action(|this, action| {
                if let Block::PlayPrompt { prompt, .. } = &action.block {
                    let shown = this.shown(Some(prompt));
                    this.log(action, "PlayPrompt", Some("Success"), || shown);
                }
                Step::Done
            });
        }
        Step::Done
    }

    /// Logs a block whose prompt cannot be played, and fails it.
    pub(super) fn no_prompt(
        &mut self,
        action: &Action,
        kind: &'static str,
        template: Option<&PromptTemplate>,
    ) -> Step {
        let shown = self.shown(template);
        self.log(action, kind, Some(NO_PROMPT), || shown);
        Step::Failed(super::NO_MATCH)
    }

    /// Returns the prompt with its references filled in, or `None` if it cannot be played.
    pub(super) fn prompt(
        &mut self,
        template: &PromptTemplate,
        interruptible: bool,
    ) -> Option<Prompt> {
        if self.contact.is_chat() && !matches!(template, PromptTemplate::Text(_)) {
            self.warn("a message of a chat must be a text");
            return None;
        }
        let source = match template {
            PromptTemplate::Text(text) => {
                let text = self.render(text);
                if text.is_empty() || text.chars().count() > LONGEST_TEXT {
                    self.warn(format!("the text must have 1 to {LONGEST_TEXT} characters"));
                    return None;
                }
                PromptSource::Text(text)
            }
            PromptTemplate::Ssml(text) => {
                let text = self.render(text);
                if let Err(why) = ssml::check(&text, self.contact.voice.engine.as_deref()) {
                    self.warn(why);
                    return None;
                }
                PromptSource::Ssml(text)
            }
            PromptTemplate::Recording(id) => PromptSource::Recording(self.needed(id)?),
            PromptTemplate::Media(uri) => PromptSource::Media(self.needed(uri)?),
        };
        // A prompt ends a chain of consecutive functions.
        self.in_functions = Duration::ZERO;
        Some(Prompt {
            source,
            voice: self.contact.voice.clone(),
            language_code: self.contact.language_code.clone(),
            interruptible,
            cut_at: self.stage.ends_at(),
        })
    }

    /// Returns a prompt for the flow log; empty while logging is off.
    pub(super) fn shown(&self, template: Option<&PromptTemplate>) -> Vec<(&'static str, String)> {
        let Some(template) = template.filter(|_| self.logging) else {
            return Vec::new();
        };
        let render = |template: &Template| self.view().render(template, |_| {});
        let spoken = |text: &Template, kind: &str| {
            vec![
                ("Text", render(text)),
                ("TextToSpeechType", kind.to_owned()),
                ("Voice", self.contact.voice.name.clone()),
            ]
        };
        let recorded = |location: String| {
            vec![
                ("PromptSource", "S3".to_owned()),
                ("PromptLocation", location),
            ]
        };
        match template {
            PromptTemplate::Text(text) => spoken(text, "text"),
            PromptTemplate::Ssml(text) => spoken(text, "ssml"),
            // Recorded is that the path ends in the prompt's id and its file. The rest is inferred, and the name
            // of the file is not known here.
            PromptTemplate::Recording(id) => {
                let id = render(id);
                let id = id.rsplit('/').next().unwrap_or_default();
                let instance = self.contact.instance_arn.rsplit('/').next();
                recorded(format!("{}/{id}/prompt.wav", instance.unwrap_or_default()))
            }
            PromptTemplate::Media(uri) => recorded(render(uri)),
        }
    }
}
