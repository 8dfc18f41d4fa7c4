//! Encryption at rest: only the settings. dynoxide accepts them in CreateTable alone and in another
//! form, so they are stored here.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use local_wire::{ACCOUNT_ID, Fault, Response, partition};
use serde::Deserialize;
use serde_json::{Value, json};

use super::completed;

/// The key of a table's encryption; `None` is the key that DynamoDB owns.
type Key = Option<String>;

/// ARNs of keys by Region and table. Absent tables use the key that DynamoDB owns.
#[derive(Default)]
pub(super) struct Encryption {
    keys: Mutex<HashMap<(String, String), String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Specification {
    #[serde(default)]
    enabled: bool,
    #[serde(rename = "SSEType")]
    kind: Option<String>,
    #[serde(rename = "KMSMasterKeyId")]
    key: Option<String>,
}

/// A request about a table, with its encryption settings taken out.
pub(super) struct Split {
    pub(super) body: Bytes,
    /// The requested encryption; `None` if the request does not mention it.
    pub(super) wanted: Option<Key>,
    /// Whether the request has no other settings.
    pub(super) alone: bool,
}

/// Takes `SSESpecification` out of a request.
pub(super) fn split(region: &str, body: Bytes) -> Result<Split, Fault> {
    let mut input: Value = serde_json::from_slice(&body)
        .map_err(|error| Fault::new(400, "SerializationException", error.to_string()))?;
    let Some(specification) = input
        .as_object_mut()
        .and_then(|members| members.shift_remove("SSESpecification"))
    else {
        return Ok(Split {
            body,
            wanted: None,
            alone: false,
        });
    };
    let specification: Specification = serde_json::from_value(specification)
        .map_err(|error| Fault::new(400, "SerializationException", error.to_string()))?;
    Ok(Split {
        body: input.to_string().into(),
        wanted: Some(key(region, specification)?),
        alone: input.as_object().is_some_and(|members| members.len() == 1),
    })
}

fn key(region: &str, specification: Specification) -> Result<Key, Fault> {
    let invalid = |problem: &str| {
        Fault::new(
            400,
            "ValidationException",
            format!("One or more parameter values were invalid: {problem}"),
        )
    };
    if !specification.enabled {
        return match specification.key {
            None => Ok(None),
            Some(_) => Err(invalid(
                "KMSMasterKeyId needs SSESpecification to be enabled",
            )),
        };
    }
    if specification.kind.is_some_and(|kind| kind != "KMS") {
        return Err(invalid("Unsupported SSEType"));
    }
    let partition = partition(region);
    let arn = |resource: &str| format!("arn:{partition}:kms:{region}:{ACCOUNT_ID}:{resource}");
    Ok(Some(match specification.key {
        Some(key) if key.starts_with("arn:") => key,
        Some(alias) if alias.starts_with("alias/") => arn(&alias),
        Some(id) => arn(&format!("key/{id}")),
        // A stand-in for the key that AWS manages for DynamoDB in the account.
        None => arn("key/aws-dynamodb"),
    }))
}

impl Encryption {
    /// Stores the requested encryption.
    pub(super) fn note(&self, region: &str, table: &str, wanted: Key) {
        let name = (region.to_owned(), table.to_owned());
        match wanted {
            Some(key) => self.locked().insert(name, key),
            None => self.locked().remove(&name),
        };
    }

    pub(super) fn forget(&self, region: &str, table: &str) {
        self.note(region, table, None);
    }

    /// Adds the table's encryption to a response that describes it; other responses stay unchanged.
    pub(super) fn add(&self, region: &str, answer: Response) -> Response {
        completed(answer, |table| {
            let name = table["TableName"].as_str().unwrap_or_default();
            if let Some(key) = self.locked().get(&(region.to_owned(), name.to_owned())) {
                table["SSEDescription"] = json!({
                    "Status": "ENABLED",
                    "SSEType": "KMS",
                    "KMSMasterKeyArn": key,
                });
            }
        })
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<(String, String), String>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
