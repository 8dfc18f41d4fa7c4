//! The Lambda Runtime API (2018-06-01) of one environment.

use std::{
    io,
    net::SocketAddr,
    path::Path as FilePath,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode, Uri,
        header::{HOST, ORIGIN},
    },
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use http_body_util::LengthLimitError;
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex as AsyncMutex, Semaphore, mpsc, oneshot},
    task::AbortHandle,
};

use super::{
    Invocation, address,
    connections::OwnConnections,
    processes::{Families, Family},
    runtime_state::{Refused, RuntimeState},
};

const NEXT: &str = "/2018-06-01/runtime/invocation/next";
/// The limit of responses that are read at the same time: each may be as large as the limit.
const BODIES: usize = 2;
/// Lambda's limit for a response: 6 MB and a little for the envelope.
pub(super) const RESPONSE_LIMIT: usize = 6_291_556;

/// An event that a runtime reports to its environment.
#[derive(Debug)]
pub(super) enum RuntimeEvent {
    /// The runtime requests an invocation.
    Ready,
    /// The response to the running invocation.
    Response(Bytes),
    /// The running invocation failed.
    Error(Bytes),
    /// The response is larger than [`RESPONSE_LIMIT`].
    Oversized,
    /// The runtime failed to initialize.
    InitError(Bytes),
}

/// An invocation for the runtime.
pub(super) struct Work {
    pub(super) invocation: Invocation,
    /// The deadline, in milliseconds since the epoch.
    pub(super) deadline_ms: u128,
}

/// The server of one environment. It ends when dropped.
pub(super) struct RuntimeApi {
    /// `host:port`, as in `AWS_LAMBDA_RUNTIME_API`.
    pub(super) address: SocketAddr,
    /// The events of the runtime.
    pub(super) events: mpsc::UnboundedReceiver<RuntimeEvent>,
    /// The processes that may use this Runtime API.
    pub(super) family: Arc<Family>,
    work: mpsc::UnboundedSender<Work>,
    acceptor: AbortHandle,
    /// Dropped with the API, which ends the server and its open requests.
    _alive: oneshot::Sender<()>,
}

impl RuntimeApi {
    /// Listens on a free port of a loopback address of its own, for a function whose code is in the
    /// directory `code`.
    pub(super) async fn start(families: &Families, code: &FilePath) -> io::Result<Self> {
        let listener = address::listen().await?;
        let address = listener.local_addr()?;
        let family = families.new_family(address, tokio::fs::canonicalize(code).await?);
        let (connections, acceptor) = OwnConnections::of(listener, Arc::clone(&family))?;
        let (events_in, events) = mpsc::unbounded_channel();
        let (work, work_out) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            host: address.to_string(),
            events: events_in,
            work: AsyncMutex::new(work_out),
            state: Mutex::new(RuntimeState::new()),
            bodies: Semaphore::new(BODIES),
        });
        let router = Router::new()
            // A HEAD request would take the invocation and discard it.
            .route(
                NEXT,
                get(next).head(|| async { StatusCode::METHOD_NOT_ALLOWED }),
            )
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answer))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(fail))
            .route("/2018-06-01/runtime/init/error", post(fail_init))
            .layer(from_fn_with_state(Arc::clone(&shared), as_addressed))
            .with_state(shared);
        let (alive, ended) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let end = async {
                // Nothing is ever sent: the sender is dropped.
                let _ = ended.await;
            };
            if let Err(error) = axum::serve(connections, router)
                .with_graceful_shutdown(end)
                .await
            {
                tracing::error!(%error, "a Runtime API ended");
            }
        });
        Ok(Self {
            address,
            events,
            family,
            work,
            acceptor,
            _alive: alive,
        })
    }

    /// Offers an invocation, which the runtime gets with its next request.
    pub(super) fn offer(&self, work: Work) {
        // The receiver lives as long as the server, and the end of the server shows as the end of the
        // process.
        let _ = self.work.send(work);
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

struct Shared {
    /// The required `Host` header.
    host: String,
    events: mpsc::UnboundedSender<RuntimeEvent>,
    work: AsyncMutex<mpsc::UnboundedReceiver<Work>>,
    state: Mutex<RuntimeState>,
    /// Limits the bodies that are read at the same time.
    bodies: Semaphore,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, RuntimeState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: RuntimeEvent) {
        // The receiver no longer exists when the environment is being stopped.
        let _ = self.events.send(event);
    }

    /// Reads a body. The invocation continues until the body is complete, or until the invocation times
    /// out.
    async fn read(&self, body: Body) -> Result<Bytes, axum::Error> {
        // The semaphore is never closed.
        let _turn = self.bodies.acquire().await;
        to_bytes(body, RESPONSE_LIMIT).await
    }

    /// Ends the running invocation with this event, if its id is `id`.
    fn finish(&self, id: &str, event: RuntimeEvent) -> Result<(), Refused> {
        let mut state = self.state();
        let more = state.answer(id)?;
        // Sent under the lock: the runtime's next event must not overtake it.
        self.tell(event);
        if more {
            self.tell(RuntimeEvent::Ready);
        }
        Ok(())
    }
}

/// A request for an invocation, until it is answered or cancelled.
struct NextRequest<'a>(&'a Shared);

impl Drop for NextRequest<'_> {
    fn drop(&mut self) {
        self.0.state().end_request();
    }
}

/// Rejects requests that a browser makes: it sends another host (DNS rebinding) or names the origin of
/// its page.
async fn as_addressed(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    match is_addressed(&shared.host, request.uri(), request.headers()) {
        true => next.run(request).await,
        false => refusal(
            StatusCode::FORBIDDEN,
            "Forbidden",
            "The Host header must be the value of AWS_LAMBDA_RUNTIME_API, and web pages must not send requests.",
        ),
    }
}

