//! Fuzzes the account's limits of parameters: it accepts a form exactly if its names and its number of
//! parameters are within the limits, and reads it as a form then.
#![no_main]

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Uri};
use libfuzzer_sys::fuzz_target;
use local_wire::Protocol;
use local_wire::query::{self, Form};
use percent_encoding::percent_decode;

#[path = "../../../local/account/src/limits.rs"]
#[allow(
    dead_code,
    reason = "requests have limits beside those of their parameters"
)]
mod limits;

/// The documented limits.
const MAX_PARAMETERS: usize = 50_000;
const MAX_PARTS: usize = 32;

/// The most bytes of a body, which has room for more (empty) parameters than are allowed.
const MAX_BODY: usize = 52 * 1024;

const PROTOCOLS: [Protocol; 5] = [
    Protocol::Query,
    Protocol::Json,
    Protocol::Cbor,
    Protocol::RestJson,
    Protocol::RestXml,
];

/// Returns the most parts of a name, and the number of parameters.
fn counted(form: &[u8]) -> (usize, usize) {
    let mut deepest = 0;
    let pairs: Vec<&[u8]> = form.split(|byte| *byte == b'&').collect();
    for pair in &pairs {
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
        let dots = percent_decode(name).filter(|byte| *byte == b'.').count();
        // The form has no parameter between two `&`.
        deepest = deepest.max(if pair.is_empty() { 0 } else { dots + 1 });
    }
    (deepest, pairs.len())
}

fn is_within(form: &[u8]) -> bool {
    let (parts, parameters) = counted(form);
    parts <= MAX_PARTS && parameters <= MAX_PARAMETERS
}

fuzz_target!(|input: (u8, bool, u32, &str, &[u8])| {
    let (protocol, is_form, times, query, piece) = input;
    let times = (times as usize).min(MAX_BODY / piece.len().max(1));
    let body = &piece.repeat(times);
    let protocol = PROTOCOLS[usize::from(protocol) % PROTOCOLS.len()];
    let Ok(uri) = format!("/?{query}").parse::<Uri>() else {
        return;
    };
    let mut headers = HeaderMap::new();
    if is_form {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form);
    }
    let is_read = match protocol {
        Protocol::Query => true,
        Protocol::Json | Protocol::Cbor => is_form,
        Protocol::RestJson | Protocol::RestXml => false,
    };
    let query = uri.query().unwrap_or_default().as_bytes();
    let within = is_within(query) && (!is_read || is_within(body));
    match limits::check_parameters(protocol, &headers, &uri, body) {
        Ok(()) => {
            assert!(within);
            match query::read(&Form::new("urn:fuzz"), query) {
                Ok(members) => assert!(members.is_object()),
                Err(fault) => assert_eq!(fault.status, 400),
            }
        }
        Err(fault) => {
            assert!(!within);
            assert_eq!(
                (fault.status, fault.code.as_str()),
                (400, "ValidationError")
            );
        }
    }
});
