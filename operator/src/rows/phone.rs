//! Reads phone numbers as people write them, and converts them to E.164.
//!
//! A table must get the right number or none. So a text is accepted if the country writes a number
//! with exactly these digits, or if it begins with the country's own prefixes. A text that can be
//! read as two numbers is refused.

use std::fmt;
use std::sync::Arc;

use super::cell_text;
use super::numbering::{Home, Kind, Plan};

/// A country whose numbers may be written without the country code.
#[derive(Clone)]
pub struct Country(Arc<Home>);

impl Country {
    /// Returns the country with this two-letter ISO 3166 code.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_uppercase();
        let home = (name.len() == 2).then(|| Home::of(&name))?;
        Some(Self(Arc::new(home?)))
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country(+{})", self.0.code)
    }
}

/// A phone number in E.164, which prints itself masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone {
    number: String,
    is_assigned: bool,
    takes_sms: bool,
}

/// The reason why a text is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneFault {
    #[error("the cell must not be empty")]
    Empty,
    /// Letters, an extension, two numbers and the like.
    #[error(
        "a cell must contain one number, as text, of digits, +, blanks, hyphens, dots and brackets \
         only, and at most one slash, after the area code"
    )]
    Strange,
    /// A spreadsheet has read the cell as a number and dropped the zero.
    #[error(
        "the leading {0} is missing, which spreadsheets drop: add it, or write + and the country \
         code"
    )]
    Missing(&'static str),
    /// A spreadsheet may have dropped a 0 or a +.
    #[error(
        "ambiguous number: write it as its country does, with the leading 0 if there is one, or \
         write + and the country code"
    )]
    Ambiguous,
    /// Carriers use such prefixes, too.
    #[error("ambiguous prefix, of a country or of a carrier: write + and the country code")]
    Prefix,
    /// `+81 (0)90` is a common spelling that cannot be dialed from anywhere.
    #[error("remove the {0} after the country code")]
    Trunk(&'static str),
    /// A digit is missing, or there is one too many.
    #[error(
        "a Japanese number must have 10 digits with its leading 0, or 11 if it begins with 0x0"
    )]
    JapaneseLength,
    /// The first digits are wrong, or the + does not belong there.
    #[error("the digits after + must begin with a country code")]
    NoCountry,
    /// A digit is missing, or there is one too many.
    #[error(
        "the number must have a length that its country uses: check for a missing area code, or a \
         missing or extra digit"
    )]
    Length,
    /// Everything that the rules for Japan and for the prefix do not catch.
    #[error("a number must be + and 2 to 15 digits, the first of them not 0 (E.164)")]
    NotE164,
}

impl Phone {
    /// Reads a number as it is written in `country`, or in any country with + and the country code.
    ///
    /// # Errors
    /// When the text is not a number, or can be read as two.
    pub fn read(text: &str, country: &Country) -> Result<Self, PhoneFault> {
        match Dialled::read(text)? {
            Dialled::Abroad(digits) => Self::of(&digits),
            Dialled::Home(digits) => Self::of(&with_country_code(&digits, &country.0)?),
        }
    }

    /// Returns the number with these digits, which begin with the country code.
    fn of(number: &str) -> Result<Self, PhoneFault> {
        if !(2..=15).contains(&number.len()) || number.starts_with('0') {
            return Err(PhoneFault::NotE164);
        }
        if let Some(national) = number.strip_prefix("81") {
            check_japanese(national)?;
        }
        let (national, plan) = Plan::split(number).ok_or(PhoneFault::NoCountry)?;
        let kind = plan.kind(national);
        let prefix = plan.prefix();
        if kind.is_none()
            && !prefix.is_empty()
            && let Some(bare) = national.strip_prefix(prefix)
            && plan.kind(bare).is_some()
        {
            return Err(PhoneFault::Trunk(prefix));
        }
        if !plan.has_length_of(national) {
            return Err(PhoneFault::Length);
        }
        Ok(Self {
            number: format!("+{number}"),
            is_assigned: kind.is_some(),
            takes_sms: kind != Some(Kind::Other),
        })
    }

    /// Returns the whole number, for the table only.
    pub fn expose(&self) -> &str {
        &self.number
    }

    /// Returns the digits as a number, to find a number again: E.164 has at most 15 of them, and the first
    /// is not 0.
    pub fn digits(&self) -> u64 {
        let digits = self.number.bytes().filter(u8::is_ascii_digit);
        digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
    }

    /// Reports whether numbers of this range are assigned, according to libphonenumber.
    pub fn is_assigned(&self) -> bool {
        self.is_assigned
    }

    /// Reports whether an SMS can be sent to the number: false for landlines, toll-free numbers and
    /// the like.
    pub fn takes_sms(&self) -> bool {
        self.takes_sms
    }
}

/// The digits of a text, with or without a country code in front.
enum Dialled {
    Abroad(String),
    Home(String),
}

