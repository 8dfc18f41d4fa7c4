//! The benefits table, which maps a PIN or its MAC to a campaign.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::table::{Table, number};
use crate::aws::sdk;
use crate::rows;
use crate::rules::campaign::Campaign;
use crate::rules::cause::Cause;
use crate::rules::pin::PinKey;
use crate::rules::ports::{CampaignCatalogue, LookupError};
use crate::rules::row_schema::{
    CAMPAIGN_ID, ENABLED, EXPIRES_AT, KeyAttribute, LAST_REDEMPTION, MAX_REDEMPTIONS, MESSAGE,
    REDEEMED, SINGLE_USE, STARTS_AT, URL,
};

const READ: [&str; 9] = [
    CAMPAIGN_ID,
    URL,
    ENABLED,
    STARTS_AT,
    EXPIRES_AT,
    MAX_REDEMPTIONS,
    REDEEMED,
    SINGLE_USE,
    MESSAGE,
];

/// The benefits table, which maps `pinCode`, or the configured key, to `campaignUrl` and the rules of the
/// campaign.
#[derive(Clone, Debug)]
pub struct BenefitsTable(Table);

impl BenefitsTable {
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self(Table {
            client,
            name: name.into(),
            key: KeyAttribute::of_benefits().into(),
        })
    }

    /// Returns the same table with another partition key.
    #[must_use]
    pub fn keyed_by(mut self, key: KeyAttribute) -> Self {
        self.0.key = key.into();
        self
    }
}

impl CampaignCatalogue for BenefitsTable {
    async fn campaign(&self, key: &PinKey) -> Result<Option<Campaign>, LookupError> {
        let row = self.0.read(key.expose(), &READ).await?;
        row.map(rows::campaign)
            .transpose()
            .map_err(LookupError::Faulty)
    }

    async fn redeem(&self, key: &PinKey, limit: u64, token: &str) -> Result<bool, Cause> {
        let (name, value) = self.0.key_value(key.expose());
        let answer = self
            .0
            .client
            .update_item()
            .table_name(&self.0.name)
            .key(name, value)
            .update_expression("SET #last = :token ADD #redeemed :one")
            // A row that was deleted meanwhile must not come back with a count and nothing else.
            .condition_expression(
                "attribute_exists(#key) AND (attribute_not_exists(#redeemed) OR #redeemed < :limit) \
                 AND (attribute_not_exists(#last) OR #last <> :token)",
            )
            .expression_attribute_names("#key", name)
            .expression_attribute_names("#redeemed", REDEEMED)
            .expression_attribute_names("#last", LAST_REDEMPTION)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":limit", number(limit))
            .expression_attribute_values(":token", AttributeValue::S(token.to_owned()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else {
            return Ok(true);
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                let last = failed.item().and_then(|row| row.get(LAST_REDEMPTION));
                Ok(last.is_some_and(|last| last.as_s().is_ok_and(|last| last == token)))
            }
            _ => Err(self.0.about(sdk::cause(&error))),
        }
    }

    async fn give_back(&self, key: &PinKey) -> Result<(), Cause> {
        let (name, value) = self.0.key_value(key.expose());
        let once = aws_sdk_dynamodb::config::Builder::new().retry_config(sdk::no_retries());
        let answer = self
            .0
            .client
            .update_item()
            .table_name(&self.0.name)
            .key(name, value)
            .update_expression("ADD #redeemed :minus")
            .condition_expression("#redeemed > :zero")
            .expression_attribute_names("#redeemed", REDEEMED)
            .expression_attribute_values(":minus", number(-1))
            .expression_attribute_values(":zero", number(0))
            .customize()
            .config_override(once)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(self.0.about(sdk::cause(&error))),
        }
    }
}
