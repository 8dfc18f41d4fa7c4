//! Ends a campaign for good: deletes its redemptions from the attempts table.
//!
//! Those items never expire by themselves, since a campaign may be extended after its end. The mark
//! of a member who redeemed a campaign names the campaign, so one scan finds all marks.

use std::collections::HashMap;

use anyhow::{Context, bail};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Select};
use connect_pin_sms::rules::campaign::Identity;
use connect_pin_sms::rules::row_schema::ATTEMPTS_KEY;
use connect_pin_sms::rules::tags::Tags;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use crate::load::read;
use crate::options::{EndCampaign, PinKeyMode};
use crate::rows::preview::counted;
use crate::rows::secret::{KeySource, attempts_hasher};
use crate::rows::{pin, sdk};
use crate::screen::Screen;

/// The attribute of a mark that names its campaign.
const CAMPAIGN: &str = "campaign";

/// The attribute of a mark that says that its member has redeemed the campaign.
const USED: &str = "used";

/// The number of deletions that run at the same time.
const DELETIONS: usize = 8;

/// Deletes the count and the marks of a campaign, or reports how many there are.
///
/// # Errors
/// When the PIN cannot be read, KMS does not compute hashes, or the table refuses a request.
pub async fn run(options: &EndCampaign, screen: Screen) -> anyhow::Result<()> {
    let config = sdk::config(options.address()?.as_ref()).await;
    let client = Client::new(&config);
    let hasher = attempts_hasher(&config, options.pepper_kms_key_id.as_deref()).await?;
    let campaign = Tags::new(hasher).campaign(&identity(options, &config).await?);
    let table = Redemptions {
        client: &client,
        table: &options.table,
    };
    table.end(&campaign, options.dry_run, screen).await
}

/// Returns the identity that the campaign's redemptions are counted under.
async fn identity(
    options: &EndCampaign,
    config: &aws_config::SdkConfig,
) -> anyhow::Result<Identity> {
    if let Some(id) = &options.campaign {
        return Ok(Identity::Id(id.clone()));
    }
    let Some(file) = &options.pin_file else {
        bail!("the campaign is missing: give its campaignId or --pin-file");
    };
    let text = String::from_utf8(read(file)?).context("a PIN must be text in UTF-8")?;
    let pin = pin::read(text.trim()).map_err(|fault| anyhow::anyhow!("the PIN: {fault}"))?;
    let source = match (options.pin_key_mode, &options.pepper_kms_key_id) {
        (PinKeyMode::Plain, _) => KeySource::Plain,
        (PinKeyMode::Hmac, Some(id)) => KeySource::KmsKey(id.clone()),
        (PinKeyMode::Hmac, None) => bail!("--pin-key-mode hmac needs --pepper-kms-key-id"),
    };
    let mut keys = source.keys(config, &[&pin]).await?;
    keys.pop()
        .map(Identity::Pin)
        .context("KMS must return a key for the PIN, but returned none")
}

/// The redemptions of campaigns, which the attempts table records.
#[derive(Debug, Clone, Copy)]
pub struct Redemptions<'a> {
    /// The client that reaches the account.
    pub client: &'a Client,
    /// The attempts table's name or ARN.
    pub table: &'a str,
}

impl Redemptions<'_> {
    /// Deletes the count and the marks of a campaign, whose name is that of its keys, or reports how many
    /// there are.
    ///
    /// # Errors
    /// When the table refuses a request, or standard output cannot be written.
    pub async fn end(self, campaign: &str, dry_run: bool, screen: Screen) -> anyhow::Result<()> {
        let table = self.table;
        let redeemed = self.redeemed(campaign).await?;
        let marks = self.marks(campaign).await?;
        let found = marks.len();
        if !dry_run {
            self.delete(marks.into_iter().chain([count_of(campaign)]))
                .await?;
        }
        let marks = counted(found, "mark");
        screen.say(&match (dry_run, redeemed) {
            (true, Some(redeemed)) => format!(
                "Would delete a count of {redeemed} and {marks} from {table}. Nothing was written."
            ),
            (true, None) => format!(
                "Would delete {marks} from {table}; there is no count. Nothing was written."
            ),
            (false, Some(redeemed)) => {
                format!("Deleted a count of {redeemed} and {marks} from {table}.")
            }
            (false, None) => format!("Deleted {marks} from {table}; there was no count."),
        })?;
        screen.result(json!({
            "type": "ended",
            "table": table,
            "dryRun": dry_run,
            "redeemed": redeemed,
            "marks": found,
        }))?;
        Ok(())
    }

    /// Returns the count of redemptions, or `None` if there is no count yet.
    ///
    /// # Errors
    /// When the table refuses the request, or the count is not a whole number.
    pub async fn redeemed(self, campaign: &str) -> anyhow::Result<Option<u64>> {
        let answer = self
            .client
            .get_item()
            .table_name(self.table)
            .key(ATTEMPTS_KEY, AttributeValue::S(count_of(campaign)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| self.refusal(&sdk::reason(&error, &[])))?;
        let count = answer.item.as_ref().and_then(|item| item.get("redeemed"));
        let count = count.and_then(|count| count.as_n().ok());
        count
            .map(|count| {
                count
                    .parse()
                    .context("the count in the attempts table must be a whole number")
            })
            .transpose()
    }

    /// Returns the keys of the campaign's marks.
    async fn marks(self, campaign: &str) -> anyhow::Result<Vec<String>> {
        let items = self
            .client
            .scan()
            .table_name(self.table)
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
        let keys = items
            .iter()
            .filter_map(|item| item.get(ATTEMPTS_KEY)?.as_s().ok());
        Ok(keys.cloned().collect())
    }

    /// Returns the number of members who have redeemed a campaign that each member redeems once.
    ///
    /// # Errors
    /// When the table refuses the request.
    pub async fn members(self, campaign: &str) -> anyhow::Result<usize> {
        let mut pages = self
            .client
            .scan()
            .table_name(self.table)
            .consistent_read(true)
            .filter_expression("#campaign = :campaign AND #used >= :once")
            .expression_attribute_names("#campaign", CAMPAIGN)
            .expression_attribute_names("#used", USED)
            .expression_attribute_values(":campaign", AttributeValue::S(campaign.to_owned()))
            .expression_attribute_values(":once", AttributeValue::N("1".to_owned()))
            .select(Select::Count)
            .into_paginator()
            .send();
        let mut members = 0;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.refusal(&sdk::reason(&error, &[])))?;
            members += usize::try_from(page.count()).unwrap_or_default();
        }
        Ok(members)
    }

    async fn delete(self, keys: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
        stream::iter(keys)
            .map(|key| async move {
                self.client
                    .delete_item()
                    .table_name(self.table)
                    .key(ATTEMPTS_KEY, AttributeValue::S(key))
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
            "{} refused a request ({reason}). Run the same command again to delete the rest",
            self.table
        )
    }
}

/// Returns the key of the item that counts a campaign's redemptions.
fn count_of(campaign: &str) -> String {
    format!("REDEEMED#{campaign}")
}
