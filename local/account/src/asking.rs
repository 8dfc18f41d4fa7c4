//! How tests ask a service without a gateway.

use axum::http::{HeaderMap, Method, Uri};
use local_wire::{Request, Service};
use serde_json::Value;

/// Asks a JSON service of a Region by its signing name and a target such as `TrentService.CreateKey`;
/// status and body of the answer.
pub(crate) async fn ask(
    service: &impl Service,
    region: &str,
    name: &str,
    target: &str,
    body: Value,
) -> (u16, Value) {
    let headers = [("x-amz-target".parse().unwrap(), target.parse().unwrap())];
    let answer = service
        .handle(Request {
            region: region.into(),
            service: name.into(),
            access_key_id: "local".into(),
            method: Method::POST,
            uri: Uri::from_static("/"),
            headers: headers.into_iter().collect::<HeaderMap>(),
            body: body.to_string().into(),
        })
        .await;
    let body = serde_json::from_slice(answer.body()).unwrap();
    (answer.status().as_u16(), body)
}
