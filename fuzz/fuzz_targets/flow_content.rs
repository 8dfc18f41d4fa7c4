//! Any text may be given as a flow's content: it is published or refused, and never panics.
#![no_main]

use connect_flow::{Flow, FlowKind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &str| {
    match Flow::publish(content, FlowKind::ContactFlow) {
        Ok(flow) => assert!(!flow.transitions().is_empty()),
        Err(problems) => {
            assert!((1..=50).contains(&problems.len()));
            for problem in problems {
                assert!((1..=256).contains(&problem.message.chars().count()));
            }
        }
    }
});
