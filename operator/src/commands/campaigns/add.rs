//! Adds a campaign with one PIN.

use anyhow::{Context, bail};
use connect_pin_sms::rules::pin::Pin;
use connect_pin_sms::rules::row_schema;
use local_terminal::tell;
use serde_json::json;

use crate::line::Line;
use crate::load;
use crate::options::{AddCampaign, RuleOptions};
use crate::rows::campaigns::{Campaign, CampaignReader};
use crate::rows::change::Change;
use crate::rows::pin::{self, Lengths};
use crate::rows::sheet::Record;
use crate::rows::tables::{self, Created};
use crate::screen::Screen;

pub(super) async fn run(options: &AddCampaign, screen: Screen) -> anyhow::Result<()> {
    let text = load::read(&options.pin_file)?;
    let text = String::from_utf8(text).context("a PIN must be text in UTF-8")?;
    let pin = pin::read(text.trim()).context("the PIN cannot be used")?;
    let id = options.id.as_ref().map(|id| id.as_str());
    let campaign = composed(&pin, id, &options.rules)?;
    let line = Line::find(&options.line).await?;
    let table = line.benefits();
    table.check().await?;
    let fewest = line.facts.settings.policy.pin_min_length;
    if pin.digits() < fewest {
        bail!(
            "the PIN must have at least {fewest} digits, the line's pin.min_length, but has {}",
            pin.digits()
        );
    }
    let mut keys = line.pin_keys()?.keys(&line.config, &[&pin]).await?;
    let key = keys
        .pop()
        .context("KMS must return a key for the PIN, but returned none")?;
    let change = Change::of_campaign(&key, &campaign);
    if let Created::Exists(_) = tables::create(table, &change).await? {
        bail!(
            "the PIN must have no row in {} yet, but has one: see `campaigns show`, and change it with \
             `campaigns import`",
            table.table
        );
    }
    screen.say(&format!(
        "Added a campaign to {}, {}.",
        table.table,
        line.region()
    ))?;
    screen.result(json!({ "type": "added", "table": table.table, "campaignId": id }))?;
    Ok(())
}

/// Composes the campaign of a PIN from options, by the rules for files.
pub(in crate::commands) fn composed(
    pin: &Pin,
    id: Option<&str>,
    rules: &RuleOptions,
) -> anyhow::Result<Campaign> {
    let single_use = rules.single_use_per_member.then(|| true.to_string());
    let cells = [
        (row_schema::BENEFITS_KEY, Some(pin.expose().to_owned())),
        (row_schema::URL, Some(rules.url.clone())),
        (row_schema::CAMPAIGN_ID, id.map(str::to_owned)),
        (row_schema::STARTS_AT, rules.starts_at.clone()),
        (row_schema::EXPIRES_AT, rules.expires_at.clone()),
        (
            row_schema::MAX_REDEMPTIONS,
            rules.max_redemptions.map(|most| most.to_string()),
        ),
        (row_schema::SINGLE_USE, single_use),
        (row_schema::MESSAGE, rules.message.clone()),
    ];
    let cells = cells
        .into_iter()
        .filter_map(|(name, cell)| Some((name, cell?)));
    let record = Record::of_cells(cells.collect());
    let mut reader = CampaignReader::new(Lengths::any(), rules.time_zone.clone());
    let (campaign, warnings) = reader.campaign(&record);
    for warning in &warnings {
        tell(format_args!(
            "warning: {}: {}",
            warning.column, warning.sentence
        ));
    }
    campaign.map_err(|mistakes| {
        let each = mistakes.iter().map(|mistake| match mistake.column {
            Some(column) => format!("{column}: {}", mistake.sentence),
            None => mistake.sentence.clone(),
        });
        anyhow::anyhow!("{}", each.collect::<Vec<_>>().join("; "))
            .context("the campaign cannot be written")
    })
}
