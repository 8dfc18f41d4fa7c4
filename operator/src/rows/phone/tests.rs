//! Numbers as members write them, against the numbering plans of their countries.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

fn read(text: &str, country: &str) -> Result<String, PhoneFault> {
    Phone::read(text, &Country::named(country).unwrap()).map(|phone| phone.expose().to_owned())
}

#[test]
fn every_spelling_of_a_number_is_the_same_number() {
    for text in [
        "+819012345678",
        "+81 90-1234-5678",
        "+81-90-1234-5678",
        "(+81) 90 1234 5678",
        "09012345678",
        "090-1234-5678",
        "090 1234 5678",
        "(090)1234-5678",
        "０９０－１２３４－５６７８",
        "０９０（１２３４）５６７８",
        "090ー1234ー5678",
        "090ｰ1234ｰ5678",
        "090‐1234–5678",
        "090−1234—5678",
        "＋８１　９０　１２３４　５６７８",
        "0081 90 1234 5678",
        "010 81 90 1234 5678",
        "010-81-90-1234-5678",
        // Dots, in both widths, and invisible characters of address books and web pages.
        "090.1234.5678",
        "０９０．１２３４．５６７８",
        "090・1234・5678",
        "090･1234･5678",
        "090·1234·5678",
        "090_1234_5678",
        "\u{202a}+81 90 1234 5678\u{202c}",
        "\u{202d}090-1234-5678",
        "\u{202e}090-1234-5678",
        "\u{2066}090-1234-5678\u{2069}",
        "\u{2068}+819012345678\u{2069}",
        "090\u{200b}1234\u{200b}5678",
        "090\u{ad}1234\u{ad}5678",
        "\u{feff}09012345678",
        "\u{200e}+81\u{2060}9012345678",
        // With the marks that keep a spreadsheet from dropping the zero.
        "'09012345678",
        "=\"09012345678\"",
    ] {
        assert_eq!(read(text, "JP").as_deref(), Ok("+819012345678"), "{text}");
    }
}

