//! The placement of MatchingCriteria.

use super::*;
use crate::content::MatchKind;

fn matching(content: &Value) -> MatchKind {
    match &publish(content).unwrap().observations[1].event {
        EventPattern::MessageReceived(pattern) => pattern.matching,
        other => panic!("{other:?}"),
    }
}

/// The developer guide; a public project ran it so.
#[test]
fn criteria_are_an_object_inside_the_properties() {
    for (kind, read) in [
        ("Similarity", MatchKind::Similarity),
        ("Inclusion", MatchKind::Inclusion),
    ] {
        let right = hears(json!({ "Text": "PIN", "MatchingCriteria": { "Type": kind } }));
        assert_eq!(matching(&right), read);
    }
    // AWS names no default; this one is ours.
    assert_eq!(
        matching(&hears(json!({ "Text": "PIN" }))),
        MatchKind::Similarity
    );
}

/// Recorded: the service publishes a text, and the key beside the properties, and no message ever matches. An
/// object beside the properties ends as INITIALIZATION_FAILURE. They are refused here, which spares five minutes.
#[test]
fn other_placements_are_refused_with_the_reason() {
    let text = json!({ "Text": "PIN", "MatchingCriteria": "Inclusion" });
    let (kind, message, recorded) = refusal(&hears(text));
    assert_eq!((kind, recorded), (ProblemKind::InvalidEvent, false));
    assert!(message.contains("let each run time out"), "{message}");

    for criteria in [json!("Inclusion"), json!({ "Type": "Inclusion" })] {
        let beside = with_event(json!({ "Type": "MessageReceived", "Actor": "System",
                                        "MatchingCriteria": criteria,
                                        "Properties": { "Text": "PIN" } }));
        let (kind, message, recorded) = refusal(&beside);
        assert_eq!((kind, recorded), (ProblemKind::InvalidEvent, false));
        assert!(message.contains("inside Properties"), "{message}");
    }

    let mut outside = hears(json!({ "Text": "PIN" }));
    outside["Observations"][1]["MatchingCriteria"] = json!({ "Type": "Inclusion" });
    invalid(&outside);
}

/// `Contains` is the console's label, not a value.
#[test]
fn criteria_have_one_of_two_types() {
    for criteria in [
        json!({ "Type": "Contains" }),
        json!({}),
        json!({ "Type": 1 }),
    ] {
        invalid(&hears(
            json!({ "Text": "PIN", "MatchingCriteria": criteria }),
        ));
    }
    for criteria in [json!(null), json!([]), json!(1)] {
        let other = hears(json!({ "Text": "PIN", "MatchingCriteria": criteria }));
        assert_eq!(refusal(&other).0, ProblemKind::InvalidEvent);
    }
}
