//! Requests, responses, and the services between them.

use std::pin::Pin;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

/// A request to a service.
#[derive(Debug, Clone)]
pub struct MockRequest {
    /// The method, as in `POST`.
    pub method: String,
    /// The whole URI. Its host names the service and the Region.
    pub uri: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A response of a service.
#[derive(Debug, Clone)]
pub struct MockResponse {
    /// The status code of HTTP.
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl MockResponse {
    /// Creates a response of the Query protocol.
    pub fn xml(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, "text/xml", body.into())
    }

    /// Creates a response of the JSON protocol. Of its two versions, which differ in nothing else,
    /// services name the first.
    pub fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, "application/x-amz-json-1.0", body.into())
    }

    /// Creates an error of the Query protocol, for which the sender is at fault.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let code = escaped(code);
        let message = escaped(message);
        Self::xml(
            status,
            format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
                 <Message>{message}</Message></Error>\
                 <RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
            ),
        )
    }

    fn new(status: u16, content_type: &'static str, body: Bytes) -> Self {
        let content_type = HeaderValue::from_static(content_type);
        Self {
            status,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, content_type)]),
            body,
        }
    }
}

/// Returns a text as it stands in XML between two tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A service that answers requests.
pub trait MockService: Send + Sync + 'static {
    /// Returns the name under which the service signs, as in `kms`.
    fn service_name(&self) -> &str;

    /// Returns patterns of the URIs that the service answers. The account goes by names of
    /// operations instead.
    fn url_patterns(&self) -> Vec<&str>;

    /// Carries out a request.
    fn handle(
        &self,
        request: MockRequest,
    ) -> Pin<Box<dyn Future<Output = MockResponse> + Send + '_>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_an_error_stays_one_text() {
        let response = MockResponse::error(404, "NoSuchEntity", "no role <a&b>");
        assert_eq!(response.status, 404);
        let body = String::from_utf8_lossy(&response.body);
        assert!(
            body.contains("<Message>no role &lt;a&amp;b&gt;</Message>"),
            "{body}"
        );
    }
}
