//! The page of the account below `/_local/ui/`, and what it asks beside the interface that the command line uses:
//! pictures of flows, calls as files and as test cases, tables and figures.

mod figures;
mod picture;
mod refusal;
mod report;
mod tables;
mod test_case;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HOST,
    IF_NONE_MATCH, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use local_connect::ConnectService;

use crate::admin;
use crate::cloudwatch::CloudWatch;
use crate::dynamodb::DynamoDb;
use crate::host::HostName;
use crate::requests::RequestLog;
use crate::s3;

/// The path of the page.
pub(crate) const PATH: &str = "/_local/ui/";

/// The parts of the account that the page shows, beside those of the interface of the command line.
pub(crate) struct Ui {
    pub(crate) connect: Arc<ConnectService>,
    pub(crate) requests: Arc<RequestLog>,
    pub(crate) dynamodb: Arc<DynamoDb>,
    pub(crate) cloudwatch: Arc<CloudWatch>,
}

/// Returns the routes of the page. A body may pause for as long as `body_pause`.
pub(crate) fn router(ui: Ui, body_pause: Duration) -> Router {
    Router::new()
        .route("/_local/ui", get(to_page))
        .route(PATH, get(async |headers: HeaderMap| page(&headers, "")))
        .route("/_local/ui/{*path}", get(page_file))
        .route("/_local/calls/{id}/report.html", get(report::report))
        .route("/_local/calls/{id}/test-case", post(test_case::test_case))
        .route("/_local/flows/{id}/picture", get(picture::picture))
        .route("/_local/tables", get(tables::list))
        .route(
            "/_local/tables/{region}/{table}",
            get(tables::rows).put(tables::put).delete(tables::delete),
        )
        .route("/_local/figures", get(figures::figures))
        .layer(from_fn_with_state(body_pause, admin::with_whole_body))
        .layer(from_fn(as_declared))
        .with_state(Arc::new(ui))
}

async fn to_page() -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, PATH)]).into_response()
}

async fn page_file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    page(&headers, &path)
}

fn page(headers: &HeaderMap, path: &str) -> Response {
    let Some(file) = local_page::file(path) else {
        return refusal::not_found("the path must be that of a file of the page, but was", path);
    };
    let fixed = [
        (CONTENT_SECURITY_POLICY, local_page::PAGE_POLICY),
        (REFERRER_POLICY, "no-referrer"),
        // Asked for again each time, since another account of this address may have another version.
        (CACHE_CONTROL, "no-cache"),
        (ETAG, file.etag),
    ];
    let known = headers.get(IF_NONE_MATCH);
    if known.is_some_and(|known| known.as_bytes() == file.etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    (fixed, [(CONTENT_TYPE, file.content_type)], file.content).into_response()
}

/// Has browsers take every answer for what its type says.
async fn as_declared(request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    let nosniff = HeaderValue::from_static("nosniff");
    answer.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, nosniff);
    answer
}

/// Leads a browser whose user typed the account's address to the page, and marks everything else as content
/// that must never run in the page's origin.
///
/// Everything at `/` is AWS's: only an unsigned GET that wants HTML, without a query and of no bucket, which no
/// service of AWS takes, is a browser's.
pub(crate) async fn lead_or_guard(
    State(names): State<Arc<Vec<HostName>>>,
    request: Request,
    next: Next,
) -> Response {
    if is_of_browser(&request, &names) {
        return (StatusCode::SEE_OTHER, [(LOCATION, PATH)]).into_response();
    }
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    // Objects of S3 and the code of functions may be pages with scripts.
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(local_page::CONTENT_POLICY),
    );
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

fn is_of_browser(request: &Request, names: &[HostName]) -> bool {
    let headers = request.headers();
    let accepts = |kind: &HeaderValue| kind.to_str().is_ok_and(|kind| kind.contains("text/html"));
    request.method() == Method::GET
        && request.uri().path() == "/"
        && request.uri().query().is_none()
        && !headers.contains_key(AUTHORIZATION)
        && headers.get(ACCEPT).is_some_and(accepts)
        && !s3::names_bucket(headers.get(HOST), names)
}
