//! The aggregates of `stats`.

use std::cmp::Ordering;
use std::collections::HashSet;

use crate::order;
use crate::syntax::AggregateKind;
use crate::value::Value;

/// An aggregate of the records of a group.
#[derive(Debug)]
pub(crate) struct Accumulator {
    kind: AggregateKind,
    count: u64,
    mean: f64,
    /// The sum of squared distances from the mean, by Welford's method.
    squares: f64,
    sum: f64,
    distinct: HashSet<String>,
    numbers: Vec<f64>,
    /// The value that was chosen, with the time of its event.
    chosen: Option<(i64, Value)>,
}

impl Accumulator {
    pub(crate) fn new(kind: AggregateKind) -> Self {
        Self {
            kind,
            count: 0,
            mean: 0.0,
            squares: 0.0,
            sum: 0.0,
            distinct: HashSet::new(),
            numbers: Vec::new(),
            chosen: None,
        }
    }

    /// Adds the value of a record; returns the bytes of memory that it takes from now on.
    pub(crate) fn add(&mut self, value: &Value, at_ms: i64) -> usize {
        if value.is_missing() {
            return 0;
        }
        match self.kind {
            AggregateKind::Count => self.count += 1,
            AggregateKind::CountDistinct => {
                let text = value.render().unwrap_or_default();
                if !self.distinct.contains(&*text) {
                    self.distinct.insert(text.to_string());
                    return text.len() + size_of::<String>() * 2;
                }
            }
            AggregateKind::Sum | AggregateKind::Average | AggregateKind::StandardDeviation => {
                if let Some(number) = value.as_number() {
                    self.count += 1;
                    self.sum += number;
                    let distance = number - self.mean;
                    self.mean += distance / self.count as f64;
                    self.squares += distance * (number - self.mean);
                }
            }
            AggregateKind::Percentile(_) => {
                if let Some(number) = value.as_number() {
                    self.numbers.push(number);
                    return size_of::<f64>() * 2;
                }
            }
            AggregateKind::Minimum | AggregateKind::SortsFirst => {
                self.choose(value, at_ms, |new, old| {
                    order::compare(&new.1, &old.1) == Ordering::Less
                });
            }
            AggregateKind::Maximum | AggregateKind::SortsLast => {
                self.choose(value, at_ms, |new, old| {
                    order::compare(&new.1, &old.1) == Ordering::Greater
                });
            }
            AggregateKind::Earliest => self.choose(value, at_ms, |new, old| new.0 < old.0),
            AggregateKind::Latest => self.choose(value, at_ms, |new, old| new.0 >= old.0),
        }
        0
    }

    fn choose(
        &mut self,
        value: &Value,
        at_ms: i64,
        better: impl FnOnce(&(i64, Value), &(i64, Value)) -> bool,
    ) {
        let new = (at_ms, value.clone());
        if self.chosen.as_ref().is_none_or(|old| better(&new, old)) {
            self.chosen = Some(new);
        }
    }

    /// Returns the result.
    pub(crate) fn result(mut self) -> Value {
        let count = self.count as f64;
        let of_some = |number: f64| match self.count {
            0 => Value::Missing,
            _ => Value::number(number),
        };
        match self.kind {
            AggregateKind::Count => Value::number(count),
            AggregateKind::CountDistinct => Value::number(self.distinct.len() as f64),
            AggregateKind::Sum => of_some(self.sum),
            AggregateKind::Average => of_some(self.sum / count),
            // AWS does not document whether it divides by one less.
            AggregateKind::StandardDeviation => of_some((self.squares / count).sqrt()),
            AggregateKind::Percentile(percent) => {
                self.numbers.sort_by(f64::total_cmp);
                let rank = (percent / 100.0 * self.numbers.len() as f64).ceil() as usize;
                let number = self.numbers.get(rank.saturating_sub(1)).copied();
                number.map_or(Value::Missing, Value::number)
            }
            AggregateKind::Minimum
            | AggregateKind::Maximum
            | AggregateKind::SortsFirst
            | AggregateKind::SortsLast
            | AggregateKind::Earliest
            | AggregateKind::Latest => match self.chosen {
                // The service returns the milliseconds of times, which `fromMillis` turns into times.
                Some((_, Value::Time(at))) => Value::number(at as f64),
                chosen => chosen.map_or(Value::Missing, |(_, value)| value),
            },
        }
    }
}
