//! KMS: embedded, with the policy of a new key, which it forgets, and with the limits of the service's
//! model, which it does not look at.

use std::ops::RangeInclusive;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_LENGTH;
use futures_util::FutureExt;
use local_wire::{Fault, Request, Response, Service, ServiceFuture};
use serde_json::{Value, json};
use winterbaume_kms::KmsService;

use crate::embedded::{Embedded, Host};

/// The only name that KMS has for a key's policy.
const POLICY_NAME: &str = "default";

/// Members that are numbers, and which of them the service's model allows, whatever the operation.
const NUMBERS: [(&str, RangeInclusive<i64>); 4] = [
    ("Limit", 1..=1_000),
    ("NumberOfBytes", 1..=1_024),
    ("PendingWindowInDays", 7..=30),
    ("RotationPeriodInDays", 90..=2_560),
];

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

    async fn serve(&self, request: Request) -> Response {
        // What cannot be read here is refused by the embedded service.
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if let Err(fault) = check(&asked) {
            return fault.json("message");
        }
        match request.target() {
            Some("CreateKey") => {}
            Some("ListKeyRotations") if asked["Marker"].is_string() => {
                return self.further_rotations(request, asked).await;
            }
            _ => return self.embedded.serve(request).await,
        }
        let policy = serde_json::from_slice::<Value>(&request.body)
            .ok()
            .and_then(|asked| asked["Policy"].as_str().map(str::to_owned));
        let answer = self.embedded.serve(request.clone()).await;
        let made = serde_json::from_slice::<Value>(answer.body()).unwrap_or_default();
        let (Some(policy), Some(key)) = (policy, made["KeyMetadata"]["KeyId"].as_str()) else {
            return answer;
        };
        let refusal = self.set_policy(request, key, &policy).await;
        refusal.unwrap_or(answer)
    }

    /// A page of a key's rotations that is not the first. The embedded service breaks on a marker
    /// that it did not give.
    async fn further_rotations(&self, request: Request, asked: Value) -> Response {
        let mut whole = request.clone();
        whole.headers.remove(CONTENT_LENGTH);
        whole.body = json!({ "KeyId": asked["KeyId"] }).to_string().into();
        let whole = self.embedded.serve(whole).await;
        if !whole.status().is_success() {
            return whole;
        }
        let whole: Value = serde_json::from_slice(whole.body()).unwrap_or_default();
        let count = whole["Rotations"].as_array().map_or(0, Vec::len);
        let marker = asked["Marker"].as_str().unwrap_or_default();
        match marker.parse::<usize>() {
            Ok(from) if from <= count => self.embedded.serve(request).await,
            _ => Fault::new(
                400,
                "InvalidMarkerException",
                "The request was rejected because the marker that specifies where pagination \
                 should next begin is not valid.",
            )
            .json("message"),
        }
    }

    /// Sets the policy of a key as `PutKeyPolicy` does; the answer when that is refused.
    async fn set_policy(&self, like: Request, key: &str, policy: &str) -> Option<Response> {
        let mut put = like;
        put.headers.remove(CONTENT_LENGTH);
        put.headers.insert(
            "x-amz-target",
            HeaderValue::from_static("TrentService.PutKeyPolicy"),
        );
        let body = json!({ "KeyId": key, "PolicyName": POLICY_NAME, "Policy": policy });
        put.body = body.to_string().into();
        let answer = self.embedded.serve(put).await;
        (!answer.status().is_success()).then_some(answer)
    }
}

/// Refuses numbers that the service's model does not allow.
fn check(asked: &Value) -> Result<(), Fault> {
    for (member, allowed) in NUMBERS {
        let Some(number) = asked[member].as_f64() else {
            continue;
        };
        let bound = if number < *allowed.start() as f64 {
            format!("greater than or equal to {}", allowed.start())
        } else if number > *allowed.end() as f64 {
            format!("less than or equal to {}", allowed.end())
        } else {
            continue;
        };
        let mut letters = member.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        let name: String = first.into_iter().chain(letters).collect();
        return Err(Fault::new(
            400,
            "ValidationException",
            format!(
                "1 validation error detected: Value '{}' at '{name}' failed to satisfy constraint: \
                 Member must have value {bound}",
                asked[member]
            ),
        ));
    }
    Ok(())
}

impl Service for Kms {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        self.serve(request).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asking;

    async fn ask(kms: &Kms, operation: &str, body: Value) -> (u16, Value) {
        asking::ask(
            kms,
            "eu-west-1",
            "kms",
            &format!("TrentService.{operation}"),
            body,
        )
        .await
    }

    #[tokio::test]
    async fn numbers_that_the_model_does_not_allow_are_refused() {
        let kms = Kms::new();
        let (_, made) = ask(&kms, "CreateKey", json!({})).await;
        let key = made["KeyMetadata"]["KeyId"].clone();
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
            let asked = json!({ "KeyId": key, "Marker": marker });
            let (status, refused) = ask(&kms, "ListKeyRotations", asked).await;
            assert_eq!(
                (status, &refused["__type"]),
                (400, &json!("InvalidMarkerException"))
            );
        }
        let asked = json!({ "KeyId": key, "Marker": "0", "Limit": 1 });
        assert_eq!(ask(&kms, "ListKeyRotations", asked).await.0, 200);
    }
}
