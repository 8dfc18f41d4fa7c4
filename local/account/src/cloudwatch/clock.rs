//! Times as seconds since the epoch.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Returns the current time, in seconds since the epoch.
pub(super) fn now() -> f64 {
    OffsetDateTime::now_utc().unix_timestamp_nanos() as f64 / 1e9
}

/// Parses a time as forms write it.
pub(super) fn seconds_of(text: &str) -> Option<f64> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    Some(time.unix_timestamp_nanos() as f64 / 1e9)
}
