//! Conditions, counters and waiting.

use crate::action::Block;
use crate::check::fields::{Class, Fields};
use crate::check::rules::{ConditionRule, NO_CONDITION, NO_MATCH, Rules};
use crate::reference::Template;

const LONGEST_WAIT: u64 = 604_800;
const MOST_LOOPS: u64 = 100;

pub(super) fn compare(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let value = fields.required_reference("ComparisonValue");
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
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|count| digits && *count <= MOST_LOOPS)
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
    fields.require("TimeLimitSeconds");
    let time_limit = fields.seconds("TimeLimitSeconds", 1, LONGEST_WAIT);
    let mut bot = false;
    if let Some(events) = fields.list("Events") {
        for (at, event) in events.iter().enumerate() {
            match event.as_str() {
                Some("CustomerReturned" | "") => {}
                Some("BotParticipantDisconnected") => bot = true,
                _ => fields.invalid(&format!("Events[{at}]")),
            }
        }
    }
    fields.finish();
    let errors = match bot {
        true => Rules::errors(&[NO_MATCH], &["ParticipantNotFound"]),
        false => Rules::errors(&[NO_MATCH], &[]),
    };
    let rules = errors.with(ConditionRule::Results {
        required: &["WaitCompleted"],
        optional: &["CustomerReturned", "BotParticipantDisconnected"],
    });
    (
        time_limit.map(|time_limit| Block::Wait { time_limit }),
        rules,
    )
}
