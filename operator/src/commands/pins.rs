//! Issues PINs for a campaign.

use std::collections::HashSet;

use anyhow::{Context, bail};
use connect_pin_sms::config::PinKeyMode;
use connect_pin_sms::rules::pin::{Pin, PinKey};
use connect_pin_sms::rules::row_schema;
use futures_util::{StreamExt, stream};
use local_terminal::tell;
use rand::RngExt;
use serde_json::json;

use super::campaigns::composed;
use crate::files::NewFile;
use crate::line::Line;
use crate::options::{IssuePins, PinsCommand};
use crate::rows::campaigns::{Campaign, RowKey};
use crate::rows::cells::Optional;
use crate::rows::change::Change;
use crate::rows::issue::Issue;
use crate::rows::store::BATCH;
use crate::rows::tables::{self, Created};
use crate::screen::Screen;

/// The number of rows that are created at the same time.
const ROWS: usize = 32;

/// Runs a command for PINs.
///
/// # Errors
/// When it cannot be carried out.
pub async fn run(command: &PinsCommand, screen: Screen) -> anyhow::Result<()> {
    match command {
        PinsCommand::Issue(options) => issue(options, screen).await,
    }
}

async fn issue(options: &IssuePins, screen: Screen) -> anyhow::Result<()> {
    let id = Some(options.campaign.as_str());
    // The rules are checked with any PIN, before anything is read or written.
    let sample = "0".repeat(usize::from(options.length));
    let sample = Pin::parse(&sample).context("--length must be that of a PIN")?;
    let campaign = composed(&sample, id, &options.rules)?;
    let line = Line::find(&options.line).await?;
    line.benefits().check().await?;
    let settings = &line.facts.settings;
    let request = Issue {
        count: options.count,
        digits: options.length,
        taken: taken(&line, options.length).await?,
        tries: settings.limits.per_day,
        fewest: settings.policy.pin_min_length,
    };
    request.check()?;
    let rows = drawn(request, &line).await?;
    let mut file = NewFile::create(&options.file)?;
    write(&mut file, &rows, &campaign)?;
    file.close()?;
    create(&rows, &campaign, &line)
        .await
        .with_context(|| {
            format!(
                "not every row was written: to write the rest, give `campaigns import {}` with the same line",
                options.file.display()
            )
        })?;
    let shown = options.file.display();
    screen.say(&format!(
        "Issued {} PINs of {} digits for {} in {}, {}. {shown} has them.",
        rows.len(),
        options.length,
        options.campaign,
        line.benefits().table,
        line.region(),
    ))?;
    tell(format_args!(
        "{shown} is the list of all PINs: keep it as you would keep passwords"
    ));
    screen.result(json!({
        "type": "issued",
        "table": line.benefits().table,
        "campaignId": id,
        "count": rows.len(),
        "length": options.length,
        "keys": match settings.pin_keys {
            PinKeyMode::Plain => "plain",
            PinKeyMode::Hmac => "hmac",
        },
        "file": shown.to_string(),
    }))?;
    Ok(())
}

/// Counts the PINs of the table that a guesser of PINs of this length could hit. MACs do not reveal the
/// length of their PINs, so each may have it.
async fn taken(line: &Line, length: u8) -> anyhow::Result<u64> {
    let table = line.benefits();
    let is_plain = line.facts.settings.pin_keys == PinKeyMode::Plain;
    let mut taken = 0;
    table
        .each_row(|row| {
            let key = table.key_of(&row).unwrap_or_default();
            taken += u64::from(!is_plain || key.len() == usize::from(length));
            Ok(())
        })
        .await?;
    Ok(taken)
}

/// Draws PINs until there are enough that have no row, and returns them with their keys.
async fn drawn(request: Issue, line: &Line) -> anyhow::Result<Vec<(PinKey, Pin)>> {
    let table = line.benefits();
    let source = line.pin_keys()?;
    let wanted = usize::try_from(request.count)?;
    let mut issued = HashSet::new();
    let mut rows = Vec::with_capacity(wanted);
    while rows.len() < wanted {
        let some = BATCH.min(wanted - rows.len());
        // The generator of this thread is one for cryptography, seeded by the system.
        let pins = request.draw(some, &mut issued, |below| {
            rand::rng().random_range(0..below)
        })?;
        let keys = source
            .keys(&line.config, &pins.iter().collect::<Vec<_>>())
            .await?;
        let texts: Vec<_> = keys.iter().map(PinKey::expose).collect();
        let found = table.rows(&texts).await?;
        let fresh = keys.iter().zip(&pins);
        let fresh = fresh.filter(|(key, _)| !found.contains_key(key.expose()));
        rows.extend(fresh.map(|(key, pin)| (key.clone(), pin.clone())));
    }
    Ok(rows)
}

/// Writes the PINs in the columns that an import reads, so that an interrupted issue can be completed.
fn write(file: &mut NewFile, rows: &[(PinKey, Pin)], campaign: &Campaign) -> anyhow::Result<()> {
    let number = |value: &Optional<u64>| value.value().map(u64::to_string);
    let flag = |value: &Optional<bool>| value.value().map(bool::to_string);
    let columns = [
        (row_schema::URL, Some(campaign.url.expose().to_owned())),
        (row_schema::CAMPAIGN_ID, campaign.campaign_id.clone()),
        (row_schema::STARTS_AT, number(&campaign.starts_at)),
        (row_schema::EXPIRES_AT, number(&campaign.expires_at)),
        (
            row_schema::MAX_REDEMPTIONS,
            number(&campaign.max_redemptions),
        ),
        (
            row_schema::SINGLE_USE,
            flag(&campaign.single_use_per_member),
        ),
        (row_schema::MESSAGE, campaign.message.value().cloned()),
    ];
    // A column with empty cells would remove the attribute.
    let columns: Vec<_> = columns
        .into_iter()
        .filter_map(|(name, cell)| Some((name, cell?)))
        .collect();
    let names = columns.iter().map(|(name, _)| *name);
    file.record([row_schema::BENEFITS_KEY].into_iter().chain(names))?;
    for (_, pin) in rows {
        let cells = columns.iter().map(|(_, cell)| cell.as_str());
        file.record([pin.expose()].into_iter().chain(cells))?;
    }
    Ok(())
}

async fn create(rows: &[(PinKey, Pin)], campaign: &Campaign, line: &Line) -> anyhow::Result<()> {
    let table = line.benefits();
    let mut created = stream::iter(rows)
        .map(|(key, pin)| async move {
            let campaign = Campaign {
                key: RowKey::Pin(pin.clone()),
                ..campaign.clone()
            };
            tables::create(table, &Change::of_campaign(key, &campaign)).await
        })
        .buffer_unordered(ROWS);
    let mut taken = 0;
    while let Some(outcome) = created.next().await {
        taken += usize::from(outcome? != Created::New);
    }
    if taken > 0 {
        bail!(
            "{taken} of the PINs must have had no row in {}, but another program has created them in the \
             meantime: their rows stay as they are, so check them before you hand the PINs out",
            table.table
        );
    }
    Ok(())
}
