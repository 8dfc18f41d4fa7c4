//! Refusals of the page's requests, as a sentence in JSON.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::requests::clipped;

/// Returns a refusal with a sentence.
pub(super) fn refuse(status: StatusCode, sentence: &str) -> Response {
    (status, Json(json!({ "message": sentence }))).into_response()
}

/// Returns the refusal for something that does not exist; the sentence ends with what was asked for.
pub(super) fn not_found(sentence: &str, asked: &str) -> Response {
    refuse(
        StatusCode::NOT_FOUND,
        &format!("{sentence} {}", clipped(asked)),
    )
}

/// Returns the refusal for a contact that no call on record has.
pub(super) fn no_record(contact_id: &str) -> Response {
    not_found(
        "the contact must be one of the latest calls, which GET /_local/calls lists, but was",
        contact_id,
    )
}
