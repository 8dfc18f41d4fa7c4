//! Any text may be given as a flow's content: it is published or refused, and never panics.
#![no_main]

use connect_flow::{Flow, FlowKind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &str| {
    // A module has Settings, which no other kind may have.
    for kind in [FlowKind::ContactFlow, FlowKind::Module] {
        match Flow::publish(content, kind) {
            Ok(flow) => assert!(!flow.transitions().is_empty()),
            Err(problems) => {
                assert!((1..=50).contains(&problems.len()));
                for problem in problems {
                    assert!((1..=256).contains(&problem.message.chars().count()));
                    // What is said when no reader said what was wrong.
                    assert_ne!(problem.message, "Invalid content");
                }
            }
        }
    }
});
