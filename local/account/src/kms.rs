//! KMS: embedded, with the policy of a new key, which it forgets.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_LENGTH;
use futures_util::FutureExt;
use local_aws::{Request, Response, Service, ServiceFuture};
use serde_json::{Value, json};
use winterbaume_kms::KmsService;

use crate::embedded::{Embedded, Host};

/// The only name that KMS has for a key's policy.
const POLICY_NAME: &str = "default";

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
        if request.target() != Some("CreateKey") {
            return self.embedded.serve(request).await;
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

impl Service for Kms {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        self.serve(request).boxed()
    }
}
