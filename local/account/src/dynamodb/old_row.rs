//! UpdateItem with the old row as its result. If there was no row, dynoxide returns the key, but
//! DynamoDB returns no attributes, as DynamoDB Local shows.

use local_wire::{ApiRequest, Fault, Response};
use serde_json::{Value, json};

use super::engine::Engine;

/// Reports whether a request is an UpdateItem with `ReturnValues` `ALL_OLD`.
pub(super) fn is_wanted(operation: &str, request: &ApiRequest) -> bool {
    operation == "UpdateItem"
        && serde_json::from_slice::<Value>(&request.body)
            .is_ok_and(|input| input["ReturnValues"] == "ALL_OLD")
}

/// Serves such a request. A row that consists of its key alone gives the same response as no row,
/// so the row is read first, while no other request can write.
pub(super) async fn update(engine: &Engine, request: &ApiRequest) -> Result<Response, Fault> {
    let _alone = engine.rows.write().await;
    let is_new = !has_row(engine, request).await?;
    let answer = engine.forward(request).await?;
    if !(is_new && answer.status().is_success()) {
        return Ok(answer);
    }
    let (mut parts, body) = answer.into_parts();
    let mut body: Value = serde_json::from_slice(&body).map_err(unreadable)?;
    if let Some(body) = body.as_object_mut() {
        body.remove("Attributes");
    }
    // It describes the body before the change.
    parts.headers.remove("x-amz-crc32");
    Ok(Response::from_parts(parts, body.to_string().into()))
}

/// Reports whether the row exists. An invalid request has no row; the update reports its error.
async fn has_row(engine: &Engine, original: &ApiRequest) -> Result<bool, Fault> {
    let input: Value = serde_json::from_slice(&original.body).map_err(unreadable)?;
    let get = json!({
        "TableName": input["TableName"],
        "Key": input["Key"],
        "ConsistentRead": true,
    });
    let request = original.instead("GetItem", get.to_string());
    let answer = engine.forward(&request).await?;
    let found: Value = serde_json::from_slice(answer.body()).map_err(unreadable)?;
    Ok(found["Item"].is_object())
}

fn unreadable(error: serde_json::Error) -> Fault {
    Fault::new(
        500,
        "InternalServerError",
        format!("the table store's response is not valid JSON: {error}"),
    )
}
