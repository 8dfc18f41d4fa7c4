//! What expressions stand for: numbers, time series, lists of them.

use std::collections::BTreeMap;

/// Values by the start of their period, in seconds since the epoch.
pub(in super::super) type Series = BTreeMap<i64, f64>;

/// The value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    Number(f64),
    Series(Series),
    Many(Vec<Series>),
    Text(String),
}

impl Term {
    /// The series of it; a number has none.
    pub(super) fn series(self) -> Vec<Series> {
        match self {
            Self::Series(series) => vec![series],
            Self::Many(many) => many,
            Self::Number(_) | Self::Text(_) => Vec::new(),
        }
    }

    /// How many series it is.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Many(many) => many.len(),
            _ => 1,
        }
    }

    /// How many values it has, an empty series being one, too.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Number(_) | Self::Text(_) => 1,
            Self::Series(series) => series.len() + 1,
            Self::Many(many) => many.iter().map(|series| series.len() + 1).sum(),
        }
    }

    /// How many values are looked at to join it with another: each series of one with each of the
    /// other.
    pub(super) fn size_joined(&self, other: &Self) -> usize {
        let one = self.size().saturating_mul(other.count());
        one.saturating_add(other.size().saturating_mul(self.count()))
    }

    /// Joins two values, period by period; a number stands in every period. Where one side has
    /// no value, or `join` none, there is no result.
    pub(super) fn with(self, other: Self, join: impl Fn(f64, f64) -> Option<f64> + Copy) -> Self {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => {
                // A number that cannot be computed is a series without values.
                join(a, b).map_or_else(|| Self::Series(Series::new()), Self::Number)
            }
            (Self::Series(series), Self::Number(b)) => Self::Series(
                series
                    .into_iter()
                    .filter_map(|(at, a)| Some((at, join(a, b)?)))
                    .collect(),
            ),
            (Self::Number(a), Self::Series(series)) => Self::Series(
                series
                    .into_iter()
                    .filter_map(|(at, b)| Some((at, join(a, b)?)))
                    .collect(),
            ),
            (Self::Series(left), Self::Series(right)) => Self::Series(
                left.into_iter()
                    .filter_map(|(at, a)| Some((at, join(a, *right.get(&at)?)?)))
                    .collect(),
            ),
            (Self::Many(many), other) => Self::Many(
                many.into_iter()
                    .flat_map(|one| Self::Series(one).with(other.clone(), join).series())
                    .collect(),
            ),
            (one, Self::Many(many)) => Self::Many(
                many.into_iter()
                    .flat_map(|other| one.clone().with(Self::Series(other), join).series())
                    .collect(),
            ),
            (Self::Text(_), _) | (_, Self::Text(_)) => Self::Series(Series::new()),
        }
    }

    /// The other value where this one has none.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Series(mut one), Self::Series(other)) => {
                for (at, value) in other {
                    one.entry(at).or_insert(value);
                }
                Self::Series(one)
            }
            // A number that does not apply is an empty series.
            (Self::Series(one), number @ Self::Number(_)) if one.is_empty() => number,
            (one, _) => one,
        }
    }

    /// Every value replaced.
    pub(super) fn map(self, change: impl Fn(f64) -> f64 + Copy) -> Self {
        match self {
            Self::Number(number) => Self::Number(change(number)),
            other => other.each(|series| {
                series
                    .into_iter()
                    .map(|(at, value)| (at, change(value)))
                    .collect()
            }),
        }
    }

    /// Every series replaced.
    pub(super) fn each(self, change: impl Fn(Series) -> Series) -> Self {
        match self {
            Self::Series(series) => Self::Series(change(series)),
            Self::Many(many) => Self::Many(many.into_iter().map(change).collect()),
            other => other,
        }
    }

    /// One series becomes one number; several become one series, period by period.
    pub(super) fn fold(self, fold: impl Fn(&[f64]) -> f64) -> Self {
        match self {
            Self::Series(series) if series.is_empty() => Self::Series(series),
            Self::Series(series) => Self::Number(fold(&series.into_values().collect::<Vec<_>>())),
            Self::Many(many) => {
                let mut periods: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
                for (at, value) in many.into_iter().flatten() {
                    periods.entry(at).or_default().push(value);
                }
                Self::Series(
                    periods
                        .into_iter()
                        .map(|(at, values)| (at, fold(&values)))
                        .collect(),
                )
            }
            other => other,
        }
    }
}
