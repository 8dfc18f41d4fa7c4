//! A call as one HTML file.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use axum::response::{IntoResponse, Response};
use local_page::{Flow, Language, Report};
use serde::Deserialize;

use super::Ui;
use super::picture::{draw, marks};
use super::refusal::{no_record, refuse};
use crate::admin;

/// The most flows whose pictures a report has. A call passes through a handful.
const MOST_PICTURES: usize = 20;

/// Selects the language of a report.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportQuery {
    /// `en` or `ja`; absent for English.
    lang: Option<String>,
}

/// Answers with the report of a call, by the id of one of its contacts, as a file to save.
pub(super) async fn report(
    State(ui): State<Arc<Ui>>,
    Path(contact_id): Path<String>,
    Query(query): Query<ReportQuery>,
) -> Response {
    let code = query.lang.as_deref().unwrap_or("en");
    let Some(language) = Language::of_code(code) else {
        return refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "lang must be en or ja, but was another text",
        );
    };
    let Some(call) = admin::report_of(&ui.connect, &ui.requests, &contact_id) else {
        return no_record(&contact_id);
    };
    let requests = call.requests.iter().filter_map(|of_block| {
        // A record of a request has no value that JSON lacks.
        let requests = serde_json::to_value(&of_block.requests).ok()?;
        Some((of_block.block, requests))
    });
    let mut ids: Vec<&str> = Vec::new();
    for block in &call.record.blocks {
        if !ids.contains(&block.flow_id.as_str()) && ids.len() < MOST_PICTURES {
            ids.push(&block.flow_id);
        }
    }
    let flows = ids.into_iter().filter_map(|id| {
        // A flow that was deleted since then has no picture; its steps are in the report.
        let (name, content) = ui.connect.published_content(id)?;
        let picture = draw(&content, &name, &marks(&call.record, id, None)).ok()?;
        Some(Flow { name, picture })
    });
    let html = local_page::report(&Report {
        record: &call.record,
        requests: requests.collect(),
        flows: flows.collect(),
        language,
    });
    let name = format!("attachment; filename=\"call-{contact_id}.html\"");
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, local_page::CONTENT_POLICY),
    ];
    // The id is that of a contact on record: hexadecimal digits and hyphens.
    (headers, [(CONTENT_DISPOSITION, name)], html).into_response()
}
