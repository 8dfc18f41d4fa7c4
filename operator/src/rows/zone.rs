//! Times as spreadsheets write them, without an offset.

use std::str::FromStr;

use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

/// The offset from UTC of times that are written without one.
///
/// An offset rather than a place: a campaign in a country with summer time is loaded with the offset
/// of its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(UtcOffset);

/// The reason why a text is not an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an offset from UTC from -18:00 to +18:00, such as +09:00, or Z")]
pub struct ZoneFault;

impl FromStr for Zone {
    type Err = ZoneFault;

    fn from_str(text: &str) -> Result<Self, ZoneFault> {
        if text == "Z" {
            return Ok(Self(UtcOffset::UTC));
        }
        let (sign, rest) = match text.split_at_checked(1) {
            Some(("+", rest)) => (1, rest),
            Some(("-", rest)) => (-1, rest),
            _ => return Err(ZoneFault),
        };
        let (hours, minutes) = rest.split_once(':').ok_or(ZoneFault)?;
        let number = |text: &str| -> Option<i8> {
            let two_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            two_digits.then(|| text.parse().ok()).flatten()
        };
        let hours = number(hours).filter(|hours| *hours <= 18);
        let minutes = number(minutes).filter(|minutes| *minutes < 60);
        let (Some(hours), Some(minutes)) = (hours, minutes) else {
            return Err(ZoneFault);
        };
        if hours == 18 && minutes > 0 {
            return Err(ZoneFault);
        }
        UtcOffset::from_hms(sign * hours, sign * minutes, 0)
            .map(Self)
            .map_err(|_| ZoneFault)
    }
}

impl Zone {
    /// Returns the seconds since 1970 of a date, with or without a time of day: `2026-04-01`,
    /// `2026/4/1 9:00` and the like. A date alone is its first second. Returns nothing for another text
    /// and for a time before 1970.
    pub(super) fn seconds(self, text: &str) -> Option<u64> {
        let (date, time) = match text.split_once(['T', ' ']) {
            Some((date, time)) => (date, Some(time.trim_start())),
            None => (text, None),
        };
        let separator = if date.contains('/') { '/' } else { '-' };
        let mut parts = date.split(separator);
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || year.len() != 4 {
            return None;
        }
        let month = Month::try_from(number(month)?).ok()?;
        let date = Date::from_calendar_date(year_of(year)?, month, number(day)?).ok()?;
        let time = match time {
            None => Time::MIDNIGHT,
            Some(time) => time_of_day(time)?,
        };
        let at = PrimitiveDateTime::new(date, time).assume_offset(self.0);
        u64::try_from(at.unix_timestamp()).ok()
    }
}

fn time_of_day(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let (hour, minute) = (number(parts.next()?)?, number(parts.next()?)?);
    let second = parts.next().map_or(Some(0), number)?;
    if parts.next().is_some() {
        return None;
    }
    Time::from_hms(hour, minute, second).ok()
}

fn year_of(text: &str) -> Option<i32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Reads a number of one or two digits.
fn number(text: &str) -> Option<u8> {
    let short = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    short.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_read_strictly() {
        for good in ["+09:00", "-03:30", "Z", "+00:00", "+18:00"] {
            assert!(good.parse::<Zone>().is_ok(), "{good}");
        }
        for bad in [
            "", "9", "+9", "+0900", "JST", "+19:00", "+18:01", "+09:60", "+0 :00", "＋09:00",
        ] {
            assert_eq!(bad.parse::<Zone>(), Err(ZoneFault), "{bad}");
        }
    }

    /// The seconds are those of GNU date: `date -ud '2026-04-01 00:00:00 +0900' +%s`.
    #[test]
    fn dates_and_times_are_read_in_their_zone() {
        let japan: Zone = "+09:00".parse().unwrap();
        for (text, seconds) in [
            ("2026-04-01", 1_774_969_200),
            ("2026/4/1", 1_774_969_200),
            ("2026/04/01 12:00", 1_775_012_400),
            ("2026-04-01T12:00:00", 1_775_012_400),
            ("2026/4/1 9:05:06", 1_775_001_906),
        ] {
            assert_eq!(japan.seconds(text), Some(seconds), "{text}");
        }
        for bad in [
            "",
            "2026",
            "26/4/1",
            "2026/13/1",
            "2026/2/30",
            "4/1/2026",
            "2026-04-01 24:00",
            "1969-12-31",
            "2026-4-1-1",
        ] {
            assert_eq!(japan.seconds(bad), None, "{bad}");
        }
    }
}
