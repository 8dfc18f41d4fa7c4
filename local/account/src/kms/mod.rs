//! KMS: an embedded service, with the policy of a new key, which it drops, and the limits of the
//! service's model, which it does not enforce.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use futures_util::FutureExt;
use local_wire::Serve::Later;
use local_wire::{
    ApiRequest, Declared, Dialect, Fault, JsonVersion, Operations, Outcome, OutcomeFuture, Serve,
    Service, constraint, named,
};
use serde_json::{Value, json};
use winterbaume_kms::KmsService;

use crate::embedded::{Embedded, Host};

/// The only name of a key policy that KMS allows.
const POLICY_NAME: &str = "default";

/// The numeric members of requests with their ranges in the service's model, the same for every
/// operation.
const NUMBERS: [(&str, RangeInclusive<i64>); 4] = [
    ("Limit", 1..=1_000),
    ("NumberOfBytes", 1..=1_024),
    ("PendingWindowInDays", 7..=30),
    ("RotationPeriodInDays", 90..=2_560),
];

/// The operations that need more than the embedded service.
const SERVED: &[Declared<Serve<Kms>>] = &[
    named(
        "CreateKey",
        Later(|kms, request| kms.create_key(request).boxed()),
    ),
    named(
        "ListKeyRotations",
        Later(|kms, request| kms.list_key_rotations(request).boxed()),
    ),
];

static OPERATIONS: LazyLock<Operations<Serve<Kms>>> = LazyLock::new(|| {
    Operations::new("kms", &[SERVED], "").embedding(
        include_str!("operations.txt"),
        Later(|kms, request| kms.embedded.call(request).boxed()),
    )
});

/// The dialect of KMS.
pub(crate) static DIALECT: Dialect = Dialect {
    operations: Some(|| &*OPERATIONS),
    broken: (500, "KMSInternalException"),
    ..Dialect::json("kms", JsonVersion::V1_1)
};

/// KMS of the account.
pub(crate) struct Kms {
    embedded: Embedded<KmsService>,
}

impl Kms {
    pub(crate) fn new() -> Self {
        Self {
            embedded: Embedded::new(KmsService::new(), Host::Regional("kms")),
        }
    }

    async fn serve(&self, request: ApiRequest) -> Outcome {
        check(&members(&request))?;
        OPERATIONS.carry_out(self, &request).await
    }

    /// Creates a key with its policy.
    async fn create_key(&self, request: &ApiRequest) -> Outcome {
        let answer = self.embedded.ask(request).await?;
        let created = serde_json::from_slice::<Value>(answer.body()).unwrap_or_default();
        let (Some(policy), Some(key)) = (
            members(request)["Policy"].as_str().map(str::to_owned),
            created["KeyMetadata"]["KeyId"].as_str(),
        ) else {
            return Ok(answer.into());
        };
        // Through PutKeyPolicy, which validates the policy and may refuse it.
        let body = json!({ "KeyId": key, "PolicyName": POLICY_NAME, "Policy": policy });
        let put = request.instead("PutKeyPolicy", body.to_string());
        let set = self.embedded.ask(&put).await?;
        match set.status().is_success() {
            true => Ok(answer.into()),
            false => Ok(set.into()),
        }
    }

    /// Returns a page of a key's rotations. The embedded service panics over a marker that it did
    /// not issue.
    async fn list_key_rotations(&self, request: &ApiRequest) -> Outcome {
        let input = members(request);
        let Some(marker) = input["Marker"].as_str() else {
            return self.embedded.call(request).await;
        };
        let body = json!({ "KeyId": input["KeyId"] }).to_string();
        let whole = request.instead(&request.operation.name, body);
        let whole = self.embedded.ask(&whole).await?;
        if !whole.status().is_success() {
            return Ok(whole.into());
        }
        let whole: Value = serde_json::from_slice(whole.body()).unwrap_or_default();
        let count = whole["Rotations"].as_array().map_or(0, Vec::len);
        match marker.parse::<usize>() {
            Ok(from) if from <= count => self.embedded.call(request).await,
            _ => Err(Fault::new(
                400,
                "InvalidMarkerException",
                "The request was rejected because the marker that specifies where pagination \
                 should next begin is not valid.",
            )),
        }
    }
}

/// Returns the members of a request; none if it is invalid, which the embedded service refuses.
fn members(request: &ApiRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_default()
}

/// Refuses numbers outside of the service model's ranges.
fn check(input: &Value) -> Result<(), Fault> {
    for (member, allowed) in NUMBERS {
        let Some(number) = input[member].as_f64() else {
            continue;
        };
        let allowed = *allowed.start() as f64..=*allowed.end() as f64;
        let Some(bound) = constraint::broken_bound(&number, &allowed) else {
            continue;
        };
        let mut letters = member.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        let name: String = first.into_iter().chain(letters).collect();
        return Err(Fault::new(
            400,
            "ValidationException",
            constraint::sentence(
                &input[member],
                &name,
                &format!("Member must have value {bound}"),
            ),
        ));
    }
    Ok(())
}

impl Service for Kms {
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

    async fn ask(kms: &Kms, operation: &str, body: Value) -> (u16, Value) {
        test_requests::ask(
            kms,
            "eu-west-1",
            "kms",
            &format!("TrentService.{operation}"),
            body,
        )
        .await
    }

    #[tokio::test]
    async fn numbers_outside_the_models_ranges_are_refused() {
        let kms = Kms::new();
        let (_, created) = ask(&kms, "CreateKey", json!({})).await;
        let key = created["KeyMetadata"]["KeyId"].clone();
        for (operation, member, values) in [
            ("GenerateRandom", "NumberOfBytes", [0, -1, 1_025]),
            ("GenerateDataKey", "NumberOfBytes", [0, -1, 2_147_483_647]),
            ("ListKeyRotations", "Limit", [0, -1, 1_001]),
            ("ListKeys", "Limit", [0, -1, i64::MAX]),
            (
                "ScheduleKeyDeletion",
                "PendingWindowInDays",
                [0, i64::MIN, 31],
            ),
        ] {
            for value in values {
                let (status, refused) =
                    ask(&kms, operation, json!({ "KeyId": key, member: value })).await;
                assert_eq!(status, 400, "{operation} {value}: {refused}");
                assert_eq!(refused["__type"], "ValidationException");
            }
        }
        for marker in ["1", "-1", "18446744073709551615", "next"] {
            let input = json!({ "KeyId": key, "Marker": marker });
            let (status, refused) = ask(&kms, "ListKeyRotations", input).await;
            assert_eq!(
                (status, &refused["__type"]),
                (400, &json!("InvalidMarkerException"))
            );
        }
        let input = json!({ "KeyId": key, "Marker": "0", "Limit": 1 });
        assert_eq!(ask(&kms, "ListKeyRotations", input).await.0, 200);
    }
}
