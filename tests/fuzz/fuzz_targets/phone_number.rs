//! Fuzzes phone numbers: a number that was read is E.164, and its output is masked.
#![no_main]

use connect_pin_sms::rules::phone::PhoneNumber;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(number) = PhoneNumber::parse(text) {
        assert_eq!(number.expose(), text);
        assert!(text.starts_with('+') && text.len() <= 16);
        assert_ne!(number.to_string(), text);
        assert_ne!(format!("{number:?}"), text);
    }
});
