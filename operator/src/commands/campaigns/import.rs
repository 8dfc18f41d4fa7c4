//! Imports campaigns.

use anyhow::Context;
use serde_json::json;

use crate::import::file::{File, Kind, Reader};
use crate::line::Line;
use crate::options::ImportCampaigns;
use crate::rows::campaigns::{COLUMNS, Campaign, CampaignReader};
use crate::rows::change::Change;
use crate::rows::pin::{Counts, Lengths};
use crate::rows::sheet::Columns;
use crate::rows::target::Target;
use crate::rows::zone::Zone;
use crate::screen::Screen;

pub(super) async fn run(options: &ImportCampaigns, screen: Screen) -> anyhow::Result<()> {
    let kind = Campaigns {
        lengths: options.pin_length,
        zone: options.time_zone,
    };
    let mut lengths = Counts::default();
    let file = File::read(kind, &options.file, screen, |campaign: &Campaign| {
        lengths.add(&campaign.pin);
    })?;
    let line = Line::find(&options.line).await?;
    line.benefits().check().await?;
    let tally = file.write(&line, options.dry_run).await?;
    file.report(&line, tally, options.dry_run, screen)?;
    if file.survey.rows > 0 {
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
}

impl Kind for Campaigns {
    type Row = Campaign;

    const NOUN: &'static str = "campaign";

    fn columns(&self) -> &'static Columns {
        &COLUMNS
    }

    fn reader(&self) -> Reader<Campaign> {
        let mut reader = CampaignReader::new(self.lengths, self.zone);
        Box::new(move |record| reader.campaign(record))
    }

    fn table<'a>(&self, line: &'a Line) -> Target<'a> {
        line.benefits()
    }

    async fn changes(&self, rows: Vec<Campaign>, line: &Line) -> anyhow::Result<Vec<Change>> {
        let pins: Vec<_> = rows.iter().map(|campaign| &campaign.pin).collect();
        let keys = line.pin_keys()?.keys(&line.config, &pins).await;
        let keys = keys.context("nothing of this batch was written")?;
        let changes = keys.iter().zip(&rows);
        Ok(changes
            .map(|(key, campaign)| Change::of_campaign(key, campaign))
            .collect())
    }
}
