//! Telephone numbers as people write them, made E.164.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// How a country writes its numbers at home: with a 0 in front, which goes when the country code
/// comes. That is so in every country of [`Country::ALL`].
#[derive(Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166 code.
    pub name: &'static str,
    calling_code: &'static str,
    /// What is dialled there before another country's code, where that cannot be anything else.
    abroad: Option<&'static str>,
}

impl Country {
    /// Every country that is known here.
    pub const ALL: [Self; 7] = [
        Self::new("JP", "81", Some("010")),
        Self::new("AU", "61", Some("0011")),
        Self::new("DE", "49", Some("00")),
        Self::new("FR", "33", Some("00")),
        Self::new("GB", "44", Some("00")),
        // Here each carrier has digits of its own.
        Self::new("KR", "82", None),
        Self::new("TW", "886", None),
    ];

    const fn new(
        name: &'static str,
        calling_code: &'static str,
        abroad: Option<&'static str>,
    ) -> Self {
        Self {
            name,
            calling_code,
            abroad,
        }
    }

    /// The country with this ISO 3166 code.
    pub fn named(name: &str) -> Option<&'static Self> {
        static ALL: [Country; 7] = Country::ALL;
        ALL.iter()
            .find(|country| country.name.eq_ignore_ascii_case(name))
    }
}

/// A telephone number in E.164 form, which prints itself masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

/// Why a text is no telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneFault {
    /// Nothing there.
    #[error("the cell is empty")]
    Empty,
    /// Letters, an extension, two numbers…
    #[error("a number is made of digits, +, blanks, hyphens and brackets only")]
    Strange,
    /// A spreadsheet may have eaten a 0 or a +.
    #[error(
        "without + or a leading 0 this may be two numbers: write + and the country code, or the 0"
    )]
    Ambiguous,
    /// Carriers have such prefixes as well.
    #[error("this prefix may mean another country or a carrier: write + and the country code")]
    Prefix,
    /// `+81 (0)90` is seen a lot and can be dialled nowhere.
    #[error("the 0 after the country code has to go")]
    Zero,
    /// A digit was lost, or there is one too many.
    #[error("a Japanese number has 10 digits with its leading 0, or 11 when it begins with 0x0")]
    JapaneseLength,
    /// Nothing that the rules for Japan or the 0 would catch.
    #[error("a number is + and 2 to 15 digits, the first of them not 0 (E.164)")]
    NotE164,
}

impl Phone {
    /// Reads a number as it is written in `country`, or anywhere with + and the country code.
    ///
    /// # Errors
    /// When it is none, or could be two.
    pub fn read(text: &str, country: &Country) -> Result<Self, PhoneFault> {
        let text: String = text.nfkc().filter(|symbol| !is_filling(*symbol)).collect();
        let digits = text.strip_prefix('+').unwrap_or(&text);
        if text.is_empty() {
            return Err(PhoneFault::Empty);
        }
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PhoneFault::Strange);
        }
        let number = if digits.len() < text.len() {
            digits.to_owned()
        } else {
            with_country_code(digits, country)?
        };
        check(&number)?;
        Ok(Self(format!("+{number}")))
    }

    /// The whole number, for the table and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// What people put between digits. Compatibility forms (full-width hyphens, blanks and brackets)
/// are plain ones by now.
fn is_filling(symbol: char) -> bool {
    symbol.is_whitespace()
        || matches!(
            symbol,
            '(' | ')' | '[' | ']' | '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | 'ー'
        )
}

fn with_country_code(digits: &str, country: &Country) -> Result<String, PhoneFault> {
    let code = country.calling_code;
    if let Some(rest) = digits
        .strip_prefix("00")
        .filter(|rest| rest.starts_with(code))
    {
        return Ok(rest.to_owned());
    }
    if let Some(rest) = country
        .abroad
        .and_then(|abroad| digits.strip_prefix(abroad))
    {
        return Ok(rest.to_owned());
    }
    match digits.strip_prefix('0') {
        None => Err(PhoneFault::Ambiguous),
        Some(national) if national.starts_with('0') => Err(PhoneFault::Prefix),
        Some(national) => Ok(format!("{code}{national}")),
    }
}

/// E.164 says little about a number; what Japan adds finds the lost digit.
fn check(number: &str) -> Result<(), PhoneFault> {
    if !(2..=15).contains(&number.len()) || number.starts_with('0') {
        return Err(PhoneFault::NotE164);
    }
    for country in &Country::ALL {
        let Some(national) = number.strip_prefix(country.calling_code) else {
            continue;
        };
        if national.starts_with('0') {
            return Err(PhoneFault::Zero);
        }
        if country.name == "JP" {
            // 020, 050, 060, 070, 080 (0800 among it) and 090: a digit more than all others.
            let length = if national.get(1..2) == Some("0") {
                10
            } else {
                9
            };
            let fits = national.len() == length;
            return fits.then_some(()).ok_or(PhoneFault::JapaneseLength);
        }
    }
    Ok(())
}

/// With fewer digits than this, a mask that leaves six of them would hide next to nothing.
const DIGITS_WORTH_SHOWING: usize = 10;

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = &self.0[1..];
        if digits.len() < DIGITS_WORTH_SHOWING {
            return f.write_str("+*****");
        }
        // Always five stars: their count must not tell how long the number is.
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
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, country: &str) -> Result<String, PhoneFault> {
        Phone::read(text, Country::named(country).unwrap()).map(|phone| phone.expose().to_owned())
    }

    #[test]
    fn every_way_to_write_it_is_one_number() {
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
        ] {
            assert_eq!(read(text, "JP").as_deref(), Ok("+819012345678"), "{text}");
        }
    }

    #[test]
    fn each_country_has_its_way() {
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
        ] {
            assert_eq!(read(text, country).as_deref(), Ok(number), "{text}");
        }
        assert!(Country::named("XX").is_none());
    }

    #[test]
    fn what_may_be_two_numbers_or_none_is_refused() {
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
            ("9012345678", PhoneFault::Ambiguous),
            ("00449012345678", PhoneFault::Prefix),
            ("003301081901234", PhoneFault::Prefix),
            ("+81(0)90-1234-5678", PhoneFault::Zero),
            ("0081 090 1234 5678", PhoneFault::Zero),
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
        /// Of what looks like a number, and of any text whatever.
        #[test]
        fn reading_again_changes_nothing_and_no_text_panics(
            text in prop_oneof![
                "(|0|\\+81|010|００)[0189４８ +()０ー\u{301}x日-]{0,16}",
                "(\\+81|0)[ -]?[1-9]0[ -]?[0-9]{4}[ ー-]?[0-9]{4}",
                ".{0,20}",
            ],
        ) {
            for country in &Country::ALL {
                let Ok(phone) = Phone::read(&text, country) else {
                    continue;
                };
                let number = phone.expose();
                prop_assert!(number.starts_with('+') && (3..=16).contains(&number.len()));
                let again = Phone::read(number, country);
                prop_assert_eq!(again.as_ref(), Ok(&phone));
                let shown = phone.to_string();
                prop_assert!(shown.bytes().filter(u8::is_ascii_digit).count() <= 6);
                prop_assert_ne!(shown, number);
            }
        }

        /// Whatever stands between its digits, and in whichever width they are.
        #[test]
        fn every_mobile_number_is_read_however_it_is_written(
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
        let phone = Phone::read("090-1111-2222", Country::named("JP").unwrap()).unwrap();
        assert_eq!(format!("{phone} {phone:?}"), "+81*****2222 +81*****2222");
    }
}
