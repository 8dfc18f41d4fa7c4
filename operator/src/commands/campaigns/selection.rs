//! The rows of the campaign that a command is about.

use anyhow::{Context, bail};
use connect_pin_sms::rules::campaign::{CampaignId, Identity};
use connect_pin_sms::rules::row_schema;

use crate::line::Line;
use crate::load;
use crate::options::CampaignKey;
use crate::rows::change::Row;
use crate::rows::pin;
use crate::rows::store::text_of;

/// The rows of one campaign.
pub(super) struct Selection {
    /// The campaign's name in results: its id, or a phrase that does not contain its PIN.
    pub(super) name: String,
    /// The identity that its redemptions are recorded under.
    pub(super) identity: Identity,
    /// The rows with their keys.
    pub(super) rows: Vec<(String, Row)>,
}

impl Selection {
    /// Finds the rows, of which there is one at least.
    pub(super) async fn find(options: &CampaignKey, line: &Line) -> anyhow::Result<Self> {
        if let Some(id) = &options.campaign {
            return Self::of_id(id, line).await;
        }
        let Some(file) = &options.pin_file else {
            bail!("the campaign must be named: give its campaignId or --pin-file");
        };
        let text = String::from_utf8(load::read(file)?).context("a PIN must be text in UTF-8")?;
        let pin = pin::read(text.trim()).context("the PIN cannot be used")?;
        let mut keys = line.pin_keys()?.keys(&line.config, &[&pin]).await?;
        let key = keys
            .pop()
            .context("KMS must return a key for the PIN, but returned none")?;
        let table = line.benefits();
        let Some(row) = table.row(key.expose()).await? else {
            bail!("the PIN must have a row in {}, but has none", table.table);
        };
        // Its other PINs are the same campaign.
        match text_of(&row, row_schema::CAMPAIGN_ID).and_then(CampaignId::parse) {
            Some(id) => Self::of_id(&id, line).await,
            None => Ok(Self {
                name: "the campaign of the PIN".to_owned(),
                rows: vec![(key.expose().to_owned(), row)],
                identity: Identity::Pin(key),
            }),
        }
    }

    async fn of_id(id: &CampaignId, line: &Line) -> anyhow::Result<Self> {
        let table = line.benefits();
        let mut rows = Vec::new();
        table
            .each_row(|row| {
                if text_of(&row, row_schema::CAMPAIGN_ID) == Some(id.as_str())
                    && let Some(key) = table.key_of(&row)
                {
                    rows.push((key.to_owned(), row));
                }
                Ok(())
            })
            .await?;
        if rows.is_empty() {
            bail!(
                "the campaignId must be that of a row in {}, was {id}: see `campaigns list`",
                table.table
            );
        }
        Ok(Self {
            name: id.to_string(),
            identity: Identity::Id(id.clone()),
            rows,
        })
    }
}
