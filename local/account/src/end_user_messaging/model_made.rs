//! Requests made from the service model of End User Messaging.

use std::collections::BTreeSet;

use local_service_tests::{ModelTable, Pattern, record_made};

use super::tests::{REGION, world};
use super::*;
use crate::test_requests::request;

/// A text that matches each pattern of the model, and one that does not.
const PATTERNS: &[Pattern] = &[
    (r"^(?:(?!\s)^[\s\S]+(?<!\s))$", Some(("a b", " a"))),
    (r"^(?:(?!\s*$)[\s\S]+)$", Some((" a", "  "))),
    (r"^(?:.*)$", Some(("a b", ""))),
    (r"^(?:.+)$", Some(("a b", ""))),
    (r"^(?:[ \S]+)$", Some(("a b", "a\tb"))),
    (r"^(?:[!-~]+)$", Some(("a!b~", "a b"))),
    (r"^(?:[/\.:A-Za-z0-9+_-]+)$", Some(("a/b.c:d+e_f-1", "a b"))),
    (r"^(?:[0-9]{0,2}\.[0-9]{1,5})$", Some(("0.25", "100.25"))),
    (r"^(?:[A-Z]{2})$", Some(("JP", "jp"))),
    (r"^(?:[A-Za-z0-9_-]+)$", Some(("a_b-1", "a b"))),
    (r"^(?:[A-Za-z0-9_:/-]*)$", Some(("a:b/c", "a b"))),
    (r"^(?:[A-Za-z0-9_:/-]+)$", Some(("a:b/c", "a b"))),
    (r"^(?:[A-Za-z0-9_:/\+-]+)$", Some(("+819012345678", "a b"))),
    (r"^(?:\+?[0-9]{1,15})$", Some(("+819012345678", "+81-90"))),
    (
        r"^(?:\+?[1-9][0-9]{1,18})$",
        Some(("+819012345678", "+0819012345678")),
    ),
    (
        r"^(?:\S+)$",
        Some(("arn:aws:sns:eu-west-1:123456789012:replies", "a b")),
    ),
    (
        r"^(?:arn:[A-Za-z0-9_:/-]+)$",
        Some((
            "arn:aws:sms-voice:eu-west-1:123456789012:opt-out-list/a",
            "arn:aws:sms-voice:eu-west-1:123456789012:opt-out-list/a b",
        )),
    ),
    (
        r"^(?:arn:\S+)$",
        Some((
            "arn:aws:iam::123456789012:role/events",
            "urn:aws:iam::123456789012:role/events",
        )),
    ),
];

fn table() -> ModelTable {
    ModelTable::new(include_str!("model.json"), PATTERNS)
}

/// Every request is answered as the model says: one that it allows is not refused for its form, one
/// that it does not allow is a `ValidationException`, the error that the model lists for it.
#[tokio::test]
async fn requests_made_from_the_model_of_end_user_messaging_are_answered_as_it_says() {
    let world = world();
    let model = MODEL.as_ref().unwrap();
    let mut wrong = Vec::new();
    let mut counts = [0, 0];
    for made in table().inputs() {
        let operation = made.operation.as_str();
        let target = format!("PinpointSMSVoiceV2.{operation}");
        let headers = [("x-amz-target", target.as_str())];
        let request = request(REGION, "sms-voice", &headers, made.input.to_string());
        let checked = model.check(&ApiRequest::new(&DIALECT, request.clone()));
        let answer = world.service.handle(request).await;
        let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        let code = body["__type"].as_str().unwrap_or_default();
        let malformed = ["ValidationException", "SerializationException"];
        let as_the_model_says = match made.allowed {
            true => checked.is_ok() && code != "SerializationException",
            false => checked.is_err() && malformed.contains(&code),
        };
        record_made("sms-voice", operation, made.allowed, as_the_model_says);
        counts[usize::from(made.allowed)] += 1;
        if !as_the_model_says {
            let status = answer.status();
            wrong.push(format!(
                "{operation} {}\n  allowed: {}, but was {status} {body} ({checked:?})",
                made.input, made.allowed
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}

#[test]
fn every_pattern_of_end_user_messaging_is_enforced() {
    let model = MODEL.as_ref().unwrap();
    let left_out: BTreeSet<&str> = model.patterns_left_out().map(|(_, text)| text).collect();
    assert_eq!(left_out, BTreeSet::new());
}
