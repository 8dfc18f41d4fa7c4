//! The one address: reads the whole request, finds the service, writes its answer.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request as HttpRequest, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response as HttpResponse};
use local_aws::{Fault, Request, Service};

use crate::credential::CredentialScope;

/// Lambda takes 50 MB of zip in a request, which is two thirds of its base64.
const MAX_BODY_BYTES: usize = 72 * 1024 * 1024;

/// The account's services by their signing names.
pub(crate) type Services = HashMap<&'static str, Arc<dyn Service>>;

/// Everything that is not the account's own `/_local/` interface goes by its signature.
pub(crate) fn router(services: Services) -> Router {
    Router::new()
        .fallback(dispatch)
        .with_state(Arc::new(services))
}

async fn dispatch(State(services): State<Arc<Services>>, request: HttpRequest) -> HttpResponse {
    let (parts, body) = request.into_parts();
    let answer = match CredentialScope::of(&parts.headers, &parts.uri) {
        Err(fault) => fault.json("message"),
        Ok(scope) => match services.get(scope.service.as_str()) {
            None => {
                let fault = unknown_service(&scope.service, &services);
                match speaks_xml(&scope.service, &parts.headers) {
                    true => fault.query_xml(),
                    false => fault.json("message"),
                }
            }
            Some(service) => match to_bytes(body, MAX_BODY_BYTES).await {
                Err(error) => too_large(&error).json("message"),
                Ok(body) => {
                    service
                        .handle(Request {
                            region: scope.region,
                            service: scope.service,
                            access_key_id: scope.access_key_id,
                            method: parts.method,
                            uri: parts.uri,
                            headers: parts.headers,
                            body,
                        })
                        .await
                }
            },
        },
    };
    let (parts, body) = answer.into_parts();
    HttpResponse::from_parts(parts, Body::from(body)).into_response()
}

fn unknown_service(name: &str, services: &Services) -> Fault {
    let mut known: Vec<&str> = services.keys().copied().collect();
    known.sort_unstable();
    Fault::new(
        501,
        "NotImplementedException",
        format!(
            "The local account has no service '{name}'. It has {}.",
            known.join(", ")
        ),
    )
}

/// Whether clients of a service that is not here expect XML: what they cannot read they cannot
/// tell. Forms give the Query services away, but S3 and its like send nothing that does.
fn speaks_xml(service: &str, headers: &HeaderMap) -> bool {
    let form = headers.get(CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    form || matches!(service, "s3" | "route53" | "cloudfront")
}

fn too_large(error: &axum::Error) -> Fault {
    Fault::new(
        413,
        "RequestEntityTooLargeException",
        format!("The request body could not be read: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_missing_service_is_named_in_the_protocol_of_its_clients() {
        let form = [(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"),
        )];
        assert!(speaks_xml("ec2", &form.into_iter().collect()));
        assert!(speaks_xml("s3", &HeaderMap::new()));
        assert!(!speaks_xml("xray", &HeaderMap::new()));
        let fault = unknown_service("s3", &Services::new()).query_xml();
        let body = String::from_utf8_lossy(fault.body()).into_owned();
        assert!(body.contains("no service 's3'"), "{body}");
    }
}
