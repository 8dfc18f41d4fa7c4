//! Exports campaigns.

use connect_pin_sms::config::PinKeyMode;
use connect_pin_sms::rows;
use connect_pin_sms::rules::row_schema;
use local_terminal::tell;
use serde_json::json;

use crate::files::NewFile;
use crate::line::Line;
use crate::options::ExportCampaigns;
use crate::rows::campaigns::PIN_KEY;
use crate::rows::change::Row;
use crate::rows::preview::counted;
use crate::rows::store::text_of;
use crate::screen::Screen;
use aws_sdk_dynamodb::types::AttributeValue;

/// The columns after the key.
const COLUMNS: [&str; 8] = [
    row_schema::URL,
    row_schema::CAMPAIGN_ID,
    row_schema::ENABLED,
    row_schema::STARTS_AT,
    row_schema::EXPIRES_AT,
    row_schema::MAX_REDEMPTIONS,
    row_schema::SINGLE_USE,
    row_schema::MESSAGE,
];

pub(super) async fn run(options: &ExportCampaigns, screen: Screen) -> anyhow::Result<()> {
    let line = Line::find(&options.line).await?;
    let table = line.benefits();
    let key = match line.facts.settings.pin_keys {
        PinKeyMode::Plain => row_schema::BENEFITS_KEY,
        PinKeyMode::Hmac => PIN_KEY,
    };
    let mut file = NewFile::create(&options.file)?;
    file.record([key].into_iter().chain(COLUMNS))?;
    let (mut campaigns, mut left_out) = (0, 0);
    table
        .each_row(|row| {
            if rows::campaign(row.clone()).is_err() {
                left_out += 1;
                return Ok(());
            }
            campaigns += 1;
            let key = table.key_of(&row).unwrap_or_default().to_owned();
            let cells = COLUMNS.iter().map(|column| cell(&row, column));
            file.record([key].into_iter().chain(cells))
        })
        .await?;
    file.close()?;
    let shown = options.file.display();
    screen.say(&format!("Wrote {} to {shown}.", counted(campaigns, "row")))?;
    if left_out > 0 {
        tell(format_args!(
            "{} that the function cannot use: not in the file; `rows check` lists them",
            counted(left_out, "row")
        ));
    }
    screen.result(json!({
        "type": "exported",
        "what": "campaigns",
        "file": shown.to_string(),
        "rows": campaigns,
        "unusable": left_out,
    }))?;
    Ok(())
}

/// Returns an attribute as an import reads it; an absent one is an empty cell.
fn cell(row: &Row, name: &str) -> String {
    match row.get(name) {
        Some(AttributeValue::Bool(flag)) => flag.to_string(),
        Some(AttributeValue::N(number)) => number.clone(),
        _ => text_of(row, name).unwrap_or_default().to_owned(),
    }
}
