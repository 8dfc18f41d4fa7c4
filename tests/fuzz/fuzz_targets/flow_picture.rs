//! Fuzzes pictures of flows: any text is drawn, with each block, or refused in a sentence.
#![no_main]

use connect_flow_picture::{Graph, Marks, Options, Positions, mermaid, svg};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &str| match Graph::read(content) {
    Ok(graph) => {
        for positions in [Positions::Computed, Positions::Console] {
            let options = Options {
                positions,
                ..Options::default()
            };
            let picture = svg(&graph, &Marks::default(), &options);
            assert!(picture.matches("<g class=\"block ").count() == graph.blocks().len());
            assert!(!picture.contains("<script"));
        }
        assert!(mermaid(&graph, &Marks::default()).starts_with("flowchart TD\n"));
    }
    Err(refused) => assert!(refused.to_string().contains(" must ")),
});
