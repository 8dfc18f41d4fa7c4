//! A bounded store of a Region's measurements.
//!
//! CloudWatch keeps measurements for 15 months, whatever their number. Here the oldest are dropped
//! at a limit.

use std::collections::{BTreeMap, VecDeque, vec_deque};
use std::sync::Arc;

use super::metric_key::MetricKey;
use super::statistics::Summary;

/// The most measurements of a metric; beyond that, its oldest is dropped.
const MAX_PER_METRIC: usize = 20_000;
/// The most metrics of a Region; beyond that, the metric whose latest measurement is oldest is
/// dropped.
const MAX_METRICS: usize = 10_000;
/// The most measurements of a Region; beyond that, the same metric is dropped. A metric's name and
/// dimensions count as the number of measurements that would take the same space.
const MAX_PER_REGION: usize = 250_000;
/// The bytes of a measurement.
const BYTES_OF_DATUM: usize = size_of::<Datum>();

/// One measurement, or the summary of several.
#[derive(Debug, Clone)]
pub(super) struct Datum {
    /// Seconds since the epoch.
    pub(super) at: f64,
    pub(super) unit: &'static str,
    pub(super) summary: Summary,
}

/// The measurements of a metric, in order of arrival.
#[derive(Debug, Default)]
struct Series {
    data: VecDeque<Datum>,
    /// The number of its latest measurement, counted through the Region.
    latest: u64,
}

/// Measurements by metric.
#[derive(Debug, Default)]
pub(super) struct Measured {
    metrics: BTreeMap<Arc<MetricKey>, Series>,
    /// The metrics by the number of their latest measurement.
    by_age: BTreeMap<u64, Arc<MetricKey>>,
    /// The number of measurements ever added.
    ever: u64,
    /// The number of measurements that are kept, with the metrics' names counted in.
    stored: usize,
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
                self.stored += weight(key);
                Arc::clone(key)
            }
        };
        let series = self.metrics.entry(Arc::clone(&key)).or_default();
        series.latest = self.ever;
        if series.data.len() == MAX_PER_METRIC {
            series.data.pop_front();
            self.stored -= 1;
        }
        series.data.push_back(Datum { at, unit, summary });
        self.stored += 1;
        self.by_age.insert(self.ever, key);
        if self.metrics.len() > MAX_METRICS || self.stored > MAX_PER_REGION {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((_, key)) = self.by_age.pop_first()
            && let Some(series) = self.metrics.remove(&key)
        {
            self.stored -= series.data.len() + weight(&key);
        }
    }

    /// Returns the measurements of a metric, oldest first.
    pub(super) fn of(&self, key: &MetricKey) -> vec_deque::Iter<'_, Datum> {
        static NOTHING: VecDeque<Datum> = VecDeque::new();
        self.metrics
            .get(key)
            .map_or(&NOTHING, |series| &series.data)
            .iter()
    }

    /// Returns the metrics that have measurements.
    pub(super) fn keys(&self) -> impl Iterator<Item = &MetricKey> {
        self.metrics.keys().map(|key| &**key)
    }
}

/// Returns the space of a metric's name and dimensions, in measurements.
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
    fn the_oldest_measurements_of_a_metric_are_dropped() {
        let mut measured = Measured::default();
        for n in 0..=MAX_PER_METRIC {
            add(&mut measured, "m", n as f64);
        }
        let stored = measured.of(&key("m"));
        assert_eq!(stored.len(), MAX_PER_METRIC);
        assert_eq!(stored.clone().next().unwrap().at, 1.0);
        assert_eq!(measured.stored, MAX_PER_METRIC + 1);
    }

    #[test]
    fn the_metric_that_was_measured_least_recently_is_dropped() {
        let mut measured = Measured::default();
        for n in 0..MAX_METRICS {
            add(&mut measured, &n.to_string(), 0.0);
        }
        add(&mut measured, "0", 1.0);
        add(&mut measured, "new", 0.0);
        assert_eq!(measured.keys().count(), MAX_METRICS);
        assert_eq!(measured.of(&key("0")).len(), 2);
        assert_eq!(measured.of(&key("1")).len(), 0);
        assert_eq!(measured.by_age.len(), MAX_METRICS);
        // One for each name, one for each first measurement, one for the second of "0".
        assert_eq!(measured.stored, 2 * MAX_METRICS + 1);
    }

    #[test]
    fn a_region_keeps_a_limited_number_of_measurements() {
        let mut measured = Measured::default();
        let full = MAX_PER_REGION / MAX_PER_METRIC;
        for metric in 0..=full {
            for _ in 0..MAX_PER_METRIC {
                add(&mut measured, &metric.to_string(), 0.0);
            }
        }
        assert!(measured.stored <= MAX_PER_REGION);
        assert_eq!(measured.of(&key("0")).len(), 0);
        assert_eq!(measured.of(&key(&full.to_string())).len(), MAX_PER_METRIC);
    }
}
