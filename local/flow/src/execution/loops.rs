//! Loop prompts and its interrupt.
//!
//! When the interrupt's time is over, the prompt is cut, and the flow continues in the interrupt's
//! branch. Resume returns from there to the block, which begins again with its first prompt. With
//! "Continue prompts during interrupt", the prompts play on meanwhile (administrator guide, "Loop
//! prompts"). That the interrupt's time starts again at the return is inferred from its example.

use std::time::Duration;

use time::OffsetDateTime;

use super::pending::Pending;
use super::{Execution, Step};
use crate::action::{Action, Block, PromptTemplate};
use crate::{Key, Output};

/// A loop that was interrupted.
pub(super) struct Interrupted {
    /// The position of the block.
    at: usize,
    /// The current prompt.
    index: usize,
    /// The moment of the interrupt.
    moment: OffsetDateTime,
    /// The rest of the prompt; `None` if the prompts stopped at the interrupt.
    rest: Option<Duration>,
}

impl Execution {
    pub(super) fn loop_prompts(
        &mut self,
        action: &Action,
        messages: &[PromptTemplate],
        interrupt: Option<Duration>,
    ) -> Step {
        let shown = self.shown(messages.first());
        self.log(action, "LoopPrompts", None, || shown);
        self.interrupted = None;
        self.play_looped(messages, 0, self.interrupt_at(interrupt))
    }

    /// Returns the moment of the next interrupt, counted from now.
    fn interrupt_at(&self, interrupt: Option<Duration>) -> Option<OffsetDateTime> {
        interrupt.map(|interrupt| self.after(interrupt))
    }

    fn play_looped(
        &mut self,
        messages: &[PromptTemplate],
        index: usize,
        cut_at: Option<OffsetDateTime>,
    ) -> Step {
        let prompt = messages
            .get(index)
            .and_then(|message| self.prompt(message, false));
        match prompt {
            Some(mut prompt) => {
                prompt.cut_at = [prompt.cut_at, cut_at].into_iter().flatten().min();
                Step::Ask(
                    Output::Play(prompt),
                    Pending::LoopedPrompt { index, cut_at },
                )
            }
            None => Step::Failed(super::NO_MATCH),
        }
    }

    /// Continues after a prompt of this length, or at the interrupt within it.
    pub(super) fn looped_prompt_played(
        &mut self,
        index: usize,
        cut_at: Option<OffsetDateTime>,
        took: Duration,
        keys: impl IntoIterator<Item = Key>,
    ) -> Step {
        keys.into_iter().for_each(|key| self.type_ahead(key));
        let end = self.after(took);
        self.with_action(|this, action| {
            let Block::LoopPrompts {
                messages,
                continues,
                ..
            } = &action.block
            else {
                return super::broken("a looped prompt outside of its block");
            };
            match cut_at.filter(|cut_at| *cut_at <= end) {
                Some(cut_at) => {
                    this.pass_until(cut_at);
                    let rest = Duration::try_from(end - cut_at).unwrap_or_default();
                    this.interrupted = Some(Interrupted {
                        at: this.at,
                        index,
                        moment: cut_at,
                        rest: continues.then_some(rest),
                    });
                    Step::Result(Some("MessagesInterrupted".to_owned()))
                }
                None => {
                    this.pass(took);
                    this.play_looped(messages, (index + 1) % messages.len().max(1), cut_at)
                }
            }
        })
    }

    /// Returns to the loop whose interrupt's branch ended; `None` if no loop was interrupted.
    pub(super) fn return_to_loop(&mut self) -> Option<Step> {
        let Interrupted {
            at,
            index,
            moment,
            rest,
        } = self.interrupted.take()?;
        let Some(rest) = rest else {
            return Some(Step::Enter(at));
        };
        self.at = at;
        let elapsed = Duration::try_from(self.now - moment).unwrap_or_default();
        let rest = rest.saturating_sub(elapsed);
        Some(self.with_action(|this, action| {
            let Block::LoopPrompts { interrupt, .. } = &action.block else {
                return super::broken("a return to a block without prompts");
            };
            let cut_at = this.interrupt_at(*interrupt);
            let end = this.after(rest);
            let until = cut_at.map_or(end, |cut_at| cut_at.min(end));
            let pending = Pending::LoopRest {
                index,
                cut_at,
                rest,
            };
            Step::Ask(Output::Sleep { until }, pending)
        }))
    }
}
