//! DynamoDB: dynoxide's own server, with one database for each Region, behind a thin layer that
//! stores the settings that the Terraform provider reads and dynoxide does not keep, and corrects
//! responses that differ from AWS's.

mod backups;
mod encryption;
mod engine;
mod expressions;
mod numbers;
mod old_row;
mod warm_throughput;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use local_wire::{
    ACCOUNT_ID, ApiRequest, Dialect, Fault, JsonVersion, Outcome, OutcomeFuture, Response, Service,
};
use serde_json::{Value, json};

use backups::ContinuousBackups;
use encryption::Encryption;
use engine::{Engine, EngineError, Threads};
use warm_throughput::WarmThroughput;

/// Operations on items. Their bodies are forwarded unchanged, byte for byte, except for the
/// response of [`old_row`].
const ITEM_OPERATIONS: [&str; 14] = [
    "BatchExecuteStatement",
    "BatchGetItem",
    "BatchWriteItem",
    "DeleteItem",
    "ExecuteStatement",
    "ExecuteTransaction",
    "GetItem",
    "GetRecords",
    "PutItem",
    "Query",
    "Scan",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateItem",
];

/// Reports whether an operation reads or writes items, and so consumes a table's throughput.
pub(crate) fn is_item_operation(operation: &str) -> bool {
    ITEM_OPERATIONS.contains(&operation)
}

/// The dialect of DynamoDB.
pub(crate) static DIALECT: Dialect = Dialect {
    broken: (500, "InternalServerError"),
    ..Dialect::json("dynamodb", JsonVersion::V1_0)
};

/// DynamoDB of the account.
pub(crate) struct DynamoDb {
    regions: Mutex<Regions>,
    backups: ContinuousBackups,
    encryption: Encryption,
    warm_throughput: WarmThroughput,
}

/// The databases by Region, and the threads that they run on.
#[derive(Default)]
struct Regions {
    engines: HashMap<String, Arc<Engine>>,
    /// Started with the first database.
    threads: Option<Threads>,
}

impl Regions {
    fn engine(&mut self, region: &str) -> Result<Arc<Engine>, EngineError> {
        if let Some(engine) = self.engines.get(region) {
            return Ok(Arc::clone(engine));
        }
        let threads = match &mut self.threads {
            Some(threads) => threads,
            none => none.insert(Threads::start()?),
        };
        let engine = Arc::new(Engine::start(threads)?);
        self.engines.insert(region.to_owned(), Arc::clone(&engine));
        Ok(engine)
    }
}

impl DynamoDb {
    pub(crate) fn new() -> Self {
        Self {
            regions: Mutex::default(),
            backups: ContinuousBackups::default(),
            encryption: Encryption::default(),
            warm_throughput: WarmThroughput::default(),
        }
    }

    /// Returns the Region's database, which is started on first use.
    fn engine(&self, region: &str) -> Result<Arc<Engine>, Fault> {
        self.regions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .engine(region)
            .map_err(|error| Fault::new(500, "InternalServerError", error.to_string()))
    }

    async fn serve(&self, request: ApiRequest) -> Outcome {
        let engine = self.engine(&request.region)?;
        let operation = request.operation.name.clone();
        numbers::check(&operation, &request.body)?;
        expressions::check(&request.body)?;
        if is_item_operation(&operation) {
            if old_row::is_wanted(&operation, &request) {
                return Ok(old_row::update(&engine, request).await?.into());
            }
            let _with_others = engine.rows.read().await;
            return Ok(engine.forward(request).await?.into());
        }
        match operation.as_str() {
            "DescribeContinuousBackups" | "UpdateContinuousBackups" => {
                let table = backups::table_name(&request.body)?;
                engine.must_have_table(&request, &table).await?;
                if operation == "DescribeContinuousBackups" {
                    Ok(self.backups.describe(&request.region, &table).into())
                } else {
                    let updated = self.backups.update(&request.region, &table, &request.body);
                    Ok(updated?.into())
                }
            }
            "CreateTable" | "DescribeTable" | "UpdateTable" | "DeleteTable" => {
                Ok(self.table(&engine, &operation, request).await?.into())
            }
            _ => {
                let answer = forward_with_real_arns(&engine, request).await?;
                // dynoxide refuses an unknown operation in one of two forms, as an element or an
                // object, depending on the request's headers, and names the operation in neither.
                let unknown = !answer.status().is_success()
                    && String::from_utf8_lossy(answer.body()).contains("UnknownOperationException");
                match unknown && !operation.is_empty() {
                    true => Err(Fault::not_implemented("dynamodb", &operation)),
                    false => Ok(answer.into()),
                }
            }
        }
    }