fn is_addressed(host: &str, uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let named = hosts.next().is_some_and(|named| named == host) && hosts.next().is_none();
    named
        && uri.authority().is_none_or(|authority| authority == host)
        && !headers.contains_key(ORIGIN)
        && !headers
            .keys()
            .any(|name| name.as_str().starts_with("sec-fetch-"))
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    {
        let mut state = shared.state();
        match state.request_next() {
            Ok(true) => shared.tell(RuntimeEvent::Ready),
            Ok(false) => {}
            Err(refused) => return refused.into_response(),
        }
    }
    let pending = NextRequest(&shared);
    let Some(work) = shared.work.lock().await.recv().await else {
        return refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "ContainerError",
            "the environment is being stopped",
        );
    };
    let invocation = work.invocation;
    drop(pending);
    shared.state().run(invocation.request_id.clone());
    let mut response = Response::new(Body::from(invocation.payload));
    let headers = response.headers_mut();
    let deadline = work.deadline_ms.to_string();
    let fields = [
        ("content-type", "application/json"),
        ("lambda-runtime-aws-request-id", &invocation.request_id),
        ("lambda-runtime-deadline-ms", &deadline),
        (
            "lambda-runtime-invoked-function-arn",
            &invocation.invoked_arn,
        ),
        ("lambda-runtime-trace-id", &invocation.trace_id),
        (
            "lambda-runtime-client-context",
            invocation.client_context.as_deref().unwrap_or_default(),
        ),
    ];
    for (name, value) in fields {
        if !value.is_empty()
            && let Ok(value) = HeaderValue::from_str(value)
        {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

async fn answer(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Body) -> Response {
    if let Err(refused) = shared.state().may_answer(&id) {
        return refused.into_response();
    }
    match shared.read(body).await {
        Ok(body) => finished(shared.finish(&id, RuntimeEvent::Response(body))),
        Err(error) if is_too_large(&error) => match shared.finish(&id, RuntimeEvent::Oversized) {
            Ok(()) => refusal(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                &format!("Exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."),
            ),
            Err(refused) => refused.into_response(),
        },
        Err(error) => truncated(&error),
    }
}

async fn fail(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if let Err(refused) = shared.state().may_answer(&id) {
        return refused.into_response();
    }
    match shared.read(body).await {
        Err(error) if !is_too_large(&error) => truncated(&error),
        body => finished(shared.finish(&id, RuntimeEvent::Error(error_body(&headers, body)))),
    }
}

async fn fail_init(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Body) -> Response {
    let body = match shared.read(body).await {
        Err(error) if !is_too_large(&error) => return truncated(&error),
        body => error_body(&headers, body),
    };
    let failed = shared.state().fail_init();
    if failed.is_ok() {
        shared.tell(RuntimeEvent::InitError(body));
    }
    finished(failed)
}

fn finished(result: Result<(), Refused>) -> Response {
    match result {
        Ok(()) => accepted(),
        Err(refused) => refused.into_response(),
    }
}

/// The runtime sent an incomplete body, most likely because it died: that is not a response.
fn truncated(error: &axum::Error) -> Response {
    refusal(
        StatusCode::BAD_REQUEST,
        "Runtime.TruncatedResponse",
        &error.to_string(),
    )
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, kind) = match self {
            Self::Transition { .. } => (StatusCode::FORBIDDEN, "InvalidStateTransition"),
            Self::RequestId => (StatusCode::BAD_REQUEST, "InvalidRequestID"),
        };
        refusal(status, kind, &self.to_string())
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Returns the error as the runtime wrote it. Without a body, the type in the header is used.
fn error_body(headers: &HeaderMap, body: Result<Bytes, axum::Error>) -> Bytes {
    match body {
        Ok(body) if !body.is_empty() => body,
        _ => {
            let kind = headers
                .get("lambda-runtime-function-error-type")
                .and_then(|value| value.to_str().ok())
                .unwrap_or("Function.Unknown");
            Bytes::from(json!({ "errorType": kind }).to_string())
        }
    }
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "status": "OK" }))).into_response()
}

fn refusal(status: StatusCode, kind: &str, message: &str) -> Response {
    let body: Value = json!({ "errorType": kind, "errorMessage": message });
    (status, Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_need_the_host_and_must_not_come_from_a_page() {
        let host = "127.1.2.3:4000";
        let path = Uri::from_static(NEXT);
        let headers = |fields: &[(&'static str, &'static str)]| -> HeaderMap {
            let field = |(name, value): &(&'static str, &'static str)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            };
            fields.iter().map(field).collect()
        };
        assert!(is_addressed(host, &path, &headers(&[("host", host)])));
        let whole = Uri::from_static("http://127.1.2.3:4000/2018-06-01/runtime/invocation/next");
        assert!(is_addressed(host, &whole, &headers(&[("host", host)])));
        for fields in [
            &[][..],
            &[("host", "evil.example")],
            &[("host", "127.1.2.3")],
            &[("host", "localhost:4000")],
            &[("host", host), ("origin", "http://evil.example")],
            &[("host", host), ("origin", "null")],
            &[("host", host), ("sec-fetch-site", "cross-site")],
            &[("host", host), ("sec-fetch-mode", "no-cors")],
        ] {
            assert!(!is_addressed(host, &path, &headers(fields)), "{fields:?}");
        }
        let mut twice = headers(&[("host", host)]);
        twice.append(HOST, HeaderValue::from_static("evil.example"));
        assert!(!is_addressed(host, &path, &twice));
        let other = Uri::from_static("http://evil.example/2018-06-01/runtime/invocation/next");
        assert!(!is_addressed(host, &other, &headers(&[("host", host)])));
    }
}
