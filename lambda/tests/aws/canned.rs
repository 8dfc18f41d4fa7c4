//! A replacement for AWS: prepared responses, and the requests that were made.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, HttpClient, SharedCredentialsProvider};
use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};
use aws_smithy_types::body::SdkBody;
use connect_pin_sms::aws::sdk;
use serde_json::Value;

/// Returns a client that responds with these statuses and bodies, one after the other.
pub(crate) fn answers(list: &[(u16, &str)]) -> StaticReplayClient {
    let answer = |&(status, body): &(u16, &str)| {
        let request = http::Request::builder()
            .uri("/")
            .body(SdkBody::empty())
            .unwrap();
        let response = http::Response::builder()
            .status(status)
            .body(SdkBody::from(body))
            .unwrap();
        ReplayEvent::new(request, response)
    };
    StaticReplayClient::new(list.iter().map(answer).collect())
}

/// Returns the bodies of the requests so far.
pub(crate) fn requested(http: &StaticReplayClient) -> Vec<String> {
    let text = |body: &SdkBody| String::from_utf8(body.bytes().unwrap().to_vec()).unwrap();
    http.actual_requests()
        .map(|request| text(request.body()))
        .collect()
}

/// Returns the JSON bodies of the requests so far.
pub(crate) fn requested_json(http: &StaticReplayClient) -> Vec<Value> {
    let parsed = |body: String| serde_json::from_str(&body).unwrap();
    requested(http).into_iter().map(parsed).collect()
}

/// Returns the configuration that `main` builds, with `http` in place of a network.
pub(crate) fn config(http: impl HttpClient + 'static) -> SdkConfig {
    let credentials = Credentials::new("id", "secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("ap-northeast-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(sdk::timeouts())
        .http_client(http)
        .build()
}
