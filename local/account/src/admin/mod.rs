//! The account's own interface below `/_local/`: the telephone, the outbox, fault rules, and the
//! records of requests and permissions, for which AWS has no API. The command line uses it for an
//! account that another process runs.

mod calls;
mod changes;
mod client;
mod inventory;
mod model;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::CONNECTION;
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post, put};
use axum::{Json, Router};
use local_connect::{
    CallSummary, ClaimedNumber, ConnectService, JudgedTest, TestRefusal, TestRequest,
};
use serde_json::json;
use tokio::sync::watch;

use crate::authorization::{AuthorizationLog, AuthorizationRecord};
use crate::body::{self, BodyError};
use crate::faults::{FaultReport, FaultRule, FaultRuleError, Faults};
use crate::requests::{RequestLog, RequestRecord, clipped};
use crate::sms::{MAX_QUOTA, OptOutListFull, Outbox, Recipients, SentMessage, Spending, is_e164};
use crate::{limits, regions};
use calls::{CallFault, OpenCalls};
use changes::{Streams, changes};
use model::AuthorizationsQuery;

pub use client::{AwsCall, ClientError, LocalClient};
pub use model::{
    CallReport, CallRequest, CallStep, CallTurn, ChatRequest, FunctionRequests, OptOutRequest,
    SandboxRequest, SpendQuotaRequest,
};

/// The parts of the account that the interface gives access to.
pub(crate) struct AdminParts {
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) recipients: Arc<Recipients>,
    pub(crate) spending: Arc<Spending>,
    pub(crate) connect: Arc<ConnectService>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) requests: Arc<RequestLog>,
    pub(crate) authorizations: Arc<AuthorizationLog>,
}

/// The interface: the parts of the account, the calls that clients keep open, and streams of events.
pub(crate) struct Admin {
    outbox: Arc<Outbox>,
    recipients: Arc<Recipients>,
    spending: Arc<Spending>,
    connect: Arc<ConnectService>,
    faults: Arc<Faults>,
    requests: Arc<RequestLog>,
    authorizations: Arc<AuthorizationLog>,
    calls: OpenCalls,
    streams: Streams,
}

impl Admin {
    /// Creates the interface; `ending` is closed when the account ends.
    pub(crate) fn new(parts: AdminParts, ending: watch::Receiver<()>) -> Self {
        Self {
            outbox: parts.outbox,
            recipients: parts.recipients,
            spending: parts.spending,
            connect: parts.connect,
            faults: parts.faults,
            requests: parts.requests,
            authorizations: parts.authorizations,
            calls: OpenCalls::default(),
            streams: Streams::new(ending),
        }
    }
}

/// Returns the routes below `/_local/`. A GET request changes nothing, so that no link and no image
/// of a web page does. A body may pause for as long as `body_pause`.
pub(crate) fn router(admin: Admin, body_pause: Duration) -> Router {
    Router::new()
        .route("/_local/health", get(health))
        .route("/_local/numbers", get(numbers))
        .route("/_local/messages", get(messages))
        .route("/_local/calls", get(call_list).post(dial))
        .route("/_local/calls/{id}", get(call_report).post(step))
        .route("/_local/events", get(changes))
        .route("/_local/chats", post(chat))
        .route("/_local/test-cases/run", post(run_test))
        .route("/_local/sms/sandbox", put(sandbox))
        .route("/_local/sms/opt-out", put(opt_out))
        .route("/_local/sms/spend-quota", put(spend_quota))
        .route(
            "/_local/faults",
            get(faults).put(set_faults).delete(clear_faults),
        )
        .route("/_local/requests", get(requests).delete(clear_requests))
        .route(
            "/_local/authorizations",
            get(authorizations).delete(clear_authorizations),
        )
        .route("/_local/{*other}", any(nothing))
        .layer(from_fn_with_state(body_pause, with_whole_body))
        .with_state(Arc::new(admin))
}

