//! Any JSON may arrive as an event: it is read or refused, and never panics.
#![no_main]

use connect_pin_sms::event::Event;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    if let Ok(event) = serde_json::from_slice::<Event>(text) {
        // Either answer is fine. A failure's sentence must not hold what was keyed in.
        if let Err(failure) = event.request() {
            assert!(failure.to_string().len() < 200);
        }
    }
});