#[test]
fn numbers_are_read_by_the_rules_of_the_country() {
    for (text, country, number) in [
        ("03-1234-5678", "JP", "+81312345678"),
        ("0120-123-456", "JP", "+81120123456"),
        ("0800-123-4567", "JP", "+818001234567"),
        ("050-1234-5678", "JP", "+815012345678"),
        ("060-1234-5678", "JP", "+816012345678"),
        ("+1 (212) 555-0100", "JP", "+12125550100"),
        ("010-1-212-555-0100", "JP", "+12125550100"),
        ("+39 06 1234 5678", "JP", "+390612345678"),
        ("020 7946 0000", "GB", "+442079460000"),
        ("00 44 20 7946 0000", "gb", "+442079460000"),
        ("0081 90 1234 5678", "GB", "+819012345678"),
        ("0011 81 90 1234 5678", "AU", "+819012345678"),
        ("010-1234-5678", "KR", "+821012345678"),
        ("0082 10 1234 5678", "KR", "+821012345678"),
        ("06.12.34.56.78", "FR", "+33612345678"),
        ("0171/1234567", "DE", "+491711234567"),
        ("+49 171/1234567", "JP", "+491711234567"),
        ("0049 171/1234567", "DE", "+491711234567"),
        ("010.1234.5678", "KR", "+821012345678"),
        // Countries without a prefix, with another prefix, and with longer national forms.
        ("(212) 555-0123", "US", "+12125550123"),
        ("212.555.0123", "us", "+12125550123"),
        ("1-212-555-0123", "US", "+12125550123"),
        ("011 81 90 1234 5678", "US", "+819012345678"),
        ("416-555-0123", "CA", "+14165550123"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("312 345 6789", "IT", "+393123456789"),
        ("612 34 56 78", "ES", "+34612345678"),
        ("06 20 123 4567", "HU", "+36201234567"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("810 81 90 1234 5678", "RU", "+819012345678"),
        ("8 029 491-19-11", "BY", "+375294911911"),
        ("011 15-2345-6789", "AR", "+5491123456789"),
        ("(11) 96123-4567", "BR", "+5511961234567"),
        ("138 1234 5678", "CN", "+8613812345678"),
        ("010 1234 5678", "CN", "+861012345678"),
        ("55 1234 5678", "MX", "+525512345678"),
        ("98765 43210", "IN", "+919876543210"),
        ("098765 43210", "IN", "+919876543210"),
        ("8123 4567", "SG", "+6581234567"),
    ] {
        assert_eq!(read(text, country).as_deref(), Ok(number), "{text}");
    }
    for none in ["XX", "", "JPN", "001", "日本"] {
        assert!(Country::named(none).is_none(), "{none}");
    }
}

#[test]
fn a_missing_prefix_is_named_in_the_mistake() {
    for (text, country, fault) in [
        ("1711234567", "DE", PhoneFault::Missing("0")),
        ("612345678", "FR", PhoneFault::Missing("0")),
        ("20 123 4567", "HU", PhoneFault::Missing("06")),
        // A + may have been lost as well.
        ("34612345678", "ES", PhoneFault::Ambiguous),
        ("393123456789", "IT", PhoneFault::Ambiguous),
        ("491711234567", "DE", PhoneFault::Ambiguous),
    ] {
        assert_eq!(read(text, country), Err(fault), "{text}");
    }
    let fault = PhoneFault::Missing("0").to_string();
    assert!(fault.starts_with("the leading 0 is missing"), "{fault}");
}

/// Reads the example numbers of the metadata, written as each country writes them.
#[test]
fn every_country_is_read_as_it_writes_its_numbers() {
    let mut countries = 0;
    for metadata in phonenumber::metadata::DATABASE.iter() {
        let (id, code) = (metadata.id(), metadata.country_code());
        let Some(country) = Country::named(id) else {
            assert_eq!(id, "001", "+{code}");
            continue;
        };
        countries += 1;
        let descriptors = metadata.descriptors();
        for kind in [descriptors.fixed_line(), descriptors.mobile()] {
            let Some(example) = kind.and_then(|kind| kind.example()) else {
                continue;
            };
            let number = format!("+{code}{example}");
            let phone = Phone::read(&number, &country).unwrap();
            assert!(phone.is_assigned(), "{id} {number}");
            let home = country.0.plan.written(example).digits;
            assert_eq!(read(&home, id), Ok(number), "{id} {home}");
        }
    }
    assert!(countries > 240, "{countries}");
}

#[test]
fn only_numbers_that_may_be_mobile_take_sms() {
    for (number, takes_sms, is_assigned) in [
        ("+819012345678", true, true),
        ("+818012345678", true, true),
        ("+817012345678", true, true),
        // A mobile range since July 2026.
        ("+816012345678", true, true),
        ("+81331112222", false, true),
        ("+81120123456", false, true),
        ("+818001234567", false, true),
        ("+815012345678", false, true),
        // The ranges of American landlines and mobile phones are the same.
        ("+12125550123", true, true),
        ("+18005550123", false, true),
        ("+33612345678", true, true),
        ("+33123456789", false, true),
        // An unassigned number may be newer than the metadata.
        ("+819001234567", true, false),
        ("+15555550123", true, false),
    ] {
        let phone = Phone::read(number, &Country::named("JP").unwrap()).unwrap();
        let found = (phone.takes_sms(), phone.is_assigned());
        assert_eq!(found, (takes_sms, is_assigned), "{number}");
    }
}

#[test]
fn ambiguous_and_invalid_numbers_are_refused() {
    for (text, fault) in [
        ("", PhoneFault::Empty),
        (" 　- ", PhoneFault::Empty),
        ("anonymous", PhoneFault::Strange),
        ("090-1234-5678 ext. 9", PhoneFault::Strange),
        ("090-1234-5678/080-1234-5678", PhoneFault::Strange),
        ("9012345678.0", PhoneFault::Strange),
        ("8.19012E+11", PhoneFault::Strange),
        ("++819012345678", PhoneFault::Strange),
        ("81+9012345678", PhoneFault::Strange),
        ("٠٩٠١٢٣٤٥٦٧٨", PhoneFault::Strange),
        ("819012345678", PhoneFault::Ambiguous),
        // The leading 0 is missing.
        ("9012345678", PhoneFault::Missing("0")),
        ("90-1234-5678", PhoneFault::Missing("0")),
        ("3-3111-2222", PhoneFault::Missing("0")),
        // Impossible numbers according to libphonenumber.
        ("+999 1234 5678", PhoneFault::NoCountry),
        ("+1 212 555 012", PhoneFault::Length),
        ("+1 212 555 01234", PhoneFault::Length),
        ("+33 6 12 34 56", PhoneFault::Length),
        ("+12", PhoneFault::Length),
        ("+33 06 12 34 56 78", PhoneFault::Trunk("0")),
        ("+36 06 20 123 4567", PhoneFault::Trunk("06")),
        // Dots and slashes in texts that are not numbers, or that are two.
        ("9012345678.00", PhoneFault::Strange),
        ("090.1234.5678.", PhoneFault::Strange),
        ("090..12345678", PhoneFault::Strange),
        ("090-1234-5678/5679", PhoneFault::Strange),
        ("09012345678/9", PhoneFault::Strange),
        ("030/1234567/8", PhoneFault::Strange),
        ("00449012345678", PhoneFault::Prefix),
        ("003301081901234", PhoneFault::Prefix),
        ("+81(0)90-1234-5678", PhoneFault::Trunk("0")),
        ("0081 090 1234 5678", PhoneFault::Trunk("0")),
        ("0901234567", PhoneFault::JapaneseLength),
        ("090123456789", PhoneFault::JapaneseLength),
        ("03-1234-567", PhoneFault::JapaneseLength),
        ("03-1234-56789", PhoneFault::JapaneseLength),
        ("+81", PhoneFault::JapaneseLength),
        ("+", PhoneFault::NotE164),
        ("+1", PhoneFault::NotE164),
        ("0", PhoneFault::JapaneseLength),
        ("010", PhoneFault::NotE164),
        ("+0312345678", PhoneFault::NotE164),
        ("+1234567890123456", PhoneFault::NotE164),
    ] {
        assert_eq!(read(text, "JP"), Err(fault), "{text}");
    }
}

proptest! {
    /// Texts that look like numbers, and any others.
    #[test]
    fn reading_again_changes_nothing_and_no_text_panics(
        text in prop_oneof![
            "(|0|\\+81|010|００)[0189４８ +()０ー\u{301}x日-]{0,16}",
            "(\\+81|0)[ -]?[1-9]0[ -]?[0-9]{4}[ ー-]?[0-9]{4}",
            ".{0,20}",
        ],
    ) {
        static COUNTRIES: LazyLock<[Country; 9]> = LazyLock::new(|| {
            ["JP", "DE", "GB", "HU", "IT", "KR", "RU", "TW", "US"]
                .map(|name| Country::named(name).unwrap())
        });
        for country in COUNTRIES.iter() {
            let Ok(phone) = Phone::read(&text, country) else {
                continue;
            };
            let number = phone.expose();
            prop_assert!(number.starts_with('+') && (3..=16).contains(&number.len()));
            let again = Phone::read(number, country);
            prop_assert_eq!(again.as_ref(), Ok(&phone), "{}", text);
            let shown = phone.to_string();
            prop_assert!(shown.bytes().filter(u8::is_ascii_digit).count() <= 6);
            prop_assert_ne!(shown, number);
        }
    }

    /// In any width, and with any characters between the digits.
    #[test]
    fn a_mobile_number_is_read_in_any_width_and_spacing(
        digits in "[6789]0[0-9]{8}",
        fillings in proptest::collection::vec("[ 　()\\[\\]‐–−ー-]{0,2}", 11),
        wide in any::<bool>(),
        abroad in prop_oneof![Just("0"), Just("+81"), Just("0081"), Just("01081")],
    ) {
        let widen = |symbol: char| match symbol {
            '!'..='~' if wide => char::from_u32(u32::from(symbol) + 0xfee0).unwrap_or(symbol),
            narrow => narrow,
        };
        let pieces = fillings.iter().zip(digits.chars());
        let written: String = pieces.map(|(filling, digit)| format!("{filling}{digit}")).collect();
        let text: String = format!("{abroad}{written}").chars().map(widen).collect();
        let number = format!("+81{digits}");
        prop_assert_eq!(read(&text, "JP"), Ok(number), "{}", text);
    }
}

#[test]
fn a_number_prints_itself_masked() {
    let phone = Phone::read("090-1111-2222", &Country::named("JP").unwrap()).unwrap();
    assert_eq!(format!("{phone} {phone:?}"), "+81*****2222 +81*****2222");
}
