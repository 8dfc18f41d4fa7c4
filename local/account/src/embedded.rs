//! Services taken from the winterbaume crates, behind our own [`Service`].

use axum::http::HeaderValue;
use futures_util::FutureExt;
use local_aws::{Fault, Request, Response, Service, ServiceFuture};
use winterbaume_core::{MockRequest, MockService};

/// One embedded service.
///
/// The embedded crates read the region out of the request's host name, so each request is given
/// the host that the real service has.
pub(crate) struct Embedded<S> {
    service: S,
    host: Host,
}

/// How the real service's host name is built.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Host {
    /// `<prefix>.<region>.amazonaws.com`.
    Regional(&'static str),
    /// `<prefix>.amazonaws.com`: IAM is the same everywhere.
    Global(&'static str),
}

impl<S: MockService> Embedded<S> {
    pub(crate) fn new(service: S, host: Host) -> Self {
        Self { service, host }
    }

    /// Serves a request, whatever its protocol.
    pub(crate) async fn serve(&self, request: Request) -> Response {
        let host = match self.host {
            Host::Regional(prefix) => format!("{prefix}.{}.amazonaws.com", request.region),
            Host::Global(prefix) => format!("{prefix}.amazonaws.com"),
        };
        let path = request
            .uri
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let answer = self
            .service
            .handle(MockRequest {
                method: request.method.to_string(),
                uri: format!("https://{host}{path}"),
                headers: request.headers,
                body: request.body,
            })
            .await;

        let Ok(status) = axum::http::StatusCode::from_u16(answer.status) else {
            return Fault::new(
                500,
                "InternalFailure",
                format!("{} answered with status {}", host, answer.status),
            )
            .json("message");
        };
        let mut response = Response::new(answer.body);
        *response.status_mut() = status;
        *response.headers_mut() = answer.headers;
        if let Ok(id) = HeaderValue::from_str(&local_aws::request_id()) {
            response
                .headers_mut()
                .entry("x-amzn-requestid")
                .or_insert(id);
        }
        response
    }
}

impl<S: MockService> Service for Embedded<S> {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        self.serve(request).boxed()
    }
}
