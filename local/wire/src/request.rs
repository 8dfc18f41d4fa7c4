//! A request as it arrived, whatever client signed it.

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};

/// An AWS request whose credential scope has been read and whose body is complete.
#[derive(Debug, Clone)]
pub struct Request {
    /// Region of the credential scope, such as `ap-northeast-1`.
    pub region: String,
    /// Signing name of the credential scope, such as `connect` or `dynamodb`.
    pub service: String,
    /// The caller's access key id; functions carry one that names their role.
    pub access_key_id: String,
    /// HTTP method.
    pub method: Method,
    /// Path and query as sent, percent-encoding untouched.
    pub uri: Uri,
    /// All headers as sent.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Request {
    /// The path's segments, percent-decoded and without empty ones at the ends.
    ///
    /// An ARN in a path arrives as one segment: clients encode its slashes.
    pub fn segments(&self) -> Vec<String> {
        self.uri
            .path()
            .trim_matches('/')
            .split('/')
            .map(percent_decode)
            .collect()
    }

    /// The first value of a query parameter, decoded.
    pub fn query(&self, name: &str) -> Option<String> {
        self.query_all(name).into_iter().next()
    }

    /// Every value of a query parameter, in order, decoded.
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

/// What leaves for the client.
pub type Response = http::Response<Bytes>;
