//! Sends requests to a service in tests, without a gateway.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, Uri};
use local_wire::{Request, Service};
use serde_json::Value;

/// Sends a request with these headers and this body to a service, given by its signing name, in a
/// Region; returns the response's status and text.
pub(crate) async fn send(
    service: &impl Service,
    region: &str,
    name: &str,
    headers: &[(&str, &str)],
    body: String,
) -> (u16, String) {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let answer = service
        .handle(Request {
            region: region.into(),
            service: name.into(),
            access_key_id: "local".into(),
            method: Method::POST,
            uri: Uri::from_static("/"),
            headers: headers.collect::<HeaderMap>(),
            body: body.into(),
        })
        .await;
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    (answer.status().as_u16(), text)
}

/// Sends a request to a JSON service, given by its signing name, in a Region; the target is one
/// such as `TrentService.CreateKey`. Returns the response's status and body.
pub(crate) async fn ask(
    service: &impl Service,
    region: &str,
    name: &str,
    target: &str,
    body: Value,
) -> (u16, Value) {
    let headers = [("x-amz-target", target)];
    let (status, text) = send(service, region, name, &headers, body.to_string()).await;
    (status, serde_json::from_str(&text).unwrap())
}

/// Sends a form to a service; returns the response's status and text.
pub(crate) async fn send_form(
    service: &impl Service,
    region: &str,
    name: &str,
    parameters: &[(&str, &str)],
) -> (u16, String) {
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let headers = [(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
    send(service, region, name, &headers, form).await
}
