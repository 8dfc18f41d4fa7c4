//! Fuzzes the parser of metric math: it reads or refuses any text, and refuses what nests too deeply for the
//! evaluation.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../local/account/src/cloudwatch/math/parser.rs"]
mod parser;

/// CloudWatch's limit in characters, which the account checks before parsing.
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
