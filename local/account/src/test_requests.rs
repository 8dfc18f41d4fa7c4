//! Requests of tests to a service, without a gateway.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, Uri};
use local_wire::{Request, Service};
use serde_json::Value;

/// Sends a service of a Region, by its signing name, a request with these headers and this body; status
/// and text of the answer.
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

/// Asks a JSON service of a Region by its signing name and a target such as `TrentService.CreateKey`;
/// status and body of the answer.
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

/// Sends a service a form; status and text of the answer.
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
