//! Metric math of any kind is read or refused: whoever evaluates it goes as deep as it nests.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../local/account/src/cloudwatch/math/parser.rs"]
mod parser;

/// CloudWatch's limit, which the account checks first.
const LONGEST: usize = 2_048;

fuzz_target!(|text: &str| {
    if text.chars().count() > LONGEST {
        return;
    }
    match parser::parse(text) {
        Ok(expression) => assert!(expression.names().iter().all(|name| text.contains(name))),
        Err(problem) => assert!(!problem.is_empty()),
    }
});
