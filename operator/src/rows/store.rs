//! Reads and deletes rows of a table, whatever they hold.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::change::{Row, text};
use super::sdk;
use super::tables::{FIRST_PAUSE, Refusal, with_retries};
use super::target::Target;

/// The most keys that DynamoDB reads in one request (BatchGetItem).
pub const BATCH: usize = 100;

/// The number of deletions that run at the same time.
const DELETIONS: usize = 8;

/// The number of times that the rest of a batch is asked for again.
const ROUNDS: usize = 12;

/// A request that a table did not answer.
#[derive(Debug, thiserror::Error)]
#[error("{table} refused a request: {reason}")]
pub struct Unanswered {
    table: String,
    reason: String,
}

impl Target<'_> {
    fn unanswered(self, reason: String) -> Unanswered {
        Unanswered {
            table: self.table.to_owned(),
            reason,
        }
    }

    /// Returns the row with this key, if there is one.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn row(self, key: &str) -> Result<Option<Row>, Unanswered> {
        self.client
            .get_item()
            .table_name(self.table)
            .key(self.key.as_str(), text(key))
            .consistent_read(true)
            .send()
            .await
            .map(|answer| answer.item)
            .map_err(|error| self.unanswered(sdk::reason(&error, &[key])))
    }

    /// Returns the rows of up to [`BATCH`] keys, by key; a key without a row is left out.
    ///
    /// # Errors
    /// When the table does not answer, or leaves keys out again and again.
    pub async fn rows(self, keys: &[&str]) -> Result<HashMap<String, Row>, Unanswered> {
        let mut rows = HashMap::with_capacity(keys.len());
        let mut left: Vec<Row> = keys
            .iter()
            .map(|key| Row::from([(self.key.as_str().to_owned(), text(key))]))
            .collect();
        let mut pause = FIRST_PAUSE;
        for _ in 0..ROUNDS {
            if left.is_empty() {
                return Ok(rows);
            }
            let request = KeysAndAttributes::builder()
                .consistent_read(true)
                .set_keys(Some(std::mem::take(&mut left)))
                .build()
                .map_err(|error| self.unanswered(error.to_string()))?;
            let answer = with_retries(FIRST_PAUSE, async || {
                let answer = self.client.batch_get_item();
                let answer = answer.request_items(self.table, request.clone()).send();
                answer.await.map_err(|error| Refusal::of_any(&error, keys))
            });
            let answer = answer
                .await
                .map_err(|refusal| self.unanswered(refusal.into_reason()))?;
            let found = answer.responses.into_iter().flatten();
            for row in found.flat_map(|(_, rows)| rows) {
                if let Some(key) = self.key_of(&row) {
                    rows.insert(key.to_owned(), row);
                }
            }
            let unread = answer.unprocessed_keys.into_iter().flatten();
            left = unread.flat_map(|(_, keys)| keys.keys).collect();
            if !left.is_empty() {
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
        }
        if left.is_empty() {
            return Ok(rows);
        }
        Err(self.unanswered(format!(
            "BatchGetItem must return every row, but left out {} of {} in each of {ROUNDS} requests",
            left.len(),
            keys.len()
        )))
    }

    /// Returns the key of a row of this table.
    pub fn key_of(self, row: &Row) -> Option<&str> {
        let key = row.get(self.key.as_str())?;
        key.as_s().ok().map(String::as_str)
    }

    /// Calls `visit` for every row, page by page.
    ///
    /// # Errors
    /// When the table does not answer, or `visit` fails.
    pub async fn each_row(
        self,
        mut visit: impl FnMut(Row) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let pages = self.client.scan().table_name(self.table);
        let mut rows = pages.consistent_read(true).into_paginator().items().send();
        while let Some(row) = rows.next().await {
            let row = row.map_err(|error| self.unanswered(sdk::reason(&error, &[])))?;
            visit(row)?;
        }
        Ok(())
    }

    /// Deletes the row with this key, and returns whether there was one.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn delete(self, key: &str) -> Result<bool, Unanswered> {
        let answer = with_retries(FIRST_PAUSE, async || {
            let request = self.client.delete_item().table_name(self.table);
            let request = request.key(self.key.as_str(), text(key));
            let answer = request
                .return_values(aws_sdk_dynamodb::types::ReturnValue::AllOld)
                .send();
            answer
                .await
                .map_err(|error| Refusal::of_any(&error, &[key]))
        });
        let answer = answer
            .await
            .map_err(|refusal| self.unanswered(refusal.into_reason()))?;
        Ok(answer.attributes.is_some_and(|row| !row.is_empty()))
    }

    /// Deletes the rows with these keys, and calls `progress` after each one.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn delete_all(
        self,
        keys: impl IntoIterator<Item = String>,
        progress: impl Fn(usize),
    ) -> Result<usize, Unanswered> {
        let deletions = stream::iter(keys).map(|key| async move { self.delete(&key).await });
        let deleted = deletions.buffer_unordered(DELETIONS);
        deleted
            .try_fold(0, |deleted, was_there| {
                progress(1);
                std::future::ready(Ok(deleted + usize::from(was_there)))
            })
            .await
    }
}

/// Returns a text attribute of a row.
pub fn text_of<'a>(row: &'a Row, name: &str) -> Option<&'a str> {
    match row.get(name) {
        Some(AttributeValue::S(text)) => Some(text),
        _ => None,
    }
}
