//! Whatever people write for a number into a list of members: what is read is E.164, reads the same
//! again, and prints itself masked.
#![no_main]

use libfuzzer_sys::fuzz_target;

// The command that loads lists brings a whole account with it; this file of it stands alone.
#[expect(dead_code, reason = "the command finds countries by name")]
#[path = "../../loader/src/rows/phone.rs"]
mod phone;
use phone::{Country, Phone};

fuzz_target!(|text: &str| {
    for country in &Country::ALL {
        if let Ok(number) = Phone::read(text, country) {
            let written = number.expose();
            assert!(connect_pin_sms::phone::PhoneNumber::parse(written).is_some());
            assert_eq!(Phone::read(written, country).as_ref(), Ok(&number));
            assert_ne!(number.to_string(), written);
        }
    }
});
