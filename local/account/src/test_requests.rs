//! Sends requests to a service in tests, without a gateway.

use std::panic::AssertUnwindSafe;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, Uri};
use futures_util::FutureExt;
use local_service_tests::record_sent;
use local_wire::{ApiRequest, Dialect, Fault, Operation, Protocol, Request, Response, Service};
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
    let request = request(region, name, headers, body);
    let operation = Operation::of(service.dialect(), &request).name;
    record_sent(name, &operation);
    let answer = service.handle(request).await;
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    (answer.status().as_u16(), text)
}

pub(crate) fn request(
    region: &str,
    service: &str,
    headers: &[(&str, &str)],
    body: String,
) -> Request {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    Request {
        region: region.into(),
        service: service.into(),
        access_key_id: "local".into(),
        method: Method::POST,
        uri: Uri::from_static("/"),
        headers: headers.collect::<HeaderMap>(),
        body: body.into(),
    }
}

/// The headers without which dynoxide answers that it does not know the operation.
pub(crate) const SIGNED_JSON: [(&str, &str); 3] = [
    ("content-type", "application/x-amz-json-1.0"),
    (
        "authorization",
        "AWS4-HMAC-SHA256 Credential=local/20260101/ap-northeast-1/dynamodb/aws4_request, \
         SignedHeaders=host, Signature=00",
    ),
    ("x-amz-date", "20260101T000000Z"),
];

/// Compares a list of a service's operations with those that an embedded crate serves, which it
/// finds by an empty request for each. `ask` sends a request to the crate.
pub(crate) async fn compare_with_crate(
    list: &str,
    dialect: &'static Dialect,
    target_prefix: &str,
    ask: impl AsyncFn(&ApiRequest) -> Result<Response, Fault>,
) {
    let mut wrong = Vec::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let name = line.trim_start_matches('-');
        let target = format!("{target_prefix}.{name}");
        let (headers, body) = match dialect.protocol {
            Protocol::Query => (
                vec![("content-type", "application/x-www-form-urlencoded")],
                format!("Action={name}"),
            ),
            _ => {
                let target = [("x-amz-target", target.as_str())];
                (
                    target.into_iter().chain(SIGNED_JSON).collect(),
                    "{}".to_owned(),
                )
            }
        };
        let request = ApiRequest::new(
            dialect,
            request("eu-west-1", dialect.service, &headers, body),
        );
        // A crate that panics over an empty request has the operation.
        let answer = AssertUnwindSafe(ask(&request)).catch_unwind().await;
        let is_unknown = answer.is_ok_and(|answer| {
            let body = answer.unwrap().into_body();
            let body = String::from_utf8_lossy(&body);
            body.contains("InvalidAction") || body.contains("UnknownOperationException")
        });
        if is_unknown != line.starts_with('-') {
            wrong.push(line.to_owned());
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "{}", dialect.service);
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
