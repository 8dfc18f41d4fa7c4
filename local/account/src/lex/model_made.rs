//! Requests made from the service model of Lex V1.

use local_service_tests::{ModelTable, Pattern};

use super::*;
use crate::model_made::{Addressed, assert_answered_as_the_model_says, assert_patterns_enforced};

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

#[tokio::test]
async fn requests_made_from_the_model_of_lex_are_answered_as_it_says() {
    assert_answered_as_the_model_says(
        &Lex::default(),
        MODEL.as_ref().unwrap(),
        &table(),
        Addressed::Rest(&|operation| OPERATIONS.served(operation)?.address),
    )
    .await;
}

#[test]
fn every_pattern_of_lex_is_enforced() {
    assert_patterns_enforced(MODEL.as_ref().unwrap(), &table());
}
