//! CloudWatch's three protocols, all carrying the same members: Smithy's RPC v2 (CBOR), JSON 1.0
//! and Query. Which one a client speaks depends on its age.
//!
//! Inside, requests and answers are JSON; times are seconds since the epoch and known by name.

use axum::http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use bytes::Bytes;
use ciborium::Value as Cbor;
use local_wire::{Fault, Request, Response, request_id};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::form;
use crate::operation::Protocol;

/// The members of answers that are times, or lists of them.
const TIMES: [&str; 6] = [
    "AlarmConfigurationUpdatedTimestamp",
    "LastModified",
    "StateTransitionedTimestamp",
    "StateUpdatedTimestamp",
    "Timestamp",
    "Timestamps",
];

/// CBOR's tag for seconds since the epoch.
const EPOCH_TAG: u64 = 1;
/// How deep the values of a request may lie in each other. Those of the service's model, with their
/// lists and tags, go down to ten.
const DEEPEST: usize = 32;

/// The shape name of an error, and the code the Query protocol has for it. In the other two the
/// code goes along in a header, where SDKs that once spoke Query look for it.
const QUERY_CODES: [(&str, &str); 7] = [
    ("DashboardInvalidInputError", "InvalidParameterInput"),
    ("DashboardNotFoundError", "ResourceNotFound"),
    ("InternalServiceFault", "InternalServiceError"),
    (
        "InvalidParameterCombinationException",
        "InvalidParameterCombination",
    ),
    ("InvalidParameterValueException", "InvalidParameterValue"),
    ("LimitExceededFault", "LimitExceeded"),
    ("MissingRequiredParameterException", "MissingParameter"),
];

/// A request's members.
pub(super) fn read(request: &Request, protocol: Protocol) -> Result<Value, Fault> {
    let empty = || Value::Object(Map::new());
    match protocol {
        Protocol::Query => form::read(&request.body),
        _ if request.body.is_empty() => Ok(empty()),
        Protocol::Cbor => {
            let bytes = &request.body[..];
            let body: Cbor = ciborium::de::from_reader_with_recursion_limit(bytes, DEEPEST)
                .map_err(malformed)?;
            serde_json::to_value(untagged(body)).map_err(malformed)
        }
        Protocol::Json | Protocol::Rest => serde_json::from_slice(&request.body).map_err(malformed),
    }
}

/// An answer, or the refusal.
pub(super) fn write(protocol: Protocol, operation: &str, answer: Result<Value, Fault>) -> Response {
    match answer.and_then(|answer| success(protocol, operation, answer)) {
        Ok(response) => response,
        Err(fault) => refusal(protocol, fault),
    }
}

fn success(protocol: Protocol, operation: &str, answer: Value) -> Result<Response, Fault> {
    Ok(match protocol {
        Protocol::Query => body("text/xml", form::write(operation, answer, is_time)?.into()),
        Protocol::Cbor => {
            let mut bytes = Vec::new();
            ciborium::into_writer(&tagged(answer, false), &mut bytes).map_err(unwritable)?;
            body("application/cbor", bytes.into())
        }
        Protocol::Json | Protocol::Rest => {
            body("application/x-amz-json-1.0", answer.to_string().into())
        }
    })
}

fn refusal(protocol: Protocol, mut fault: Fault) -> Response {
    let code = QUERY_CODES
        .iter()
        .find(|(shape, _)| *shape == fault.code)
        .map_or(fault.code.clone(), |(_, code)| (*code).to_owned());
    let mut response = match protocol {
        Protocol::Query => {
            fault.code = code;
            return fault.query_xml();
        }
        Protocol::Cbor => {
            let members = [("__type", &fault.code), ("message", &fault.message)]
                .map(|(name, text)| (Cbor::Text(name.into()), Cbor::Text(text.clone())));
            let mut bytes = Vec::new();
            if let Err(error) = ciborium::into_writer(&Cbor::Map(members.into()), &mut bytes) {
                // Texts can always be written to memory.
                tracing::error!(%error, "cannot write a refusal");
            }
            body("application/cbor", bytes.into())
        }
        Protocol::Json | Protocol::Rest => fault.json("message"),
    };
    *response.status_mut() =
        StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let sender = if fault.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    if let Ok(header) = HeaderValue::from_str(&format!("{code};{sender}")) {
        response.headers_mut().insert("x-amzn-query-error", header);
    }
    response
}

