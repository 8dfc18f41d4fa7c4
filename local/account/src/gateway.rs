//! The account's one address: reads the whole request, finds the service, resolves the operation
//! and writes the result. The gateway also records requests, applies the fault rules, and responds
//! for a service that panics.

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
use local_wire::{ApiRequest, Dialect, Fault, Outcome, Reply, Request, Response, Service};

use crate::authorization::Authorizer;
use crate::background_work::BackgroundWork;
use crate::body::{self, BodyError};
use crate::compression;
use crate::connection::Connection;
use crate::credential::CredentialScope;
use crate::door::SessionKeys;
use crate::faults::{self, CalledBy, Effect, Faults};
use crate::host::HostName;
use crate::requests::RequestLog;
use crate::signers::{Signer, Signers};
use crate::upstream::Upstream;
use crate::{lex, lex_v2, limits, regions, s3, services};

/// The account's services by their signing names.
pub(crate) type Services = HashMap<&'static str, Arc<dyn Service>>;

/// The layer between HTTP and the services.
pub(crate) struct Gateway {
    pub(crate) services: Services,
    pub(crate) faults: Arc<Faults>,
    pub(crate) requests: Arc<RequestLog>,
    /// Identifies the principal that an access key belongs to.
    pub(crate) signers: Arc<Signers>,
    /// Checks the permissions of principals.
    pub(crate) authorizer: Arc<Authorizer>,
    pub(crate) background: BackgroundWork,
    /// Records the keys of the sessions that STS creates.
    pub(crate) session_keys: Arc<SessionKeys>,
    /// The longest pause within a body.
    pub(crate) body_pause: Duration,
    /// The account's own host names, which S3's clients prefix with a bucket.
    pub(crate) host_names: Vec<HostName>,
    /// Gets the requests for services that the account does not have.
    pub(crate) upstream: Option<Upstream>,
}

/// The place where a request is answered.
enum Target<'a> {
    Service(Arc<dyn Service>),
    Upstream(&'a Upstream),
}

/// Routes every request outside of `/_local/` by its signature.
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
        Ok((Target::Service(service), request)) => gateway.serve(service, request).await,
        Ok((Target::Upstream(upstream), request)) => {
            return gateway.pass_on(upstream, &request).await;
        }
    };
    let answer = answer.unwrap_or_else(|| {
        // Writing this response fails; no byte of it is sent.
        connection.breaker.trip();
        Response::default()
    });
    let (parts, body) = answer.into_parts();
    HttpResponse::from_parts(parts, Body::from(body)).into_response()
}

impl Gateway {
    async fn read(&self, request: HttpRequest) -> Result<(Target<'_>, ApiRequest), Response> {
        let (mut parts, body) = request.into_parts();
        let (scope, target) = match self.find(&parts) {
            Ok(found) => found,
            Err(refusal) => {
                body::discard(&parts.headers, body, self.body_pause).await;
                return Err(refusal);
            }
        };
        let dialect = match &target {
            Target::Service(service) => service.dialect(),
            Target::Upstream(_) => Dialect::unknown(&scope.service),
        };
        let reply = Reply::to_head(dialect, &parts.method, &parts.headers);
        let limit = limits::body_bytes(&scope.service);
        let body = body::read(&parts.headers, body, limit, self.body_pause)
            .await
            .map_err(|body_error| {
                let mut answer = reply.refuse(body_error_fault(&body_error, &scope.service));
                // The rest of the body would be read as the next request.
                let headers = answer.headers_mut();
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
                answer
            })?;
        let body = match dialect.requests_may_be_compressed {
            true => compression::undo(dialect, &mut parts.headers, body, limit)
                .map_err(|fault| reply.refuse(fault))?,
            false => body,
        };
        if let Target::Service(_) = target {
            limits::check_parameters(reply.protocol(), &parts.headers, &parts.uri, &body)
                .map_err(|fault| reply.refuse(fault))?;
        }
        if scope.service == "s3" {
            s3::name_bucket(&mut parts.headers, &self.host_names);
        }
        let request = Request {
            region: scope.region,
            service: scope.service,
            access_key_id: scope.access_key_id,
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body,
        };
        Ok((target, ApiRequest::new(dialect, request)))
    }

    /// Returns the signer of a request, and the place where it is answered.
    fn find(&self, head: &Parts) -> Result<(CredentialScope, Target<'_>), Response> {
        let refused = |fault, service: &str| services::reply_to_head(service, head).refuse(fault);
        let mut scope =
            CredentialScope::of(&head.headers, &head.uri).map_err(|fault| refused(fault, ""))?;
        if scope.service == lex::DIALECT.service && lex_v2::is_of(head) {
            scope.service = lex_v2::SERVICE.to_owned();
        }
        regions::check(&scope.region).map_err(|fault| refused(fault, &scope.service))?;
        match (self.services.get(scope.service.as_str()), &self.upstream) {
            (Some(service), _) => Ok((scope, Target::Service(Arc::clone(service)))),
            (None, Some(upstream)) => Ok((scope, Target::Upstream(upstream))),
            (None, None) => Err(refused(
                unknown_service(&scope.service, &self.services),
                &scope.service,
            )),
        }
    }

