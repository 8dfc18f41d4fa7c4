//! Fuzzes content of test cases: any text is published or refused without a panic.
#![no_main]

use connect_test_cases::{Channel, TestCase};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &str| {
    for channel in [Channel::Voice, Channel::Chat] {
        match TestCase::publish(content, channel) {
            Ok(case) => assert!(case.observations.iter().any(|one| one.is_first)),
            Err(problems) => {
                assert!((1..=50).contains(&problems.len()));
                for problem in problems {
                    assert!((1..=256).contains(&problem.message.chars().count()));
                    assert!(!problem.to_string().contains(char::is_control));
                }
            }
        }
    }
});
