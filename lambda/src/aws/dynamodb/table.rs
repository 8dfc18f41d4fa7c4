//! A DynamoDB table: reading rows, and the types of their attributes.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_types::SdkConfig;

use crate::aws::sdk;
use crate::aws::user_agent::UserAgentOnce;
use crate::rows::Row;
use crate::rules::cause::Cause;
use crate::rules::ports::LookupError;

/// Returns a client for the tables: `config` with retries. Reads may be repeated, and so may writes, because
/// of their conditions.
pub fn client(config: &SdkConfig) -> Client {
    let config = aws_sdk_dynamodb::config::Builder::from(config)
        .retry_config(sdk::harmless_retries())
        .interceptor(UserAgentOnce::default())
        .build();
    Client::from_conf(config)
}

/// A table whose key is a single string.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) client: Client,
    pub(super) name: String,
    pub(super) key: String,
}

impl Table {
    pub(super) fn key_value(&self, key: &str) -> (&str, AttributeValue) {
        (&self.key, AttributeValue::S(key.to_owned()))
    }

    /// Reads those of the `attributes` that the row of `key` has; returns nothing without a row.
    ///
    /// The read is eventually consistent, at half the price: rows are written long before a caller needs
    /// them, and a value that must be current is checked by the condition of a write.
    pub(super) async fn read(
        &self,
        key: &str,
        attributes: &[&str],
    ) -> Result<Option<Row>, LookupError> {
        let answer = self.get(key, attributes, false).await;
        answer.map_err(LookupError::Unreadable)
    }

    /// Reads the same with strong consistency.
    pub(super) async fn read_now(
        &self,
        key: &str,
        attributes: &[&str],
    ) -> Result<Option<Row>, Cause> {
        self.get(key, attributes, true).await
    }

    /// Reads attributes by aliases, since DynamoDB reserves hundreds of names.
    async fn get(
        &self,
        key: &str,
        attributes: &[&str],
        consistent: bool,
    ) -> Result<Option<Row>, Cause> {
        let (name, value) = self.key_value(key);
        let request = self
            .client
            .get_item()
            .table_name(&self.name)
            .key(name, value)
            .set_consistent_read(consistent.then_some(true));
        // A row that lacks the attributes comes back as an empty item, a missing row as no item.
        project(request, attributes)
            .send()
            .await
            .map(|answer| answer.item)
            .map_err(|error| self.about(sdk::cause(&error)))
    }

    /// Adds the table's name to a cause: DynamoDB's "not found" does not name the table.
    pub(super) fn about(&self, cause: Cause) -> Cause {
        Cause::scrubbed(format_args!("{}: {cause}", self.name))
    }
}

pub(super) fn project(
    mut request: GetItemFluentBuilder,
    attributes: &[&str],
) -> GetItemFluentBuilder {
    let mut aliases = Vec::new();
    for (at, attribute) in attributes.iter().enumerate() {
        let alias = format!("#a{at}");
        request = request.expression_attribute_names(&alias, *attribute);
        aliases.push(alias);
    }
    request.projection_expression(aliases.join(", "))
}

pub(super) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
