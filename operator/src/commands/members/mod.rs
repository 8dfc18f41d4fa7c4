//! The commands for members.

mod import;
mod single;

use std::path::Path;

use aws_sdk_dynamodb::types::AttributeValue;
use connect_pin_sms::rows;
use connect_pin_sms::rules::row_schema;
use serde_json::json;

use crate::files::NewFile;
use crate::line::Line;
use crate::options::{ExportMembers, ListMembers, MembersCommand};
use crate::rows::change::Row;
use crate::rows::preview::counted;
use crate::screen::{Screen, bounded, masked};
use local_terminal::tell;

/// Runs a command for members.
///
/// # Errors
/// When it cannot be carried out.
pub async fn run(command: &MembersCommand, screen: Screen) -> anyhow::Result<()> {
    match command {
        MembersCommand::List(options) => list(options, screen).await,
        MembersCommand::Find(options) => single::find(options, screen).await,
        MembersCommand::Add(options) => single::add(options, screen).await,
        MembersCommand::Remove(options) => single::remove(options, screen).await,
        MembersCommand::Import(options) => import::import(options, screen).await,
        MembersCommand::Export(options) => export(options, screen).await,
        MembersCommand::Sync(options) => import::sync(options, screen).await,
    }
}

/// Prints a member's row.
fn show(number: &str, row: Row, show_number: bool, screen: Screen) -> anyhow::Result<()> {
    let phone = if show_number {
        bounded(number)
    } else {
        masked(number)
    };
    match rows::member(row) {
        Ok(member) => {
            let id = bounded(&member.id);
            let note = if member.opted_out { ", optedOut" } else { "" };
            screen.say(&format!("  {phone}, id {id}{note}"))?;
            screen.result(json!({
                "type": "member",
                "phone": phone,
                "id": member.id,
                "optedOut": member.opted_out,
            }))?;
        }
        Err(fault) => {
            screen.say(&format!(
                "  {phone}, which the function cannot use: {fault}"
            ))?;
            screen.result(json!({
                "type": "member",
                "phone": phone,
                "fault": fault.to_string(),
            }))?;
        }
    }
    Ok(())
}

async fn list(options: &ListMembers, screen: Screen) -> anyhow::Result<()> {
    let line = Line::find(&options.line).await?;
    let table = line.members();
    let mut members = 0;
    table
        .each_row(|row| {
            members += 1;
            let number = table.key_of(&row).unwrap_or_default().to_owned();
            show(&number, row, options.show_numbers, screen)
        })
        .await?;
    let count = counted(members, "member");
    screen.say(&format!("{count} in {}, {}.", table.table, line.region()))?;
    screen.result(json!({ "type": "members", "table": table.table, "members": members }))?;
    Ok(())
}

async fn export(options: &ExportMembers, screen: Screen) -> anyhow::Result<()> {
    let line = Line::find(&options.line).await?;
    let (members, left_out) = write_members(&line, &options.file).await?;
    let file = options.file.display();
    screen.say(&format!("Wrote {} to {file}.", counted(members, "member")))?;
    if left_out > 0 {
        tell(format_args!(
            "{} that the function cannot use: not in the file; `rows check` lists them",
            counted(left_out, "row")
        ));
    }
    screen.result(json!({
        "type": "exported",
        "what": "members",
        "file": file.to_string(),
        "rows": members,
        "unusable": left_out,
    }))?;
    Ok(())
}

/// Writes the members to a new file, in the columns that an import reads. Returns the numbers of members
/// and of rows that were left out.
async fn write_members(line: &Line, file: &Path) -> anyhow::Result<(usize, usize)> {
    let table = line.members();
    let mut file = NewFile::create(file)?;
    file.record([
        row_schema::MEMBER_KEY,
        row_schema::MEMBER_ID,
        row_schema::OPTED_OUT,
    ])?;
    let (mut members, mut left_out) = (0, 0);
    table
        .each_row(|row| {
            let number = table.key_of(&row).unwrap_or_default().to_owned();
            // An import leaves an absent attribute absent.
            let has_flag = matches!(
                row.get(row_schema::OPTED_OUT),
                Some(AttributeValue::Bool(_))
            );
            match rows::member(row) {
                Ok(member) => {
                    members += 1;
                    let flag = if has_flag {
                        member.opted_out.to_string()
                    } else {
                        String::new()
                    };
                    file.record([number, member.id, flag])
                }
                Err(_) => {
                    left_out += 1;
                    Ok(())
                }
            }
        })
        .await?;
    file.close()?;
    Ok((members, left_out))
}
