//! Finds, adds and removes single members.

use anyhow::bail;
use connect_pin_sms::rows;
use serde_json::json;

use super::super::number;
use super::show;
use crate::line::Line;
use crate::options::{AddMember, FindMember, RemoveMembers};
use crate::rows::cells::Optional;
use crate::rows::change::{Change, Difference};
use crate::rows::members::{Member, id_fault};
use crate::rows::preview::counted;
use crate::rows::tables::{self, Created};
use crate::screen::Screen;

pub(super) async fn find(options: &FindMember, screen: Screen) -> anyhow::Result<()> {
    let phone = options
        .number
        .as_deref()
        .map(|text| number(text, &options.country))
        .transpose()?;
    let line = Line::find(&options.line).await?;
    let table = line.members();
    let mut found = 0;
    if let Some(phone) = phone {
        if let Some(row) = table.row(phone.expose()).await? {
            found = 1;
            show(phone.expose(), row, options.show_numbers, screen)?;
        }
    } else if let Some(id) = &options.id {
        table
            .each_row(|row| {
                let member = rows::member(row.clone());
                if member.is_ok_and(|member| member.id == *id) {
                    found += 1;
                    let number = table.key_of(&row).unwrap_or_default().to_owned();
                    show(&number, row, options.show_numbers, screen)?;
                }
                Ok(())
            })
            .await?;
    }
    screen.say(&format!(
        "Found {} in {}, {}.",
        counted(found, "member"),
        table.table,
        line.region()
    ))?;
    screen.result(json!({ "type": "members", "table": table.table, "members": found }))?;
    Ok(())
}

pub(super) async fn add(options: &AddMember, screen: Screen) -> anyhow::Result<()> {
    let phone = number(&options.number, &options.country)?;
    if let Some(fault) = id_fault(&options.id) {
        bail!("the id cannot be used: {fault}");
    }
    let line = Line::find(&options.line).await?;
    let table = line.members();
    let shown = phone.to_string();
    let change = Change::of_member(&Member {
        line: 1,
        phone,
        id: options.id.clone(),
        opted_out: if options.opted_out {
            Optional::Set(true)
        } else {
            Optional::Untouched
        },
    });
    let is_new = match tables::create(table, &change).await? {
        Created::New => true,
        Created::Exists(row) if change.difference(Some(&row)) == Difference::Same => false,
        Created::Exists(_) => bail!(
            "{shown} must have no row in {} yet, but has one with other values: see `members find`, and \
             change it with `members import`",
            table.table
        ),
    };
    let verb = if is_new {
        "Added"
    } else {
        "Nothing to do: already there is"
    };
    screen.say(&format!(
        "{verb} {shown} in {}, {}.",
        table.table,
        line.region()
    ))?;
    screen.result(json!({
        "type": "added",
        "table": table.table,
        "phone": shown,
        "new": is_new,
    }))?;
    Ok(())
}

pub(super) async fn remove(options: &RemoveMembers, screen: Screen) -> anyhow::Result<()> {
    let phones = options
        .numbers
        .iter()
        .map(|text| number(text, &options.country))
        .collect::<Result<Vec<_>, _>>()?;
    let line = Line::find(&options.line).await?;
    let table = line.members();
    let mut removed = 0;
    for phone in &phones {
        let was_there = if options.yes {
            table.delete(phone.expose()).await?
        } else {
            table.row(phone.expose()).await?.is_some()
        };
        removed += usize::from(was_there);
        screen.say(&match (was_there, options.yes) {
            (true, true) => format!("  {phone}: removed"),
            (true, false) => format!("  {phone}: would be removed"),
            (false, _) => format!("  {phone}: not in the table"),
        })?;
        screen.result(json!({
            "type": "row",
            "phone": phone.to_string(),
            "found": was_there,
        }))?;
    }
    let count = counted(removed, "member");
    let place = format!("{}, {}", table.table, line.region());
    screen.say(&if options.yes {
        format!("Removed {count} from {place}.")
    } else {
        format!("{count} would be removed from {place}. Nothing was removed: add --yes.")
    })?;
    screen.result(json!({
        "type": "removed",
        "table": table.table,
        "dryRun": !options.yes,
        "rows": removed,
    }))?;
    Ok(())
}
