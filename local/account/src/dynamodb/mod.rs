//! DynamoDB: dynoxide's own server, with one database for each Region, behind a thin layer that
//! stores the settings that the Terraform provider reads and dynoxide does not keep, and corrects
//! responses that differ from AWS's.

mod backups;
mod encryption;
mod engine;
mod expressions;
mod numbers;
mod old_row;
mod room;
mod warm_throughput;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use futures_util::FutureExt;
use local_wire::Serve::Later;
use local_wire::{
    ACCOUNT_ID, ApiRequest, Declared, Dialect, Fault, JsonVersion, Operations, Outcome,
    OutcomeFuture, Response, Serve, Service, named, partition,
};
use serde_json::{Value, json};

use backups::ContinuousBackups;
use encryption::Encryption;
use engine::{Engine, EngineError, Threads};
use room::Room;
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

/// The operations that need more than dynoxide.
const SERVED: &[Declared<Serve<DynamoDb>>] = &[
    named("CreateTable", TABLE),
    named("DeleteTable", TABLE),
    named("DescribeTable", TABLE),
    named("UpdateTable", TABLE),
    named("DescribeContinuousBackups", BACKUPS),
    named("UpdateContinuousBackups", BACKUPS),
];

const TABLE: Serve<DynamoDb> = Later(|dynamodb, request| dynamodb.table(request).boxed());
const BACKUPS: Serve<DynamoDb> = Later(|dynamodb, request| dynamodb.backups(request).boxed());

static OPERATIONS: LazyLock<Operations<Serve<DynamoDb>>> = LazyLock::new(|| {
    Operations::new("dynamodb", &[SERVED], "").embedding(
        include_str!("operations.txt"),
        Later(|dynamodb, request| dynamodb.forward(request).boxed()),
    )
});

/// The dialect of DynamoDB.
pub(crate) static DIALECT: Dialect = Dialect {
    operations: Some(|| &*OPERATIONS),
    broken: (500, "InternalServerError"),
    ..Dialect::json("dynamodb", JsonVersion::V1_0)
};

/// DynamoDB of the account.
pub(crate) struct DynamoDb {
    regions: Mutex<Regions>,
    backups: ContinuousBackups,
    encryption: Encryption,
    warm_throughput: WarmThroughput,
    room: Room,
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
        Self::keeping(room::MAX_BYTES)
    }

    /// Creates a service whose tables take at most so many bytes.
    fn keeping(most: u64) -> Self {
        Self {
            room: Room::new(most),
            regions: Mutex::default(),
            backups: ContinuousBackups::default(),
            encryption: Encryption::default(),
            warm_throughput: WarmThroughput::default(),
        }
    }

    /// Returns the Regions that were used so far, in alphabetical order.
    pub(crate) fn regions(&self) -> Vec<String> {
        let regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<String> = regions.engines.keys().cloned().collect();
        names.sort_unstable();
        names
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
        let declared = OPERATIONS.find(&request.operation)?;
        // dynoxide refuses these bodies with plain text, which SDKs cannot read.
        if let Err(error) = std::str::from_utf8(&request.body) {
            return Err(Fault::new(400, "SerializationException", error.to_string()));
        }
        numbers::check(declared.name, &request.body)?;
        expressions::check(&request.body)?;
        let engines = || {
            let regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
            regions.engines.values().map(Arc::clone).collect()
        };
        self.room
            .admit(declared.name, &request.body, engines)
            .await?;
        let outcome = declared.carry_out(self, &request).await?;
        self.room.note(declared.name);
        Ok(outcome)
    }

    /// Forwards an operation on items, or one that needs nothing but ARNs translated.
    async fn forward(&self, request: &ApiRequest) -> Outcome {
        let engine = self.engine(&request.region)?;
        let operation = &request.operation.name;
        let answer = if !is_item_operation(operation) {
            forward_with_real_arns(&engine, request).await?
        } else if old_row::is_wanted(operation, request) {
            old_row::update(&engine, request).await?
        } else {
            let _with_others = engine.rows.read().await;
            engine.forward(request).await?
        };
        Ok(answer.into())
    }

    /// Describes or updates the continuous backups of a table.
    async fn backups(&self, request: &ApiRequest) -> Outcome {
        let engine = self.engine(&request.region)?;
        let table = backups::table_name(&request.body)?;
        engine.must_have_table(request, &table).await?;
        match request.operation.name.as_str() {
            "DescribeContinuousBackups" => {
                Ok(self.backups.describe(&request.region, &table).into())
            }
            _ => {
                let updated = self.backups.update(&request.region, &table, &request.body);
                Ok(updated?.into())
            }
        }
    }

    /// Handles an operation that responds with a table's description.
    async fn table(&self, request: &ApiRequest) -> Outcome {
        let engine = self.engine(&request.region)?;
        let operation = request.operation.name.as_str();
        let region = request.region.clone();
        let input = request.body.clone();
        let split = encryption::split(&region, input.clone())?;
        let request = request.instead(operation, split.body);
        let answer = match operation == "UpdateTable" && split.alone {
            // The request then has no other settings, and dynoxide would refuse it.
            true => describe_updated(&engine, &request).await?,
            false => forward_with_real_arns(&engine, &request).await?,
        };
        if !answer.status().is_success() {
            return Ok(answer.into());
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
        Ok(answer.into())
    }
}

