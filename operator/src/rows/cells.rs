//! The values that the cells of a row may have.

use std::fmt;

use connect_pin_sms::rules::campaign::CampaignId;
use connect_pin_sms::rules::sms_template::{SmsTemplate, TemplateFault};
use connect_pin_sms::rules::url::CampaignUrl;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::cell_text;
use super::zone::Zone;

/// The effect of a file on an optional attribute of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Optional<T> {
    /// The file does not have the column: the row keeps its value.
    Untouched,
    /// The cell is empty: the attribute is removed.
    Removed,
    /// The cell's value.
    Set(T),
}

impl<T> Optional<T> {
    /// Returns the value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Untouched | Self::Removed => None,
        }
    }

    /// Converts the value, if there is one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Optional<U> {
        match self {
            Self::Untouched => Optional::Untouched,
            Self::Removed => Optional::Removed,
            Self::Set(value) => Optional::Set(change(value)),
        }
    }
}

/// The reason why a cell cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CellFault {
    /// Not an address that phones turn into a link and that browsers open.
    #[error("must be an https:// URL with a host and no user name, in ASCII and without blanks")]
    Url,
    /// Not a switch.
    #[error("must be true or false")]
    Flag,
    /// Not a point in time.
    #[error(
        "must be whole seconds since 1970, or RFC 3339, such as 2026-04-01T00:00:00+09:00; for a date \
         without an offset give --time-zone"
    )]
    Time,
    /// Clocks were put forward past it.
    #[error(
        "must be a time that exists in --time-zone, but clocks are put forward past it: write another time, or \
         RFC 3339 with the offset"
    )]
    SkippedTime,
    /// Clocks were put back before it.
    #[error(
        "must be a time that --time-zone has once, but clocks are put back, so it is twice: write RFC 3339 with \
         the offset"
    )]
    RepeatedTime,
    /// Most likely the milliseconds of JavaScript's clock.
    #[error("must be earlier than 100000000000 (the year 5138): write seconds, not milliseconds")]
    FarTime,
    /// Not a count.
    #[error("must be a whole number")]
    Count,
    /// Ambiguous: some systems read 0 as "no limit", others as "never".
    #[error(
        "must not be 0: to allow none, set enabled to false; for no limit, leave the cell empty"
    )]
    Zero,
    /// The message would not contain the URL.
    #[error("the text must contain {{url}}")]
    NoUrl,
    /// An SMS needs the URL once.
    #[error("the text must contain {{url}} only once")]
    UrlTwice,
    /// A brace always marks a placeholder.
    #[error("the text must contain no braces but those of {{url}}, the only placeholder")]
    Brace,
    /// Not an id that the function can count redemptions under.
    #[error("an id must be 1 to 64 letters, digits, hyphens and underscores, in ASCII")]
    CampaignId,
    /// Each part is billed, and the function sends at most three.
    #[error("the text with its URL must fit into 3 parts of an SMS")]
    Parts,
}

/// The address of a campaign page, which prints itself shortened: its query may identify a member.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(CampaignUrl);

const SCHEME: &str = "https://";

impl Url {
    /// Reads a URL.
    ///
    /// # Errors
    /// When the function would not accept it.
    pub fn read(text: &str) -> Result<Self, CellFault> {
        CampaignUrl::parse(text)
            .map(Self)
            .map_err(|_| CellFault::Url)
    }

    /// Returns the whole URL, for the table only.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Returns host and port.
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

/// Reads `true` or `false`, in small or capital letters, as spreadsheets write them.
pub(super) fn flag(text: &str) -> Result<bool, CellFault> {
    match cell_text::plain(text).to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(CellFault::Flag),
    }
}

/// The first number that the function takes for a time in milliseconds.
const FIRST_MILLISECOND: u64 = 100_000_000_000;

/// Reads a time as seconds since 1970, in RFC 3339 or, with a zone, as a date with or without a time of
/// day, and returns seconds.
pub(super) fn time(text: &str, zone: Option<&Zone>) -> Result<u64, CellFault> {
    let text = cell_text::plain(text);
    let seconds = if is_digits(&text) {
        text.parse().unwrap_or(u64::MAX)
    } else if let Some(seconds) = zone.map_or(Ok(None), |zone| zone.seconds(&text))? {
        seconds
    } else {
        let time = OffsetDateTime::parse(&text, &Rfc3339).map_err(|_| CellFault::Time)?;
        u64::try_from(time.unix_timestamp()).map_err(|_| CellFault::Time)?
    };
    (seconds < FIRST_MILLISECOND)
        .then_some(seconds)
        .ok_or(CellFault::FarTime)
}

/// Reads a whole number from 1.
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

/// Reads a campaignId, which the function counts redemptions under.
pub(super) fn campaign_id(text: &str) -> Result<String, CellFault> {
    CampaignId::parse(text)
        .map(|id| id.as_str().to_owned())
        .ok_or(CellFault::CampaignId)
}

/// Reads the text of an SMS around one `{url}`. Line ends become LF, whatever the file has: a CR
/// counts as a character, and some phones display it.
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

/// Reports whether blanks separate the URL of a [`message`] from the text around it. Phones turn
/// everything up to the next blank into the link, including Japanese letters.
pub(super) fn address_stands_apart(message: &str) -> bool {
    message
        .split_once(PLACEHOLDER)
        .is_none_or(|(before, after)| {
            before.chars().next_back().is_none_or(char::is_whitespace)
                && after.chars().next().is_none_or(char::is_whitespace)
        })
}

/// Reports whether a [`message`] with this URL is short enough for the function to send.
pub(super) fn fits(message: &str, url: &Url) -> bool {
    SmsTemplate::parse(message).is_ok_and(|template| template.render(&url.0).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_that_the_function_accepts_are_read() {
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
            // From 100,000,000,000 on, the function takes a time for milliseconds.
            ("99999999999", FIRST_MILLISECOND - 1),
            ("5138-11-16T09:46:39Z", FIRST_MILLISECOND - 1),
        ] {
            assert_eq!(time(text, None), Ok(seconds), "{text}");
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
            assert_eq!(time(text, None), Err(fault), "{text}");
        }
    }

    #[test]
    fn switches_and_counts_are_read_strictly() {
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
    fn a_text_contains_the_url_exactly_once() {
        for good in ["{url}", "ページ {url} です", "a\n{url}"] {
            assert_eq!(message(good).as_deref(), Ok(good));
        }
        // The line ends of CRLF files become LF.
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
    fn blanks_must_separate_the_url_from_the_text() {
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
    fn a_campaign_id_is_1_to_64_plain_characters() {
        let longest = "x".repeat(64);
        for good in ["a", "spring-2026", "A_1", &longest] {
            assert_eq!(campaign_id(good).as_deref(), Ok(good));
        }
        for bad in ["", "a b", "a#b", "春", "a.b", &"x".repeat(65)] {
            assert_eq!(campaign_id(bad), Err(CellFault::CampaignId), "{bad:?}");
        }
    }
}
