//! Sends requests that are made from a service model to its service.

use std::collections::BTreeSet;

use local_service_tests::{ModelTable, place, record_made};
use local_wire::model::ServiceModel;
use local_wire::{ApiRequest, Request, Response, Service};

use crate::test_requests::request;

/// The way in which requests for an operation are addressed.
#[derive(Clone, Copy)]
pub(crate) enum Addressed<'a> {
    /// By method and path, given by operation.
    Rest(&'a dyn Fn(&str) -> Option<(&'static str, &'static str)>),
    /// By the header `x-amz-target`, after this prefix.
    Target(&'static str),
}

/// Sends every request that is made from the model. One that the model allows must not be refused for
/// its form; one that it does not allow must have the error that the model lists for it.
pub(crate) async fn assert_answered_as_the_model_says(
    service: &impl Service,
    model: &ServiceModel,
    table: &ModelTable,
    addressed: Addressed<'_>,
) {
    let name = service.dialect().service;
    let mut wrong = Vec::new();
    let mut counts = [0, 0];
    for made in table.inputs() {
        let operation = made.operation.as_str();
        let request = match addressed {
            Addressed::Target(prefix) => {
                let target = format!("{prefix}.{operation}");
                let headers = [("x-amz-target", target.as_str())];
                request("eu-west-1", name, &headers, made.input.to_string())
            }
            Addressed::Rest(address) => {
                let placed = address(operation)
                    .and_then(|(method, uri)| Some((method, place(table, uri, &made)?)));
                let Some((method, placed)) = placed else {
                    continue;
                };
                Request {
                    region: "eu-west-1".into(),
                    service: name.into(),
                    access_key_id: "local".into(),
                    method: method.parse().unwrap(),
                    uri: placed.uri.parse().unwrap(),
                    headers: placed.headers,
                    body: placed.body.into(),
                }
            }
        };
        let checked = model.check(&ApiRequest::new(service.dialect(), request.clone()));
        let answer = service.handle(request).await;
        let status = answer.status();
        let code = code(&answer);
        let malformed = [model.malformed(operation), "SerializationException"];
        let as_the_model_says = match made.allowed {
            true => checked.is_ok() && code != "SerializationException",
            false => checked.is_err() && malformed.contains(&code.as_str()),
        };
        record_made(name, operation, made.allowed, as_the_model_says);
        counts[usize::from(made.allowed)] += 1;
        if !as_the_model_says {
            wrong.push(format!(
                "{operation} {}\n  allowed: {}, but was {status} {code} ({checked:?})",
                made.input, made.allowed
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(counts.iter().all(|count| *count > 20), "{counts:?}");
}

/// Returns the error code of an answer: in a header of REST services, in the body of others.
fn code(answer: &Response) -> String {
    let header = answer.headers().get("x-amzn-errortype");
    if let Some(code) = header.and_then(|code| code.to_str().ok()) {
        return code.to_owned();
    }
    let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    body["__type"].as_str().unwrap_or_default().to_owned()
}

/// Asserts that the patterns which the account does not enforce are those without a text.
pub(crate) fn assert_patterns_enforced(model: &ServiceModel, table: &ModelTable) {
    let left_out: BTreeSet<&str> = model.patterns_left_out().map(|(_, text)| text).collect();
    assert_eq!(left_out, table.patterns_left_out().collect());
}
