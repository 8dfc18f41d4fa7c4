//! Requests made from the service model of Lex V1.

use std::collections::BTreeSet;

use axum::http::HeaderMap;
use local_service_tests::{MadeInput, ModelTable, Pattern, place, record_made};
use local_wire::Request;

use super::*;

/// A text that matches each pattern of the model, and one that does not.
const PATTERNS: &[Pattern] = &[
    (
        r"arn:aws:kendra:[a-z]+-[a-z]+-[0-9]:[0-9]{12}:index\/[a-zA-Z0-9][a-zA-Z0-9_-]*",
        Some((
            "arn:aws:kendra:eu-west-1:123456789012:index/a-1",
            "arn:aws:kendra:eu-west-1:123456789012:faq/a-1aaaaaaa",
        )),
    ),
    (
        r"arn:aws:iam::[0-9]{12}:role/.*",
        Some((
            "arn:aws:iam::123456789012:role/lex",
            "arn:aws:iam::123456789012:user/lex",
        )),
    ),
    (r"[0-9]+", Some(("12", "twelve"))),
    (r"^([A-Za-z](-|_|.)?)+$", Some(("Flo-wer_s", "-a"))),
    (
        r"^((AMAZON\.)_?|[A-Za-z]_?)+",
        Some(("AMAZON.Date", "1Date")),
    ),
    (
        r"arn:aws[a-zA-Z-]*:lambda:[a-z]+-[a-z]+(-[a-z]+)*-[0-9]:[0-9]{12}:function:[a-zA-Z0-9-_]+(\/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?(:[a-zA-Z0-9-_]+)?",
        Some((
            "arn:aws:lambda:eu-west-1:123456789012:function:order:live",
            "arn:aws:lambda:eu-west-1:123456789012:layer:order:1",
        )),
    ),
    (
        r"^arn:[\w\-]+:kms:[\w\-]+:[\d]{12}:(?:key\/[\w\-]+|alias\/[a-zA-Z0-9:\/_\-]{1,256})$",
        Some((
            "arn:aws:kms:eu-west-1:123456789012:alias/lex",
            "arn:aws:kms:eu-west-1:12345678901:alias/lex",
        )),
    ),
    (
        r"^arn:[\w\-]+:(?:logs:[\w\-]+:[\d]{12}:log-group:[\.\-_/#A-Za-z0-9]{1,512}(?::\*)?|s3:::[a-z0-9][\.\-a-z0-9]{1,61}[a-z0-9])$",
        Some((
            "arn:aws:logs:eu-west-1:123456789012:log-group:/lex:*",
            "arn:aws:s3:::A",
        )),
    ),
    (r"\$LATEST|[0-9]+", Some(("$LATEST", "newest"))),
    (
        r"^arn:[\w\-]+:iam::[\d]{12}:role/.+$",
        Some((
            "arn:aws:iam::123456789012:role/logs",
            "arn:aws:iam::123456789012:role/",
        )),
    ),
    (r"^([A-Za-z]_?)+$", Some(("Order_it", "Order1"))),
];

fn table() -> ModelTable {
    ModelTable::new(include_str!("model.json"), PATTERNS)
}

/// Returns every request that is made of the model, with the operation and whether it is allowed.
fn requests() -> Vec<(String, Request, bool)> {
    let table = table();
    let of = |made: &MadeInput| {
        let (method, uri) = OPERATIONS.served(&made.operation)?.address?;
        let placed = place(&table, uri, made)?;
        Some(Request {
            region: "eu-west-1".into(),
            service: "lex".into(),
            access_key_id: "local".into(),
            method: method.parse().unwrap(),
            uri: placed.uri.parse().unwrap(),
            headers: HeaderMap::new(),
            body: placed.body.into(),
        })
    };
    let made = table.inputs().into_iter();
    made.filter_map(|made| Some((made.operation.clone(), of(&made)?, made.allowed)))
        .collect()
}

/// Every request is answered as the model says: one that it allows is not refused for its form, one
/// that it does not allow is a `BadRequestException`, the error that the model lists for it.
#[tokio::test]
async fn requests_made_from_the_model_of_lex_are_answered_as_it_says() {
    let lex = Lex::default();
    let model = MODEL.as_ref().unwrap();
    let mut wrong = Vec::new();
    let mut counts = [0, 0];
    for (operation, request, allowed) in requests() {
        let text = format!(
            "{operation} {} {}",
            request.uri,
            String::from_utf8_lossy(&request.body)
        );
        let checked = model.check(&ApiRequest::new(&DIALECT, request.clone()));
        let answer = lex.handle(request).await;
        let code = answer.headers().get("x-amzn-errortype");
        let code = code.map_or("", |code| code.to_str().unwrap());
        let malformed = [model.malformed(&operation), "SerializationException"];
        let as_the_model_says = match allowed {
            true => checked.is_ok() && code != "SerializationException",
            false => checked.is_err() && malformed.contains(&code),
        };
        record_made("lex", &operation, allowed, as_the_model_says);
        counts[usize::from(allowed)] += 1;
        if !as_the_model_says {
            let status = answer.status();
            wrong.push(format!(
                "{text}\n  allowed: {allowed}, but was {status} {code} ({checked:?})"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}

#[test]
fn every_pattern_of_lex_is_enforced() {
    let model = MODEL.as_ref().unwrap();
    let left_out: BTreeSet<&str> = model.patterns_left_out().map(|(_, text)| text).collect();
    assert_eq!(left_out, BTreeSet::new());
}
