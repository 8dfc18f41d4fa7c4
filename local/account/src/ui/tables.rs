//! Tables of DynamoDB and their rows, without a signature and outside of fault rules and records of requests: who
//! looks at a table must not change what is observed.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use local_wire::{Request, Service};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Ui;
use super::refusal::refuse;
use crate::regions;

/// The rows of a page of rows, unless the request says less.
const ROWS: u64 = 50;
/// The most tables that are listed.
const MOST_TABLES: usize = 500;

/// Selects a page of rows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowsQuery {
    /// The most rows; at most 50, which is the default.
    limit: Option<u64>,
    /// The `next` of the page before; absent for the first page.
    after: Option<String>,
}

/// Answers with the tables of all Regions: Region, name and key attributes.
pub(super) async fn list(State(ui): State<Arc<Ui>>) -> Response {
    let mut tables = Vec::new();
    for region in ui.dynamodb.regions() {
        let mut start = Value::Null;
        while tables.len() < MOST_TABLES {
            let mut input = json!({});
            if !start.is_null() {
                input["ExclusiveStartTableName"] = start.take();
            }
            let listed = match ask(&ui, &region, "ListTables", input).await {
                Ok(listed) => listed,
                Err(refusal) => return refusal,
            };
            for name in listed["TableNames"].as_array().into_iter().flatten() {
                let input = json!({ "TableName": name });
                // A table that was deleted since then is not listed.
                if let Ok(described) = ask(&ui, &region, "DescribeTable", input).await {
                    tables.push(shape(&region, &described["Table"]));
                }
            }
            start = listed["LastEvaluatedTableName"].clone();
            if start.is_null() {
                break;
            }
        }
    }
    Json(tables).into_response()
}

fn shape(region: &str, table: &Value) -> Value {
    let kinds = table["AttributeDefinitions"].as_array();
    let kind_of = |name: &Value| {
        let mut kinds = kinds.into_iter().flatten();
        let kind = kinds.find(|kind| kind["AttributeName"] == *name);
        kind.map_or(Value::Null, |kind| kind["AttributeType"].clone())
    };
    let keys = table["KeySchema"].as_array().into_iter().flatten();
    let keys: Vec<Value> = keys
        .map(|key| {
            let name = &key["AttributeName"];
            json!({ "name": name, "type": kind_of(name) })
        })
        .collect();
    json!({ "region": region, "name": table["TableName"], "keys": keys })
}

/// Answers with a page of rows, and `next` if there are more.
pub(super) async fn rows(
    State(ui): State<Arc<Ui>>,
    Path((region, table)): Path<(String, String)>,
    Query(query): Query<RowsQuery>,
) -> Response {
    let limit = query.limit.unwrap_or(ROWS);
    if !(1..=ROWS).contains(&limit) {
        let sentence = format!("limit must be from 1 to {ROWS}, but was {limit}");
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, &sentence);
    }
    let mut input = json!({ "TableName": table, "Limit": limit });
    if let Some(after) = &query.after {
        let Ok(key @ Value::Object(_)) = serde_json::from_str(after) else {
            let sentence = "after must be the next of the page before, but was another text";
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, sentence);
        };
        input["ExclusiveStartKey"] = key;
    }
    match ask(&ui, &region, "Scan", input).await {
        Ok(mut found) => {
            let next = match &found["LastEvaluatedKey"] {
                Value::Null => Value::Null,
                key => key.to_string().into(),
            };
            Json(json!({ "rows": found["Items"].take(), "next": next })).into_response()
        }
        Err(refusal) => refusal,
    }
}

/// Writes a row, given with the types of its attributes as DynamoDB has them. It replaces one with the same key.
pub(super) async fn put(
    State(ui): State<Arc<Ui>>,
    Path((region, table)): Path<(String, String)>,
    Json(row): Json<Map<String, Value>>,
) -> Response {
    let input = json!({ "TableName": table, "Item": row });
    done(ask(&ui, &region, "PutItem", input).await)
}

/// Deletes the row with a key, given with the types of its attributes.
pub(super) async fn delete(
    State(ui): State<Arc<Ui>>,
    Path((region, table)): Path<(String, String)>,
    Json(key): Json<Map<String, Value>>,
) -> Response {
    let input = json!({ "TableName": table, "Key": key });
    done(ask(&ui, &region, "DeleteItem", input).await)
}

fn done(answer: Result<Value, Response>) -> Response {
    match answer {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refusal,
    }
}

/// Requests an operation of DynamoDB; a refusal has its words.
async fn ask(ui: &Ui, region: &str, operation: &str, input: Value) -> Result<Value, Response> {
    if !regions::is_known(region) {
        let sentence = "the region must be one of AWS's, such as ap-northeast-1";
        return Err(refuse(StatusCode::NOT_FOUND, sentence));
    }
    let target = format!("DynamoDB_20120810.{operation}");
    let request = Request::own(region, "dynamodb", &target, &input);
    let answer = ui.dynamodb.handle(request).await;
    answered(answer.status(), answer.body())
}

/// Reads the answer of a service of AWS; a refusal keeps its words.
pub(super) fn answered(status: StatusCode, body: &Bytes) -> Result<Value, Response> {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    if status.is_success() {
        return Ok(value);
    }
    let message = value["message"].as_str().or(value["Message"].as_str());
    let code = value["__type"].as_str().unwrap_or_default();
    let sentence = message.unwrap_or(code.rsplit('#').next().unwrap_or_default());
    Err(refuse(StatusCode::UNPROCESSABLE_ENTITY, sentence))
}