impl Dialled {
    fn read(text: &str) -> Result<Self, PhoneFault> {
        let text: String = cell_text::plain(text)
            .chars()
            .filter(|symbol| !is_filling(*symbol))
            .collect();
        if text.is_empty() {
            return Err(PhoneFault::Empty);
        }
        let (is_abroad, text) = match text.strip_prefix('+') {
            Some(text) => (true, text),
            None => (false, text.as_str()),
        };
        let groups: Vec<_> = text.split(is_separator).collect();
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !groups.iter().all(|group| are_digits(group))
            || !are_groups_of_one_number(&groups)
            || !is_slash_behind_area_code(text, is_abroad)
        {
            return Err(PhoneFault::Strange);
        }
        let digits = groups.concat();
        Ok(if is_abroad {
            Self::Abroad(digits)
        } else {
            Self::Home(digits)
        })
    }
}

/// Reports whether people put this character between digits. Compatibility forms (full-width
/// hyphens, blanks and brackets) have been converted before.
fn is_filling(symbol: char) -> bool {
    symbol.is_whitespace()
        || matches!(
            symbol,
            '(' | ')' | '[' | ']' | '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | 'ー' | '_'
        )
}

/// Reports whether people put this character between digits, but also into texts that are not
/// numbers.
fn is_separator(symbol: char) -> bool {
    matches!(symbol, '.' | '·' | '‧' | '・' | '/')
}

/// Excludes fractions, since spreadsheets write `9012345678.0` and `9012345678.00`, and pairs of
/// numbers such as `1234567/8`.
fn are_groups_of_one_number(groups: &[&str]) -> bool {
    let is_fraction = matches!(groups, [_, digits] if digits.len() <= 2);
    groups.len() == 1 || !is_fraction && groups.iter().all(|group| group.len() >= 2)
}

/// Accepts `0171/1234567`, which is one number; a slash after more digits separates two numbers.
fn is_slash_behind_area_code(text: &str, is_abroad: bool) -> bool {
    let Some((area, number)) = text.split_once('/') else {
        return true;
    };
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let most = match is_abroad {
        true => 8,
        false if area.starts_with("00") => 10,
        false => 6,
    };
    digits(area) <= most && digits(number) >= 4 && !number.contains('/')
}

/// Returns the number that `digits` dial in the country, with the country code in front.
fn with_country_code(digits: &str, home: &Home) -> Result<String, PhoneFault> {
    let (code, plan) = (&home.code, home.plan);
    if let Some(rest) = digits
        .strip_prefix("00")
        .filter(|rest| rest.starts_with(code))
    {
        return Ok(rest.to_owned());
    }
    let abroad = home.abroad.as_deref();
    if let Some(rest) = abroad.and_then(|abroad| digits.strip_prefix(abroad)) {
        return Ok(rest.to_owned());
    }
    if digits.starts_with("00") {
        return Err(PhoneFault::Prefix);
    }
    // If numbers have no prefix, or it was lost, a + may have been lost as well.
    let may_be_abroad = || {
        let national = digits.strip_prefix(code.as_str());
        national.is_some_and(|national| plan.kind(national).is_some())
    };
    let is_written_so = |national: &String| {
        let written = plan.written(national);
        plan.kind(national).is_some()
            && (written.digits == digits || written.may_be_bare && national == digits)
    };
    let candidates = home.candidates(digits);
    if let Some(national) = candidates.iter().find(|it| is_written_so(it)) {
        return if national == digits && may_be_abroad() {
            Err(PhoneFault::Ambiguous)
        } else {
            Ok(format!("{code}{national}"))
        };
    }
    let prefix = plan.prefix();
    let after_prefix = digits.strip_prefix(prefix).filter(|_| !prefix.is_empty());
    match after_prefix {
        Some(national) => Ok(format!("{code}{national}")),
        None if may_be_abroad() => Err(PhoneFault::Ambiguous),
        None if !home.writes_prefix => Ok(format!("{code}{digits}")),
        None if plan.kind(digits).is_some() => Err(PhoneFault::Missing(prefix)),
        None => Err(PhoneFault::Ambiguous),
    }
}

/// Checks a Japanese number more strictly than its plan does, which finds lost digits.
fn check_japanese(national: &str) -> Result<(), PhoneFault> {
    if national.starts_with('0') {
        return Err(PhoneFault::Trunk("0"));
    }
    // 020, 050, 060, 070, 080 (including 0800) and 090 have one digit more than all others.
    let length = if national.get(1..2) == Some("0") {
        10
    } else {
        9
    };
    let fits = national.len() == length;
    fits.then_some(()).ok_or(PhoneFault::JapaneseLength)
}

/// The length below which a mask that shows six digits would hide next to nothing.
const DIGITS_WORTH_SHOWING: usize = 10;

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = &self.number[1..];
        if digits.len() < DIGITS_WORTH_SHOWING {
            return f.write_str("+*****");
        }
        // Always five stars, so that their count does not reveal the length.
        write!(f, "+{}*****{}", &digits[..2], &digits[digits.len() - 4..])
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
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
}
