//! The table to write into, and whether the function can read what is written there.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{KeyType, ScalarAttributeType, TableDescription};
use connect_pin_sms::rules::row_schema::KeyAttribute;

use super::sdk;

/// A table of an account.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// How to reach it.
    pub client: &'a Client,
    /// Its name or ARN.
    pub table: &'a str,
    /// Its partition key, as far as one knows.
    pub key: &'a KeyAttribute,
}

/// Why no row belongs into a table.
#[derive(Debug, thiserror::Error)]
pub enum TableFault {
    /// There is none, or it may not be looked at.
    #[error("cannot look at the key of {table} ({reason}), so nothing was written")]
    Unseen {
        /// The table.
        table: String,
        /// What DynamoDB said.
        reason: String,
    },
    /// Its rows are found by something else.
    #[error(
        "the partition key of {table} is {found} and not {expected}, so nothing was written; if it \
         is the right table, add --key-attribute {found}"
    )]
    OtherKey {
        /// The table.
        table: String,
        /// Its key.
        found: String,
        /// What should have been its key.
        expected: String,
    },
    /// Numbers and PINs are texts: they begin with + and 0.
    #[error(
        "the partition key {key} of {table} is of type {found} and not S, so nothing was written: \
         the function looks for texts"
    )]
    KeyType {
        /// The table.
        table: String,
        /// Its key.
        key: String,
        /// DynamoDB's letter for the type.
        found: String,
    },
    /// One attribute is not enough to find a row.
    #[error(
        "{table} has a sort key, {sort_key}, so nothing was written: the function finds rows by \
         their partition key alone"
    )]
    SortKey {
        /// The table.
        table: String,
        /// Its second key.
        sort_key: String,
    },
}

impl Target<'_> {
    /// Looks whether the table has the key that is expected, and no other.
    ///
    /// # Errors
    /// When it has not, or cannot be looked at.
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
                found: other
                    .map_or("an unknown one", |found| found.as_str())
                    .to_owned(),
            }),
        }
    }
}
