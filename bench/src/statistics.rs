//! Many values as few.

use serde::{Deserialize, Serialize};

/// What a series of measurements comes to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How many there were.
    pub count: usize,
    /// The smallest.
    pub min: f64,
    /// A quarter is below.
    pub p25: f64,
    /// Half is below.
    pub median: f64,
    /// Three quarters are below.
    pub p75: f64,
    /// 99 of 100 are below.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

impl Summary {
    /// Of at least one value.
    ///
    /// # Errors
    /// When there is none, or one that is no number.
    pub fn of(values: impl IntoIterator<Item = f64>) -> anyhow::Result<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        anyhow::ensure!(
            values.iter().all(|value| value.is_finite()),
            "a measurement is no number"
        );
        values.sort_by(f64::total_cmp);
        let (Some(min), Some(max)) = (values.first(), values.last()) else {
            anyhow::bail!("nothing was measured");
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

/// By linear interpolation between the two closest values of a sorted series.
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
    #![allow(clippy::unwrap_used, reason = "a test says what it expects")]

    use super::*;

    #[test]
    fn a_series_is_summed_up() {
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
    fn nothing_has_no_summary() {
        assert!(Summary::of([]).is_err());
        assert!(Summary::of([f64::NAN]).is_err());
    }
}
