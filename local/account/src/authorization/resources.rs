//! Looks up resources' ARNs and encryption keys in their services.

use std::sync::Arc;

use futures_util::FutureExt;
use local_wire::{ApiRequest, Dialect, OutcomeFuture, Request, Service};
use serde_json::{Value, json};

use crate::generation_cache::GenerationCache;
use crate::iam::{Found, Iam};
use crate::ssm::Ssm;

/// The services that resources are looked up in.
pub(crate) struct Resources {
    iam: Arc<Iam>,
    kms: Arc<dyn Service>,
    ssm: Arc<Ssm>,
    tables: Arc<TableKeys>,
}

/// A KMS key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) arn: String,
    /// Whether it is a customer managed key, whose policy then decides who may use it.
    pub(super) customer_managed: bool,
}

impl Resources {
    pub(crate) fn new(
        iam: Arc<Iam>,
        kms: Arc<dyn Service>,
        ssm: Arc<Ssm>,
        tables: Arc<TableKeys>,
    ) -> Self {
        Self {
            iam,
            kms,
            ssm,
            tables,
        }
    }

    /// Returns a user, a group or a role by name; `None` if it does not exist.
    pub(super) async fn principal(&self, kind: &str, name: &str, region: &str) -> Option<Found> {
        self.iam.find(kind, name, region).await
    }

    /// Returns a key by its id, ARN or alias; `None` if it does not exist.
    pub(super) async fn key(&self, region: &str, name: &str) -> Option<Key> {
        let body = json!({ "KeyId": name });
        let answer = ask(&*self.kms, region, "kms", "TrentService.DescribeKey", &body).await?;
        let metadata = &answer["KeyMetadata"];
        Some(Key {
            arn: metadata["Arn"].as_str()?.to_owned(),
            customer_managed: metadata["KeyManager"] != "AWS",
        })
    }

    /// Returns the key that a parameter is encrypted with; `None` for parameters that are not
    /// encrypted and for the account's default key, whose policy lets SSM use it for everyone in
    /// the account.
    pub(super) async fn key_of_parameter(&self, region: &str, name: &str) -> Option<Key> {
        let key = self.ssm.key_of(region, name)?;
        self.customer_key(region, &key).await
    }

    /// Returns the customer managed key that a table is encrypted with.
    pub(super) async fn key_of_table(&self, region: &str, table: &str) -> Option<Key> {
        let key = self.tables.key_of(region, table).await?;
        self.customer_key(region, &key).await
    }

    /// Keys that KMS does not have are those that AWS owns.
    async fn customer_key(&self, region: &str, name: &str) -> Option<Key> {
        let key = self.key(region, name).await?;
        key.customer_managed.then_some(key)
    }
}

/// DynamoDB with a cache of its tables' keys, which are needed for every item operation.
pub(crate) struct TableKeys {
    dynamodb: Arc<dyn Service>,
    /// By Region and table.
    keys: GenerationCache<(String, String), Option<String>>,
}

impl TableKeys {
    pub(crate) fn new(dynamodb: Arc<dyn Service>) -> Self {
        Self {
            dynamodb,
            keys: GenerationCache::new(),
        }
    }

    async fn key_of(&self, region: &str, table: &str) -> Option<String> {
        let place = (region.to_owned(), table.to_owned());
        let begun = match self.keys.recall(&place) {
            Ok(key) => return key,
            Err(begun) => begun,
        };
        let body = json!({ "TableName": table });
        let target = "DynamoDB_20120810.DescribeTable";
        let answer = ask(&*self.dynamodb, region, "dynamodb", target, &body).await?;
        let key = answer["Table"]["SSEDescription"]["KMSMasterKeyArn"]
            .as_str()
            .map(str::to_owned);
        self.keys.keep(begun, place, key.clone());
        key
    }
}

impl Service for TableKeys {
    fn dialect(&self) -> &'static Dialect {
        self.dynamodb.dialect()
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move {
            let name = &request.operation.name;
            let changes = name.ends_with("Table") && name != "DescribeTable";
            let outcome = self.dynamodb.call(request).await;
            if changes {
                self.keys.forget();
            }
            outcome
        }
        .boxed()
    }
}

/// Sends a request to a JSON service on the account's own behalf; returns `None` if it is refused.
async fn ask(
    service: &dyn Service,
    region: &str,
    name: &str,
    target: &str,
    body: &Value,
) -> Option<Value> {
    let answer = service
        .handle(Request::own(region, name, target, body))
        .await;
    match answer.status().is_success() {
        true => serde_json::from_slice(answer.body()).ok(),
        false => None,
    }
}
