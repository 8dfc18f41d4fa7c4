//! Fuzzes the parser of CBOR requests: it accepts or refuses any bytes, and what is written from a request is
//! read as the same request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use local_wire::cbor;
use serde_json::Value;

/// Members of CloudWatch's answers that contain times.
const TIMES: [&str; 2] = ["Timestamp", "Timestamps"];

fn write_and_read(members: Value) -> Option<Value> {
    let bytes = cbor::write(members, &TIMES).expect("JSON can be written as CBOR");
    cbor::read(&bytes).ok()
}

fuzz_target!(|bytes: &[u8]| {
    // The first round may change the kinds of numbers. It also tags times, which may exceed the limit of length.
    if let Some(members) = cbor::read(bytes).ok().and_then(write_and_read)
        && let Some(again) = write_and_read(members.clone())
    {
        assert_eq!(again, members);
    }
});
