//! Refusals as each service would write them.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use local_wire::{Fault, Response};

use super::Effect;
use crate::dynamodb::is_item_operation;
use crate::operation::Protocol;
use crate::s3;

/// What a service calls its own failures.
struct Errors {
    service: &'static str,
    throttled: (u16, &'static str),
    broken: (u16, &'static str),
    /// The member with the sentence, where the service answers in JSON.
    message: &'static str,
}

const fn errors(
    service: &'static str,
    throttled: (u16, &'static str),
    broken: (u16, &'static str),
    message: &'static str,
) -> Errors {
    Errors {
        service,
        throttled,
        broken,
        message,
    }
}

/// Every service of the account, by its signing name, after the service models; those that leave
/// throttling to AWS's common errors have `Throttling`.
const ERRORS: [Errors; 13] = [
    errors(
        "connect",
        (429, "ThrottlingException"),
        (500, "InternalServiceException"),
        "Message",
    ),
    errors(
        "dynamodb",
        (400, "ThrottlingException"),
        (500, "InternalServerError"),
        "message",
    ),
    errors(
        "iam",
        (400, "Throttling"),
        (500, "ServiceFailure"),
        "message",
    ),
    errors(
        "kms",
        (400, "ThrottlingException"),
        (500, "KMSInternalException"),
        "message",
    ),
    errors(
        "lambda",
        (429, "TooManyRequestsException"),
        (500, "ServiceException"),
        "Message",
    ),
    errors(
        "logs",
        (400, "ThrottlingException"),
        (503, "ServiceUnavailableException"),
        "message",
    ),
    errors(
        "monitoring",
        (400, "Throttling"),
        (500, "InternalServiceFault"),
        "Message",
    ),
    errors("s3", (503, "SlowDown"), (500, "InternalError"), "Message"),
    errors(
        "sms-voice",
        (400, "ThrottlingException"),
        (500, "InternalServerException"),
        "Message",
    ),
    errors(
        "sns",
        (400, "Throttling"),
        (500, "InternalError"),
        "message",
    ),
    errors(
        "ssm",
        (400, "ThrottlingException"),
        (500, "InternalServerError"),
        "Message",
    ),
    errors(
        "sts",
        (400, "Throttling"),
        (500, "InternalFailure"),
        "message",
    ),
    errors(
        "xray",
        (429, "ThrottledException"),
        (500, "InternalFailure"),
        "Message",
    ),
];

/// The services that rules may name.
pub(super) fn services() -> impl Iterator<Item = &'static str> {
    ERRORS.iter().map(|errors| errors.service)
}

/// The error that an effect refuses a call with; `None` for effects that refuse nothing.
pub(crate) fn refusal(effect: &Effect, service: &str, operation: &str) -> Option<Fault> {
    let errors = ERRORS.iter().find(|errors| errors.service == service)?;
    let fault = |(status, code): (u16, &str), message: &str| Fault::new(status, code, message);
    match effect {
        Effect::Throttle => {
            let mut throttled = errors.throttled;
            if service == "dynamodb" && is_item_operation(operation) {
                throttled.1 = "ProvisionedThroughputExceededException";
            }
            let fault = fault(throttled, "Too many requests: a fault rule says so.");
            Some(if service == "lambda" {
                fault.with("Reason", "CallerRateLimitExceeded".into())
            } else {
                fault
            })
        }
        Effect::ServerError => Some(fault(
            errors.broken,
            "The service broke: a fault rule says so.",
        )),
        Effect::Unavailable => Some(fault(
            (503, "ServiceUnavailable"),
            "The service is unavailable: a fault rule says so.",
        )),
        Effect::Refuse(refusal) => {
            let mut fault = Fault::new(refusal.status, &refusal.code, &refusal.message);
            fault.members = refusal.members.clone();
            Some(fault)
        }
        _ => None,
    }
}

/// Writes a refusal in the protocol of the request.
pub(crate) fn write(fault: Fault, service: &str, protocol: Protocol) -> Response {
    match protocol {
        Protocol::Query => fault.query_xml(),
        Protocol::Cbor => cbor(&fault),
        Protocol::Rest if service == "s3" => s3::refusal(&fault),
        Protocol::Rest if service == "lambda" => {
            let kind = if fault.status < 500 {
                "User"
            } else {
                "Service"
            };
            // Lambda's models disagree about the member's case; this one is in lower case.
            let member = if fault.code == "TooManyRequestsException" {
                "message"
            } else {
                "Message"
            };
            fault.with("Type", kind.into()).json(member)
        }
        Protocol::Json | Protocol::Rest => {
            let errors = ERRORS.iter().find(|errors| errors.service == service);
            fault.json(errors.map_or("message", |errors| errors.message))
        }
    }
}

/// A success whose body breaks off in the middle.
pub(crate) fn garbage(protocol: Protocol) -> Response {
    let (kind, body): (_, &'static [u8]) = match protocol {
        Protocol::Json => ("application/x-amz-json-1.0", b"{\"Result\": {\"breaks"),
        Protocol::Rest => ("application/json", b"{\"Result\": {\"breaks"),
        Protocol::Query => ("text/xml", b"<Response><Result><breaks"),
        Protocol::Cbor => ("application/cbor", &[0xa1, 0x66, b'b', b'r']),
    };
    answer(StatusCode::OK, kind, Bytes::from_static(body))
}

/// RPC v2 writes an error as a map of two texts.
fn cbor(fault: &Fault) -> Response {
    let mut body = vec![0xa2];
    for text in ["__type", &fault.code, "message", &fault.message] {
        // A text with its length in two bytes; no sentence of ours is longer.
        let bytes = &text.as_bytes()[..text.len().min(usize::from(u16::MAX))];
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        body.push(0x79);
        body.extend(length.to_be_bytes());
        body.extend(bytes);
    }
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer(status, "application/cbor", body.into())
}

fn answer(status: StatusCode, kind: &'static str, body: Bytes) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if kind == "application/cbor" {
        headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
    }
    if let Ok(id) = HeaderValue::from_str(&local_wire::request_id()) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}