/// Returns the response of UpdateTable for a table without changes.
async fn describe_updated(engine: &Engine, request: &ApiRequest) -> Result<Response, Fault> {
    let describe = request.instead("DescribeTable", request.body.clone());
    let answer = forward_with_real_arns(engine, &describe).await?;
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

/// Completes the table description in a response; other responses stay unchanged.
fn completed(answer: Response, complete: impl FnOnce(&mut Value)) -> Response {
    let (parts, body) = answer.into_parts();
    let mut value: Value = serde_json::from_slice(&body).unwrap_or_default();
    let descriptions = ["Table", "TableDescription"];
    let Some(member) = descriptions
        .into_iter()
        .find(|name| value[name].is_object())
    else {
        return Response::from_parts(parts, body);
    };
    complete(&mut value[member]);
    Response::from_parts(parts, value.to_string().into())
}

/// Forwards a request and translates ARNs: dynoxide writes them with its own partition, Region and account,
/// where clients see and send the real ones.
async fn forward_with_real_arns(engine: &Engine, request: &ApiRequest) -> Result<Response, Fault> {
    let region = &request.region;
    let outside = format!("arn:{}:dynamodb:{region}:{ACCOUNT_ID}:", partition(region));
    let body = String::from_utf8_lossy(&request.body).replace(&outside, engine::ARN_PREFIX);
    let request = request.instead(&request.operation.name, body);
    let answer = engine.forward(&request).await?;
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

    #[test]
    fn every_operation_on_items_is_served() {
        for name in ITEM_OPERATIONS {
            assert!(OPERATIONS.served(name).is_some(), "{name}");
        }
    }

    #[tokio::test]
    async fn the_list_of_operations_is_that_of_the_crate() {
        let dynamodb = DynamoDb::new();
        let engine = dynamodb.engine("eu-west-1").unwrap();
        let list = include_str!("operations.txt");
        test_requests::compare_with_crate(list, &DIALECT, "DynamoDB_20120810", async |request| {
            engine.forward(request).await
        })
        .await;
    }

    #[tokio::test]
    async fn an_unknown_operation_is_named_in_the_error() {
        let dynamodb = DynamoDb::new();
        let bare = [("x-amz-target", "DynamoDB_20120810.ListGlobalTables")];
        let complete: Vec<_> = bare.into_iter().chain(test_requests::SIGNED_JSON).collect();
        for given in [&bare[..], &complete[..]] {
            let answer =
                test_requests::send(&dynamodb, "ap-northeast-1", "dynamodb", given, "{}".into());
            let (status, body) = answer.await;
            assert_eq!(status, 501);
            assert!(body.contains("dynamodb:ListGlobalTables"), "{body}");
        }
    }

    /// AWS limits the size of a row, not that of a table, so this limit is the account's own.
    #[tokio::test]
    async fn tables_take_a_limited_amount_of_memory() {
        let dynamodb = DynamoDb::keeping(4 * 1024 * 1024);
        let ask = async |region: &str, operation: &str, body: Value| {
            let target = format!("DynamoDB_20120810.{operation}");
            let headers: Vec<_> = [("x-amz-target", target.as_str())]
                .into_iter()
                .chain(test_requests::SIGNED_JSON)
                .collect();
            let body = body.to_string();
            let answer = test_requests::send(&dynamodb, region, "dynamodb", &headers, body);
            let (status, body) = answer.await;
            let body: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{body}"));
            (status, body)
        };
        let create = json!({
            "TableName": "rows", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "k", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "k", "KeyType": "HASH" }],
        });
        let row = |number: usize| {
            let item =
                json!({ "k": { "S": number.to_string() }, "v": { "S": "v".repeat(300_000) } });
            json!({ "TableName": "rows", "Item": item })
        };
        let put = async |region: &str, number: usize| ask(region, "PutItem", row(number)).await;
        // In two Regions, which share the limit.
        for region in ["ap-northeast-1", "eu-west-1"] {
            let (status, body) = ask(region, "CreateTable", create.clone()).await;
            assert_eq!(status, 200, "{body}");
            assert_eq!(put(region, 0).await.0, 200);
        }
        let mut kept = 1;
        let refused = loop {
            let (status, body) = put("eu-west-1", kept).await;
            if status != 200 {
                break body;
            }
            kept += 1;
            assert!(kept < 100, "the account must limit the rows of its tables");
        };
        assert!((8..=16).contains(&kept), "{kept}");
        let code = refused["__type"].as_str().unwrap();
        assert!(code.ends_with("LimitExceededException"), "{refused}");
        let (status, _) = put("ap-northeast-1", 1).await;
        assert_eq!(status, 400);

        // Reading and deleting need no room, and what is deleted gives its room back.
        let key = json!({ "TableName": "rows", "Key": { "k": { "S": "0" } } });
        assert_eq!(ask("eu-west-1", "GetItem", key.clone()).await.0, 200);
        for number in 0..kept - 2 {
            let key = json!({ "TableName": "rows", "Key": { "k": { "S": number.to_string() } } });
            assert_eq!(ask("eu-west-1", "DeleteItem", key).await.0, 200);
        }
        let (status, body) = put("ap-northeast-1", 1).await;
        assert_eq!(status, 200, "{body}");
    }
}
