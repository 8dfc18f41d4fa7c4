//! A dynoxide database behind its own HTTP server.
//!
//! dynoxide validates requests (types, nesting, unknown members) in its HTTP layer, as DynamoDB
//! does before it accesses a table. Its router is private, so the server listens on a loopback port
//! that is known to this module alone.
//!
//! The server has its own threads: dynoxide parses and evaluates expressions by recursion, for
//! which an ordinary thread's stack is too small, and a scan occupies a thread until it ends.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request as HttpRequest, Uri};
use dynoxide::Database;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use local_wire::{ApiRequest, Fault, Response};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{RwLock, oneshot};

/// The prefix of every ARN that dynoxide writes.
pub(super) const ARN_PREFIX: &str = "arn:aws:dynamodb:dynoxide:000000000000:";

/// The limit of DynamoDB, and of dynoxide, on a request or a response.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// Ten times as much as the largest expression that DynamoDB allows needs in a build without
/// optimization. Unused parts of a stack take no memory.
const STACK_BYTES: usize = 64 * 1024 * 1024;
/// The most requests that are carried out at once.
const THREADS: usize = 4;

/// Why a database could not be started.
#[derive(Debug, thiserror::Error)]
pub(super) enum EngineError {
    #[error("the threads of the table store could not be started")]
    Threads(#[source] std::io::Error),
    #[error("the table store could not be opened")]
    Open(#[source] dynoxide::DynoxideError),
    #[error("the table store needs a loopback port, but none could be opened")]
    Listen(#[source] std::io::Error),
}

/// The threads that the databases of all Regions share.
pub(super) struct Threads(Option<Runtime>);

impl Threads {
    pub(super) fn start() -> Result<Self, EngineError> {
        Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("dynamodb")
            .thread_stack_size(STACK_BYTES)
            .enable_all()
            .build()
            .map(|runtime| Self(Some(runtime)))
            .map_err(EngineError::Threads)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // A scan that is running cannot be awaited: this may be a thread that must not block.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A running database.
pub(super) struct Engine {
    /// Held shared by every request to rows, and exclusively where two requests must be atomic.
    pub(super) rows: RwLock<()>,
    database: Database,
    authority: String,
    client: Client<HttpConnector, Body>,
    /// Dropped with the engine, which stops the server.
    _stop: oneshot::Sender<()>,
}

impl Engine {
    /// Starts an empty database.
    pub(super) fn start(threads: &Threads) -> Result<Self, EngineError> {
        let _on = threads.0.as_ref().map(Runtime::enter);
        let database = Database::memory().map_err(EngineError::Open)?;
        let listener =
            std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(EngineError::Listen)?;
        listener
            .set_nonblocking(true)
            .map_err(EngineError::Listen)?;
        let address = listener.local_addr().map_err(EngineError::Listen)?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(EngineError::Listen)?;
        let served = database.clone();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            // Completes when the sender is dropped; the error has no further meaning.
            let shutdown = async {
                stopped.await.ok();
            };
            if let Err(error) =
                dynoxide::server::serve_with_shutdown(listener, served, shutdown).await
            {
                tracing::error!(error, "the table store stopped");
            }
        });
        Ok(Self {
            rows: RwLock::new(()),
            database,
            authority: address.to_string(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            _stop: stop,
        })
    }

    /// Returns the bytes of memory that the database takes. It blocks the thread.
    pub(super) fn stored_bytes(&self) -> Result<u64, Fault> {
        self.database.db_size_bytes().map_err(unreachable)
    }

    /// Returns the memory of deleted data to the system. It blocks the thread, for seconds if there is
    /// much data.
    pub(super) fn compact(&self) -> Result<(), Fault> {
        self.database.vacuum().map_err(unreachable)
    }

    /// Forwards a request unchanged.
    pub(super) async fn forward(&self, request: &ApiRequest) -> Result<Response, Fault> {
        let mut forwarded = HttpRequest::new(Body::from(request.body.clone()));
        *forwarded.method_mut() = request.method.clone();
        *forwarded.uri_mut() = self.uri()?;
        *forwarded.headers_mut() = end_to_end(request.headers.clone());
        let answer = self.client.request(forwarded).await.map_err(unreachable)?;
        let (mut parts, body) = answer.into_parts();
        let body = to_bytes(Body::new(body), MAX_BODY_BYTES)
            .await
            .map_err(unreachable)?;
        parts.headers = end_to_end(parts.headers);
        Ok(Response::from_parts(parts, body))
    }

    /// Verifies that a table exists. `Err` is DynamoDB's own error.
    pub(super) async fn must_have_table(
        &self,
        original: &ApiRequest,
        table: &str,
    ) -> Result<(), Fault> {
        let body = json!({ "TableName": table }).to_string();
        let request = original.instead("DescribeTable", body);
        if self.forward(&request).await?.status().is_success() {
            return Ok(());
        }
        // The backup operations have another name for this error.
        Err(Fault::new(
            400,
            "TableNotFoundException",
            format!("Table not found: {table}"),
        ))
    }

    fn uri(&self) -> Result<Uri, Fault> {
        Uri::builder()
            .scheme("http")
            .authority(self.authority.as_str())
            .path_and_query("/")
            .build()
            .map_err(unreachable)
    }
}

/// Removes the headers that apply to one connection only.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in [
        "connection",
        "host",
        "keep-alive",
        "transfer-encoding",
        "content-length",
    ] {
        headers.remove(name);
    }
    headers
}

fn unreachable(error: impl std::error::Error) -> Fault {
    Fault::new(
        500,
        "InternalServerError",
        format!("the table store did not answer: {error}"),
    )
}
