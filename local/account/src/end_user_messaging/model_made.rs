//! Requests made from the service model of End User Messaging.

use local_service_tests::{ModelTable, Pattern};

use super::tests::world;
use super::*;
use crate::model_made::{Addressed, assert_answered_as_the_model_says, assert_patterns_enforced};

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

#[tokio::test]
async fn requests_made_from_the_model_of_end_user_messaging_are_answered_as_it_says() {
    assert_answered_as_the_model_says(
        &world().service,
        MODEL.as_ref().unwrap(),
        &table(),
        Addressed::Target("PinpointSMSVoiceV2"),
    )
    .await;
}

#[test]
fn every_pattern_of_end_user_messaging_is_enforced() {
    assert_patterns_enforced(MODEL.as_ref().unwrap(), &table());
}
