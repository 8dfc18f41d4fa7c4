//! Another emulator, to which requests for services go that the account does not have.
//!
//! A request goes on as it came: method, path, query, headers and the bytes of the body, so that its
//! signature stays valid. Only what belongs to one connection is left out.

mod url;

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{
    CONNECTION, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, Request as HttpRequest, Uri};
use axum::response::Response as HttpResponse;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use local_wire::{Fault, Request};

pub use url::{UpstreamUrl, UpstreamUrlError};

/// The longest wait for the head of a response. SQS holds a request for up to 20 seconds.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(120);

/// Headers that belong to one connection (RFC 9110, section 7.6.1).
const OF_CONNECTION: [HeaderName; 7] = [
    CONNECTION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// The prefix of the headers with which a response allows web pages of other origins to read it.
const CORS: &str = "access-control-";

/// A client of another emulator.
pub(crate) struct Upstream {
    url: UpstreamUrl,
    client: Client<HttpConnector, Body>,
}

/// Why a request was not answered by the upstream.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("{0}")]
    Unreachable(#[source] hyper_util::client::legacy::Error),
    #[error("no response began within {} seconds", RESPONSE_TIMEOUT.as_secs())]
    Late,
    #[error("{0}")]
    Address(#[source] axum::http::Error),
}

impl Upstream {
    pub(crate) fn new(url: UpstreamUrl) -> Self {
        Self {
            url,
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Sends a request on and returns the response, whose body may still be arriving.
    ///
    /// # Errors
    /// If the upstream cannot be reached, or does not respond in time.
    pub(crate) async fn send(&self, request: &Request) -> Result<HttpResponse, Fault> {
        self.exchange(request).await.map_err(|unanswered| {
            tracing::warn!(
                service = request.service,
                upstream = %self.url,
                error = &unanswered as &dyn std::error::Error,
                "the upstream did not answer"
            );
            Fault::new(
                502,
                "BadGateway",
                format!(
                    "The upstream {} must answer requests for {}, which the local account does not \
                     have, but: {}. Start it, or run the account without --upstream.",
                    self.url,
                    request.service,
                    causes(&unanswered)
                ),
            )
        })
    }

    async fn exchange(&self, request: &Request) -> Result<HttpResponse, Unanswered> {
        let path = request.uri.path_and_query().cloned();
        let uri = Uri::builder()
            .scheme("http")
            .authority(self.url.authority())
            .path_and_query(path.unwrap_or(PathAndQuery::from_static("/")))
            .build()
            .map_err(Unanswered::Address)?;
        let mut onward = HttpRequest::new(Body::from(request.body.clone()));
        *onward.method_mut() = request.method.clone();
        *onward.uri_mut() = uri;
        // With the host that the client addressed, which its signature covers.
        *onward.headers_mut() = request.headers.clone();
        remove_headers_of_connection(onward.headers_mut());
        let exchange = self.client.request(onward);
        let response = tokio::time::timeout(RESPONSE_TIMEOUT, exchange)
            .await
            .map_err(|_elapsed| Unanswered::Late)?
            .map_err(Unanswered::Unreachable)?;
        let (mut head, body) = response.into_parts();
        remove_headers_of_connection(&mut head.headers);
        // No response of the account lets a web page of another origin read it.
        let cors: Vec<_> = head.headers.keys().cloned().collect();
        for name in cors.iter().filter(|name| name.as_str().starts_with(CORS)) {
            head.headers.remove(name);
        }
        Ok(HttpResponse::from_parts(head, Body::new(body)))
    }
}

fn remove_headers_of_connection(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in OF_CONNECTION.iter().chain(&named) {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}

/// Returns the texts of an error and its sources.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9110, section 7.6.1: a proxy removes the fields of the connection, and those that
    /// `Connection` names.
    #[test]
    fn headers_of_the_connection_do_not_go_on() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, x-hop"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("authorization", "AWS4-HMAC-SHA256 …"),
            ("host", "sqs.eu-west-1.amazonaws.com"),
        ] {
            let name: HeaderName = name.parse().unwrap();
            headers.insert(
                name,
                axum::http::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        remove_headers_of_connection(&mut headers);
        let mut left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["authorization", "host"]);
    }
}
