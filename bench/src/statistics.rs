//! Summaries of measurements.

use serde::{Deserialize, Serialize};

/// A summary of a series of measurements.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub count: usize,
    pub min: f64,
    pub p25: f64,
    pub median: f64,
    pub p75: f64,
    pub p99: f64,
    pub max: f64,
}

impl Summary {
    /// Summarizes at least one value.
    ///
    /// # Errors
    /// When there is no value, or one that is not finite.
    pub fn of(values: impl IntoIterator<Item = f64>) -> anyhow::Result<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        anyhow::ensure!(
            values.iter().all(|value| value.is_finite()),
            "every measurement must be a finite number"
        );
        values.sort_by(f64::total_cmp);
        let (Some(min), Some(max)) = (values.first(), values.last()) else {
            anyhow::bail!("there must be at least one measurement");
        };
        Ok(Self {
            count: values.len(),
            min: *min,
            p25: quantile(&values, 0.25),
            median: quantile(&values, 0.5),
            p75: quantile(&values, 0.75),
            p99: quantile(&values, 0.99),
            max: *max,
        })
    }
}

/// Returns a quantile by linear interpolation between the two closest values of a sorted series.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let at = share * last as f64;
    let (below, above) = (at.floor() as usize, at.ceil() as usize);
    let part = at - at.floor();
    sorted[below] * (1.0 - part) + sorted[above.min(last)] * part
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_series_is_summarized() {
        let summary = Summary::of((1..=101).rev().map(f64::from)).unwrap();
        assert_eq!(
            (summary.count, summary.min, summary.median, summary.max),
            (101, 1.0, 51.0, 101.0)
        );
        assert_eq!((summary.p25, summary.p75, summary.p99), (26.0, 76.0, 100.0));
        let pair = Summary::of([1.0, 2.0]).unwrap();
        assert!((pair.median - 1.5).abs() < 1e-9);
    }

    #[test]
    fn an_empty_series_and_values_that_are_not_finite_are_errors() {
        assert!(Summary::of([]).is_err());
        assert!(Summary::of([f64::NAN]).is_err());
    }
}
