//! Conditions, counters and waiting.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::parameters::Parameters;
use crate::action::Block;
use crate::reference::Reference;

/// The bounds of the table of block types, which apply to a reference's value as well.
const LOOPS: RangeInclusive<u64> = 0..=100;
const WAIT_SECONDS: RangeInclusive<u64> = 1..=604_800;

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

/// Returns a loop count as a number, if the service accepts it.
pub(crate) fn loop_limit(text: &str) -> Option<u64> {
    whole_number(text, LOOPS)
}

/// Returns a time to wait, if the service accepts it; the text is in seconds.
pub(crate) fn wait_limit(text: &str) -> Option<Duration> {
    whole_number(text, WAIT_SECONDS).map(Duration::from_secs)
}

/// Reads a whole number within bounds, written in digits alone.
fn whole_number(text: &str, bounds: RangeInclusive<u64>) -> Option<u64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|number| digits && bounds.contains(number))
}
