//! Imports members, and makes the table the same as a file.

use std::collections::HashSet;

use anyhow::bail;
use connect_pin_sms::rules::phone::PhoneNumber;
use local_terminal::tell;
use serde_json::json;

use crate::import::file::{File, Kind, Reader};
use crate::line::Line;
use crate::options::{ImportMembers, SyncMembers};
use crate::rows::change::Change;
use crate::rows::members::{COLUMNS, Member, MemberReader};
use crate::rows::phone::Country;
use crate::rows::preview::counted;
use crate::rows::sheet::Columns;
use crate::rows::target::Target;
use crate::screen::{Screen, masked};

/// The rows of the member table. Numbers without a country code are numbers of the country.
struct Members(Country);

impl Kind for Members {
    type Row = Member;

    const NOUN: &'static str = "member";

    fn columns(&self) -> &'static Columns {
        &COLUMNS
    }

    fn reader(&self) -> Reader<Member> {
        let mut reader = MemberReader::new(self.0.clone());
        Box::new(move |record| match reader.member(record) {
            Ok((member, warning)) => (Ok(member), warning.into_iter().collect()),
            Err(mistakes) => (Err(mistakes), Vec::new()),
        })
    }

    fn table<'a>(&self, line: &'a Line) -> Target<'a> {
        line.members()
    }

    async fn changes(&self, rows: Vec<Member>, _: &Line) -> anyhow::Result<Vec<Change>> {
        Ok(rows.iter().map(Change::of_member).collect())
    }
}

pub(super) async fn import(options: &ImportMembers, screen: Screen) -> anyhow::Result<()> {
    let file = File::read(
        Members(options.country.clone()),
        &options.file,
        screen,
        |_| (),
    )?;
    let line = Line::find(&options.line).await?;
    line.members().check().await?;
    let tally = file.write(&line, options.dry_run).await?;
    file.report(&line, tally, options.dry_run, screen)
}

pub(super) async fn sync(options: &SyncMembers, screen: Screen) -> anyhow::Result<()> {
    let mut kept = HashSet::new();
    let members = Members(options.country.clone());
    let file = File::read(members, &options.file, screen, |member: &Member| {
        kept.insert(member.phone.digits());
    })?;
    if file.survey.rejected > 0 {
        bail!(
            "{} must have no mistakes, since a member whose row was rejected would be removed",
            file.name()
        );
    }
    let line = Line::find(&options.line).await?;
    let table = line.members();
    table.check().await?;
    let left = left(table, &kept, screen).await?;
    let is_dry = !options.yes && options.remove.is_none();
    if let Some(expected) = options.remove
        && expected != left.len()
    {
        bail!(
            "--remove must be the number of members that would be removed, {}, was {expected}: nothing was \
             changed",
            left.len()
        );
    }
    if options.yes && file.survey.rows == 0 && !left.is_empty() {
        bail!(
            "{} must have members, but has none, so all members would be removed: to confirm that, give \
             --remove {}",
            file.name(),
            left.len()
        );
    }
    let tally = file.write(&line, is_dry).await?;
    file.report(&line, tally, is_dry, screen)?;
    let removed = left.len();
    let count = counted(removed, "member");
    if is_dry {
        screen.say(&format!(
            "{count} would be removed from {}. Nothing was changed: to confirm, give --remove {removed}.",
            table.table
        ))?;
    } else {
        table.delete_all(left, |_| ()).await?;
        screen.say(&format!("Removed {count} from {}.", table.table))?;
    }
    screen.result(json!({
        "type": "removed",
        "table": table.table,
        "dryRun": is_dry,
        "rows": removed,
    }))?;
    Ok(())
}

/// Returns the keys of the members who are not in the file, and shows them. Rows whose keys are not
/// numbers belong to other programs, and stay.
async fn left(
    table: Target<'_>,
    kept: &HashSet<u64>,
    screen: Screen,
) -> anyhow::Result<Vec<String>> {
    let mut left = Vec::new();
    let mut strange = 0;
    table
        .each_row(|row| {
            let key = table.key_of(&row).unwrap_or_default();
            let Some(digits) = PhoneNumber::parse(key).and_then(|number| digits(&number)) else {
                strange += 1;
                return Ok(());
            };
            if !kept.contains(&digits) {
                let phone = masked(key);
                screen.say(&format!("  {phone} left"))?;
                screen.result(json!({ "type": "left", "phone": phone }))?;
                left.push(key.to_owned());
            }
            Ok(())
        })
        .await?;
    if strange > 0 {
        tell(format_args!(
            "{} of {} with other keys than numbers: they stay; `rows check` lists them",
            counted(strange, "row"),
            table.table
        ));
    }
    Ok(left)
}

fn digits(number: &PhoneNumber) -> Option<u64> {
    number.expose().strip_prefix('+')?.parse().ok()
}
