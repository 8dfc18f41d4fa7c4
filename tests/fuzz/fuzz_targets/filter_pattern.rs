//! Fuzzes filter patterns: a pattern is read or refused, and a line can be matched with it.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../local/account/src/logs/input.rs"]
#[expect(
    dead_code,
    reason = "patterns need only a part of this file"
)]
mod input;
#[path = "../../../local/account/src/logs/json_pattern.rs"]
#[expect(
    dead_code,
    reason = "patterns need only a part of this file"
)]
mod json_pattern;
#[path = "../../../local/account/src/logs/pattern.rs"]
#[expect(
    dead_code,
    reason = "metric filters count regular expressions as well"
)]
mod pattern;
use pattern::{Line, Pattern, Unusable};

fuzz_target!(|texts: (&str, &str)| {
    let (text, line) = texts;
    match Pattern::parse(text) {
        Ok(pattern) => {
            assert!(pattern.cost(line.len()) >= line.len());
            let matches = pattern.matches(&Line::new(line));
            assert!(
                matches || !text.trim().is_empty(),
                "an empty pattern must match every line"
            );
        }
        Err(Unusable::Invalid(fault)) => assert_eq!(fault.code, "InvalidParameterException"),
        Err(unsupported) => assert!(!unsupported.fault().message.is_empty()),
    }
});
