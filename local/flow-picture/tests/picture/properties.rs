//! Properties of the picture of every flow.

use std::collections::BTreeMap;

use connect_flow_picture::{BranchKind, Graph, Marks, Options, Positions, Style, mermaid, svg};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::drawn::Drawn;

/// A branch: the blocks it leads from and to, and its kind.
type Way = (usize, usize, u8);

/// A flow of up to 250 blocks, with loops, blocks that lead to themselves, several branches between two
/// blocks, blocks that nothing leads to, and targets that do not exist.
pub(crate) fn flow(blocks: usize, ways: &[Way], names: &[String]) -> String {
    let name = |block: usize| match names.get(block) {
        Some(name) => format!("{name} {block}"),
        None => format!("b{block}"),
    };
    let mut conditions = vec![Vec::new(); blocks];
    let mut errors = vec![Vec::new(); blocks];
    let mut next = vec![None; blocks];
    for (index, &(from, to, kind)) in ways.iter().enumerate() {
        // Two of a hundred targets do not exist.
        let (from, to) = (from % blocks, name(to % (blocks + blocks / 50 + 1)));
        match kind {
            0 => next[from] = Some(to),
            1 => errors[from].push(json!({"NextAction": to, "ErrorType": format!("E{index}")})),
            _ => conditions[from].push(json!({"NextAction": to, "Condition":
                {"Operator": "Equals", "Operands": [format!("o{index}")]}})),
        }
    }
    let actions: Vec<Value> = (0..blocks)
        .map(|block| {
            let mut transitions = json!({"Conditions": conditions[block], "Errors": errors[block]});
            if let Some(next) = &next[block] {
                transitions["NextAction"] = json!(next);
            }
            json!({"Identifier": name(block), "Type": "MessageParticipant",
                   "Parameters": {"Text": name(block).repeat(9)}, "Transitions": transitions})
        })
        .collect();
    json!({"Version": "2019-10-30", "StartAction": name(0), "Actions": actions}).to_string()
}

fn any_flow() -> impl Strategy<Value = String> {
    let size = prop_oneof![6 => 1..12_usize, 3 => 12..60_usize, 1 => 60..=250_usize];
    size.prop_flat_map(|blocks| {
        let near = (0..blocks, 0..8_usize, 0..6_u8).prop_map(|(at, by, kind)| (at, at + by, kind));
        let far = (0..blocks, 0..blocks + 9, 0..6_u8);
        let way = prop_oneof![4 => near, 1 => far];
        let names = prop::collection::vec("[ -~あ-ん\u{0}\u{202e}\n]{0,12}", 0..4);
        (
            Just(blocks),
            prop::collection::vec(way, 0..blocks * 3),
            names,
        )
    })
    .prop_map(|(blocks, ways, names)| flow(blocks, &ways, &names))
}

/// Asserts what holds for every picture.
pub(crate) fn hold(graph: &Graph, drawn: &Drawn) {
    for (index, one) in drawn.cards.iter().enumerate() {
        let [left, top, right, bottom] = one.rect;
        assert!(left >= 0 && top >= 0, "{one:?}");
        for other in &drawn.cards[..index] {
            let [other_left, other_top, other_right, other_bottom] = other.rect;
            let apart = left >= other_right
                || other_left >= right
                || top >= other_bottom
                || other_top >= bottom;
            assert!(apart, "{one:?} covers {other:?}");
        }
    }
    let mut rects: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for card in &drawn.cards {
        rects.entry(&card.block).or_default().push(card.rect);
    }
    for way in &drawn.ways {
        let at = |block: usize, point: [i32; 2], edge: usize| {
            let [x, y] = point;
            let rects = &rects[&*way.names[block]];
            let on = |rect: &&[i32; 4]| rect[0] <= x && x <= rect[2] && y == rect[edge];
            assert!(rects.iter().any(|rect| on(&rect)), "{way:?}");
        };
        at(0, way.begin, 3);
        at(3, way.end, 1);
    }
    let shown = |text: &str| -> String {
        let steering = |symbol: char| matches!(symbol, '\u{202e}') || symbol.is_control();
        let kept = |symbol: char| matches!(symbol, '\n' | '\t' | '\r') || !steering(symbol);
        text.chars()
            .map(|symbol| if kept(symbol) { symbol } else { '\u{fffd}' })
            .collect()
    };
    let mut branches: Vec<_> = graph
        .blocks()
        .iter()
        .flat_map(|block| block.branches.iter().map(move |branch| (block, branch)))
        .map(|(block, branch)| {
            let kind = match branch.kind {
                BranchKind::Next => "next",
                BranchKind::Condition { .. } => "condition",
                BranchKind::Error(_) => "error",
            };
            [
                &*block.identifier,
                kind,
                branch.kind.name(),
                &*branch.target,
            ]
            .map(shown)
        })
        .collect();
    let mut found: Vec<_> = drawn.ways.iter().map(|way| way.names.clone()).collect();
    branches.sort();
    found.sort();
    assert_eq!(found, branches);
    for block in graph.blocks() {
        assert!(rects.contains_key(&*shown(&block.identifier)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_flow_has_a_picture_in_which_nothing_covers_anything(content in any_flow()) {
        let graph = Graph::read(&content).unwrap();
        for style in [Style::Alone, Style::Embedded] {
            let options = Options { style, ..Options::default() };
            let picture = svg(&graph, &Marks::default(), &options);
            hold(&graph, &Drawn::read(&picture));
            prop_assert_eq!(&picture, &svg(&graph.clone(), &Marks::default(), &options));
            prop_assert_eq!(picture.contains("<style"), style == Style::Alone);
        }
    }

    #[test]
    fn positions_of_the_console_are_used_as_far_as_nothing_is_covered(
        content in any_flow(),
        places in prop::collection::vec((-500_i32..3_000, -500_i32..900), 250),
    ) {
        let mut content: Value = serde_json::from_str(&content).unwrap();
        let mut shown = json!({});
        for (action, (x, y)) in content["Actions"].as_array().unwrap().iter().zip(places) {
            let name = action["Identifier"].as_str().unwrap();
            // Every seventh block has no position.
            if x % 7 != 0 {
                shown[name] = json!({"position": {"x": x, "y": y}});
            }
        }
        content["Metadata"] = json!({"ActionMetadata": shown});
        let graph = Graph::read(&content.to_string()).unwrap();
        let options = Options { positions: Positions::Console, ..Options::default() };
        hold(&graph, &Drawn::of(&graph, &Marks::default(), &options));
    }

    #[test]
    fn mermaid_has_each_block_and_branch_on_a_line(content in any_flow()) {
        let graph = Graph::read(&content).unwrap();
        let text = mermaid(&graph, &Marks::default());
        let branches: usize = graph.blocks().iter().map(|block| block.branches.len()).sum();
        let arrows = text.lines().filter(|line| line.contains("-->") || line.contains("-.->"));
        // One more leads from the start.
        prop_assert_eq!(arrows.count(), branches + 1);
        for (index, _) in graph.blocks().iter().enumerate() {
            let start = format!("  b{index}[");
            let start_of_terminal = format!("  b{index}([");
            let blocks = text.lines().filter(|line| {
                line.starts_with(&start) || line.starts_with(&start_of_terminal)
            });
            prop_assert_eq!(blocks.count(), 1);
        }
        for line in text.lines() {
            prop_assert!(line.matches('"').count() % 2 == 0, "{}", line);
        }
    }
}
