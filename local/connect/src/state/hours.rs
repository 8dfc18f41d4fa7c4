//! Hours of operation.

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, UtcOffset, Weekday};

use super::{Identity, Kind, Resource, identified};

/// Hours of operation of an instance.
#[derive(Debug, Clone)]
pub(crate) struct HoursRecord {
    pub(crate) identity: Identity,
    pub(crate) description: Option<String>,
    pub(crate) time_zone: String,
    /// Never open without a period.
    pub(crate) config: Vec<DayHours>,
}

identified!(HoursRecord);

impl Resource for HoursRecord {
    const KIND: Kind = Kind {
        arn: "operating-hours",
        title: "Hours of operation",
        one: "An hours of operation",
        many: "hours of operation",
        // The default (administrator guide, "Amazon Connect service quotas").
        quota: 100,
    };
}

/// A day of the week, in the API's spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Day {
    Sunday,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
}

/// A time of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TimeOfDay {
    pub(crate) hours: u8,
    pub(crate) minutes: u8,
}

/// As the service writes it in its refusals: the minutes are not padded.
impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.hours, self.minutes)
    }
}

/// One open period of one day (`HoursOfOperationConfig`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DayHours {
    pub(crate) day: Day,
    pub(crate) start_time: TimeOfDay,
    pub(crate) end_time: TimeOfDay,
}

/// The hours are in a time zone whose rules are unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the time zone must be one without daylight saving time, such as Asia/Tokyo or UTC, but was {0}, \
     whose rules the local account does not know"
)]
pub struct TimeZoneUnknown(pub String);

/// Time zones without daylight saving time, with their offsets in minutes.
const FIXED_ZONES: &[(&str, i32)] = &[
    ("UTC", 0),
    ("Etc/UTC", 0),
    ("Asia/Tokyo", 9 * 60),
    ("Japan", 9 * 60),
    ("Asia/Seoul", 9 * 60),
    ("Asia/Hong_Kong", 8 * 60),
    ("Asia/Manila", 8 * 60),
    ("Asia/Shanghai", 8 * 60),
    ("Asia/Singapore", 8 * 60),
    ("Asia/Taipei", 8 * 60),
    ("Asia/Bangkok", 7 * 60),
    ("Asia/Jakarta", 7 * 60),
    ("Asia/Kolkata", 5 * 60 + 30),
    ("Australia/Brisbane", 10 * 60),
    ("America/Phoenix", -7 * 60),
    ("Pacific/Honolulu", -10 * 60),
];

impl DayHours {
    /// Reports whether the period ends before it starts. An end at midnight is that of the day.
    pub(crate) fn wraps_midnight(&self) -> bool {
        let minutes = |time: TimeOfDay| (time.hours, time.minutes);
        minutes(self.end_time) != (0, 0) && minutes(self.start_time) > minutes(self.end_time)
    }

    /// Every day from midnight to midnight.
    pub(super) const WHOLE_WEEK: [Self; 7] = {
        const MIDNIGHT: TimeOfDay = TimeOfDay {
            hours: 0,
            minutes: 0,
        };
        const fn whole(day: Day) -> DayHours {
            DayHours {
                day,
                start_time: MIDNIGHT,
                end_time: MIDNIGHT,
            }
        }
        [
            whole(Day::Sunday),
            whole(Day::Monday),
            whole(Day::Tuesday),
            whole(Day::Wednesday),
            whole(Day::Thursday),
            whole(Day::Friday),
            whole(Day::Saturday),
        ]
    };

    fn covers(&self, day: Day, minute: u16) -> bool {
        let start = self.start_time.minute();
        // A period that ends at midnight lasts until the end of the day.
        let end = match self.end_time.minute() {
            0 => 24 * 60,
            minute => minute,
        };
        self.day == day && start <= minute && minute < end
    }
}

impl TimeOfDay {
    fn minute(self) -> u16 {
        u16::from(self.hours) * 60 + u16::from(self.minutes)
    }
}

impl HoursRecord {
    /// Reports whether the moment is in one of the periods.
    pub(crate) fn is_open(&self, at: OffsetDateTime) -> Result<bool, TimeZoneUnknown> {
        let unknown = || TimeZoneUnknown(self.time_zone.clone());
        let (_, minutes) = FIXED_ZONES
            .iter()
            .find(|(name, _)| *name == self.time_zone)
            .ok_or_else(unknown)?;
        let offset = UtcOffset::from_whole_seconds(minutes * 60).map_err(|_| unknown())?;
        let local = at.to_offset(offset);
        let day = match local.weekday() {
            Weekday::Sunday => Day::Sunday,
            Weekday::Monday => Day::Monday,
            Weekday::Tuesday => Day::Tuesday,
            Weekday::Wednesday => Day::Wednesday,
            Weekday::Thursday => Day::Thursday,
            Weekday::Friday => Day::Friday,
            Weekday::Saturday => Day::Saturday,
        };
        let minute = u16::from(local.hour()) * 60 + u16::from(local.minute());
        Ok(self.config.iter().any(|period| period.covers(day, minute)))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::state::Tags;

    fn hours(time_zone: &str, config: Vec<DayHours>) -> HoursRecord {
        HoursRecord {
            identity: Identity {
                id: "h".into(),
                arn: "h".into(),
                name: "h".into(),
                tags: Tags::new(),
                modified: 0,
            },
            description: None,
            time_zone: time_zone.into(),
            config,
        }
    }

    #[test]
    fn hours_apply_in_their_own_time_zone() {
        let weekday = DayHours {
            day: Day::Monday,
            start_time: TimeOfDay {
                hours: 9,
                minutes: 0,
            },
            end_time: TimeOfDay {
                hours: 17,
                minutes: 30,
            },
        };
        let hours = hours("Asia/Tokyo", vec![weekday]);
        assert_eq!(hours.is_open(datetime!(2026-11-23 00:00 UTC)), Ok(true));
        assert_eq!(hours.is_open(datetime!(2026-11-23 08:29 UTC)), Ok(true));
        assert_eq!(hours.is_open(datetime!(2026-11-23 08:30 UTC)), Ok(false));
        assert_eq!(hours.is_open(datetime!(2026-11-22 23:59 UTC)), Ok(false));
    }

    #[test]
    fn midnight_to_midnight_is_the_whole_day() {
        let hours = hours("UTC", DayHours::WHOLE_WEEK.to_vec());
        assert_eq!(hours.is_open(datetime!(2026-11-28 23:59 UTC)), Ok(true));
    }

    #[test]
    fn an_unknown_time_zone_is_an_error_instead_of_closed() {
        let hours = hours("Europe/Berlin", DayHours::WHOLE_WEEK.to_vec());
        assert_eq!(
            hours.is_open(datetime!(2026-11-28 12:00 UTC)),
            Err(TimeZoneUnknown("Europe/Berlin".into()))
        );
    }
}
