//! Requests made from the service model of Kinesis Video Streams.

use local_service_tests::{ModelTable, Pattern};

use super::*;
use crate::model_made::{Addressed, assert_answered_as_the_model_says, assert_patterns_enforced};

/// A text that matches each pattern of the model, and one that does not; an empty one for patterns that
/// match every text.
const PATTERNS: &[Pattern] = &[
    (r".+", Some(("a b", ""))),
    (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", Some(("部門 1", ""))),
    (
        r"[\w\-\.\+]+/[\w\-\.\+]+(,[\w\-\.\+]+/[\w\-\.\+]+)*",
        Some(("video/h264,audio/aac", "video")),
    ),
    (r"[a-zA-Z0-9+/=]*", Some(("dG9rZW4=", ""))),
    (r"[a-zA-Z0-9]+", Some(("1a2B", "--"))),
    (r"[a-zA-Z0-9_.-]+", Some(("a_b.c-1", "番"))),
    (r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", Some(("部門 1", "a#b"))),
    (
        r"arn:[a-z\d-]+:kinesisvideo:[a-z0-9-]+:[0-9]+:[a-z]+/[a-zA-Z0-9_.-]+/[0-9]+",
        Some((
            "arn:aws:kinesisvideo:eu-west-1:123456789012:stream/calls/1700000000000",
            "arn:aws:kinesisvideo:eu-west-1:123456789012:stream/calls",
        )),
    ),
];

fn table() -> ModelTable {
    ModelTable::new(include_str!("model.json"), PATTERNS)
}

#[tokio::test]
async fn requests_made_from_the_model_of_video_streams_are_answered_as_it_says() {
    assert_answered_as_the_model_says(
        &KinesisVideo::default(),
        MODEL.as_ref().unwrap(),
        &table(),
        Addressed::Rest(&|operation| OPERATIONS.served(operation)?.address),
    )
    .await;
}

#[test]
fn every_pattern_of_video_streams_is_enforced() {
    assert_patterns_enforced(MODEL.as_ref().unwrap(), &table());
}
