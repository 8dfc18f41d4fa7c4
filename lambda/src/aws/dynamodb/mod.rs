//! The tables.

mod attempts;
mod benefits;
mod counters;
mod members;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_types::SdkConfig;

use crate::aws::sdk;
use crate::aws::user_agent::UserAgentOnce;
use crate::rules::cause::Cause;
use crate::rules::ports::{LookupError, RowFault};

pub use attempts::AttemptsTable;
pub use benefits::BenefitsTable;
pub use members::MemberTable;

/// A row, or what was asked of it.
type Row = HashMap<String, AttributeValue>;

/// A client for the tables: `config` with retries. Asking twice does no harm, and the writes are made
/// for it.
pub fn client(config: &SdkConfig) -> Client {
    let config = aws_sdk_dynamodb::config::Builder::from(config)
        .retry_config(sdk::harmless_retries())
        .interceptor(UserAgentOnce::default())
        .build();
    Client::from_conf(config)
}

/// A table whose key is one text.
#[derive(Clone, Debug)]
struct Table {
    client: Client,
    name: String,
    key: String,
}

impl Table {
    fn key_value(&self, key: &str) -> (&str, AttributeValue) {
        (&self.key, AttributeValue::S(key.to_owned()))
    }

    /// Those of the `attributes` that the row of `key` has, or nothing without a row.
    ///
    /// An eventually consistent read will do, at half the price: rows are written long before
    /// anybody calls, and what must not be a moment old is in the condition of a write.
    async fn read(&self, key: &str, attributes: &[&str]) -> Result<Option<Row>, LookupError> {
        let answer = self.get(key, attributes, false).await;
        answer.map_err(LookupError::Unreadable)
    }

    /// The same as of this moment.
    async fn read_now(&self, key: &str, attributes: &[&str]) -> Result<Option<Row>, Cause> {
        self.get(key, attributes, true).await
    }

    /// Attributes go by aliases, since DynamoDB reserves hundreds of names.
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
        // A row that lacks the attributes comes back as an empty item, no row as no item.
        project(request, attributes)
            .send()
            .await
            .map(|answer| answer.item)
            .map_err(|error| self.about(sdk::cause(&error)))
    }

    /// DynamoDB's "not found" does not say which table it did not find.
    fn about(&self, cause: Cause) -> Cause {
        Cause::scrubbed(format_args!("{}: {cause}", self.name))
    }
}

fn project(mut request: GetItemFluentBuilder, attributes: &[&str]) -> GetItemFluentBuilder {
    let mut aliases = Vec::new();
    for (at, attribute) in attributes.iter().enumerate() {
        let alias = format!("#a{at}");
        request = request.expression_attribute_names(&alias, *attribute);
        aliases.push(alias);
    }
    request.projection_expression(aliases.join(", "))
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

/// An attribute that is true or false, or nothing.
fn flag(row: &mut Row, name: &'static str) -> Result<Option<bool>, RowFault> {
    match row.remove(name) {
        // NULL is what some tools write for nothing.
        None | Some(AttributeValue::Null(_)) => Ok(None),
        Some(AttributeValue::Bool(flag)) => Ok(Some(flag)),
        Some(_) => Err(unusable(name, "a BOOL")),
    }
}

fn unusable(name: &'static str, expected: &'static str) -> RowFault {
    RowFault::NotUsable { name, expected }
}

fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