/// Reads the body before the handler runs, so that handlers need not report read errors.
pub(crate) async fn with_whole_body(
    State(pause): State<Duration>,
    request: Request,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    match body::read(&head.headers, body, limits::OWN_INTERFACE_BYTES, pause).await {
        Ok(body) => next.run(Request::from_parts(head, Body::from(body))).await,
        Err(body_error) => {
            let status = match &body_error {
                BodyError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                BodyError::Stalled { .. } => StatusCode::REQUEST_TIMEOUT,
                BodyError::Broken { .. } => StatusCode::BAD_REQUEST,
            };
            let message = Json(json!({ "message": format!("The {body_error}.") }));
            (status, [(CONNECTION, "close")], message).into_response()
        }
    }
}

async fn nothing(uri: Uri) -> Response {
    let message = format!(
        "the path must be one of the account's interface, but was {}",
        uri.path()
    );
    (StatusCode::NOT_FOUND, Json(json!({ "message": message }))).into_response()
}

async fn health() -> Json<serde_json::Value> {
    Json(json!({ "status": "running", "version": env!("CARGO_PKG_VERSION") }))
}

async fn numbers(State(admin): State<Arc<Admin>>) -> Json<Vec<ClaimedNumber>> {
    Json(admin.connect.claimed_numbers())
}

async fn messages(State(admin): State<Arc<Admin>>) -> Json<Vec<SentMessage>> {
    Json(admin.outbox.messages())
}

async fn dial(
    State(admin): State<Arc<Admin>>,
    Json(request): Json<CallRequest>,
) -> Result<Json<CallTurn>, CallFault> {
    admin.calls.dial(&admin.connect, request).await.map(Json)
}

async fn call_list(State(admin): State<Arc<Admin>>) -> Json<Vec<CallSummary>> {
    Json(admin.connect.calls())
}

/// Answers with the record of a call, by the id of one of its contacts, together with the requests that its
/// functions sent.
async fn call_report(
    State(admin): State<Arc<Admin>>,
    Path(contact_id): Path<String>,
) -> Result<Json<CallReport>, CallFault> {
    let report = report_of(&admin.connect, &admin.requests, &contact_id);
    let report = report.ok_or_else(|| CallFault::NoRecord(clipped(&contact_id)))?;
    Ok(Json(report))
}

/// Returns the record of a call, by the id of one of its contacts, together with the requests that its functions
/// sent; `None` if no call on record has the contact.
pub(crate) fn report_of(
    connect: &ConnectService,
    requests: &RequestLog,
    contact_id: &str,
) -> Option<CallReport> {
    let record = connect.call_record(contact_id)?;
    let sent = record
        .blocks
        .iter()
        .enumerate()
        .filter_map(|(block, visited)| {
            let function = visited.function.as_ref()?;
            let requests = requests.of_trace(&function.trace_id);
            Some(FunctionRequests { block, requests })
        });
    Some(CallReport {
        requests: sent.collect(),
        record,
    })
}

async fn chat(
    State(admin): State<Arc<Admin>>,
    Json(request): Json<ChatRequest>,
) -> Result<Json<CallTurn>, CallFault> {
    admin.calls.chat(&admin.connect, request).await.map(Json)
}

/// Runs a test case to its end. Its time is virtual, so that only its functions take time.
async fn run_test(
    State(admin): State<Arc<Admin>>,
    Json(request): Json<TestRequest>,
) -> Result<Json<JudgedTest>, TestFault> {
    let judged = admin.connect.judge_test(&request).await;
    judged.map(Json).map_err(TestFault)
}

/// The reason for which a test case was not run.
struct TestFault(TestRefusal);

