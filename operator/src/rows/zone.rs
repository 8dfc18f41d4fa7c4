//! Times as spreadsheets write them, without an offset.

use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

use super::cells::CellFault;

/// The time zone of times that are written without an offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(Rule);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    /// The same offset from UTC at all times.
    Offset(UtcOffset),
    /// The offsets of a place, with its summer times.
    Place(TimeZone),
}

/// The reason why a text is not a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be the name of a time zone, such as Asia/Tokyo, or an offset from UTC from -18:00 to +18:00, such as \
     +09:00, or Z"
)]
pub struct ZoneFault;

impl FromStr for Zone {
    type Err = ZoneFault;

    fn from_str(text: &str) -> Result<Self, ZoneFault> {
        if text == "Z" {
            return Ok(Self(Rule::Offset(UtcOffset::UTC)));
        }
        let (sign, rest) = match text.split_at_checked(1) {
            Some(("+", rest)) => (1, rest),
            Some(("-", rest)) => (-1, rest),
            Some(_) => return place(text),
            None => return Err(ZoneFault),
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
            .map(|offset| Self(Rule::Offset(offset)))
            .map_err(|_| ZoneFault)
    }
}

/// Finds a zone of the IANA time zone database by its name. Names without a place, such as EST, are
/// refused but for UTC: several countries mean different times by them.
fn place(name: &str) -> Result<Zone, ZoneFault> {
    if !name.contains('/') && !["UTC", "Japan"].contains(&name) {
        return Err(ZoneFault);
    }
    TimeZone::get(name)
        .map(|zone| Zone(Rule::Place(zone)))
        .map_err(|_| ZoneFault)
}

impl Zone {
    /// Returns the seconds since 1970 of a date, with or without a time of day: `2026-04-01`,
    /// `2026/4/1 9:00` and the like. A date alone is its first second. Returns nothing for another text
    /// and for a time before 1970.
    ///
    /// # Errors
    /// When the clocks of the place were put forward or back at that time, so that it is none or two.
    pub(super) fn seconds(&self, text: &str) -> Result<Option<u64>, CellFault> {
        let Some(local) = local(text) else {
            return Ok(None);
        };
        let seconds = match &self.0 {
            Rule::Offset(offset) => Some(local.assume_offset(*offset).unix_timestamp()),
            Rule::Place(zone) => at_place(local, zone)?,
        };
        Ok(seconds.and_then(|seconds| u64::try_from(seconds).ok()))
    }
}

/// Returns the seconds since 1970 of a time at a place; nothing for a time that is out of range.
fn at_place(local: PrimitiveDateTime, zone: &TimeZone) -> Result<Option<i64>, CellFault> {
    let narrow = |part: u8| i8::try_from(part).unwrap_or(i8::MAX);
    let civil = DateTime::new(
        i16::try_from(local.year()).unwrap_or(i16::MAX),
        narrow(local.month().into()),
        narrow(local.day()),
        narrow(local.hour()),
        narrow(local.minute()),
        narrow(local.second()),
        0,
    );
    let Ok(civil) = civil else {
        return Ok(None);
    };
    match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => {
            let as_utc = local.assume_utc().unix_timestamp();
            Ok(Some(as_utc - i64::from(offset.seconds())))
        }
        AmbiguousOffset::Gap { .. } => Err(CellFault::SkippedTime),
        AmbiguousOffset::Fold { .. } => Err(CellFault::RepeatedTime),
    }
}

/// Reads a date, with or without a time of day.
fn local(text: &str) -> Option<PrimitiveDateTime> {
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
    Some(PrimitiveDateTime::new(date, time))
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
        for zone in ["+09:00", "Asia/Tokyo", "Japan"] {
            let japan: Zone = zone.parse().unwrap();
            for (text, seconds) in [
                ("2026-04-01", 1_774_969_200),
                ("2026/4/1", 1_774_969_200),
                ("2026/04/01 12:00", 1_775_012_400),
                ("2026-04-01T12:00:00", 1_775_012_400),
                ("2026/4/1 9:05:06", 1_775_001_906),
            ] {
                assert_eq!(japan.seconds(text), Ok(Some(seconds)), "{text}");
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
                assert_eq!(japan.seconds(bad), Ok(None), "{bad}");
            }
        }
    }

    /// The seconds are those of GNU date: `TZ=America/New_York date -d '2026-11-01 12:00' +%s`. The clocks of
    /// New York go forward on 8 March at 2 o'clock, and back on 1 November at 2 o'clock.
    #[test]
    fn times_that_a_place_has_not_once_are_refused() {
        let place: Zone = "America/New_York".parse().unwrap();
        for (text, seconds) in [
            ("2026-11-01 12:00", Ok(Some(1_793_552_400))),
            ("2026-03-08 03:00", Ok(Some(1_772_953_200))),
            ("2026-03-08 02:30", Err(CellFault::SkippedTime)),
            ("2026-11-01 01:30", Err(CellFault::RepeatedTime)),
        ] {
            assert_eq!(place.seconds(text), seconds, "{text}");
        }
        let utc: Zone = "UTC".parse().unwrap();
        assert_eq!(utc.seconds("1970-01-02"), Ok(Some(86_400)));
        for bad in ["EST", "Tokyo", "Asia/Nowhere", "America/new york"] {
            assert_eq!(bad.parse::<Zone>(), Err(ZoneFault), "{bad}");
        }
    }
}
