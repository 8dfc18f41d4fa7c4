//! Conditions, counters and waiting.

use super::parameters::Parameters;
use crate::action::Block;
use crate::reference::Reference;

pub(super) fn compare(parameters: Parameters<'_>) -> Option<Block> {
    let value = Reference::whole(parameters.text("ComparisonValue")?)?;
    Some(Block::Compare { value })
}

pub(super) fn repeat(parameters: Parameters<'_>) -> Option<Block> {
    let count = parameters.template("LoopCount")?;
    Some(Block::Loop { count })
}

pub(super) fn hours(parameters: Parameters<'_>) -> Option<Block> {
    let hours = parameters.template("HoursOfOperationId");
    Some(Block::CheckHours { hours })
}

pub(super) fn wait(parameters: Parameters<'_>) -> Option<Block> {
    let events = parameters.texts("Events").unwrap_or_default();
    Some(Block::Wait {
        time_limit: parameters.template("TimeLimitSeconds")?,
        for_event: !events.is_empty(),
        keeps_running: parameters.flag("ContinueExecution").unwrap_or(false),
    })
}
