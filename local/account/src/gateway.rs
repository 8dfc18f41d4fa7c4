//! The one address: reads the whole request, finds the service, writes its answer. Here, too,
//! requests are recorded, and suffer what the fault rules say; and a service that breaks is answered
//! for.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response as HttpResponse};
use futures_util::FutureExt;
use local_lambda::LambdaService;
use local_wire::{Fault, FunctionIdentity, Request, Response, Service};

use crate::authorization::Authorizer;
use crate::body::{self, Unread};
use crate::connection::Connection;
use crate::credential::CredentialScope;
use crate::detached::Detached;
use crate::door::HandedOut;
use crate::faults::{self, CalledBy, Effect, Faults};
use crate::limits;
use crate::operation::{Operation, Protocol};
use crate::regions;
use crate::requests::RequestLog;

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
    /// Remembers the keys that services hand out.
    pub(crate) handed_out: Arc<HandedOut>,
    /// How long a body may pause.
    pub(crate) body_pause: Duration,
}

/// Everything that is not the account's own `/_local/` interface goes by its signature.
pub(crate) fn router(gateway: Gateway) -> Router {
    Router::new()
        .fallback(dispatch)
        .with_state(Arc::new(gateway))
}

async fn dispatch(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: HttpRequest,
) -> HttpResponse {
    let answer = match gateway.read(request).await {
        Err(refusal) => Some(refusal),
        Ok((service, request)) => gateway.serve(service, request).await,
    };
    let answer = answer.unwrap_or_else(|| {
        // This answer is the write that fails; nothing of it leaves.
        connection.cut.now();
        Response::default()
    });
    let (parts, body) = answer.into_parts();
    HttpResponse::from_parts(parts, Body::from(body)).into_response()
}

impl Gateway {
    async fn read(&self, request: HttpRequest) -> Result<(Arc<dyn Service>, Request), Response> {
        let (parts, body) = request.into_parts();
        let (scope, service) = match self.find(&parts) {
            Ok(found) => found,
            Err(refusal) => {
                body::discard(&parts.headers, body, self.body_pause).await;
                return Err(refusal);
            }
        };
        let protocol = Protocol::of_head(&scope.service, &parts.headers);
        let refused = |fault: Fault| faults::write(fault, &scope.service, protocol);
        let limit = limits::body_bytes(&scope.service);
        let body = body::read(&parts.headers, body, limit, self.body_pause)
            .await
            .map_err(|unread| {
                let mut answer = refused(unread_fault(&unread, &scope.service));
                // What is left of the body would be taken for the next request.
                let headers = answer.headers_mut();
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
                answer
            })?;
        limits::check_parameters(protocol, &parts.headers, &parts.uri, &body).map_err(refused)?;
        let request = Request {
            region: scope.region.clone(),
            service: scope.service.clone(),
            access_key_id: scope.access_key_id.clone(),
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body,
        };
        Ok((service, request))
    }

    /// Who signed a request, and the service that it is for.
    fn find(&self, head: &Parts) -> Result<(CredentialScope, Arc<dyn Service>), Response> {
        let refused = |fault, service: &str| {
            faults::write(fault, service, Protocol::of_head(service, &head.headers))
        };
        let scope =
            CredentialScope::of(&head.headers, &head.uri).map_err(|fault| refused(fault, ""))?;
        regions::check(&scope.region).map_err(|fault| refused(fault, &scope.service))?;
        match self.services.get(scope.service.as_str()) {
            Some(service) => Ok((scope, Arc::clone(service))),
            None => Err(refused(
                unknown_service(&scope.service, &self.services),
                &scope.service,
            )),
        }
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
        let name = request.service.clone();
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
        if let Some(answer) = &answer {
            self.handed_out.note(&name, answer);
        }
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
    /// Serves the request. A service that breaks over it is a fault of the account, and answers the
    /// next one: what it held is let go as its work ends.
    async fn carry_out(self) -> Response {
        let service = self.request.service.clone();
        let operation = self.operation.clone();
        AssertUnwindSafe(self.carry_out_if_allowed())
            .catch_unwind()
            .await
            .unwrap_or_else(|_panic| {
                let Operation { name, protocol } = operation;
                tracing::error!(service, operation = name, "the service broke");
                faults::write(broke(&service, &name), &service, protocol)
            })
    }

    /// Serves the request, if it may be served.
    async fn carry_out_if_allowed(self) -> Response {
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

/// What a client is told whose request a service broke over.
fn broke(service: &str, operation: &str) -> Fault {
    Fault::new(
        500,
        "InternalFailure",
        format!(
            "The local account must answer {service}:{operation}, and broke over this request. It is \
             a mistake of the account, which goes on: please report it with the request."
        ),
    )
}

/// A body that could not be read, in the words of AWS where there are some.
fn unread_fault(unread: &Unread, service: &str) -> Fault {
    let (status, code) = match (unread, service) {
        (Unread::TooLarge { .. }, "s3") => (413, "EntityTooLarge"),
        (Unread::TooLarge { .. }, "lambda") => (413, "RequestTooLargeException"),
        (Unread::TooLarge { .. }, _) => (413, "RequestEntityTooLargeException"),
        (Unread::Stalled { .. }, _) => (408, "RequestTimeout"),
        (Unread::Broken { .. }, _) => (400, "IncompleteBody"),
    };
    if let Unread::Broken { source, .. } = unread {
        tracing::debug!(service, %source, "a body broke off");
    }
    Fault::new(status, code, format!("Of a request, {unread}."))
}

#[cfg(test)]
mod tests;
