//! The table to write to, and the check that the function can read rows from it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{KeyType, ScalarAttributeType, TableDescription};
use connect_pin_sms::rules::row_schema::KeyAttribute;

use super::sdk;

/// A table of an account.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The client that reaches the account.
    pub client: &'a Client,
    /// The table's name or ARN.
    pub table: &'a str,
    /// The partition key that the table should have.
    pub key: &'a KeyAttribute,
}

/// The reason why no row may be written to a table.
#[derive(Debug, thiserror::Error)]
pub enum TableFault {
    /// The table does not exist, or the caller may not describe it.
    #[error("cannot read the key of {table} ({reason}), so nothing was written")]
    Unseen {
        table: String,
        /// The answer of DynamoDB.
        reason: String,
    },
    /// The table has another partition key.
    #[error(
        "the partition key of {table} must be {expected}, but is {found}, so nothing was written; if \
         it is the right table, add --key-attribute {found}"
    )]
    OtherKey {
        table: String,
        found: String,
        expected: String,
    },
    /// The key is not a string. Numbers and PINs are: they begin with + and 0.
    #[error(
        "the partition key {key} of {table} must be of type S (string), but is of type {found}, so \
         nothing was written: create the table with a string key"
    )]
    KeyType {
        table: String,
        key: String,
        /// DynamoDB's letter for the type.
        found: String,
    },
    /// The table has a sort key, so one attribute does not identify a row.
    #[error(
        "{table} must have no sort key, but has {sort_key}, so nothing was written: the function \
         finds rows by their partition key alone"
    )]
    SortKey { table: String, sort_key: String },
}

impl Target<'_> {
    /// Checks that the table has the expected key and no sort key.
    ///
    /// # Errors
    /// When it does not, or cannot be described.
    pub async fn check(self) -> Result<(), TableFault> {
        let unseen = |reason| TableFault::Unseen {
            table: self.table.to_owned(),
            reason,
        };
        let answer = self
            .client
            .describe_table()
            .table_name(self.table)
            .send()
            .await
            .map_err(|error| unseen(sdk::reason(&error, &[])))?;
        match answer.table {
            Some(description) => self.compare(&description),
            None => Err(unseen("DynamoDB did not describe it".to_owned())),
        }
    }

    fn compare(self, description: &TableDescription) -> Result<(), TableFault> {
        let table = || self.table.to_owned();
        let name = |kind: &KeyType| {
            let mut keys = description.key_schema().iter();
            keys.find(|key| key.key_type() == kind)
                .map(|key| key.attribute_name().to_owned())
        };
        let found = name(&KeyType::Hash).unwrap_or_default();
        if found != self.key.as_str() {
            return Err(TableFault::OtherKey {
                table: table(),
                found,
                expected: self.key.as_str().to_owned(),
            });
        }
        if let Some(sort_key) = name(&KeyType::Range) {
            return Err(TableFault::SortKey {
                table: table(),
                sort_key,
            });
        }
        let mut attributes = description.attribute_definitions().iter();
        let definition = attributes.find(|attribute| attribute.attribute_name() == found);
        match definition.map(|attribute| attribute.attribute_type()) {
            Some(ScalarAttributeType::S) => Ok(()),
            other => Err(TableFault::KeyType {
                table: table(),
                key: found,
                found: other.map_or("unknown", |found| found.as_str()).to_owned(),
            }),
        }
    }
}
