//! Fuzzes flow content: any text is published or refused without a panic.
#![no_main]

use connect_flow::{Flow, FlowKind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &str| {
    // Only a module can have Settings.
    for kind in [FlowKind::ContactFlow, FlowKind::Module] {
        match Flow::publish(content, kind) {
            Ok(flow) => assert!(!flow.transitions().is_empty()),
            Err(problems) => {
                assert!((1..=50).contains(&problems.len()));
                for problem in problems {
                    assert!((1..=256).contains(&problem.message.chars().count()));
                    // The message that is used when no specific problem was found.
                    assert_ne!(problem.message, "Invalid content");
                }
            }
        }
    }
});
