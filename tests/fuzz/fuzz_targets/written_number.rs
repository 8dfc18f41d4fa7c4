//! Fuzzes phone numbers in lists of members: a number that was read is E.164, is read as the same number
//! again, and its output is masked.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

/// These files of the tools of operators compile without its crate.
#[expect(dead_code, reason = "the tools use more of these files")]
#[path = "../../../operator/src/rows"]
mod rows {
    mod cell_text;
    mod numbering;
    pub mod phone;
}
use rows::phone::{Country, Phone};

static COUNTRIES: LazyLock<Vec<Country>> = LazyLock::new(|| {
    [
        "JP", "AU", "DE", "FR", "GB", "HU", "IT", "KR", "RU", "TW", "US",
    ]
    .into_iter()
    .filter_map(Country::named)
    .collect()
});

fuzz_target!(|text: &str| {
    for country in COUNTRIES.iter() {
        if let Ok(number) = Phone::read(text, country) {
            let written = number.expose();
            assert!(connect_pin_sms::rules::phone::PhoneNumber::parse(written).is_some());
            assert_eq!(Phone::read(written, country).as_ref(), Ok(&number));
            assert_ne!(number.to_string(), written);
        }
    }
});
