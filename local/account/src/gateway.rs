//! The one address: reads the whole request, finds the service, writes its answer. Here, too,
//! requests are recorded, and suffer what the fault rules say.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response as HttpResponse};
use local_aws::{Fault, FunctionIdentity, Request, Response, Service};
use local_lambda::LambdaService;

use crate::authorization::Authorizer;
use crate::connection::Cut;
use crate::credential::CredentialScope;
use crate::detached::Detached;
use crate::faults::{self, CalledBy, Effect, Faults};
use crate::operation::Operation;
use crate::requests::RequestLog;

/// Lambda takes 50 MB of zip in a request, which is two thirds of its base64.
const MAX_BODY_BYTES: usize = 72 * 1024 * 1024;

/// The account's services by their signing names.
pub(crate) type Services = HashMap<&'static str, Arc<dyn Service>>;

/// What stands between the wire and the services.
pub(crate) struct Gateway {
    pub(crate) services: Services,
    pub(crate) faults: Arc<Faults>,
    pub(crate) requests: Arc<RequestLog>,
    /// Knows which function an access key belongs to.
    pub(crate) lambda: Arc<LambdaService>,
    /// Knows what the function may do.
    pub(crate) authorizer: Arc<Authorizer>,
    pub(crate) detached: Detached,
}

/// Everything that is not the account's own `/_local/` interface goes by its signature.
pub(crate) fn router(gateway: Gateway) -> Router {
    Router::new()
        .fallback(dispatch)
        .with_state(Arc::new(gateway))
}

async fn dispatch(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(connection): ConnectInfo<Cut>,
    request: HttpRequest,
) -> HttpResponse {
    let answer = match gateway.read(request).await {
        Err(refusal) => Some(refusal),
        Ok((service, request)) => gateway.serve(service, request).await,
    };
    let answer = answer.unwrap_or_else(|| {
        // This answer is the write that fails; nothing of it leaves.
        connection.now();
        Response::default()
    });
    let (parts, body) = answer.into_parts();
    HttpResponse::from_parts(parts, Body::from(body)).into_response()
}

impl Gateway {
    async fn read(&self, request: HttpRequest) -> Result<(Arc<dyn Service>, Request), Response> {
        let (parts, body) = request.into_parts();
        let scope = CredentialScope::of(&parts.headers, &parts.uri)
            .map_err(|fault| fault.json("message"))?;
        let service = self.services.get(scope.service.as_str()).ok_or_else(|| {
            let fault = unknown_service(&scope.service, &self.services);
            match speaks_xml(&scope.service, &parts.headers) {
                true => fault.query_xml(),
                false => fault.json("message"),
            }
        })?;
        let body = to_bytes(body, MAX_BODY_BYTES)
            .await
            .map_err(|error| too_large(&error).json("message"))?;
        let request = Request {
            region: scope.region,
            service: scope.service,
            access_key_id: scope.access_key_id,
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body,
        };
        Ok((Arc::clone(service), request))
    }

    /// `None` means that the client gets no answer.
    async fn serve(&self, service: Arc<dyn Service>, request: Request) -> Option<Response> {
        let operation = Operation::of(&request);
        let identity = self.lambda.identity_of(&request.access_key_id);
        let role = identity.as_ref().map(|identity| identity.role_arn.clone());
        let effect = self.faults.strike(
            &request.service,
            &operation.name,
            CalledBy::Key {
                access_key_id: &request.access_key_id,
                role: role.as_deref(),
            },
        );
        let mut underway = self.requests.begin(&request, &operation.name, role);
        let call = Call {
            service,
            authorizer: Arc::clone(&self.authorizer),
            identity,
            request,
            operation,
        };
        let answer = match effect {
            None => Some(call.carry_out().await),
            Some(effect) => {
                underway.struck(effect.name());
                self.detached.run(call.suffer(effect)).await.flatten()
            }
        };
        underway.finish(answer.as_ref().map(|answer| answer.status().as_u16()));
        answer
    }
}

/// A request on its way to its service.
struct Call {
    service: Arc<dyn Service>,
    authorizer: Arc<Authorizer>,
    /// The function that signed it.
    identity: Option<FunctionIdentity>,
    request: Request,
    operation: Operation,
}

impl Call {
    /// Serves the request, if it may be served.
    async fn carry_out(self) -> Response {
        if let Some(identity) = &self.identity
            && let Err(denied) = self
                .authorizer
                .check(identity, &self.request, &self.operation.name)
                .await
        {
            return faults::write(denied, &self.request.service, self.operation.protocol);
        }
        self.service.handle(self.request).await
    }

    /// Serves the request under an effect.
    async fn suffer(self, effect: Effect) -> Option<Response> {
        match effect {
            Effect::Latency { ms } => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Some(self.carry_out().await)
            }
            Effect::SlowAnswer { ms } => {
                let answer = self.carry_out().await;
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Some(answer)
            }
            Effect::LostAnswer => {
                self.carry_out().await;
                None
            }
            Effect::WrongBody => Some(faults::garbage(self.operation.protocol)),
            Effect::Reset => None,
            Effect::Throttle | Effect::ServerError | Effect::Unavailable | Effect::Refuse(_) => {
                let service = &self.request.service;
                let fault = faults::refusal(&effect, service, &self.operation.name)?;
                Some(faults::write(fault, service, self.operation.protocol))
            }
        }
    }
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
        assert!(!speaks_xml("sqs", &HeaderMap::new()));
        let fault = unknown_service("s3", &Services::new()).query_xml();
        let body = String::from_utf8_lossy(fault.body()).into_owned();
        assert!(body.contains("no service 's3'"), "{body}");
    }
}
