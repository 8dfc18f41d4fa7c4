//! The account's own interface below `/_local/`: the telephone and the outbox, which AWS has no
//! API for. The command line speaks it to an account that another process runs.

mod calls;
mod client;
mod inventory;
mod model;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use local_connect::ConnectService;
use serde_json::json;

use crate::sns::{Outbox, SentMessage, Sns};
use calls::{CallFault, OpenCalls};

pub use client::{AwsCall, ClientError, LocalClient};
pub use model::{CallRequest, CallStep, CallTurn, OptOutRequest, SandboxRequest};

struct Control {
    outbox: Arc<Outbox>,
    sns: Arc<Sns>,
    connect: Arc<ConnectService>,
    calls: OpenCalls,
}

/// The routes below `/_local/`. No AWS operation has a path that begins so.
pub(crate) fn router(outbox: Arc<Outbox>, sns: Arc<Sns>, connect: Arc<ConnectService>) -> Router {
    Router::new()
        .route("/_local/health", get(health))
        .route("/_local/numbers", get(numbers))
        .route("/_local/messages", get(messages))
        .route("/_local/calls", post(dial))
        .route("/_local/calls/{id}", post(step))
        .route("/_local/sms/sandbox", put(sandbox))
        .route("/_local/sms/opt-out", put(opt_out))
        .with_state(Arc::new(Control {
            outbox,
            sns,
            connect,
            calls: OpenCalls::default(),
        }))
}

async fn health() -> Json<serde_json::Value> {
    Json(json!({ "status": "running", "version": env!("CARGO_PKG_VERSION") }))
}

async fn numbers(State(control): State<Arc<Control>>) -> Json<Vec<String>> {
    Json(control.connect.claimed_numbers())
}

async fn messages(State(control): State<Arc<Control>>) -> Json<Vec<SentMessage>> {
    Json(control.outbox.messages())
}

async fn dial(
    State(control): State<Arc<Control>>,
    Json(request): Json<CallRequest>,
) -> Result<Json<CallTurn>, CallFault> {
    control
        .calls
        .dial(&control.connect, request)
        .await
        .map(Json)
}

async fn step(
    State(control): State<Arc<Control>>,
    Path(id): Path<String>,
    Json(step): Json<CallStep>,
) -> Result<Json<CallTurn>, CallFault> {
    control.calls.step(&id, step).await.map(Json)
}

async fn sandbox(
    State(control): State<Arc<Control>>,
    Json(request): Json<SandboxRequest>,
) -> Json<()> {
    control.sns.set_sandbox(&request.region, request.inside);
    Json(())
}

async fn opt_out(
    State(control): State<Arc<Control>>,
    Json(request): Json<OptOutRequest>,
) -> Json<()> {
    control.sns.opt_out(&request.region, &request.phone_number);
    Json(())
}

impl IntoResponse for CallFault {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NotAnswered(_) | Self::NoKey(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NoCall(_) => StatusCode::NOT_FOUND,
        };
        (status, Json(json!({ "message": self.to_string() }))).into_response()
    }
}
