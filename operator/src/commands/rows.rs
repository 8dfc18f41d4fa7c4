//! Checks the rows of a line's tables.

use std::collections::BTreeMap;

use serde_json::json;

use super::End;
use crate::line::Line;
use crate::options::RowsCommand;
use crate::rows::judge::{self, Unusable};
use crate::rows::preview::counted;
use crate::rows::store::text_of;
use crate::screen::{Screen, bounded, masked};
use connect_pin_sms::rules::row_schema;

/// Runs a command for rows.
///
/// # Errors
/// When it cannot be carried out.
pub async fn run(command: &RowsCommand, screen: Screen) -> anyhow::Result<End> {
    let RowsCommand::Check(options) = command;
    let line = Line::find(&options.line).await?;
    let settings = &line.facts.settings;
    let mut findings = Findings::default();

    let members = line.members();
    let mut rows = 0;
    members
        .each_row(|row| {
            rows += 1;
            let key = members.key_of(&row).unwrap_or_default().to_owned();
            let fault = judge::member(&key, row, settings);
            findings.add(members.table, &masked(&key), fault, screen)
        })
        .await?;
    let benefits = line.benefits();
    benefits
        .each_row(|row| {
            rows += 1;
            let key = benefits.key_of(&row).unwrap_or_default().to_owned();
            let name = match text_of(&row, row_schema::CAMPAIGN_ID) {
                Some(id) => format!("PIN **** of {}", bounded(id)),
                None => "PIN **** without a campaignId".to_owned(),
            };
            let fault = judge::campaign(&key, row, settings);
            findings.add(benefits.table, &name, fault, screen)
        })
        .await?;

    let unusable: usize = findings.0.values().sum();
    let count = counted(rows, "row");
    screen.say(&match unusable {
        0 => format!("The function can use all of {count}."),
        unusable => format!("The function cannot use {unusable} of {count}."),
    })?;
    screen.result(json!({ "type": "checked", "rows": rows, "unusable": unusable }))?;
    Ok(if unusable == 0 {
        End::Done
    } else {
        End::Findings
    })
}

/// The rows that cannot be used, counted by table.
#[derive(Default)]
struct Findings(BTreeMap<String, usize>);

impl Findings {
    fn add(
        &mut self,
        table: &str,
        key: &str,
        fault: Option<Unusable>,
        screen: Screen,
    ) -> anyhow::Result<()> {
        let Some(fault) = fault else { return Ok(()) };
        *self.0.entry(table.to_owned()).or_default() += 1;
        screen.say(&format!("  {table}: {key}: {fault}"))?;
        screen.result(json!({
            "type": "unusable",
            "table": table,
            "key": key,
            "reason": fault.to_string(),
        }))?;
        Ok(())
    }
}
