//! The end of a campaign, for good: what the attempts table remembers of its redemptions is removed.
//!
//! Nothing there expires by itself, since a campaign may be extended after its end. Marks of members hold
//! the campaign that they are of, so one scan finds them.

use std::collections::HashMap;

use anyhow::{Context, bail};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use connect_pin_sms::rules::campaign::Identity;
use connect_pin_sms::rules::tags::Tags;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use crate::load::read;
use crate::options::{EndCampaign, PinKeyMode};
use crate::rows::preview::counted;
use crate::rows::secret::{KeySource, attempts_hasher};
use crate::rows::{pin, sdk};
use crate::screen::Screen;

/// The partition key of the attempts table.
const KEY: &str = "pk";

/// The attribute by which a mark tells its campaign.
const CAMPAIGN: &str = "campaign";

/// How many deletions are under way at a time.
const DELETIONS: usize = 8;

/// Removes the count and the marks of a campaign, or shows how many there are.
///
/// # Errors
/// When the PIN cannot be read, KMS does not compute hashes, or the table does not answer.
pub async fn run(options: &EndCampaign, screen: Screen) -> anyhow::Result<()> {
    let config = sdk::config(options.address()?.as_ref()).await;
    let client = Client::new(&config);
    let hasher = attempts_hasher(&config, options.pepper_kms_key_id.as_deref()).await?;
    let campaign = Tags::new(hasher).campaign(&identity(options, &config).await?);
    let table = Table {
        client: &client,
        name: &options.table,
    };
    let count = format!("REDEEMED#{campaign}");
    let redeemed = table.redeemed(&count).await?;
    let marks = table.marks(&campaign).await?;
    let found = marks.len();
    if !options.dry_run {
        table.delete(marks.into_iter().chain([count])).await?;
    }
    let marks = counted(found, "mark");
    screen.say(&match (options.dry_run, redeemed) {
        (true, Some(redeemed)) => format!(
            "{} would forget a count of {redeemed} and {marks}. Nothing was written.",
            options.table
        ),
        (true, None) => format!(
            "{} would forget {marks}; there is no count. Nothing was written.",
            options.table
        ),
        (false, Some(redeemed)) => {
            format!(
                "{} has forgotten a count of {redeemed} and {marks}.",
                options.table
            )
        }
        (false, None) => format!(
            "{} has forgotten {marks}; there was no count.",
            options.table
        ),
    })?;
    screen.result(json!({
        "type": "ended",
        "table": options.table,
        "dryRun": options.dry_run,
        "redeemed": redeemed,
        "marks": found,
    }))?;
    Ok(())
}

/// What the campaign's redemptions are remembered under.
async fn identity(
    options: &EndCampaign,
    config: &aws_config::SdkConfig,
) -> anyhow::Result<Identity> {
    if let Some(id) = &options.campaign {
        return Ok(Identity::Id(id.clone()));
    }
    let Some(file) = &options.pin_file else {
        bail!("name the campaign by its campaignId, or give --pin-file");
    };
    let text = String::from_utf8(read(file)?).context("a PIN must be text")?;
    let pin = pin::read(text.trim()).map_err(|fault| anyhow::anyhow!("the PIN: {fault}"))?;
    let source = match (options.pin_key_mode, &options.pepper_kms_key_id) {
        (PinKeyMode::Plain, _) => KeySource::Plain,
        (PinKeyMode::Hmac, Some(id)) => KeySource::KmsKey(id.clone()),
        (PinKeyMode::Hmac, None) => bail!("--pin-key-mode hmac needs --pepper-kms-key-id"),
    };
    let mut keys = source.keys(config, &[&pin]).await?;
    keys.pop()
        .map(Identity::Pin)
        .context("KMS computed no key for the PIN")
}

#[derive(Clone, Copy)]
struct Table<'a> {
    client: &'a Client,
    name: &'a str,
}

impl Table<'_> {
    /// How often the campaign was redeemed; nothing where it never was.
    async fn redeemed(self, key: &str) -> anyhow::Result<Option<u64>> {
        let answer = self
            .client
            .get_item()
            .table_name(self.name)
            .key(KEY, AttributeValue::S(key.to_owned()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| self.refusal(&sdk::reason(&error, &[])))?;
        let count = answer.item.as_ref().and_then(|item| item.get("redeemed"));
        let count = count.and_then(|count| count.as_n().ok());
        count
            .map(|count| count.parse().context("the count must be a whole number"))
            .transpose()
    }

    /// The keys of the campaign's marks.
    async fn marks(self, campaign: &str) -> anyhow::Result<Vec<String>> {
        let items = self
            .client
            .scan()
            .table_name(self.name)
            .consistent_read(true)
            .filter_expression("#campaign = :campaign")
            .expression_attribute_names("#campaign", CAMPAIGN)
            .expression_attribute_values(":campaign", AttributeValue::S(campaign.to_owned()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<HashMap<String, AttributeValue>>, _>>()
            .await
            .map_err(|error| self.refusal(&sdk::reason(&error, &[])))?;
        let keys = items.iter().filter_map(|item| item.get(KEY)?.as_s().ok());
        Ok(keys.cloned().collect())
    }

    async fn delete(self, keys: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
        stream::iter(keys)
            .map(|key| async move {
                self.client
                    .delete_item()
                    .table_name(self.name)
                    .key(KEY, AttributeValue::S(key))
                    .send()
                    .await
                    .map(drop)
                    .map_err(|error| self.refusal(&sdk::reason(&error, &[])))
            })
            .buffer_unordered(DELETIONS)
            .try_collect()
            .await
    }

    fn refusal(self, reason: &str) -> anyhow::Error {
        anyhow::anyhow!(
            "{} does not do it ({reason}). The same command again forgets what is left",
            self.name
        )
    }
}
