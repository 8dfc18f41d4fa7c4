//! Removes the traces of a number, and names those that remain: the steps of docs/operations.md,
//! "Delete a member with all traces".

mod deliveries;

use std::collections::BTreeSet;

use anyhow::Context;
use connect_pin_sms::rows;
use connect_pin_sms::rules::campaign::Identity;
use connect_pin_sms::rules::counter::CounterId;
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::pin::PinKey;
use connect_pin_sms::rules::tags::Tags;
use serde_json::json;

use super::number;
use crate::line::Line;
use crate::options::Forget;
use crate::rows::preview::counted;
use crate::screen::Screen;
use deliveries::Deliveries;

/// The places that a command cannot clear, with what they hold and how long.
const REMAINING: [(&str, &str); 5] = [
    (
        "backups of the tables (tables.point_in_time_recovery)",
        "the rows as they were, until tables.recovery_period_in_days",
    ),
    (
        "the function's log and the flow's log",
        "the masked number and ids of contacts, until their retention",
    ),
    (
        "Amazon Connect's contact records",
        "the whole number: AWS deletes them after 24 months",
    ),
    (
        "usage reports and opt-out lists of SNS",
        "the whole number, until the account that turned them on deletes them",
    ),
    (
        "the file that members were loaded from",
        "the row: delete it there, or the next import brings the member back",
    ),
];

/// Removes the traces of a number, or shows them without --yes.
///
/// # Errors
/// When the line is not found, or a table does not answer.
pub async fn run(options: &Forget, screen: Screen) -> anyhow::Result<()> {
    let phone = number(&options.number, &options.country)?;
    let caller = PhoneNumber::parse(phone.expose()).context("the number must be in E.164")?;
    let line = Line::find(&options.line).await?;
    let members = line.members();
    let row = members.row(caller.expose()).await?;
    let has_row = row.is_some();
    let id = row
        .and_then(|row| rows::member(row).ok())
        .map(|member| member.id);
    let (days, marks) = attempts(&caller, id.as_deref(), &line).await?;
    let deliveries = deliveries::count(&line, &caller).await?;

    if options.yes {
        // The row goes last: without it, a second run could not find the marks of an interrupted one.
        if line.facts.settings.attempts_table.is_some() {
            let traces = days.iter().chain(&marks).cloned();
            line.attempts_target()?.delete_all(traces, |_| ()).await?;
        }
        members.delete(caller.expose()).await?;
    }
    let verb = if options.yes {
        "removed"
    } else {
        "would be removed"
    };
    let rows = counted(usize::from(has_row), "row");
    screen.say(&format!("  {}: {rows} {verb}", members.table))?;
    if let Some(table) = &line.facts.settings.attempts_table {
        screen.say(&format!(
            "  {table}: {} and {} of single use {verb}",
            counted(days.len(), "day"),
            counted(marks.len(), "mark"),
        ))?;
        if id.is_none() {
            screen.say(
                "  marks of single use are named by the member's id, which is unknown without a usable row",
            )?;
        } else {
            screen.say(
                "  marks of campaigns without rows are not found: `campaigns end` removes them",
            )?;
        }
    }
    screen.say("What remains:")?;
    for log in &deliveries {
        screen.say(&format!("  {}", log.sentence()))?;
    }
    if deliveries.is_empty() {
        screen.say("  delivery logs: the line has none")?;
    }
    for (place, what) in REMAINING {
        screen.say(&format!("  {place}: {what}"))?;
    }
    screen.say(&if options.yes {
        format!("The traces of {caller} that can be removed are gone.")
    } else {
        "Nothing was removed: add --yes. Do not do so during a call of that number.".to_owned()
    })?;
    let logs: Vec<_> = deliveries.iter().map(Deliveries::json).collect();
    let remaining: Vec<_> = REMAINING
        .iter()
        .map(|(place, what)| json!({ "place": place, "holds": what }))
        .collect();
    screen.result(json!({
        "type": "forgotten",
        "caller": caller.to_string(),
        "dryRun": !options.yes,
        "rows": usize::from(has_row),
        "days": days.len(),
        "marks": marks.len(),
        "deliveryLogs": logs,
        "remaining": remaining,
    }))?;
    Ok(())
}

/// Returns the keys of the number's days and of the member's marks in the attempts table.
async fn attempts(
    caller: &PhoneNumber,
    id: Option<&str>,
    line: &Line,
) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    if line.facts.settings.attempts_table.is_none() {
        return Ok((Vec::new(), Vec::new()));
    }
    let tags = line.tags().await?;
    let wanted = match id {
        Some(id) => marks(id, &tags, line).await?,
        None => BTreeSet::new(),
    };
    let day = format!("CALLER#{}#", tags.caller(caller));
    let table = line.attempts_target()?;
    let (mut days, mut marks) = (Vec::new(), Vec::new());
    table
        .each_row(|row| {
            if let Some(key) = table.key_of(&row) {
                if key.starts_with(&day) {
                    days.push(key.to_owned());
                } else if wanted.contains(key) {
                    marks.push(key.to_owned());
                }
            }
            Ok(())
        })
        .await?;
    Ok((days, marks))
}

/// Returns the keys of the marks that a member may have, one for each campaign of the benefits table.
async fn marks(id: &str, tags: &Tags, line: &Line) -> anyhow::Result<BTreeSet<String>> {
    let table = line.benefits();
    let mut marks = BTreeSet::new();
    table
        .each_row(|row| {
            let key = PinKey::new(table.key_of(&row).unwrap_or_default());
            // A row without single use now may have had it.
            if let Ok(campaign) = rows::campaign(row) {
                let identity = campaign.id.map_or(Identity::Pin(key), Identity::Id);
                if let CounterId::SingleUse { tag, .. } = tags.single_use(&identity, id) {
                    marks.insert(format!("USED#{tag}"));
                }
            }
            Ok(())
        })
        .await?;
    Ok(marks)
}
