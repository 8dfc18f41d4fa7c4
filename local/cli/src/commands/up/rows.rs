//! Writes the rows of a file into the tables of a running account.
//!
//! The file has the shape of the request items of DynamoDB's BatchWriteItem, which
//! `aws dynamodb batch-write-item --request-items file://FILE` takes, so that the same file loads a table
//! on AWS. The tables exist after an apply at the earliest, so rows are held until then, and written
//! again when a table was deleted and created anew.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use local_account::{ClientError, Fed, LocalClient, RequestFeed};
use local_harness::sample::dynamodb;
use local_terminal::{shown, tell};
use serde::Deserialize;
use serde_json::{Value, json};

/// The most characters of a name or an error that are shown.
const MAX_SHOWN: usize = 300;

/// The rows of a file, by table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    tables: BTreeMap<String, Vec<Value>>,
}

/// A write request of BatchWriteItem (API reference, "WriteRequest").
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteRequest {
    #[serde(rename = "PutRequest")]
    put: PutRequest,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PutRequest {
    #[serde(rename = "Item")]
    item: Value,
}

/// Reads a file of rows.
///
/// # Errors
/// When it cannot be read, or is not JSON of that shape.
pub(super) fn read(file: &Path) -> anyhow::Result<Held> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    parse(&text).with_context(|| {
        format!(
            "{name} must be what `aws dynamodb batch-write-item --request-items` takes, with PutRequest \
             alone: {{\"TABLE\": [{{\"PutRequest\": {{\"Item\": {{\"phone\": {{\"S\": \"+819012345678\"}}}}}}}}]}}"
        )
    })
}

fn parse(text: &str) -> serde_json::Result<Held> {
    let tables: BTreeMap<String, Vec<WriteRequest>> = serde_json::from_str(text)?;
    let items = |requests: Vec<WriteRequest>| {
        let items = requests.into_iter().map(|request| request.put.item);
        items.collect()
    };
    Ok(Held {
        tables: tables
            .into_iter()
            .map(|(table, requests)| (table, items(requests)))
            .collect(),
    })
}

/// Writes the rows of each table when it exists, until the account ends. A refused row is reported, and
/// the others are written.
pub(super) async fn write(held: Held, mut feed: RequestFeed, account: LocalClient, region: String) {
    // By the table's id: a table may be deleted and created anew before the first of the two requests is
    // seen here.
    let mut written: BTreeMap<&str, String> = BTreeMap::new();
    while let Some(fed) = feed.next().await {
        let changed = match &fed {
            Fed::Request(record) => {
                record.service == "dynamodb" && record.operation == "CreateTable"
            }
            // The table may be among those that were missed.
            Fed::Missed(_) => true,
        };
        if !changed {
            continue;
        }
        for (table, items) in &held.tables {
            match table_id(&account, &region, table).await {
                Ok(Some(id)) => {
                    if written.insert(table, id.clone()) != Some(id) {
                        fill(&account, &region, table, items).await;
                    }
                }
                Ok(None) => {}
                Err(error) => tell(format_args!(
                    "error: the table {} must be described before its rows are written: {}",
                    shown(table, MAX_SHOWN),
                    shown(&error.to_string(), MAX_SHOWN)
                )),
            }
        }
    }
}

/// Writes the rows of one table.
async fn fill(account: &LocalClient, region: &str, table: &str, items: &[Value]) {
    let mut count = 0;
    for (index, item) in items.iter().enumerate() {
        let put = json!({ "TableName": table, "Item": item });
        match dynamodb(account, region, "PutItem", put).await {
            Ok(_) => count += 1,
            Err(error) => tell(format_args!(
                "error: row {} of {} was refused: {}",
                index + 1,
                shown(table, MAX_SHOWN),
                shown(&error.to_string(), MAX_SHOWN)
            )),
        }
    }
    tell(format_args!(
        "  loaded  {}: rows {count} of {}",
        shown(table, MAX_SHOWN),
        items.len()
    ));
}

/// Returns the id of a table, which differs for each that was created (API reference,
/// "TableDescription"); `None` if there is no such table.
async fn table_id(
    account: &LocalClient,
    region: &str,
    table: &str,
) -> Result<Option<String>, ClientError> {
    let described = json!({ "TableName": table });
    let answer = match dynamodb(account, region, "DescribeTable", described).await {
        Ok(answer) => answer,
        Err(ClientError::Refused(why)) if why.contains("ResourceNotFoundException") => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let unreadable = || ClientError::Refused(format!("the table has no id: {answer}"));
    let description: Value = serde_json::from_str(&answer).map_err(|_| unreadable())?;
    let id = description["Table"]["TableId"]
        .as_str()
        .ok_or_else(unreadable)?;
    Ok(Some(id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shape is that of the example of "batch-write-item" in the AWS CLI's command reference.
    #[test]
    fn the_file_is_that_of_batch_write_item() {
        let item = json!({ "phone": { "S": "+819012345678" }, "id": { "S": "1234" } });
        let file = json!({ "members": [{ "PutRequest": { "Item": item } }] });
        let held = parse(&file.to_string()).unwrap();
        assert_eq!(held.tables["members"], std::slice::from_ref(&item));
        for wrong in [
            json!({ "members": [{ "DeleteRequest": { "Key": item } }] }),
            json!({ "members": [item] }),
            json!([item]),
        ] {
            assert!(parse(&wrong.to_string()).is_err(), "{wrong}");
        }
    }
}