    /// Sends a request on to the upstream. The credentials that the account issued stay in the
    /// account.
    async fn pass_on(&self, upstream: &Upstream, request: &ApiRequest) -> HttpResponse {
        let signer = self.signers.of(request).await;
        let role = match &signer {
            Ok(Some(Signer::Function(identity))) => Some(identity.role_arn.clone()),
            _ => None,
        };
        let name = request.operation.name.as_str();
        let mut underway = self.requests.begin(request, name, role);
        let answer = match signer {
            Err(invalid) => {
                underway.refused(&invalid, self.signers.enforces());
                Err(invalid)
            }
            Ok(Some(signer)) => Err(credentials_stay(&request.service, &signer)),
            Ok(None) => {
                underway.passed_on();
                upstream.send(request).await
            }
        };
        let answer = answer.unwrap_or_else(|fault| {
            let (parts, body) = request.reply().refuse(fault).into_parts();
            HttpResponse::from_parts(parts, Body::from(body))
        });
        underway.finish(Some(answer.status().as_u16()));
        answer
    }

    /// Serves a request; `None` means that the client gets no response.
    async fn serve(&self, service: Arc<dyn Service>, request: ApiRequest) -> Option<Response> {
        let signer = self.signers.of(&request).await;
        // Faults and records tell functions from clients, of which a session or a user is one.
        let role = match &signer {
            Ok(Some(Signer::Function(identity))) => Some(identity.role_arn.clone()),
            _ => None,
        };
        let effect = self.faults.strike(
            &request.service,
            &request.operation.name,
            CalledBy::Key {
                access_key_id: &request.access_key_id,
                role: role.as_deref(),
            },
        );
        let mut underway = self.requests.begin(&request, &request.operation.name, role);
        if let Err(invalid) = &signer {
            underway.refused(invalid, self.signers.enforces());
        }
        let name = request.service.clone();
        let routed = RoutedRequest {
            service,
            authorizer: Arc::clone(&self.authorizer),
            signer,
            reply: request.reply(),
            request,
        };
        let answer = match effect {
            None => Some(routed.carry_out().await),
            Some(effect) => {
                underway.struck(effect.name());
                self.background.run(routed.suffer(effect)).await.flatten()
            }
        };
        if let Some(answer) = &answer {
            self.session_keys.note(&name, answer);
        }
        underway.finish(answer.as_ref().map(|answer| answer.status().as_u16()));
        answer
    }
}

/// A request on its way to its service.
struct RoutedRequest {
    service: Arc<dyn Service>,
    authorizer: Arc<Authorizer>,
    /// The principal that signed the request; `None` for the account's root user.
    signer: Result<Option<Signer>, Fault>,
    /// Writes the result.
    reply: Reply,
    request: ApiRequest,
}

impl RoutedRequest {
    /// Serves the request. If the service panics, the account responds with an internal error, and
    /// the service continues with the next request: its locks are released when the task ends.
    async fn carry_out(self) -> Response {
        let service = self.request.service.clone();
        let operation = self.request.operation.name.clone();
        let reply = self.reply.clone();
        let outcome = AssertUnwindSafe(self.carry_out_if_allowed())
            .catch_unwind()
            .await
            .unwrap_or_else(|_panic| {
                tracing::error!(service, operation, "the service panicked");
                Err(panicked(&service, &operation))
            });
        reply.write(outcome)
    }

    /// Serves the request if the service has the operation and the signer has the permissions.
    async fn carry_out_if_allowed(self) -> Outcome {
        let signer = self.signer?;
        if let Some(operations) = self.service.dialect().operations {
            operations().check(&self.request.operation)?;
        }
        if let Some(signer) = &signer {
            self.authorizer.check(signer, &self.request).await?;
        }
        self.service.call(self.request).await
    }

    /// Serves the request with a fault.
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
            Effect::WrongBody => Some(self.reply.garbage()),
            Effect::Reset => None,
            Effect::Throttle | Effect::ServerError | Effect::Unavailable | Effect::Refuse(_) => {
                let operation = &self.request.operation.name;
                let fault = faults::refusal(&effect, &self.request.service, operation)?;
                Some(self.reply.refuse(fault))
            }
        }
    }
}

/// Returns the error of a request for a service that the account does not have, signed with
/// credentials that the account issued.
fn credentials_stay(service: &str, signer: &Signer) -> Fault {
    Fault::new(
        403,
        "AccessDeniedException",
        format!(
            "Functions, sessions and users must use the services of the local account, but {} sent a request \
             for {service}. The account does not pass the credentials that it issued on to the \
             upstream.",
            signer.arn()
        ),
    )
}

fn unknown_service(name: &str, services: &Services) -> Fault {
    let mut known: Vec<&str> = services.keys().copied().collect();
    known.sort_unstable();
    Fault::new(
        501,
        "NotImplementedException",
        format!(
            "The local account does not have the service '{name}'. It has {}. Requests for other \
             services can go on to another emulator: `up --upstream`.",
            known.join(", ")
        ),
    )
}

/// Returns the error of a request that a service panicked over.
fn panicked(service: &str, operation: &str) -> Fault {
    Fault::new(
        500,
        "InternalFailure",
        format!(
            "The local account must answer {service}:{operation}, but failed with this request. This is \
             a bug of the account, which keeps running: please report it with the request."
        ),
    )
}

/// Returns the error for a body that could not be read, with AWS's code where there is one.
fn body_error_fault(body_error: &BodyError, service: &str) -> Fault {
    let (status, code) = match (body_error, service) {
        (BodyError::TooLarge { .. }, "s3") => (413, "EntityTooLarge"),
        (BodyError::TooLarge { .. }, "lambda") => (413, "RequestTooLargeException"),
        (BodyError::TooLarge { .. }, _) => (413, "RequestEntityTooLargeException"),
        (BodyError::Stalled { .. }, _) => (408, "RequestTimeout"),
        (BodyError::Broken { .. }, _) => (400, "IncompleteBody"),
    };
    if let BodyError::Broken { source, .. } = body_error {
        tracing::debug!(service, %source, "a body broke off");
    }
    Fault::new(status, code, format!("The {body_error}."))
}

#[cfg(test)]
mod tests;
