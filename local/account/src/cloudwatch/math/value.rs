//! The values of expressions: numbers, time series, and lists of them.

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
    /// Returns its series; a number has none.
    pub(super) fn series(self) -> Vec<Series> {
        match self {
            Self::Series(series) => vec![series],
            Self::Many(many) => many,
            Self::Number(_) | Self::Text(_) => Vec::new(),
        }
    }

    /// Returns the number of its series.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Many(many) => many.len(),
            _ => 1,
        }
    }

    /// Returns the number of its values, where an empty series counts as one.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Number(_) | Self::Text(_) => 1,
            Self::Series(series) => series.len() + 1,
            Self::Many(many) => many.iter().map(|series| series.len() + 1).sum(),
        }
    }

    /// Returns the number of values that a join with another term reads: each series of one is
    /// joined with each of the other.
    pub(super) fn size_joined(&self, other: &Self) -> usize {
        let one = self.size().saturating_mul(other.count());
        one.saturating_add(other.size().saturating_mul(self.count()))
    }

    /// Joins two terms, period by period; a number applies to every period. A period has no result
    /// if one side has no value, or `join` returns none.
    pub(super) fn with(self, other: Self, join: impl Fn(f64, f64) -> Option<f64> + Copy) -> Self {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => {
                // A number that cannot be computed becomes a series without values.
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

    /// Fills in the other term's values where this one has none.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Series(mut one), Self::Series(other)) => {
                for (at, value) in other {
                    one.entry(at).or_insert(value);
                }
                Self::Series(one)
            }
            // A number without a value is represented by an empty series.
            (Self::Series(one), number @ Self::Number(_)) if one.is_empty() => number,
            (one, _) => one,
        }
    }

    /// Replaces every value.
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

    /// Replaces every series.
    pub(super) fn each(self, change: impl Fn(Series) -> Series) -> Self {
        match self {
            Self::Series(series) => Self::Series(change(series)),
            Self::Many(many) => Self::Many(many.into_iter().map(change).collect()),
            other => other,
        }
    }

    /// Reduces one series to a number, or several to one series, period by period.
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
