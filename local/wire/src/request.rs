//! A request as it arrived, independent of the client that signed it.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Uri};
use serde_json::Value;

use crate::protocol::TARGET;

/// An AWS request with a complete body, whose credential scope has been read.
#[derive(Debug, Clone)]
pub struct Request {
    /// Region of the credential scope, such as `ap-northeast-1`.
    pub region: String,
    /// Signing name of the credential scope, such as `connect` or `dynamodb`.
    pub service: String,
    /// The access key id of the client; for functions, it names their role.
    pub access_key_id: String,
    pub method: Method,
    /// Path and query as sent, percent-encoded.
    pub uri: Uri,
    /// The headers as sent.
    pub headers: HeaderMap,
    /// The complete body.
    pub body: Bytes,
}

impl Request {
    /// Creates a request in awsJson on the account's own behalf. It has the form of a signed
    /// request, for services that check it, but no valid signature.
    pub fn own(region: &str, service: &str, target: &str, body: &Value) -> Self {
        let scope = format!("local/20260101/{region}/{service}/aws4_request");
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (TARGET, target),
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-date", "20260101T000000Z"),
            (
                "authorization",
                &format!(
                    "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, \
                     Signature=unchecked"
                ),
            ),
        ] {
            // Regions and targets are the account's own constants, which are valid in headers.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        Self {
            region: region.to_owned(),
            service: service.to_owned(),
            access_key_id: "local".into(),
            method: Method::POST,
            uri: Uri::from_static("/"),
            headers,
            body: body.to_string().into(),
        }
    }

    /// Creates a request with a JSON body on the account's own behalf, for a service in this process that
    /// takes paths. It has no signature and no headers, and no body for null.
    pub fn rest(region: &str, service: &str, method: Method, uri: Uri, body: &Value) -> Self {
        Self {
            region: region.to_owned(),
            service: service.to_owned(),
            access_key_id: "local".into(),
            method,
            uri,
            headers: HeaderMap::new(),
            body: match body {
                Value::Null => Bytes::new(),
                body => body.to_string().into(),
            },
        }
    }

    /// Returns the path's segments, percent-decoded, without empty ones at the ends.
    ///
    /// An ARN in a path is a single segment, since clients encode its slashes.
    pub fn segments(&self) -> Vec<String> {
        self.uri
            .path()
            .trim_matches('/')
            .split('/')
            .map(percent_decode)
            .collect()
    }

    /// Returns the first value of a query parameter, decoded.
    pub fn query(&self, name: &str) -> Option<String> {
        self.query_all(name).into_iter().next()
    }

    /// Returns all values of a query parameter, decoded, in their order.
    pub fn query_all(&self, name: &str) -> Vec<String> {
        let query = self.uri.query().unwrap_or_default();
        form_urlencoded::parse(query.as_bytes())
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .collect()
    }
}

fn percent_decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

/// The response to a client.
pub type Response = http::Response<Bytes>;
