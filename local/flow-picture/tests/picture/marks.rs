//! The marks of calls and tests.

use std::collections::BTreeSet;

use connect_flow_picture::{Graph, Marks, NeverTaken, Options, Step, Style, mermaid, svg};

use crate::drawn::Drawn;

const FLOW: &str = r#"{ "StartAction": "a", "Actions": [
    { "Identifier": "a", "Type": "Compare", "Transitions": {
        "Conditions": [
          { "NextAction": "b", "Condition": { "Operator": "Equals", "Operands": ["1"] } },
          { "NextAction": "a", "Condition": { "Operator": "NumberLessThan", "Operands": ["1"] } } ],
        "Errors": [ { "NextAction": "c", "ErrorType": "NoMatchingCondition" } ] } },
    { "Identifier": "b", "Type": "DisconnectParticipant", "Transitions": {} },
    { "Identifier": "c", "Type": "DisconnectParticipant", "Transitions": {} } ] }"#;

fn step(block: &str, branch: Option<&str>) -> Step {
    Step {
        block: block.to_owned(),
        branch: branch.map(str::to_owned),
    }
}

fn with(drawn: &Drawn, class: &str) -> Vec<String> {
    let ways = drawn.ways.iter();
    let ways = ways.filter(|way| way.classes.iter().any(|one| one == class));
    let ways = ways.map(|way| format!("{} {}", way.names[2], way.names[3]));
    let cards = drawn.cards.iter();
    let cards = cards.filter(|card| card.classes.iter().any(|one| one == class));
    let mut found: Vec<_> = ways.chain(cards.map(|card| card.block.clone())).collect();
    found.sort();
    found
}

#[test]
fn the_way_of_a_call_is_lit_and_its_visits_are_counted() {
    let graph = Graph::read(FLOW).unwrap();
    let marks = Marks {
        steps: vec![
            step("a", Some("1")),
            step("a", Some("NoMatchingCondition")),
            step("c", None),
        ],
        current: Some("c".to_owned()),
        never_taken: None,
    };
    let picture = svg(&graph, &marks, &Options::default());
    let drawn = Drawn::read(&picture);
    // Of the two branches with the operand 1, the first step took the one that leads to the second step.
    assert_eq!(
        with(&drawn, "lit"),
        ["1 a", "NoMatchingCondition c", "a", "c"]
    );
    assert_eq!(with(&drawn, "current"), ["c"]);
    assert!(picture.contains(">2×</text>"));
    assert!(picture.contains("a, Check contact attributes; visited 2 times"));
}

#[test]
fn a_way_without_branches_is_found_by_its_blocks() {
    let graph = Graph::read(FLOW).unwrap();
    let marks = Marks {
        steps: vec![step("a", None), step("b", None)],
        ..Marks::default()
    };
    let drawn = Drawn::of(&graph, &marks, &Options::default());
    assert_eq!(with(&drawn, "lit"), ["1 b", "a", "b"]);
    // A block of another flow marks nothing, and the last step has no branch.
    let marks = Marks {
        steps: vec![step("elsewhere", Some("1")), step("a", None)],
        ..Marks::default()
    };
    let drawn = Drawn::of(&graph, &marks, &Options::default());
    assert_eq!(with(&drawn, "lit"), ["a"]);
}

#[test]
fn branches_that_no_test_took_are_marked() {
    let graph = Graph::read(FLOW).unwrap();
    let never = NeverTaken {
        branches: BTreeSet::from(["a -> c (NoMatchingCondition)".to_owned()]),
        blocks: BTreeSet::from(["c".to_owned()]),
    };
    let marks = Marks {
        never_taken: Some(never),
        ..Marks::default()
    };
    let picture = svg(&graph, &marks, &Options::default());
    let drawn = Drawn::read(&picture);
    assert_eq!(with(&drawn, "never"), ["NoMatchingCondition c", "c"]);
    assert!(picture.contains("Of the branches, 1 was never taken by a test."));
    let text = mermaid(&graph, &marks);
    assert!(text.contains("  linkStyle 3 stroke:#d6409f"), "{text}");
    assert!(text.contains("  class b2 never\n"), "{text}");
}

/// The console copies the target of other results into `NextAction` (reference of the Flow language), where
/// no call takes it.
#[test]
fn a_next_action_that_repeats_another_branch_is_marked_as_that_is() {
    let flow = FLOW.replace(
        r#""Transitions": {
        "Conditions""#,
        r#""Transitions": { "NextAction": "c",
        "Conditions""#,
    );
    let graph = Graph::read(&flow).unwrap();
    for (branch, marked) in [
        (
            "a -> c (NoMatchingCondition)",
            &["NextAction c", "NoMatchingCondition c"][..],
        ),
        ("a -> b (1)", &["1 b"]),
    ] {
        let marks = Marks {
            never_taken: Some(NeverTaken {
                branches: BTreeSet::from([branch.to_owned()]),
                blocks: BTreeSet::new(),
            }),
            ..Marks::default()
        };
        let drawn = Drawn::of(&graph, &marks, &Options::default());
        assert_eq!(with(&drawn, "never"), marked);
    }
}

/// A page allows no `style` and no inline script, so it has the style sheet as a file.
#[test]
fn an_embedded_picture_has_no_style_and_blocks_that_can_be_focused() {
    let graph = Graph::read(FLOW).unwrap();
    let options = Options {
        style: Style::Embedded,
        ..Options::default()
    };
    let picture = svg(&graph, &Marks::default(), &options);
    assert!(!picture.contains("style"));
    assert_eq!(picture.matches(r#"role="button" tabindex="0""#).count(), 3);
}
