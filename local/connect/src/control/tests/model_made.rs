//! Requests made from the service model: for each operation the smallest valid input, each bound and
//! value of an enumeration, and each way to break a constraint.

use std::collections::BTreeSet;

use bytes::Bytes;
use local_service_tests::{MadeInput, ModelTable, Pattern, place, record_made};
use local_wire::{ApiRequest, Request};

use super::*;

/// A text that matches each pattern of the model, and one that does not; none for the patterns that
/// are not enforced.
const PATTERNS: &[Pattern] = &[
    (
        r"^(arn:(aws|aws-us-gov):connect:[a-z]{2}-[a-z]+-[0-9]{1}:[0-9]{1,20}:instance/)?[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$",
        Some(("11111111-2222-3333-4444-555555555555", "eleven")),
    ),
    (r"^[\W\S_]*", Some(("text", ""))),
    (r".*\S.*", Some(("text", " "))),
    (r"^([$0-9a-zA-Z][_-]?)+$", Some(("live_1", "_live"))),
    (
        r"^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$",
        Some(("部門 1", "aws:team")),
    ),
    (
        r"[a-z]{2}(-[a-z]+){1,2}(-[0-9])?",
        Some(("us-gov-west-1", "US")),
    ),
    (
        r"^(?!d-)([\da-zA-Z]+)([-]*[\da-zA-Z])*$",
        Some(("a--b", "d-1")),
    ),
    (r"^d-[0-9a-f]{10}$", Some(("d-0123456789", "d-01234567zz"))),
    (
        r"^[a-zA-Z0-9]{64}$",
        Some((
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF",
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCD-F",
        )),
    ),
    (
        r"[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}(:[A-Z0-9_$]+){0,1}$|^arn:[a-z-]*?:wisdom:[a-z0-9-]*?:[0-9]{12}:[a-z-]*?/[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}(?:/[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}){0,2}(:[A-Z0-9_$]+){0,1}",
        Some((
            "11111111-2222-3333-4444-555555555555:$LATEST",
            "11111111-2222",
        )),
    ),
    (r"^[ a-zA-Z0-9_@-]+$", Some(("a b_c@d-1", "a.b"))),
    (
        r"^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})|(arn:[a-z0-9-]+:connect:[a-z0-9-]+:(?:([0-9]{12}):instance/[a-z0-9-]+/metric/[a-z0-9-]+(?::[a-z0-9-]+)?|aws:metric/[A-Z_]+))$",
        Some((
            "arn:aws:connect:eu-west-1:aws:metric/AGENTS_ONLINE",
            "AGENTS_ONLINE",
        )),
    ),
    (
        r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]+$",
        Some(("team é", "team 番")),
    ),
    (
        r"(?!aws:|connect:)[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]+$",
        Some(("team é", "connect:team")),
    ),
    (
        r"^[-:/A-Za-z0-9]+",
        Some((
            "arn:aws:s3:::a-bucket-of-recordings",
            "?arn:aws:s3:::a-bucket-of-recordings",
        )),
    ),
    (r"\+[1-9]\d{1,14}$", Some(("+815000000000", "815000000000"))),
    (r"^[0-9a-zA-Z._-]+", Some(("a.b_c-1", "+ab"))),
    // It is written with the delimiters of another language, and looks ahead.
    (
        r"/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[a-zA-Z\d\S]{8,64}$/",
        None,
    ),
    (
        r"s3://\S+/.+|https://\\S+\\.s3\\.\\S+\\.amazonaws\\.com/\\S+",
        None,
    ),
    // Escaped twice in the model: they match texts with a backslash alone.
    (r"\\+?[0-9]{1,11}", None),
    (r"\\+[1-9]\\d{1,14}$", None),
];

fn table() -> ModelTable {
    ModelTable::new(include_str!("../model.json"), PATTERNS)
}

/// Returns every request that is made of the model, with the operation and whether it is allowed.
fn requests() -> Vec<(String, Request, bool)> {
    let table = table();
    let of = |made: &MadeInput| {
        let (method, uri) = OPERATIONS.served(&made.operation)?.address?;
        let placed = place(&table, uri, made)?;
        Some(Request {
            region: REGION.into(),
            service: "connect".into(),
            access_key_id: "test".into(),
            method: method.parse().unwrap(),
            uri: placed.uri.parse().unwrap(),
            headers: placed.headers,
            body: Bytes::from(placed.body),
        })
    };
    let made = table.inputs().into_iter();
    made.filter_map(|made| Some((made.operation.clone(), of(&made)?, made.allowed)))
        .collect()
}

/// Every request is answered as the model says: one that it allows is not refused for its form, one
/// that it does not allow has an error of the operation for it. Successful responses have the model's
/// shape, which the sender of the tests compares.
#[test]
fn requests_made_from_the_service_model_are_answered_as_it_says() {
    let account = Account::new();
    let mut wrong = Vec::new();
    let (mut allowed_requests, mut refused_requests) = (0, 0);
    for (operation, request, allowed) in requests() {
        let text = format!(
            "{operation} {} {}",
            request.uri,
            String::from_utf8_lossy(&request.body)
        );
        let checked = model().check(&ApiRequest::new(&DIALECT, request.clone()));
        let response = test_requests::handle(&account.service, request);
        let code = response.headers().get("x-amzn-errortype");
        let code = code.map_or("", |code| code.to_str().unwrap());
        let malformed = [model().malformed(&operation), "SerializationException"];
        let as_the_model_says = match allowed {
            true => checked.is_ok() && code != "SerializationException",
            false => checked.is_err() && malformed.contains(&code),
        };
        record_made("connect", &operation, allowed, as_the_model_says);
        if !as_the_model_says {
            wrong.push(format!(
                "{text}\n  allowed: {allowed}, but was {} {code} ({checked:?})",
                response.status()
            ));
        }
        match allowed {
            true => allowed_requests += 1,
            false => refused_requests += 1,
        }
    }
    println!("{allowed_requests} allowed and {refused_requests} refused requests were made");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(allowed_requests > 0 && refused_requests > 0);
}

/// The patterns that the account does not enforce are those without a text in [`PATTERNS`].
#[test]
fn patterns_left_out_are_named() {
    let left_out: BTreeSet<&str> = model().patterns_left_out().map(|(_, text)| text).collect();
    assert_eq!(left_out, table().patterns_left_out().collect());
}
