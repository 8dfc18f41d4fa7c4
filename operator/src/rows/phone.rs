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
mod tests;