    /// Handles an operation that responds with a table's description.
    async fn table(
        &self,
        engine: &Engine,
        operation: &str,
        request: ApiRequest,
    ) -> Result<Response, Fault> {
        let region = request.region.clone();
        let input = request.body.clone();
        let split = encryption::split(&region, input.clone())?;
        let request = request.instead(operation, split.body);
        let answer = match operation == "UpdateTable" && split.alone {
            // The request then has no other settings, and dynoxide would refuse it.
            true => describe_updated(engine, request).await?,
            false => forward_with_real_arns(engine, request).await?,
        };
        if !answer.status().is_success() {
            return Ok(answer);
        }
        let table = backups::table_name(&input)?;
        self.warm_throughput.note(&region, &table, &input);
        if let Some(wanted) = split.wanted {
            self.encryption.note(&region, &table, wanted);
        }
        let answer = self.warm_throughput.add(&region, answer);
        let answer = self.encryption.add(&region, answer);
        if operation == "DeleteTable" {
            self.backups.forget(&region, &table);
            self.encryption.forget(&region, &table);
            self.warm_throughput.forget(&region, &table);
        }
        Ok(answer)
    }
}

/// Returns the response of UpdateTable for a table without changes.
async fn describe_updated(engine: &Engine, request: ApiRequest) -> Result<Response, Fault> {
    let describe = request.instead("DescribeTable", request.body.clone());
    let answer = forward_with_real_arns(engine, describe).await?;
    let (parts, body) = answer.into_parts();
    let body = match serde_json::from_slice::<Value>(&body) {
        Ok(mut described) if parts.status.is_success() => {
            json!({ "TableDescription": described["Table"].take() })
                .to_string()
                .into()
        }
        _ => body,
    };
    Ok(Response::from_parts(parts, body))
}

/// Forwards a request and translates ARNs: dynoxide writes them with its own Region and account,
/// where clients see and send the real ones.
async fn forward_with_real_arns(engine: &Engine, request: ApiRequest) -> Result<Response, Fault> {
    let outside = format!("arn:aws:dynamodb:{}:{ACCOUNT_ID}:", request.region);
    let body = String::from_utf8_lossy(&request.body).replace(&outside, engine::ARN_PREFIX);
    let request = request.instead(&request.operation.name, body);
    let answer = engine.forward(request).await?;
    let (mut parts, body) = answer.into_parts();
    let body = String::from_utf8_lossy(&body).replace(engine::ARN_PREFIX, &outside);
    // Both describe the body before the change.
    parts.headers.remove("x-amz-crc32");
    parts.headers.remove(axum::http::header::CONTENT_LENGTH);
    Ok(Response::from_parts(parts, body.into()))
}

impl Service for DynamoDb {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        self.serve(request).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_requests;

    #[tokio::test]
    async fn an_unknown_operation_is_named_in_the_error() {
        let dynamodb = DynamoDb::new();
        let bare = [("x-amz-target", "DynamoDB_20120810.ListGlobalTables")];
        let complete = [
            bare[0],
            ("content-type", "application/x-amz-json-1.0"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=local/20260101/ap-northeast-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00",
            ),
            ("x-amz-date", "20260101T000000Z"),
        ];
        for given in [&bare[..], &complete[..]] {
            let answer =
                test_requests::send(&dynamodb, "ap-northeast-1", "dynamodb", given, "{}".into());
            let (status, body) = answer.await;
            assert_eq!(status, 501);
            assert!(body.contains("dynamodb:ListGlobalTables"), "{body}");
        }
    }
}
