//! Answers of services that succeed.

use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use crate::{Response, request_id};

/// The awsJson protocol of a service, as its model says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AwsJson {
    /// awsJson1_0: DynamoDB, End User Messaging.
    V1_0,
    /// awsJson1_1: CloudWatch Logs, KMS, SSM.
    V1_1,
}

impl AwsJson {
    /// An answer with status 200 and a request id of its own.
    pub fn answer(self, body: &Value) -> Response {
        let mut response = Response::new(body.to_string().into());
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(match self {
                Self::V1_0 => "application/x-amz-json-1.0",
                Self::V1_1 => "application/x-amz-json-1.1",
            }),
        );
        if let Ok(id) = HeaderValue::from_str(&request_id()) {
            headers.insert("x-amzn-requestid", id);
        }
        response
    }
}
