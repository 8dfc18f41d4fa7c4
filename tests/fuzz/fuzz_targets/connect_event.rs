//! Fuzzes the function's events: any JSON is read or refused without a panic.
#![no_main]

use connect_pin_sms::event::Event;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    if let Ok(event) = serde_json::from_slice::<Event>(text) {
        // An event may be accepted or refused. The message must be too short to contain the input.
        if let Err(failure) = event.request() {
            assert!(failure.to_string().len() < 200);
        }
    }
});
