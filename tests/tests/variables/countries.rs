//! Checks that the table of calling codes is complete, and correct for known countries.

use std::collections::BTreeMap;
use std::fs;

use local_harness::repository;

e2e::checks![every_country_has_its_calling_code,];

/// Codes from the ITU's list (E.164) for countries with many lines, and for countries that share a code and
/// have a part of its numbers.
const KNOWN: [(&str, &[&str]); 16] = [
    ("AU", &["+61"]),
    ("BR", &["+55"]),
    ("CA", &["+1"]),
    ("DE", &["+49"]),
    ("DO", &["+1809", "+1829", "+1849"]),
    ("FR", &["+33"]),
    ("GB", &["+44"]),
    ("HK", &["+852"]),
    ("IN", &["+91"]),
    ("JM", &["+1658", "+1876"]),
    ("JP", &["+81"]),
    ("KR", &["+82"]),
    ("KZ", &["+77"]),
    ("PR", &["+1787", "+1939"]),
    ("SG", &["+65"]),
    ("US", &["+1"]),
];

/// The number of values of `PhoneNumberCountryCode` in Amazon Connect's API, which has GB and not UK.
const COUNTRIES: usize = 237;

fn every_country_has_its_calling_code() {
    let path = "modules/connect/calling_codes.json";
    let text = fs::read_to_string(repository().unwrap().join(path)).unwrap();
    let codes: BTreeMap<String, Vec<String>> = serde_json::from_str(&text).unwrap();
    assert_eq!(codes.len(), COUNTRIES);
    for (country, codes) in &codes {
        let capitals = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
        assert!(capitals && !codes.is_empty(), "{country}");
        for code in codes {
            let digits = code.strip_prefix('+').unwrap_or_default();
            let well_formed = (1..=4).contains(&digits.len())
                && digits.bytes().all(|b| b.is_ascii_digit())
                && !digits.starts_with('0');
            assert!(well_formed, "{country} has {code}");
        }
    }
    for (country, known) in KNOWN {
        assert_eq!(codes[country], known, "{country}");
    }
}