fn body(kind: &'static str, bytes: Bytes) -> Response {
    let mut response = Response::new(bytes);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if kind == "application/cbor" {
        headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
    }
    if let Ok(id) = HeaderValue::from_str(&request_id()) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

fn is_time(member: &str) -> bool {
    TIMES.contains(&member)
}

/// A time as XML writes it.
pub(super) fn rfc3339(seconds: f64) -> String {
    let nanoseconds = (seconds * 1e3).round() as i128 * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// CBOR marks times with a tag; JSON has bare seconds.
fn untagged(value: Cbor) -> Cbor {
    match value {
        Cbor::Tag(_, inner) => untagged(*inner),
        Cbor::Array(values) => Cbor::Array(values.into_iter().map(untagged).collect()),
        Cbor::Map(entries) => Cbor::Map(
            entries
                .into_iter()
                .map(|(key, value)| (key, untagged(value)))
                .collect(),
        ),
        other => other,
    }
}

fn tagged(value: Value, time: bool) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(value) => Cbor::Bool(value),
        Value::String(text) => Cbor::Text(text),
        Value::Number(number) => {
            let plain = match number.as_i64() {
                Some(whole) if !time => Cbor::Integer(whole.into()),
                _ => Cbor::Float(number.as_f64().unwrap_or_default()),
            };
            match time {
                true => Cbor::Tag(EPOCH_TAG, Box::new(plain)),
                false => plain,
            }
        }
        Value::Array(values) => Cbor::Array(
            values
                .into_iter()
                .map(|value| tagged(value, time))
                .collect(),
        ),
        Value::Object(members) => Cbor::Map(
            members
                .into_iter()
                .map(|(name, value)| {
                    let time = is_time(&name);
                    (Cbor::Text(name), tagged(value, time))
                })
                .collect(),
        ),
    }
}

fn malformed(error: impl std::error::Error) -> Fault {
    Fault::new(400, "SerializationException", error.to_string())
}

fn unwritable(error: impl std::error::Error) -> Fault {
    Fault::new(500, "InternalServiceFault", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_have_a_tag_in_cbor_only() {
        let time = Cbor::Tag(1, Box::new(Cbor::Float(0.5)));
        let asked = Cbor::Map(vec![(Cbor::Text("StartTime".into()), time.clone())]);
        let read = serde_json::to_value(untagged(asked)).unwrap();
        assert_eq!(read, json!({ "StartTime": 0.5 }));

        let Cbor::Map(answer) = tagged(json!({ "Timestamps": [0.5], "Values": [0.5] }), false)
        else {
            panic!("an object is a map");
        };
        assert_eq!(answer[0].1, Cbor::Array(vec![time]));
        assert_eq!(answer[1].1, Cbor::Array(vec![Cbor::Float(0.5)]));
    }

    #[test]
    fn an_error_has_the_code_that_old_clients_know() {
        let fault = Fault::new(404, "DashboardNotFoundError", "no such dashboard");
        let query = refusal(Protocol::Query, fault.clone());
        let text = String::from_utf8_lossy(query.body()).into_owned();
        assert!(text.contains("<Code>ResourceNotFound</Code>"), "{text}");
        for protocol in [Protocol::Cbor, Protocol::Json] {
            let answer = refusal(protocol, fault.clone());
            assert_eq!(answer.status(), 404);
            assert_eq!(
                answer.headers()["x-amzn-query-error"],
                "ResourceNotFound;Sender"
            );
        }
    }
}