impl IntoResponse for TestFault {
    fn into_response(self) -> Response {
        let body = Json(json!({ "message": self.0.to_string() }));
        (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
    }
}

async fn step(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    Json(step): Json<CallStep>,
) -> Result<Json<CallTurn>, CallFault> {
    admin.calls.step(&id, step).await.map(Json)
}

async fn sandbox(
    State(admin): State<Arc<Admin>>,
    Json(request): Json<SandboxRequest>,
) -> Result<Json<()>, SmsFault> {
    let region = known_region(&request.region)?;
    admin.recipients.set_sandbox(region, request.inside);
    Ok(Json(()))
}

async fn spend_quota(
    State(admin): State<Arc<Admin>>,
    Json(request): Json<SpendQuotaRequest>,
) -> Result<Json<()>, SmsFault> {
    let region = known_region(&request.region)?;
    if request.dollars > MAX_QUOTA {
        return Err(SmsFault::Quota(request.dollars));
    }
    admin.spending.set_quota(region, request.dollars);
    Ok(Json(()))
}

async fn opt_out(
    State(admin): State<Arc<Admin>>,
    Json(request): Json<OptOutRequest>,
) -> Result<Json<()>, SmsFault> {
    let region = known_region(&request.region)?;
    let number = request.phone_number.as_str();
    if !is_e164(number) {
        return Err(SmsFault::Number(clipped(number)));
    }
    admin.recipients.opt_out(region, number, true)?;
    Ok(Json(()))
}

/// Why the opt-out list, the sandbox or the quota was not changed.
#[derive(Debug, thiserror::Error)]
enum SmsFault {
    #[error("region must be one of AWS's, such as ap-northeast-1, but was '{0}'")]
    Region(String),
    #[error("phoneNumber must be in E.164 form, such as +819012345678, but was '{0}'")]
    Number(String),
    #[error("dollars must be at most {MAX_QUOTA}, but was {0}")]
    Quota(u64),
    #[error(transparent)]
    Full(#[from] OptOutListFull),
}

/// Returns a Region's name if AWS has it. The lists of a Region are kept for as long as the account.
fn known_region(region: &str) -> Result<&str, SmsFault> {
    match regions::is_known(region) {
        true => Ok(region),
        false => Err(SmsFault::Region(clipped(region))),
    }
}

impl IntoResponse for SmsFault {
    fn into_response(self) -> Response {
        let body = Json(json!({ "message": self.to_string() }));
        (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
    }
}

async fn faults(State(admin): State<Arc<Admin>>) -> Json<Vec<FaultReport>> {
    Json(admin.faults.list())
}

/// Takes the body as text, so that mistakes in it are reported by the rules' own messages.
async fn set_faults(
    State(admin): State<Arc<Admin>>,
    rules: String,
) -> Result<Json<Vec<FaultReport>>, FaultRuleError> {
    admin.faults.set(FaultRule::read_all(&rules)?)?;
    Ok(Json(admin.faults.list()))
}

async fn clear_faults(State(admin): State<Arc<Admin>>) -> Json<()> {
    admin.faults.clear();
    Json(())
}

async fn requests(State(admin): State<Arc<Admin>>) -> Json<Vec<RequestRecord>> {
    Json(admin.requests.records())
}

async fn clear_requests(State(admin): State<Arc<Admin>>) -> Json<()> {
    admin.requests.clear();
    Json(())
}

async fn authorizations(
    State(admin): State<Arc<Admin>>,
    Query(input): Query<AuthorizationsQuery>,
) -> Json<Vec<AuthorizationRecord>> {
    Json(admin.authorizations.records(input.role.as_deref()))
}

async fn clear_authorizations(State(admin): State<Arc<Admin>>) -> Json<()> {
    admin.authorizations.clear();
    Json(())
}

impl IntoResponse for FaultRuleError {
    fn into_response(self) -> Response {
        let body = Json(json!({ "message": self.to_string() }));
        (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
    }
}

impl IntoResponse for CallFault {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NotAnswered(_) | Self::NotStarted(_) | Self::NoKey(_) | Self::LongCaller => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::NoCall(_) | Self::NoRecord(_) => StatusCode::NOT_FOUND,
        };
        (status, Json(json!({ "message": self.to_string() }))).into_response()
    }
}
