//! Whatever people write for a number into a list of members: what is read is E.164, reads the same
//! again, and prints itself masked.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

/// The command that loads lists brings a whole account with it; these files of it stand alone.
#[expect(dead_code, reason = "the command has more use for them")]
#[path = "../../../loader/src/rows"]
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
