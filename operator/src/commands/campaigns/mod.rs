//! The commands for campaigns.

mod add;
mod export;
mod import;
mod selection;
mod show;

pub(super) use add::composed;

use aws_sdk_dynamodb::types::AttributeValue;
use connect_pin_sms::rules::row_schema;
use local_terminal::tell;
use serde_json::json;

use crate::end::Redemptions;
use crate::line::Line;
use crate::options::{CampaignsCommand, EndLineCampaign, SwitchCampaign};
use crate::rows::preview::counted;
use crate::rows::tables;
use crate::screen::Screen;
use selection::Selection;

/// Runs a command for campaigns.
///
/// # Errors
/// When it cannot be carried out.
pub async fn run(command: &CampaignsCommand, screen: Screen) -> anyhow::Result<()> {
    match command {
        CampaignsCommand::List(options) => show::list(options, screen).await,
        CampaignsCommand::Show(options) => show::show(options, screen).await,
        CampaignsCommand::Add(options) => add::run(options, screen).await,
        CampaignsCommand::Pause(options) => switch(options, false, screen).await,
        CampaignsCommand::Resume(options) => switch(options, true, screen).await,
        CampaignsCommand::End(options) => end(options, screen).await,
        CampaignsCommand::Import(options) => import::run(options, screen).await,
        CampaignsCommand::Export(options) => export::run(options, screen).await,
        CampaignsCommand::Report(options) => show::report(options, screen).await,
    }
}

/// Switches all rows of a campaign on or off.
async fn switch(options: &SwitchCampaign, on: bool, screen: Screen) -> anyhow::Result<()> {
    let line = Line::find(&options.campaign.line).await?;
    let selection = Selection::find(&options.campaign, &line).await?;
    let table = line.benefits();
    let mut rows = 0;
    for (key, _) in &selection.rows {
        let exists = options.dry_run
            || tables::set(table, key, row_schema::ENABLED, AttributeValue::Bool(on)).await?;
        rows += usize::from(exists);
    }
    let count = counted(rows, "row");
    let name = &selection.name;
    let verb = if on { "resume" } else { "pause" };
    let place = format!("{}, {}", table.table, line.region());
    screen.say(&if options.dry_run {
        format!("Would {verb} {name}: {count} of {place}. Nothing was written.")
    } else {
        format!("{name} is {verb}d: {count} of {place}. It applies from the next call on.")
    })?;
    screen.result(json!({
        "type": "switched",
        "table": table.table,
        "campaign": name,
        "enabled": on,
        "dryRun": options.dry_run,
        "rows": rows,
    }))?;
    Ok(())
}

/// Ends a campaign for good.
async fn end(options: &EndLineCampaign, screen: Screen) -> anyhow::Result<()> {
    let line = Line::find(&options.campaign.line).await?;
    let redemptions = Redemptions {
        client: &line.client,
        table: line.attempts()?,
    };
    let campaign = match &options.campaign.campaign {
        // Its rows may be gone already.
        Some(id) => id.as_str().to_owned(),
        None => {
            let selection = Selection::find(&options.campaign, &line).await?;
            line.tags().await?.campaign(&selection.identity)
        }
    };
    tell(format_args!(
        "{}: redemptions in the meantime are recorded again, so pause the campaign first",
        redemptions.table
    ));
    redemptions.end(&campaign, options.dry_run, screen).await
}
