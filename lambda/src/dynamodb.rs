//! The two tables.

use std::collections::HashMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::campaign::CampaignUrl;
use crate::cause::Cause;
use crate::phone::PhoneNumber;
use crate::pin::Pin;
use crate::ports::{CampaignCatalogue, LookupError, MemberDirectory, RowFault};
use crate::sdk;

/// Reading twice does no harm, and somebody is waiting on the line: try again soon, but not often.
const MAX_ATTEMPTS: u32 = 3;
const FIRST_BACKOFF: Duration = Duration::from_millis(50);

/// A client for the tables: `config` with the retries that reads deserve.
pub fn client(config: &SdkConfig) -> Client {
    let retries = RetryConfig::standard()
        .with_max_attempts(MAX_ATTEMPTS)
        .with_initial_backoff(FIRST_BACKOFF);
    let config = aws_sdk_dynamodb::config::Builder::from(config)
        .retry_config(retries)
        .build();
    Client::from_conf(config)
}

/// The member table: `phone` to `id`.
#[derive(Clone, Debug)]
pub struct MemberTable {
    table: Table,
}

impl MemberTable {
    /// The table called `name`.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self {
            table: Table {
                client,
                name: name.into(),
                key: "phone",
                attribute: "id",
            },
        }
    }
}

impl MemberDirectory for MemberTable {
    async fn member_id(&self, caller: &PhoneNumber) -> Result<Option<String>, LookupError> {
        let Some(id) = self.table.read(caller.expose()).await? else {
            return Ok(None);
        };
        match id {
            AttributeValue::S(text) if text.is_empty() => Err(LookupError::Faulty(RowFault::Empty)),
            // A number arrives as its decimal text, which is what the flow compares.
            AttributeValue::S(id) | AttributeValue::N(id) => Ok(Some(id)),
            other => Err(LookupError::Faulty(RowFault::WrongType(type_name(&other)))),
        }
    }
}

/// The benefits table: `pinCode` to `campaignUrl`.
#[derive(Clone, Debug)]
pub struct BenefitsTable {
    table: Table,
}

impl BenefitsTable {
    /// The table called `name`.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self {
            table: Table {
                client,
                name: name.into(),
                key: "pinCode",
                attribute: "campaignUrl",
            },
        }
    }
}

impl CampaignCatalogue for BenefitsTable {
    async fn page(&self, pin: &Pin) -> Result<Option<CampaignUrl>, LookupError> {
        let Some(url) = self.table.read(pin.expose()).await? else {
            return Ok(None);
        };
        match url {
            AttributeValue::S(url) => CampaignUrl::parse(&url)
                .map(Some)
                .map_err(LookupError::Faulty),
            other => Err(LookupError::Faulty(RowFault::WrongType(type_name(&other)))),
        }
    }
}

/// A table of which one attribute is read by a key that is a text.
#[derive(Clone, Debug)]
struct Table {
    client: Client,
    name: String,
    key: &'static str,
    attribute: &'static str,
}

impl Table {
    /// The attribute in the row of `key`, or nothing without a row.
    ///
    /// Rows are written long before anybody calls, so an eventually consistent read will do, at
    /// half the price. The attribute goes by an alias, since DynamoDB reserves hundreds of names.
    async fn read(&self, key: &str) -> Result<Option<AttributeValue>, LookupError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .key(self.key, AttributeValue::S(key.to_owned()))
            .projection_expression("#wanted")
            .expression_attribute_names("#wanted", self.attribute)
            .send()
            .await
            .map_err(|error| LookupError::Unreadable(self.unreadable(sdk::cause(&error))))?;
        // A row that lacks the attribute comes back as an empty item, no row as no item.
        let Some(row) = answer.item else {
            return Ok(None);
        };
        self.wanted(row).map(Some).map_err(LookupError::Faulty)
    }

    fn wanted(&self, mut row: HashMap<String, AttributeValue>) -> Result<AttributeValue, RowFault> {
        row.remove(self.attribute).ok_or(RowFault::Missing)
    }

    /// DynamoDB's "not found" does not say which table it did not find.
    fn unreadable(&self, cause: Cause) -> Cause {
        Cause::scrubbed(format_args!("{}: {cause}", self.name))
    }
}

/// The letters that DynamoDB has for the type.
fn type_name(value: &AttributeValue) -> &'static str {
    match value {
        AttributeValue::B(_) => "B",
        AttributeValue::Bool(_) => "BOOL",
        AttributeValue::Bs(_) => "BS",
        AttributeValue::L(_) => "L",
        AttributeValue::M(_) => "M",
        AttributeValue::N(_) => "N",
        AttributeValue::Ns(_) => "NS",
        AttributeValue::Null(_) => "NULL",
        AttributeValue::S(_) => "S",
        AttributeValue::Ss(_) => "SS",
        _ => "unknown",
    }
}
