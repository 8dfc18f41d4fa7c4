//! Damaged flows: a picture or a sentence, never a panic.

use connect_flow_picture::{Graph, Marks, Options, Positions, mermaid};
use proptest::prelude::*;

use crate::drawn::Drawn;
use crate::repository::flows;

const INSERTED: [&str; 10] = [
    "\"", "{", "}", "[", "]", ",", "null", "線", "\\u0000", "1e999",
];

const REPLACED: [(&str, &str); 8] = [
    ("\"Identifier\"", "\"Type\""),
    ("\"Transitions\": {", "\"Transitions\": 7, \"X\": {"),
    ("\"Parameters\": {", "\"Parameters\": [], \"X\": {"),
    ("\"NextAction\": \"", "\"NextAction\": \"x"),
    ("\"Conditions\": [", "\"Conditions\": [7, "),
    ("\"Operands\": [", "\"Operands\": [null, "),
    ("\"x\": ", "\"x\": 1e300, \"z\": "),
    ("NoMatchingError", "\\u202e\\n<script>"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_flow_has_a_picture_or_is_refused_in_a_sentence(
        flow in any::<prop::sample::Index>(),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
        inserted in prop::collection::vec((any::<prop::sample::Index>(), 0..INSERTED.len()), 0..2),
        replaced in prop::collection::vec(0..REPLACED.len(), 0..3),
    ) {
        let mut text = flow.get(flows()).1.clone();
        for index in replaced {
            let (old, new) = REPLACED[index];
            text = text.replace(old, new);
        }
        let mut symbols: Vec<char> = text.chars().collect();
        for (at, index) in inserted {
            let at = at.index(symbols.len());
            symbols.splice(at..at, INSERTED[index].chars());
        }
        if let Some(cut) = cut {
            symbols.truncate(cut.index(symbols.len()));
        }
        let text: String = symbols.into_iter().collect();
        match Graph::read(&text) {
            Ok(graph) => {
                for positions in [Positions::Computed, Positions::Console] {
                    let options = Options { positions, ..Options::default() };
                    Drawn::of(&graph, &Marks::default(), &options);
                }
                prop_assert!(mermaid(&graph, &Marks::default()).starts_with("flowchart"));
            }
            Err(error) => prop_assert!(error.to_string().contains(" must "), "{}", error),
        }
    }
}
