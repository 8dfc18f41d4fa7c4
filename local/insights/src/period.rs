//! Periods such as `5m`, to which times are rounded.

use time::{Date, Month, OffsetDateTime};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// The units of periods with their abbreviations, each of which may have a plural if it is longer
/// than a letter.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html>
const UNITS: [(&[&str], Unit); 9] = [
    (&["ms", "msec", "millisecond"], Unit::Milliseconds(1)),
    (&["s", "sec", "second"], Unit::Milliseconds(SECOND)),
    (&["m", "min", "minute"], Unit::Milliseconds(MINUTE)),
    (&["h", "hr", "hour"], Unit::Milliseconds(HOUR)),
    (&["d", "day"], Unit::Milliseconds(DAY)),
    (&["w", "week"], Unit::Milliseconds(WEEK)),
    (&["mo", "mon", "month"], Unit::Months(1)),
    (&["q", "qtr", "quarter"], Unit::Months(3)),
    (&["y", "yr", "year"], Unit::Months(12)),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Milliseconds(i64),
    Months(i64),
}

/// A period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period(Unit);

impl Period {
    /// Reads a period like `5m`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
        let (count, unit) = text.split_at(digits);
        let count: i64 = count.parse().ok().filter(|count| *count > 0)?;
        let named = |name: &&str| unit == *name || (name.len() > 1 && unit == format!("{name}s"));
        let (_, unit) = UNITS.iter().find(|(names, _)| names.iter().any(named))?;
        Some(Self(match unit {
            Unit::Milliseconds(one) => Unit::Milliseconds(one.checked_mul(count)?),
            Unit::Months(one) => Unit::Months(one.checked_mul(count)?),
        }))
    }

    /// Rounds a time down. Periods begin at 1970-01-01; AWS does not document another beginning.
    pub(crate) fn floor(self, at_ms: i64) -> Option<i64> {
        match self.0 {
            Unit::Milliseconds(length) => at_ms.checked_sub(at_ms.rem_euclid(length)),
            Unit::Months(length) => {
                let month = months_of(at_ms)?;
                start_of(month - month.rem_euclid(length))
            }
        }
    }

    /// Rounds a time up.
    pub(crate) fn ceil(self, at_ms: i64) -> Option<i64> {
        let floor = self.floor(at_ms)?;
        if floor == at_ms {
            return Some(at_ms);
        }
        match self.0 {
            Unit::Milliseconds(length) => floor.checked_add(length),
            Unit::Months(length) => start_of(months_of(floor)?.checked_add(length)?),
        }
    }
}

/// Returns the number of whole months between 1970-01-01 and a time.
fn months_of(at_ms: i64) -> Option<i64> {
    let at = OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(SECOND)).ok()?;
    Some((i64::from(at.year()) - 1970) * 12 + i64::from(u8::from(at.month())) - 1)
}

/// Returns the beginning of a month in milliseconds.
fn start_of(months: i64) -> Option<i64> {
    let year = i32::try_from(1970 + months.div_euclid(12)).ok()?;
    let month = u8::try_from(months.rem_euclid(12) + 1).ok()?;
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, 1).ok()?;
    Some(date.midnight().assume_utc().unix_timestamp() * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::render_time;

    /// 2019-04-30 21:58:41.001
    const AT: i64 = 1_556_661_521_001;

    /// The units of
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html>.
    #[test]
    fn times_are_rounded_to_every_documented_unit() {
        for (period, floor, ceil) in [
            ("1ms", "2019-04-30 21:58:41.001", "2019-04-30 21:58:41.001"),
            ("1s", "2019-04-30 21:58:41.000", "2019-04-30 21:58:42.000"),
            ("5m", "2019-04-30 21:55:00.000", "2019-04-30 22:00:00.000"),
            (
                "5mins",
                "2019-04-30 21:55:00.000",
                "2019-04-30 22:00:00.000",
            ),
            ("1h", "2019-04-30 21:00:00.000", "2019-04-30 22:00:00.000"),
            ("2hrs", "2019-04-30 20:00:00.000", "2019-04-30 22:00:00.000"),
            ("1d", "2019-04-30 00:00:00.000", "2019-05-01 00:00:00.000"),
            ("1mo", "2019-04-01 00:00:00.000", "2019-05-01 00:00:00.000"),
            ("1q", "2019-04-01 00:00:00.000", "2019-07-01 00:00:00.000"),
            (
                "1years",
                "2019-01-01 00:00:00.000",
                "2020-01-01 00:00:00.000",
            ),
        ] {
            let parsed = Period::parse(period).unwrap();
            assert_eq!(render_time(parsed.floor(AT).unwrap()), floor, "{period}");
            assert_eq!(render_time(parsed.ceil(AT).unwrap()), ceil, "{period}");
        }
        for text in ["", "5", "m", "0m", "5x", "5ss", "99999999999999999999m"] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
    }

    #[test]
    fn no_time_overflows() {
        for period in ["1ms", "9223372036854775807ms", "100000y", "1mo"] {
            let period = Period::parse(period).unwrap();
            for at in [i64::MIN, -1, 0, i64::MAX] {
                let _ = (period.floor(at), period.ceil(at));
            }
        }
    }
}
