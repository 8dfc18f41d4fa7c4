//! A filter pattern is read or refused, and lines match it or do not.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../local/account/src/logs/input.rs"]
#[expect(
    dead_code,
    reason = "requests of CloudWatch Logs have more in common than patterns need"
)]
mod input;
#[path = "../../../local/account/src/logs/pattern.rs"]
mod pattern;
use pattern::Pattern;

fuzz_target!(|texts: (&str, &str)| {
    let (text, line) = texts;
    match Pattern::parse(text) {
        Ok(pattern) => {
            assert!(pattern.cost(line.len()) >= line.len());
            let matches = pattern.matches(line);
            assert!(
                matches || !text.trim().is_empty(),
                "everything matches no pattern"
            );
        }
        Err(fault) => assert_eq!(fault.code, "InvalidParameterException"),
    }
});
