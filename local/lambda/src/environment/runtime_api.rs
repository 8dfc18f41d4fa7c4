//! The Lambda Runtime API (2018-06-01) of one environment.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use http_body_util::LengthLimitError;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Mutex as AsyncMutex, mpsc},
    task::JoinHandle,
};

use super::Invocation;

/// Lambda's limit for an answer: 6 MB and a little for the envelope.
pub(super) const RESPONSE_LIMIT: usize = 6_291_556;

/// What a runtime tells its environment.
#[derive(Debug)]
pub(super) enum RuntimeEvent {
    /// It asks for work.
    Ready,
    /// The answer to the running invocation.
    Response(Bytes),
    /// The running invocation failed.
    Error(Bytes),
    /// The answer is larger than [`RESPONSE_LIMIT`].
    Oversized,
    /// It could not start.
    InitError(Bytes),
}

/// An invocation on its way to the runtime.
pub(super) struct Work {
    /// What to run.
    pub(super) invocation: Invocation,
    /// When it must be done, in milliseconds since the epoch.
    pub(super) deadline_ms: u128,
}

/// The server of one environment. It ends when dropped.
pub(super) struct RuntimeApi {
    /// `host:port`, as in `AWS_LAMBDA_RUNTIME_API`.
    pub(super) address: SocketAddr,
    /// What the runtime says.
    pub(super) events: mpsc::UnboundedReceiver<RuntimeEvent>,
    work: mpsc::UnboundedSender<Work>,
    server: JoinHandle<()>,
}

impl RuntimeApi {
    /// Listens on a free port of the loopback interface.
    pub(super) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (events_in, events) = mpsc::unbounded_channel();
        let (work, work_out) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            events: events_in,
            work: AsyncMutex::new(work_out),
            running: Mutex::new(None),
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answer))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(fail))
            .route("/2018-06-01/runtime/init/error", post(fail_init))
            .with_state(shared);
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "a Runtime API ended");
            }
        });
        Ok(Self {
            address,
            events,
            work,
            server,
        })
    }

    /// Gives the runtime something to do; it is delivered when the runtime asks.
    pub(super) fn offer(&self, work: Work) {
        // The receiver lives as long as the server; a dead server shows as a dead process.
        let _ = self.work.send(work);
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Shared {
    events: mpsc::UnboundedSender<RuntimeEvent>,
    work: AsyncMutex<mpsc::UnboundedReceiver<Work>>,
    /// Id of the invocation that has not been answered yet.
    running: Mutex<Option<String>>,
}

impl Shared {
    fn running(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: RuntimeEvent) {
        // Nobody listens when the environment is being stopped.
        let _ = self.events.send(event);
    }

    /// Whether `id` is the running invocation, which is over with this call.
    fn finish(&self, id: &str) -> Result<(), Response> {
        let mut running = self.running();
        if running.as_deref() == Some(id) {
            *running = None;
            Ok(())
        } else {
            Err(refusal(
                StatusCode::BAD_REQUEST,
                "InvalidRequestID",
                "Invalid request ID",
            ))
        }
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    if shared.running().is_some() {
        return refusal(
            StatusCode::FORBIDDEN,
            "InvalidStateTransition",
            "the running invocation has not been answered",
        );
    }
    shared.tell(RuntimeEvent::Ready);
    let Some(work) = shared.work.lock().await.recv().await else {
        return refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "ContainerError",
            "the environment is being stopped",
        );
    };
    let invocation = work.invocation;
    *shared.running() = Some(invocation.request_id.clone());
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
    // The body comes first: the invocation is not over before it is complete.
    let body = to_bytes(body, RESPONSE_LIMIT).await;
    if let Err(error) = &body
        && !is_too_large(error)
    {
        // The runtime broke off, most likely because it died: that is not an answer.
        return refusal(
            StatusCode::BAD_REQUEST,
            "Runtime.TruncatedResponse",
            &error.to_string(),
        );
    }
    if let Err(refused) = shared.finish(&id) {
        return refused;
    }
    match body {
        Ok(body) => {
            shared.tell(RuntimeEvent::Response(body));
            accepted()
        }
        Err(_) => {
            shared.tell(RuntimeEvent::Oversized);
            refusal(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                &format!("Exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."),
            )
        }
    }
}

async fn fail(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = to_bytes(body, RESPONSE_LIMIT).await;
    if let Err(refused) = shared.finish(&id) {
        return refused;
    }
    shared.tell(RuntimeEvent::Error(error_body(&headers, body)));
    accepted()
}

async fn fail_init(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Body) -> Response {
    let body = to_bytes(body, RESPONSE_LIMIT).await;
    shared.tell(RuntimeEvent::InitError(error_body(&headers, body)));
    accepted()
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

/// The error as the runtime wrote it; the header's type stands in for a body without one.
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
