//! Conditions, counters and waiting.

use super::pending::Pending;
use super::{Execution, Step};
use crate::Output;
use crate::action::Action;
use crate::compile::loop_limit;
use crate::reference::{Reference, Template};

impl Execution {
    pub(super) fn compare(&mut self, action: &Action, reference: &Reference) -> Step {
        // KeyExists applies to objects, which have no text. A missing text is worth a warning only
        // if another condition needs it.
        let by_key = action
            .conditions
            .iter()
            .all(|condition| condition.operator == crate::condition::Operator::KeyExists);
        let value = match by_key {
            true => None,
            false => self.resolve(reference),
        };
        if self.logging {
            self.log_compare(action, value.as_deref());
        }
        Step::Result(value)
    }

    /// Logs one line for the block, with the comparison that was true, or else the last one.
    fn log_compare(&mut self, action: &Action, value: Option<&str>) {
        let mut decisive = None;
        let mut holds = false;
        for condition in &action.conditions {
            decisive = Some(condition);
            holds = self.is_true(action, condition.operator, &condition.operand, value);
            if holds {
                break;
            }
        }
        let operand = decisive.map(|c| self.view().render(&c.operand, |_| {}));
        let results = if holds { "true" } else { "false" };
        self.log(action, "CheckAttribute", Some(results), || {
            let method = decisive.map_or("", |c| c.operator.name_in_logs());
            vec![
                ("ComparisonMethod", method.to_owned()),
                ("Value", value.unwrap_or_default().to_owned()),
                ("SecondValue", operand.unwrap_or_default()),
            ]
        });
    }

    pub(super) fn count(&mut self, action: &Action, count: &Template) -> Step {
        let limit = self.value(count);
        let Some(limit) = limit.as_deref().and_then(loop_limit) else {
            return self.fail("the loop count must be a whole number from 0 to 100");
        };
        let at = self.at;
        let counters = &mut self.scope.counters;
        let place = counters.iter().position(|(index, _)| *index == at);
        let place = place.unwrap_or_else(|| {
            counters.push((at, 0));
            counters.len() - 1
        });
        let goes_on = counters[place].1 < limit;
        // A finished counter starts over, so that the loop can be entered again.
        counters[place].1 = if goes_on { counters[place].1 + 1 } else { 0 };
        let result = match goes_on {
            true => "ContinueLooping",
            false => "DoneLooping",
        };
        self.log(action, "Loop", Some(result), || {
            vec![("LoopCount", limit.to_string())]
        });
        Step::Result(Some(result.to_owned()))
    }

    pub(super) fn drawn(&mut self, percent: u8) -> Step {
        let percent = percent.to_string();
        self.with_action(|this, action| {
            this.log(action, "DistributeByPercentage", Some(&percent), Vec::new);
            Step::Done
        });
        Step::Result(Some(percent))
    }

    pub(super) fn check_hours(&mut self, action: &Action, hours: Option<&Template>) -> Step {
        let id = match hours {
            Some(hours) => match self.needed(hours) {
                Some(id) => Some(id),
                None => {
                    self.log(action, "CheckHoursOfOperation", None, Vec::new);
                    return self.fail("the hours of operation must be set");
                }
            },
            None if self.contact.queue.is_none() => {
                self.log(action, "CheckHoursOfOperation", None, Vec::new);
                return self.fail("the hours of operation or a target queue must be set");
            }
            None => None,
        };
        let output = Output::CheckHours {
            hours_of_operation_id: id.clone(),
            at: self.now,
        };
        Step::Ask(output, Pending::Hours { id })
    }

    pub(super) fn hours_checked(&mut self, id: Option<String>, open: Option<bool>) -> Step {
        let result = open.map(|open| if open { "True" } else { "False" });
        self.with_action(|this, action| {
            this.log(action, "CheckHoursOfOperation", result, || {
                id.into_iter()
                    .map(|id| ("HoursOfOperationId", id))
                    .collect()
            });
            Step::Done
        });
        match result {
            Some(result) => Step::Result(Some(result.to_owned())),
            None => self.fail("the hours of operation do not exist"),
        }
    }
}
