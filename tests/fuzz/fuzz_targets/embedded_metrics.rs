//! Fuzzes the parser of the embedded metric format: a log line has a limited number of metrics, or none.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../local/account/src/cloudwatch/emf.rs"]
mod emf;

fuzz_target!(|line: &str| {
    let found = emf::metrics(line);
    assert!(found.len() <= 10_000);
    assert!(found.is_empty() || line.contains("CloudWatchMetrics"));
});
