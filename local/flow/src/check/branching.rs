//! Conditions, counters and waiting.

use std::time::Duration;

use crate::FlowKind;
use crate::action::Block;
use crate::check::fields::{Class, Fields, whole_number};
use crate::check::rules::{ConditionRule, NO_CONDITION, NO_MATCH, Rules};
use crate::reference::{Root, Template};

const LONGEST_WAIT: u64 = 604_800;
const MOST_LOOPS: u64 = 100;

/// Checks a Compare. The service refuses attributes of an agent in an inbound flow, which has none, but
/// its own sample disconnect flow compares the agent's ARN.
pub(super) fn compare(fields: Fields<'_>, flow: FlowKind) -> (Option<Block>, Rules) {
    let name = "ComparisonValue";
    let value = fields.required_reference(name).filter(|reference| {
        let premature = flow == FlowKind::ContactFlow
            && reference.root == Root::Agent
            && reference.path != ["ARN"];
        if premature {
            fields.invalid(name);
        }
        !premature
    });
    fields.finish();
    let rules = Rules::errors(&[NO_CONDITION], &[]).with(ConditionRule::Compare);
    (value.map(|value| Block::Compare { value }), rules)
}

pub(super) fn repeat(fields: Fields<'_>) -> (Option<Block>, Rules) {
    fields.require("LoopCount");
    let count = loop_count(&fields);
    fields.finish();
    let rules = Rules::errors(&[], &[NO_MATCH]).with(ConditionRule::Results {
        required: &["ContinueLooping", "DoneLooping"],
        optional: &[],
    });
    (count.map(|count| Block::Loop { count }), rules)
}

/// Reads the count, the only parameter for which the service is known to accept a JSON number as
/// well.
fn loop_count(fields: &Fields<'_>) -> Option<Template> {
    let name = "LoopCount";
    let count = match fields.raw(name)? {
        serde_json::Value::Number(number) => Template::literal(&number.to_string()),
        _ => fields.template(name, Class::One)?,
    };
    if count.is_static() && loop_limit(&count.source()).is_none() {
        fields.invalid(name);
        return None;
    }
    Some(count)
}

/// Returns a loop count as a number, if the service accepts it.
pub(crate) fn loop_limit(text: &str) -> Option<u64> {
    whole_number(text, 0..=MOST_LOOPS)
}

pub(super) fn distribute(fields: Fields<'_>) -> (Option<Block>, Rules) {
    fields.finish();
    let rules = Rules::errors(&[NO_CONDITION], &[]).with(ConditionRule::Percentages);
    (Some(Block::Distribute), rules)
}

pub(super) fn hours(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let name = "HoursOfOperationId";
    let given = fields.has(name);
    let hours = fields.template(name, Class::One);
    fields.finish();
    let block = (hours.is_some() == given).then_some(Block::CheckHours { hours });
    let rules = Rules::errors(&[NO_MATCH], &[]).with(ConditionRule::Results {
        required: &["True", "False"],
        optional: &[],
    });
    (block, rules)
}

pub(super) fn wait(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let name = "TimeLimitSeconds";
    let time_limit = fields
        .required_template(name, Class::One)
        .filter(|time_limit| {
            let valid = !time_limit.is_static() || wait_limit(&time_limit.source()).is_some();
            if !valid {
                fields.invalid(name);
            }
            valid
        });
    let (mut customer, mut bot) = (false, false);
    if let Some(events) = fields.list("Events") {
        for (at, event) in events.iter().enumerate() {
            match event.as_str() {
                Some("") => {}
                Some("CustomerReturned") => customer = true,
                Some("BotParticipantDisconnected") => bot = true,
                _ => fields.invalid(&format!("Events[{at}]")),
            }
        }
    }
    // "Keep running": the flow goes on, and comes back when the time is over.
    let keeps_running = fields.boolean("ContinueExecution").unwrap_or(false);
    fields.template("MinimumWaitTimeSeconds", Class::One);
    fields.finish();
    let errors = match bot {
        true => Rules::errors(&[NO_MATCH], &["ParticipantNotFound"]),
        false => Rules::errors(&[NO_MATCH], &[]),
    };
    // Each event that is waited for has to have its condition.
    let required: &[&str] = match (customer, bot) {
        (false, false) => &["WaitCompleted"],
        (true, false) => &["WaitCompleted", "CustomerReturned"],
        (false, true) => &["WaitCompleted", "BotParticipantDisconnected"],
        (true, true) => &[
            "WaitCompleted",
            "CustomerReturned",
            "BotParticipantDisconnected",
        ],
    };
    let rules = errors.with(ConditionRule::Results {
        required,
        optional: &["CustomerReturned", "BotParticipantDisconnected", "Continue"],
    });
    let block = time_limit.map(|time_limit| Block::Wait {
        time_limit,
        for_event: customer || bot,
        keeps_running,
    });
    (block, rules)
}

/// A time to wait as the block has it, in seconds, where it is one the service takes.
pub(crate) fn wait_limit(text: &str) -> Option<Duration> {
    whole_number(text, 1..=LONGEST_WAIT).map(Duration::from_secs)
}
