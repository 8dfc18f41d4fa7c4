//! The time range of a request, in periods.

use local_wire::Fault;

use super::input::{Instant, invalid};

/// In seconds: the largest integer of the service's model.
const MAX_PERIOD: i64 = i32::MAX as i64;

/// A time range in periods of equal length; seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) period: i64,
}

impl Span {
    /// Returns the start of the period that a time belongs to.
    pub(super) fn period_of(self, at: f64) -> Option<i64> {
        let at = at.floor() as i64;
        (self.start..self.end)
            .contains(&at)
            .then(|| self.start + (at - self.start) / self.period * self.period)
    }

    /// Returns the starts of all periods, earliest first.
    pub(super) fn starts(self) -> impl DoubleEndedIterator<Item = i64> {
        (0..self.count()).map(move |n| self.start + n * self.period)
    }

    /// Returns the number of periods.
    pub(super) fn count(self) -> i64 {
        let whole = (self.end - self.start) / self.period;
        whole + i64::from((self.end - self.start) % self.period > 0)
    }
}

/// Returns a request's time range. CloudWatch ignores the seconds of both times and uses whole
/// minutes.
pub(super) fn span(start: Instant, end: Instant, period: i64) -> Result<Span, Fault> {
    let whole_minutes = (60..=MAX_PERIOD).contains(&period) && period % 60 == 0;
    if !whole_minutes && !matches!(period, 1 | 5 | 10 | 20 | 30) {
        return Err(invalid(
            "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.",
        ));
    }
    if start.seconds >= end.seconds {
        return Err(invalid(
            "The parameter StartTime must be less than the parameter EndTime.",
        ));
    }
    let grid = period.min(60);
    Ok(Span {
        start: (start.seconds.floor() as i64).div_euclid(grid) * grid,
        end: end.seconds.ceil() as i64,
        period,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_do_not_move_the_periods() {
        let at = |seconds| Instant { seconds };
        let span = span(at(119.0), at(181.0), 60).unwrap();
        assert_eq!((span.start, span.end), (60, 181));
        assert_eq!(span.starts().collect::<Vec<_>>(), [60, 120, 180]);
        assert_eq!(span.count(), 3);
        assert!(super::span(at(1.0), at(1.0), 60).is_err());
        for period in [i64::MIN, -60, 0, 2, 61, i64::MAX] {
            assert!(super::span(at(1.0), at(2.0), period).is_err(), "{period}");
        }
    }
}
