//! Imports campaigns.

use anyhow::Context;
use connect_pin_sms::config::PinKeyMode;
use serde_json::json;

use crate::import::file::{File, Kind, Reader};
use crate::line::Line;
use crate::options::ImportCampaigns;
use crate::rows::campaigns::{COLUMNS, COLUMNS_WITH_MACS, Campaign, CampaignReader};
use crate::rows::change::Change;
use crate::rows::pin::{Counts, Lengths};
use crate::rows::sheet::Columns;
use crate::rows::target::Target;
use crate::rows::zone::Zone;
use crate::screen::Screen;

pub(super) async fn run(options: &ImportCampaigns, screen: Screen) -> anyhow::Result<()> {
    let line = Line::find(&options.line).await?;
    let settings = &line.facts.settings;
    let kind = Campaigns {
        lengths: options.pin_length,
        zone: options.time_zone.clone(),
        fewest: settings.policy.pin_min_length,
        keys: settings.pin_keys,
    };
    let mut lengths = Counts::default();
    let file = File::read(kind, &options.file, screen, |campaign: &Campaign| {
        if let Some(pin) = campaign.key.pin() {
            lengths.add(pin);
        }
    })?;
    line.benefits().check().await?;
    let tally = file.write(&line, options.dry_run).await?;
    file.report(&line, tally, options.dry_run, screen)?;
    if lengths.iter().next().is_some() {
        screen.say(&format!("PIN lengths: {lengths}."))?;
    }
    let counts: serde_json::Map<_, _> = lengths
        .iter()
        .map(|(digits, pins)| (digits.to_string(), json!(pins)))
        .collect();
    screen.result(json!({ "type": "pinLengths", "pinLengths": counts }))?;
    Ok(())
}

/// The rows of the benefits table.
struct Campaigns {
    lengths: Lengths,
    zone: Option<Zone>,
    /// The fewest digits of a PIN that the line looks up.
    fewest: usize,
    keys: PinKeyMode,
}

impl Kind for Campaigns {
    type Row = Campaign;

    const NOUN: &'static str = "campaign";

    fn columns(&self) -> &'static Columns {
        match self.keys {
            PinKeyMode::Plain => &COLUMNS,
            PinKeyMode::Hmac => &COLUMNS_WITH_MACS,
        }
    }

    fn reader(&self) -> Reader<Campaign> {
        let reader = CampaignReader::new(self.lengths, self.zone.clone());
        let mut reader = reader.with_fewest(self.fewest);
        Box::new(move |record| reader.campaign(record))
    }

    fn table<'a>(&self, line: &'a Line) -> Target<'a> {
        line.benefits()
    }

    async fn changes(&self, rows: Vec<Campaign>, line: &Line) -> anyhow::Result<Vec<Change>> {
        let keys: Vec<_> = rows.iter().map(|campaign| &campaign.key).collect();
        let keys = line.pin_keys()?.row_keys(&line.config, &keys).await;
        let keys = keys.context("nothing of this batch was written")?;
        let changes = keys.iter().zip(&rows);
        Ok(changes
            .map(|(key, campaign)| Change::of_campaign(key, campaign))
            .collect())
    }
}
