//! Fuzzes the reader of metric math: it takes any text, or refuses what nests deeper than evaluation may go.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../local/account/src/cloudwatch/math/parser.rs"]
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
