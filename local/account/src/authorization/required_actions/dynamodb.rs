//! Permissions that DynamoDB's operations require.

use std::collections::BTreeSet;

use local_iam::Context;
use serde_json::Value;

use super::{RequiredAction, Unmapped, arn, kms, text, unknown};
use crate::authorization::resources::Resources;
use crate::dynamodb::is_item_operation;

pub(super) async fn required(
    region: &str,
    operation: &str,
    body: &Value,
    resources: &Resources,
) -> Result<Vec<RequiredAction>, Unmapped> {
    let mut required = Vec::new();
    let mut tables = BTreeSet::new();
    for (action, table, index) in targets(operation, body)? {
        let table_arn = table_arn(region, &table);
        let resource = match index {
            Some(index) => format!("{table_arn}/index/{index}"),
            None => table_arn.clone(),
        };
        let action = RequiredAction::new(format!("dynamodb:{action}"), resource);
        if !required.contains(&action) {
            required.push(action);
        }
        tables.insert(table_name(&table_arn).to_owned());
    }
    if operation == "ListTables" {
        let resource = arn("dynamodb", region, "table/*");
        required.push(RequiredAction::new(
            format!("dynamodb:{operation}"),
            resource,
        ));
    }
    // A table under a customer managed key is decrypted with the permissions of the caller that
    // reads or writes it.
    if is_item_operation(operation) {
        for table in tables {
            if let Some(key) = resources.key_of_table(region, &table).await {
                let encryption = Context::new()
                    .with("kms:EncryptionContext:aws:dynamodb:tableName", &table)
                    .with(
                        "kms:EncryptionContext:aws:dynamodb:subscriberId",
                        local_wire::ACCOUNT_ID,
                    );
                let via = kms::via("dynamodb", region, encryption);
                required.push(RequiredAction::new("kms:Decrypt", key.arn).given(via));
            }
        }
    }
    Ok(required)
}

/// The action, the table and the index.
type Target = (String, String, Option<String>);

fn targets(operation: &str, body: &Value) -> Result<Vec<Target>, Unmapped> {
    let named = |action: &str, body: &Value| -> Result<Target, Unmapped> {
        Ok((action.to_owned(), text(body, "TableName")?.to_owned(), None))
    };
    match operation {
        "Query" | "Scan" => {
            let (action, table, _) = named(operation, body)?;
            let index = body["IndexName"].as_str().map(str::to_owned);
            Ok(vec![(action, table, index)])
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body["RequestItems"]
                .as_object()
                .ok_or("the request has no RequestItems")?;
            let target = |table: &String| (operation.to_owned(), table.clone(), None);
            Ok(tables.keys().map(target).collect())
        }
        // A transaction requires the permissions of its parts.
        "TransactGetItems" => items(body)?
            .iter()
            .map(|item| named("GetItem", &item["Get"]))
            .collect(),
        "TransactWriteItems" => items(body)?
            .iter()
            .map(|item| {
                let parts = [
                    ("ConditionCheck", "ConditionCheckItem"),
                    ("Delete", "DeleteItem"),
                    ("Put", "PutItem"),
                    ("Update", "UpdateItem"),
                ];
                let (part, action) = parts
                    .into_iter()
                    .find(|(part, _)| item[*part].is_object())
                    .ok_or(
                        "an item of the transaction is not a ConditionCheck, Delete, Put or Update",
                    )?;
                named(action, &item[part])
            })
            .collect(),
        "ListTables" => Ok(Vec::new()),
        "DeleteItem" | "GetItem" | "PutItem" | "UpdateItem" => Ok(vec![named(operation, body)?]),
        // The tables of a PartiQL statement are named in the statement, which is not parsed.
        _ if is_item_operation(operation) => Err(unknown("dynamodb", operation)),
        "ListTagsOfResource" | "TagResource" | "UntagResource" => {
            let table = text(body, "ResourceArn")?.to_owned();
            Ok(vec![(operation.to_owned(), table, None)])
        }
        _ if body["TableName"].is_string() => Ok(vec![named(operation, body)?]),
        _ => Err(unknown("dynamodb", operation)),
    }
}

fn items(body: &Value) -> Result<&Vec<Value>, Unmapped> {
    body["TransactItems"]
        .as_array()
        .ok_or_else(|| "the request has no TransactItems".into())
}

/// Returns the ARN of a table, which requests name or give by ARN.
fn table_arn(region: &str, table: &str) -> String {
    match table.starts_with("arn:") {
        true => table.to_owned(),
        false => arn("dynamodb", region, &format!("table/{table}")),
    }
}

fn table_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
