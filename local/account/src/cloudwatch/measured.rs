//! The measurements of a Region, of which so many are kept.
//!
//! CloudWatch keeps measurements for 15 months, however many they are. Here the oldest make room.

use std::collections::{BTreeMap, VecDeque, vec_deque};
use std::sync::Arc;

use super::metrics::MetricKey;
use super::statistics::Summary;

/// How many measurements of a metric are kept; then the first one goes.
const MOST_OF_METRIC: usize = 20_000;
/// How many metrics a Region keeps; then the one goes that was not measured for longest.
const MOST_METRICS: usize = 10_000;
/// How many measurements a Region keeps; then the same metric goes. A metric's name and dimensions
/// count as the measurements whose place they take.
const MOST_OF_REGION: usize = 250_000;
/// Bytes that a measurement takes.
const BYTES_OF_DATUM: usize = size_of::<Datum>();

/// One measurement, or the summary of several.
#[derive(Debug, Clone)]
pub(super) struct Datum {
    /// Seconds since the epoch.
    pub(super) at: f64,
    pub(super) unit: &'static str,
    pub(super) summary: Summary,
}

/// What was measured of a metric, in the order in which it came.
#[derive(Debug, Default)]
struct Series {
    data: VecDeque<Datum>,
    /// When it was measured last, by the Region's count of measurements.
    latest: u64,
}

/// Measurements by metric.
#[derive(Debug, Default)]
pub(super) struct Measured {
    metrics: BTreeMap<Arc<MetricKey>, Series>,
    /// The metrics by when they were measured last.
    by_age: BTreeMap<u64, Arc<MetricKey>>,
    /// How many measurements there ever were.
    ever: u64,
    /// How many are kept, with the metrics' names.
    kept: usize,
}

impl Measured {
    pub(super) fn add(
        &mut self,
        key: &Arc<MetricKey>,
        at: f64,
        unit: &'static str,
        summary: Summary,
    ) {
        self.ever += 1;
        let key = match self.metrics.get_key_value(key) {
            Some((known, series)) => {
                self.by_age.remove(&series.latest);
                Arc::clone(known)
            }
            None => {
                self.kept += weight(key);
                Arc::clone(key)
            }
        };
        let series = self.metrics.entry(Arc::clone(&key)).or_default();
        series.latest = self.ever;
        if series.data.len() == MOST_OF_METRIC {
            series.data.pop_front();
            self.kept -= 1;
        }
        series.data.push_back(Datum { at, unit, summary });
        self.kept += 1;
        self.by_age.insert(self.ever, key);
        if self.metrics.len() > MOST_METRICS || self.kept > MOST_OF_REGION {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, key)) = self.by_age.pop_first()
            && let Some(series) = self.metrics.remove(&key)
        {
            self.kept -= series.data.len() + weight(&key);
        }
    }

    /// What was measured of a metric, first one first.
    pub(super) fn of(&self, key: &MetricKey) -> vec_deque::Iter<'_, Datum> {
        static NOTHING: VecDeque<Datum> = VecDeque::new();
        self.metrics
            .get(key)
            .map_or(&NOTHING, |series| &series.data)
            .iter()
    }

    /// The metrics of which there are measurements.
    pub(super) fn keys(&self) -> impl Iterator<Item = &MetricKey> {
        self.metrics.keys().map(|key| &**key)
    }
}

/// What a metric takes beside its measurements.
fn weight(key: &MetricKey) -> usize {
    let dimensions = key.dimensions.iter();
    let bytes: usize = dimensions
        .map(|(name, value)| name.len() + value.len() + BYTES_OF_DATUM)
        .sum();
    (key.namespace.len() + key.name.len() + bytes) / BYTES_OF_DATUM + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Arc<MetricKey> {
        Arc::new(MetricKey::new("N", name, &[]))
    }

    fn add(measured: &mut Measured, name: &str, value: f64) {
        measured.add(&key(name), value, "None", Summary::of(value, 1.0));
    }

    #[test]
    fn the_first_measurements_of_a_metric_make_room() {
        let mut measured = Measured::default();
        for n in 0..=MOST_OF_METRIC {
            add(&mut measured, "m", n as f64);
        }
        let kept = measured.of(&key("m"));
        assert_eq!(kept.len(), MOST_OF_METRIC);
        assert_eq!(kept.clone().next().unwrap().at, 1.0);
        assert_eq!(measured.kept, MOST_OF_METRIC + 1);
    }

    #[test]
    fn the_metric_goes_that_was_not_measured_for_longest() {
        let mut measured = Measured::default();
        for n in 0..MOST_METRICS {
            add(&mut measured, &n.to_string(), 0.0);
        }
        add(&mut measured, "0", 1.0);
        add(&mut measured, "new", 0.0);
        assert_eq!(measured.keys().count(), MOST_METRICS);
        assert_eq!(measured.of(&key("0")).len(), 2);
        assert_eq!(measured.of(&key("1")).len(), 0);
        assert_eq!(measured.by_age.len(), MOST_METRICS);
        // One for each name, one for each first measurement, one for the second of "0".
        assert_eq!(measured.kept, 2 * MOST_METRICS + 1);
    }

    #[test]
    fn a_region_keeps_so_many_measurements() {
        let mut measured = Measured::default();
        let full = MOST_OF_REGION / MOST_OF_METRIC;
        for metric in 0..=full {
            for _ in 0..MOST_OF_METRIC {
                add(&mut measured, &metric.to_string(), 0.0);
            }
        }
        assert!(measured.kept <= MOST_OF_REGION);
        assert_eq!(measured.of(&key("0")).len(), 0);
        assert_eq!(measured.of(&key(&full.to_string())).len(), MOST_OF_METRIC);
    }
}
