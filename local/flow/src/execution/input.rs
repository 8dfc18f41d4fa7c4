//! GetParticipantInput: menu, store, and the touch-tone buffer.

use std::collections::VecDeque;
use std::time::Duration;

use super::collector::{self, Collector};
use super::pending::Pending;
use super::{Execution, NO_CONDITION, NO_MATCH, Step};
use crate::action::{Action, Block, InputEncryption, InputValidation, PromptTemplate, StoreInput};
use crate::compile::{input_length, interdigit_limit};
use crate::{Key, Output};

/// The value that the store form stores if no key was pressed in time. The block succeeds all the
/// same.
const TIMEOUT: &str = "Timeout";

impl Execution {
    pub(super) fn menu(&mut self, action: &Action, template: &PromptTemplate) -> Step {
        self.in_functions = Duration::ZERO;
        if let Some(key) = self.typed_ahead.as_mut().and_then(VecDeque::pop_front) {
            self.log_menu(None);
            return self.menu_key(key);
        }
        match self.prompt(template, true) {
            Some(prompt) => {
                self.log_menu(None);
                Step::Ask(Output::Play(prompt), Pending::MenuPrompt)
            }
            None => self.no_prompt(action, "GetUserInput", Some(template)),
        }
    }

    pub(super) fn await_menu_key(&mut self) -> Step {
        self.with_action(|this, action| match &action.block {
            Block::Menu { time_limit, .. } => this.await_menu_key_for(*time_limit),
            _ => super::broken("a menu's prompt outside of its block"),
        })
    }

    fn await_menu_key_for(&mut self, time_limit: Duration) -> Step {
        let until = self.after(time_limit);
        Step::Ask(Output::AwaitKey { until }, Pending::MenuKey { until })
    }

    pub(super) fn menu_key(&mut self, key: Key) -> Step {
        self.idle_outputs = 0;
        self.repeats.forget();
        let key = key.to_string();
        self.log_menu(Some(&key));
        Step::Result(Some(key))
    }

    pub(super) fn menu_timed_out(&mut self) -> Step {
        self.repeats.forget();
        self.log_menu(Some(TIMEOUT));
        Step::Failed("InputTimeLimitExceeded")
    }

    /// Logs the start of the block, or its end with a result. A key without a condition of its own is logged as
    /// `NoMatchingCondition`.
    fn log_menu(&mut self, results: Option<&str>) {
        if !self.logging {
            return;
        }
        self.with_action(|this, action| {
            if let Block::Menu { prompt, time_limit } = &action.block {
                let results = results.map(|key| {
                    let listed = action.conditions.iter().any(|c| &*c.source == key);
                    match listed || key == TIMEOUT {
                        true => key,
                        false => NO_CONDITION,
                    }
                });
                let mut shown = this.shown(Some(prompt));
                shown.push(("MaxDigits", "1".to_owned()));
                shown.push(("Timeout", time_limit.as_secs().to_string()));
                this.log(action, "GetUserInput", results, || shown);
            }
            Step::Done
        });
    }

    pub(super) fn store_input(&mut self, action: &Action, spec: &StoreInput) -> Step {
        self.in_functions = Duration::ZERO;
        let Some(mut collector) = self.collector(spec) else {
            return self.fail(
                "the time between keys must be 1 to 20 seconds, and the length a whole number from 1",
            );
        };
        while let Some(key) = self.typed_ahead.as_mut().and_then(VecDeque::pop_front) {
            if collector.add(key, spec) {
                self.log_store(action, spec, None);
                return self.stored(action, spec, collector.value());
            }
        }
        match self.prompt(&spec.prompt, true) {
            Some(prompt) => {
                self.log_store(action, spec, None);
                Step::Ask(Output::Play(prompt), Pending::StorePrompt(collector))
            }
            None => self.no_prompt(action, "StoreUserInput", Some(&spec.prompt)),
        }
    }

