//! What the cells of a row may hold.

use std::fmt;

use connect_pin_sms::rules::campaign::CampaignId;
use connect_pin_sms::rules::sms_template::{SmsTemplate, TemplateFault};
use connect_pin_sms::rules::url::CampaignUrl;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::cell_text;

/// What a file says about an attribute that a row may have or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Optional<T> {
    /// The file does not have the column: the row keeps what it has.
    Untouched,
    /// The cell is empty: the row has none from now on.
    Removed,
    /// The cell's value.
    Set(T),
}

impl<T> Optional<T> {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Untouched | Self::Removed => None,
        }
    }

    /// With another value in its place.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Optional<U> {
        match self {
            Self::Untouched => Optional::Untouched,
            Self::Removed => Optional::Removed,
            Self::Set(value) => Optional::Set(change(value)),
        }
    }
}

/// Why a cell cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CellFault {
    /// No address that a handset makes a link of, and a browser opens.
    #[error("an address is https:// and a host that browsers open, in ASCII and without blanks")]
    Url,
    /// No switch.
    #[error("write true or false")]
    Flag,
    /// No point in time.
    #[error("write whole seconds since 1970, or RFC 3339 as in 2026-04-01T00:00:00+09:00")]
    Time,
    /// JavaScript's clock, most likely.
    #[error(
        "a time is less than 100000000000, in the year 5138: these may be milliseconds, write seconds"
    )]
    FarTime,
    /// No count.
    #[error("write a whole number")]
    Count,
    /// "No limit" for one, "never" for another.
    #[error("0 may mean never or without a limit: write enabled = false, or leave the cell empty")]
    Zero,
    /// The caller would get no address.
    #[error("the text lacks {{url}}")]
    NoUrl,
    /// Once is what an SMS needs.
    #[error("the text has {{url}} more than once")]
    UrlTwice,
    /// A brace always means a placeholder.
    #[error("the text has a brace that is not part of {{url}}, the only placeholder")]
    Brace,
    /// Nothing that the function finds redemptions by.
    #[error("an id is 1 to 64 letters, digits, hyphens and underscores, in ASCII")]
    CampaignId,
    /// Each part is billed, and the function sends three at most.
    #[error("with its address the text needs more than 3 parts of an SMS")]
    Parts,
}

/// The address of a campaign page, which does not print itself whole: its query may identify a
/// member.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(CampaignUrl);

const SCHEME: &str = "https://";

impl Url {
    /// Reads an address that the function takes.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(text: &str) -> Result<Self, CellFault> {
        CampaignUrl::parse(text)
            .map(Self)
            .map_err(|_| CellFault::Url)
    }

    /// The whole address, for the table and for nothing else.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Host and port.
    fn authority(&self) -> &str {
        let rest = self.0.expose().get(SCHEME.len()..).unwrap_or_default();
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/…", self.authority())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `true` or `false`, as spreadsheets write it too.
pub(super) fn flag(text: &str) -> Result<bool, CellFault> {
    match cell_text::plain(text).to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(CellFault::Flag),
    }
}

/// From here on the function takes a time for milliseconds.
const FIRST_MILLISECOND: u64 = 100_000_000_000;

/// Seconds since 1970, written so or as RFC 3339.
pub(super) fn time(text: &str) -> Result<u64, CellFault> {
    let text = cell_text::plain(text);
    let seconds = if is_digits(&text) {
        text.parse().unwrap_or(u64::MAX)
    } else {
        let time = OffsetDateTime::parse(&text, &Rfc3339).map_err(|_| CellFault::Time)?;
        u64::try_from(time.unix_timestamp()).map_err(|_| CellFault::Time)?
    };
    (seconds < FIRST_MILLISECOND)
        .then_some(seconds)
        .ok_or(CellFault::FarTime)
}

