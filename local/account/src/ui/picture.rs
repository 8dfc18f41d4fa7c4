//! Pictures of flows, with the way of a call.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use connect_flow_picture::{Graph, Marks, Options, Step, Style, svg};
use local_connect::{CallRecord, VisitedBlock};
use serde::Deserialize;

use super::Ui;
use super::refusal::{no_record, not_found, refuse};

/// Selects the marks of a picture.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PictureQuery {
    /// The id of a contact, whose way is lit; absent for a picture without marks.
    contact: Option<String>,
    /// The number of steps of the call that are lit; absent for all.
    steps: Option<usize>,
}

/// Answers with the picture of a flow or module as SVG, for a page that has the style sheet of pictures.
pub(super) async fn picture(
    State(ui): State<Arc<Ui>>,
    Path(flow_id): Path<String>,
    Query(query): Query<PictureQuery>,
) -> Response {
    let Some((name, content)) = ui.connect.published_content(&flow_id) else {
        return not_found(
            "the flow must be a published flow or module, by its id, but was",
            &flow_id,
        );
    };
    let marks = match &query.contact {
        None => Marks::default(),
        Some(contact) => match ui.connect.call_record(contact) {
            Some(record) => marks(&record, &flow_id, query.steps),
            None => return no_record(contact),
        },
    };
    let headers = [
        (CONTENT_TYPE, "image/svg+xml"),
        (CACHE_CONTROL, "no-store"),
        // The texts of the flow are somebody's content.
        (CONTENT_SECURITY_POLICY, local_page::CONTENT_POLICY),
    ];
    match draw(&content, &name, &marks) {
        Ok(picture) => (headers, picture).into_response(),
        Err(unreadable) => refuse(StatusCode::UNPROCESSABLE_ENTITY, &unreadable.to_string()),
    }
}

/// Draws a flow for a page.
pub(super) fn draw(
    content: &str,
    name: &str,
    marks: &Marks,
) -> Result<String, connect_flow_picture::Unreadable> {
    let options = Options {
        style: Style::Embedded,
        title: Some(name.to_owned()),
        ..Options::default()
    };
    Ok(svg(&Graph::read(content)?, marks, &options))
}

/// Returns the marks of a call's first steps on one of its flows. The step that the call is at is marked only
/// in the flow that it is in.
pub(super) fn marks(record: &CallRecord, flow_id: &str, steps: Option<usize>) -> Marks {
    let steps = steps.unwrap_or(record.blocks.len());
    let way = || record.blocks.iter().take(steps);
    let here = |block: &&VisitedBlock| block.flow_id == flow_id;
    Marks {
        steps: way().filter(here).map(step).collect(),
        current: way()
            .next_back()
            .filter(here)
            .map(|block| block.block.clone()),
        never_taken: None,
    }
}

fn step(block: &VisitedBlock) -> Step {
    let branch = block.left_by.as_ref().and_then(|left| left.label());
    Step {
        block: block.block.clone(),
        branch: branch.map(str::to_owned),
    }
}