    /// Returns a collector with the block's limits; `None` if a reference has no usable value.
    fn collector(&mut self, spec: &StoreInput) -> Option<Collector> {
        let most = match &spec.validation {
            InputValidation::Length(length) => input_length(&self.value(length)?)?,
            // With one more key the number is invalid.
            InputValidation::E164 | InputValidation::Local { .. } => collector::LONGEST_NUMBER + 1,
        };
        let next_key = interdigit_limit(&self.value(&spec.next_key)?)?;
        Some(Collector::new(most, next_key))
    }

    pub(super) fn await_store_key(&mut self, collector: Collector) -> Step {
        self.with_store_input(|this, _, spec| this.ask_store_key(spec, collector))
    }

    /// Waits for the next key. The time between keys starts with the last key, even if that was
    /// pressed during the prompt. After the cancel key there is no input, so the time for the first
    /// key starts again: this is an assumption, since the AWS documentation does not mention it.
    fn ask_store_key(&mut self, spec: &StoreInput, collector: Collector) -> Step {
        let until = self.after(match collector.is_empty() {
            true => spec.first_key,
            false => collector.next_key,
        });
        Step::Ask(
            Output::AwaitKey { until },
            Pending::StoreKey { collector, until },
        )
    }

    pub(super) fn store_key(&mut self, mut collector: Collector, key: Key) -> Step {
        self.idle_outputs = 0;
        self.repeats.forget();
        self.with_store_input(|this, action, spec| match collector.add(key, spec) {
            true => this.stored(action, spec, collector.value()),
            false => this.ask_store_key(spec, collector),
        })
    }

    pub(super) fn store_timed_out(&mut self, collector: Collector) -> Step {
        self.repeats.forget();
        self.with_store_input(|this, action, spec| match collector.is_empty() {
            true => {
                this.log_store(action, spec, Some(TIMEOUT));
                this.scope.stored_input = Some(TIMEOUT.to_owned());
                Step::Done
            }
            false => this.stored(action, spec, collector.value()),
        })
    }

    fn stored(&mut self, action: &Action, spec: &StoreInput, value: String) -> Step {
        if let Some(encryption) = &spec.encryption {
            return self.encrypt(encryption, value);
        }
        self.log_store(action, spec, Some(&value));
        let valid = collector::is_valid(&value, &spec.validation);
        self.scope.stored_input = Some(value);
        match valid {
            true => Step::Done,
            false => Step::Failed("InvalidPhoneNumber"),
        }
    }

    /// Logs the start of the block, or its end with a result.
    pub(super) fn log_store(&mut self, action: &Action, spec: &StoreInput, results: Option<&str>) {
        let mut shown = self.shown(Some(&spec.prompt));
        self.log(action, "StoreUserInput", results, || {
            shown.push(("Timeout", spec.first_key.as_secs().to_string()));
            shown
        });
    }

    fn with_store_input(
        &mut self,
        act: impl FnOnce(&mut Self, &Action, &StoreInput) -> Step,
    ) -> Step {
        self.with_action(|this, action| match &action.block {
            Block::StoreInput(spec) => act(this, action, spec),
            _ => super::broken("stored input outside of its block"),
        })
    }

    pub(super) fn set_buffer(
        &mut self,
        enable: bool,
        store: bool,
        encryption: Option<&InputEncryption>,
    ) -> Step {
        if enable {
            self.typed_ahead.get_or_insert_default();
            return Step::Done;
        }
        let keys = self.typed_ahead.take();
        if store {
            let Some(keys) = keys else {
                self.warn("the touch-tone buffer must be on before it can be stored");
                return Step::Failed(NO_MATCH);
            };
            let input = keys.into_iter().map(Key::symbol).collect();
            if let Some(encryption) = encryption {
                return self.encrypt(encryption, input);
            }
            self.scope.stored_input = Some(input);
        }
        Step::Done
    }
}
