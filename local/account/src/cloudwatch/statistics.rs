//! Statistics of the measurements in a period.

use local_wire::Fault;

use super::input::invalid;

/// The summary of one or several equal or summarized measurements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Summary {
    pub(super) count: f64,
    pub(super) sum: f64,
    pub(super) minimum: f64,
    pub(super) maximum: f64,
}

impl Summary {
    /// Summarizes a value that was measured `count` times.
    pub(super) fn of(value: f64, count: f64) -> Self {
        Self {
            count,
            sum: value * count,
            minimum: value,
            maximum: value,
        }
    }
}

/// A statistic of the measurements in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Statistic {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
    /// `p` and a number from 0 to 100.
    Percentile(f64),
}

impl Statistic {
    /// Parses a name such as `Sum` or `p99`. Trimmed means and similar statistics are not
    /// supported.
    pub(super) fn parse(name: &str) -> Result<Self, Fault> {
        let percentile = || {
            let number: f64 = name.strip_prefix(['p', 'P'])?.parse().ok()?;
            (0.0..=100.0).contains(&number).then_some(number)
        };
        match name {
            "SampleCount" => Ok(Self::SampleCount),
            "Average" => Ok(Self::Average),
            "Sum" => Ok(Self::Sum),
            "Minimum" => Ok(Self::Minimum),
            "Maximum" => Ok(Self::Maximum),
            _ => percentile().map(Self::Percentile).ok_or_else(|| {
                invalid(format!(
                    "The local account does not support the statistic {name}."
                ))
            }),
        }
    }

    /// Computes the statistic; returns `None` for a percentile of values that were summarized by
    /// the client.
    pub(super) fn of(self, summaries: &[Summary]) -> Option<f64> {
        let count: f64 = summaries.iter().map(|summary| summary.count).sum();
        let sum: f64 = summaries.iter().map(|summary| summary.sum).sum();
        match self {
            Self::SampleCount => Some(count),
            Self::Sum => Some(sum),
            Self::Average => Some(sum / count),
            Self::Minimum => summaries
                .iter()
                .map(|summary| summary.minimum)
                .min_by(f64::total_cmp),
            Self::Maximum => summaries
                .iter()
                .map(|summary| summary.maximum)
                .max_by(f64::total_cmp),
            Self::Percentile(percent) => percentile(percent, count, summaries),
        }
    }
}

/// Returns the smallest value that at least `percent` percent of the measurements do not exceed.
fn percentile(percent: f64, count: f64, summaries: &[Summary]) -> Option<f64> {
    let exact = summaries
        .iter()
        .all(|summary| summary.minimum == summary.maximum);
    if !exact {
        return None;
    }
    let mut ordered = summaries.to_vec();
    ordered.sort_by(|one, other| one.minimum.total_cmp(&other.minimum));
    let rank = count * percent / 100.0;
    let mut passed = 0.0;
    ordered
        .iter()
        .find(|summary| {
            passed += summary.count;
            passed >= rank
        })
        .map(|summary| summary.minimum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_measured_values() {
        let values: Vec<Summary> = (1..=100).map(|n| Summary::of(f64::from(n), 1.0)).collect();
        for (name, value) in [("p0", 1.0), ("p50", 50.0), ("p99", 99.0), ("p100", 100.0)] {
            let statistic = Statistic::parse(name).unwrap();
            assert_eq!(statistic.of(&values), Some(value), "{name}");
        }
        let summarized = Summary {
            maximum: 2.0,
            ..Summary::of(1.0, 2.0)
        };
        assert_eq!(Statistic::Percentile(50.0).of(&[summarized]), None);
        assert!(Statistic::parse("tm99").is_err());
    }
}
