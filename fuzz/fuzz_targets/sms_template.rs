//! Any text may be given as a template: it is taken or refused, and its length can be judged.
#![no_main]

use connect_pin_sms::message::SmsTemplate;
use connect_pin_sms::segments;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if SmsTemplate::parse(text).is_ok() {
        assert!(text.contains("{url}"));
    }
    // A character takes two units at most, and no part is without one.
    assert!(segments::count(text) <= text.chars().count().max(1));
});
