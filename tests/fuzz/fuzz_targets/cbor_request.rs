//! Fuzzes the reader of requests in CBOR: it takes any bytes or refuses them, and reads again what is
//! written of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use local_wire::cbor;
use serde_json::Value;

/// Members of CloudWatch's answers that are times.
const TIMES: [&str; 2] = ["Timestamp", "Timestamps"];

fn written(members: Value) -> Option<Value> {
    let bytes = cbor::write(members, &TIMES).expect("JSON can be written");
    cbor::read(&bytes).ok()
}

fuzz_target!(|bytes: &[u8]| {
    // The first time numbers may change their kind, and times get a tag, for which there may be no room.
    if let Some(members) = cbor::read(bytes).ok().and_then(written)
        && let Some(again) = written(members.clone())
    {
        assert_eq!(again, members);
    }
});