/// A number from 1 on.
pub(super) fn count(text: &str) -> Result<u64, CellFault> {
    let text = cell_text::plain(text);
    if !is_digits(&text) {
        return Err(CellFault::Count);
    }
    match text.parse() {
        Ok(0) => Err(CellFault::Zero),
        Ok(count) => Ok(count),
        Err(_) => Err(CellFault::Count),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What the function remembers redemptions under.
pub(super) fn campaign_id(text: &str) -> Result<String, CellFault> {
    CampaignId::parse(text)
        .map(|id| id.as_str().to_owned())
        .ok_or(CellFault::CampaignId)
}

/// The text of an SMS around one `{url}`. Its lines end with LF, whatever the file's end with: a CR is
/// a character that counts, and some handsets show it.
pub(super) fn message(text: &str) -> Result<String, CellFault> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    match SmsTemplate::parse(&text) {
        Ok(_) if text.matches(PLACEHOLDER).count() > 1 => Err(CellFault::UrlTwice),
        Ok(_) => Ok(text),
        Err(TemplateFault::TooLong) => Err(CellFault::Parts),
        Err(TemplateFault::NoUrl) => Err(CellFault::NoUrl),
        Err(TemplateFault::UnknownPlaceholder(_) | TemplateFault::UnpairedBrace) => {
            Err(CellFault::Brace)
        }
    }
}

const PLACEHOLDER: &str = "{url}";

/// Whether the address of a [`message`] ends where the text around it begins. Handsets make a link of
/// all that is not a blank, Japanese letters among it.
pub(super) fn address_stands_apart(message: &str) -> bool {
    message
        .split_once(PLACEHOLDER)
        .is_none_or(|(before, after)| {
            before.chars().next_back().is_none_or(char::is_whitespace)
                && after.chars().next().is_none_or(char::is_whitespace)
        })
}

/// Whether the function sends a [`message`] with this address in it.
pub(super) fn fits(message: &str, url: &Url) -> bool {
    SmsTemplate::parse(message).is_ok_and(|template| template.render(&url.0).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_such_as_the_function_takes() {
        for (text, good) in [
            ("https://example.com", true),
            ("HTTPS://EXAMPLE.COM:8443/a?b=c%20d#e", true),
            ("https://[::1]:8080/", true),
            ("https://xn--r8jz45g.example/@somebody", true),
            ("", false),
            ("http://example.com", false),
            ("example.com", false),
            ("https://", false),
            ("https:///path", false),
            ("https://:443/", false),
            ("https://example.com@other.example/", false),
            ("https://example.com/a b", false),
            ("https://例え.example/", false),
            ("ｈttps://example.com", false),
            ("https://example.com/{url}", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(Url::read(text).is_ok(), good, "{text}");
        }
        let url = Url::read("https://example.com:1/c?member=7").unwrap();
        assert_eq!(
            format!("{url} {url:?}"),
            "https://example.com:1/… https://example.com:1/…"
        );
    }

    #[test]
    fn times_are_seconds_however_they_are_written() {
        for (text, seconds) in [
            ("0", 0),
            ("1775012400", 1_775_012_400),
            ("2026-04-01T12:00:00+09:00", 1_775_012_400),
            ("2026-04-01T03:00:00Z", 1_775_012_400),
            ("2026-04-01T03:00:00.9Z", 1_775_012_400),
            ("\u{202d}１７７５０１２４００", 1_775_012_400),
            // Issue 14: from 100,000,000,000 on it is milliseconds.
            ("99999999999", FIRST_MILLISECOND - 1),
            ("5138-11-16T09:46:39Z", FIRST_MILLISECOND - 1),
        ] {
            assert_eq!(time(text), Ok(seconds), "{text}");
        }
        for (text, fault) in [
            ("-1", CellFault::Time),
            ("2026-04-01", CellFault::Time),
            ("2026-04-01T12:00:00", CellFault::Time),
            ("2026/4/1 12:00", CellFault::Time),
            ("1969-12-31T23:59:59Z", CellFault::Time),
            ("1.8E+09", CellFault::Time),
            ("", CellFault::Time),
            ("100000000000", CellFault::FarTime),
            ("1775012400000", CellFault::FarTime),
            ("5138-11-16T09:46:40Z", CellFault::FarTime),
            ("253402300799", CellFault::FarTime),
            ("99999999999999999999999", CellFault::FarTime),
        ] {
            assert_eq!(time(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn switches_and_counts() {
        assert_eq!((flag("TRUE"), flag("false")), (Ok(true), Ok(false)));
        for bad in ["1", "yes", "はい"] {
            assert_eq!(flag(bad), Err(CellFault::Flag), "{bad}");
        }
        assert_eq!((count("1"), count("0500")), (Ok(1), Ok(500)));
        for bad in ["-1", "1.0", "1,000", "99999999999999999999", "many"] {
            assert_eq!(count(bad), Err(CellFault::Count), "{bad}");
        }
        assert_eq!(count("00"), Err(CellFault::Zero));
    }

    #[test]
    fn a_text_has_one_place_for_the_address() {
        for good in ["{url}", "ページ {url} です", "a\n{url}"] {
            assert_eq!(message(good).as_deref(), Ok(good));
        }
        // Issue 14: line ends of CRLF files do not travel.
        for text in ["a\r\n{url}\r\nb", "a\r{url}\rb", "a\n{url}\r\nb"] {
            assert_eq!(message(text).as_deref(), Ok("a\n{url}\nb"), "{text:?}");
        }
        for (bad, fault) in [
            ("ページ", CellFault::NoUrl),
            ("{url} {url}", CellFault::UrlTwice),
            ("{url} {name}", CellFault::Brace),
            ("{URL}", CellFault::Brace),
            ("{url", CellFault::Brace),
            ("{{url}}", CellFault::Brace),
            ("{url} }", CellFault::Brace),
        ] {
            assert_eq!(message(bad), Err(fault), "{bad}");
        }
    }

    #[test]
    fn an_address_needs_room_on_both_sides() {
        for apart in [
            "{url}",
            "本日 {url} まで",
            "本日\n{url}\nまで",
            "本日　{url}",
        ] {
            assert!(address_stands_apart(apart), "{apart}");
        }
        for glued in [
            "{url}まで",
            "本日{url}",
            "({url})",
            "{url}.",
            "本日 {url}、",
        ] {
            assert!(!address_stands_apart(glued), "{glued}");
        }
    }

    #[test]
    fn an_id_of_a_campaign_is_short_and_plain() {
        let longest = "x".repeat(64);
        for good in ["a", "spring-2026", "A_1", &longest] {
            assert_eq!(campaign_id(good).as_deref(), Ok(good));
        }
        for bad in ["", "a b", "a#b", "春", "a.b", &"x".repeat(65)] {
            assert_eq!(campaign_id(bad), Err(CellFault::CampaignId), "{bad:?}");
        }
    }
}
