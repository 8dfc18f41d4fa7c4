//! Fuzzes the parser of function names: the ARN of a function that it read is read as the same function.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../local/lambda/src/faults.rs"]
#[allow(dead_code, reason = "names need only a part of this file")]
mod faults;
#[path = "../../../local/lambda/src/names.rs"]
#[allow(dead_code, reason = "this target needs only a part of this file")]
mod names;
use names::FunctionRef;

const REGION: &str = "eu-west-1";

fuzz_target!(|texts: (&str, Option<&str>)| {
    let (text, qualifier) = texts;
    match FunctionRef::parse(text, qualifier.map(str::to_owned), REGION) {
        Ok(found) => {
            let again = FunctionRef::parse(&found.arn(), found.qualifier.clone(), REGION);
            assert_eq!(again.as_ref(), Ok(&found));
        }
        Err(fault) => assert!((400..500).contains(&fault.status)),
    }
});
