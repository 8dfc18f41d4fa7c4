//! Historical metrics, which follow from the records of contacts.
//!
//! The definitions are those of the administrator guide, "Metrics definitions" and "Reference queries
//! for the data lake": a metric counts contacts when they end, unless its name has another moment.

use std::collections::BTreeMap;

use local_wire::{Declared, Fault, Outcome, post, reply};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::Serve::Now;
use super::contacts::{last_part, seconds};
use super::metrics::{no_data, queues_of};
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{ContactRecord, Instance};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    post("GetMetricDataV2", "/metrics/data", Now(get_metric_data)),
];

/// The most filter values, without those of channels (API reference).
const FILTER_VALUES: usize = 100;

/// The metrics that have a threshold.
const WITH_THRESHOLD: [&str; 4] = [
    "CONTACTS_REMOVED_FROM_QUEUE_IN_X",
    "SERVICE_LEVEL",
    "SUM_CONTACTS_ABANDONED_IN_X",
    "SUM_CONTACTS_ANSWERED_IN_X",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetMetricData {
    resource_arn: String,
    start_time: f64,
    end_time: f64,
    interval: Option<IntervalDetails>,
    filters: Vec<Filter>,
    groupings: Option<Vec<String>>,
    metrics: Vec<Metric>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IntervalDetails {
    interval_period: Option<Period>,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Period {
    FifteenMin,
    ThirtyMin,
    Hour,
    Day,
    Week,
    Total,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    filter_key: Option<String>,
    #[serde(default)]
    filter_values: Vec<String>,
    string_condition: Option<serde_json::Value>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<Vec<Threshold>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric_filters: Option<Vec<MetricFilter>>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Threshold {
    comparison: Option<String>,
    threshold_value: Option<f64>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricFilter {
    metric_filter_key: Option<String>,
    metric_filter_values: Option<Vec<String>>,
    negate: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricData<'a> {
    metric_results: Vec<MetricResult<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricResult<'a> {
    dimensions: BTreeMap<&'a str, String>,
    metric_interval: MetricInterval,
    collections: Vec<MetricValue<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricInterval {
    interval: Period,
    start_time: f64,
    end_time: f64,
}

/// A value is null if it cannot be calculated, such as an average of no contacts.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricValue<'a> {
    metric: &'a Metric,
    value: Option<f64>,
}

/// The property of a contact that a filter or grouping names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Queue,
    Channel,
    Agent,
    InitiationMethod,
    DisconnectReason,
    Subtype,
}

impl Key {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "QUEUE" => Self::Queue,
            "CHANNEL" => Self::Channel,
            "AGENT" => Self::Agent,
            "INITIATION_METHOD" => Self::InitiationMethod,
            "DISCONNECT_REASON" => Self::DisconnectReason,
            "contact/segmentAttributes/connect:Subtype" => Self::Subtype,
            _ => return None,
        })
    }

    fn of(self, contact: &ContactRecord) -> Option<&str> {
        match self {
            Self::Queue => Some(last_part(&contact.queue.as_ref()?.arn)),
            Self::Channel => Some(&contact.channel),
            Self::Agent => Some(&contact.agent.as_ref()?.id),
            Self::InitiationMethod => Some(&contact.initiation_method),
            Self::DisconnectReason => Some(contact.end.as_ref()?.reason),
            Self::Subtype => Some(contact.subtype),
        }
    }

    /// Reports whether a contact has one of these values, which may be ARNs.
    fn among(self, contact: &ContactRecord, values: &[String]) -> bool {
        let value = self.of(contact);
        value.is_some_and(|value| values.iter().any(|given| last_part(given) == value))
    }
}

impl Period {
    /// Returns the length, or `None` for the whole time.
    fn length(self) -> Option<Duration> {
        match self {
            Self::FifteenMin => Some(Duration::minutes(15)),
            Self::ThirtyMin => Some(Duration::minutes(30)),
            Self::Hour => Some(Duration::HOUR),
            Self::Day => Some(Duration::DAY),
            Self::Week => Some(Duration::WEEK),
            Self::Total => None,
        }
    }

    /// Returns the time that a request for such intervals must be shorter than (API reference).
    fn limit(self) -> Duration {
        match self {
            Self::FifteenMin | Self::ThirtyMin | Self::Hour => Duration::days(3),
            Self::Day | Self::Week | Self::Total => Duration::days(35),
        }
    }
}

impl MetricFilter {
    fn key(&self) -> Option<Key> {
        let key = Key::named(self.metric_filter_key.as_deref()?)?;
        matches!(key, Key::InitiationMethod | Key::DisconnectReason).then_some(key)
    }

    fn accept(&self, contact: &ContactRecord) -> bool {
        let values = self.metric_filter_values.as_deref().unwrap_or_default();
        let among = self.key().is_some_and(|key| key.among(contact, values));
        among != self.negate.unwrap_or_default()
    }
}

impl Metric {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// Returns the seconds of the threshold, and whether a value may be equal to it.
    fn threshold(&self) -> Option<(f64, bool)> {
        let threshold = self.threshold.as_ref()?.first()?;
        let seconds = threshold.threshold_value?;
        let whole = (1.0..=604_800.0).contains(&seconds) && seconds.fract() == 0.0;
        match threshold.comparison.as_deref() {
            Some("LT") if whole => Some((seconds, false)),
            Some("LTE") if whole => Some((seconds, true)),
            _ => None,
        }
    }

    /// Refuses metrics and filters for which the account has no data, by name.
    fn check(&self, request: &ControlRequest<'_>) -> Result<(), Fault> {
        let operation = "GetMetricDataV2";
        if self.metric_id.is_some() {
            return Err(no_data(operation, "MetricId"));
        }
        let name = self.name();
        if self.value(&[]).is_none() {
            return Err(no_data(operation, &format!("the metric {name}")));
        }
        if WITH_THRESHOLD.contains(&name) && self.threshold().is_none() {
            return Err(request.invalid(format!(
                "The threshold of {name} must be LT or LTE with a whole number from 1 to 604800."
            )));
        }
        for filter in self.metric_filters.iter().flatten() {
            if filter.key().is_none() {
                let key = filter.metric_filter_key.as_deref().unwrap_or_default();
                return Err(no_data(operation, &format!("the metric filter {key}")));
            }
        }
        Ok(())
    }

    /// Returns the moment at which the metric counts a contact, or `None` while it does not.
    fn counted(&self, contact: &ContactRecord) -> Option<OffsetDateTime> {
        let end = contact.end.as_ref();
        // The call's clock runs ahead of real time.
        let real = end.map_or_else(OffsetDateTime::now_utc, |end| end.counted);
        match self.name() {
            "CONTACTS_CREATED" => Some(contact.initiated.min(real)),
            "CONTACTS_QUEUED_BY_ENQUEUE" => Some(contact.queue.as_ref()?.entered.min(real)),
            "CONTACTS_HANDLED_BY_CONNECTED_TO_AGENT" => {
                Some(contact.agent.as_ref()?.connected.min(real))
            }
            _ => Some(end?.counted),
        }
    }

    /// Returns the value for contacts that are counted, or `None` for a metric without data.
    fn value(&self, contacts: &[&ContactRecord]) -> Option<Option<f64>> {
        let count = |is: &dyn Fn(&ContactRecord) -> bool| {
            contacts.iter().filter(|contact| is(contact)).count() as f64
        };
        let queued = |contact: &ContactRecord| contact.queue.is_some();
        let abandoned = |contact: &ContactRecord| contact.abandoned();
        let (limit, or_equal) = self.threshold().unwrap_or_default();
        let within = |time: Option<f64>| {
            time.is_some_and(|time| time < limit || (or_equal && time <= limit))
        };
        let left = |contact: &ContactRecord| within(queue_time(contact));
        let abandon_time =
            |contact: &ContactRecord| queue_time(contact).filter(|_| contact.abandoned());
        Some(match self.name() {
            "CONTACTS_CREATED"
            | "CONTACTS_QUEUED_BY_ENQUEUE"
            | "CONTACTS_HANDLED_BY_CONNECTED_TO_AGENT"
            | "SUM_CONTACTS_DISCONNECTED" => Some(count(&|_| true)),
            "CONTACTS_HANDLED" => Some(count(&|contact| contact.agent.is_some())),
            "CONTACTS_QUEUED" => Some(count(&queued)),
            "CONTACTS_ABANDONED" => Some(count(&abandoned)),
            "SUM_CONTACTS_ANSWERED_IN_X" => Some(count(&|contact| within(answer_time(contact)))),
            "SUM_CONTACTS_ABANDONED_IN_X" => Some(count(&|contact| within(abandon_time(contact)))),
            "CONTACTS_REMOVED_FROM_QUEUE_IN_X" => Some(count(&left)),
            "SERVICE_LEVEL" => percent(count(&left), count(&queued)),
            "ABANDONMENT_RATE" => percent(count(&abandoned), count(&queued)),
            "AVG_CONTACT_DURATION" => average(contacts, |contact| {
                Some(seconds(contact.end.as_ref()?.at) - seconds(contact.initiated))
            }),
            "AVG_HANDLE_TIME" => average(contacts, handle_time),
            "SUM_HANDLE_TIME" => Some(contacts.iter().filter_map(|one| handle_time(one)).sum()),
            "AVG_QUEUE_ANSWER_TIME" => average(contacts, answer_time),
            "AVG_ABANDON_TIME" => average(contacts, abandon_time),
            "MAX_QUEUED_TIME" => {
                let times = contacts.iter().filter_map(|contact| queue_time(contact));
                times.reduce(f64::max)
            }
            _ => return None,
        })
    }
}

/// Returns the seconds until an agent answered.
fn answer_time(contact: &ContactRecord) -> Option<f64> {
    let entered = contact.queue.as_ref()?.entered;
    Some(seconds(contact.accepted()?) - seconds(entered))
}

/// Returns the seconds until the contact left its queue.
fn queue_time(contact: &ContactRecord) -> Option<f64> {
    let queue = contact.queue.as_ref()?;
    let left = queue.left.or(contact.end.as_ref().map(|end| end.at))?;
    Some(seconds(left) - seconds(queue.entered))
}

/// Returns the seconds that an agent was connected. The agents of scripts do no work after a contact.
fn handle_time(contact: &ContactRecord) -> Option<f64> {
    let connected = contact.agent.as_ref()?.connected;
    Some(seconds(contact.end.as_ref()?.at) - seconds(connected))
}

fn percent(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole * 100.0)
}

fn average(
    contacts: &[&ContactRecord],
    value: impl Fn(&ContactRecord) -> Option<f64>,
) -> Option<f64> {
    let values: Vec<f64> = contacts.iter().filter_map(|one| value(one)).collect();
    let sum: f64 = values.iter().sum();
    (!values.is_empty()).then(|| sum / values.len() as f64)
}

impl GetMetricData {
    /// Returns the period, if the times fit it.
    fn period(&self, request: &ControlRequest<'_>, now: OffsetDateTime) -> Result<Period, Fault> {
        let interval = self.interval.as_ref();
        let period = interval.and_then(|interval| interval.interval_period);
        let period = period.unwrap_or(Period::Total);
        if self.start_time >= self.end_time {
            return Err(request.invalid("StartTime must be before EndTime."));
        }
        if self.end_time > seconds(now) {
            return Err(request.invalid("EndTime must not be later than the current time."));
        }
        let limit = period.limit();
        if self.end_time - self.start_time >= limit.as_seconds_f64() {
            return Err(request.invalid(format!(
                "The time from StartTime to EndTime must be less than {} days.",
                limit.whole_days()
            )));
        }
        Ok(period)
    }

    /// Returns the intervals, the first one from StartTime on.
    fn intervals(&self, period: Period) -> Vec<(f64, f64)> {
        let whole = self.end_time - self.start_time;
        let length = period.length().map_or(whole, Duration::as_seconds_f64);
        let starts = (0u32..).map(|number| self.start_time + length * f64::from(number));
        let starts = starts.take_while(|start| *start < self.end_time);
        starts
            .map(|start| (start, (start + length).min(self.end_time)))
            .collect()
    }

    /// Returns the filters, if the account has data for them and they name what exists.
    fn filters(
        &self,
        request: &ControlRequest<'_>,
        instance: &Instance,
    ) -> Result<Vec<(Key, &[String])>, Fault> {
        let mut filters = Vec::with_capacity(self.filters.len());
        for filter in &self.filters {
            let name = filter.filter_key.as_deref().unwrap_or_default();
            let known = Key::named(name).filter(|_| filter.string_condition.is_none());
            let Some(key) = known else {
                return Err(no_data("GetMetricDataV2", &format!("the filter {name}")));
            };
            if key == Key::Queue {
                queues_of(instance, &filter.filter_values)?;
            }
            filters.push((key, filter.filter_values.as_slice()));
        }
        let needed = |(key, _): &(Key, _)| matches!(key, Key::Queue | Key::Agent);
        if !filters.iter().any(needed) {
            return Err(request.invalid("Filters must have the key QUEUE or AGENT."));
        }
        let counted = filters.iter().filter(|(key, _)| *key != Key::Channel);
        let values: usize = counted.map(|(_, values)| values.len()).sum();
        if values > FILTER_VALUES {
            return Err(request.invalid(format!(
                "Filters must have at most {FILTER_VALUES} values, but have {values}."
            )));
        }
        Ok(filters)
    }

    /// Returns the groupings, if the account has data for them.
    fn groupings(&self) -> Result<Vec<(&str, Key)>, Fault> {
        let names = self.groupings.iter().flatten();
        let keys = names.map(|name| match Key::named(name) {
            Some(key) => Ok((name.as_str(), key)),
            None => Err(no_data("GetMetricDataV2", &format!("the grouping {name}"))),
        });
        keys.collect()
    }
}

fn get_metric_data(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: GetMetricData = request.input()?;
    for metric in &input.metrics {
        metric.check(request)?;
    }
    let period = input.period(request, OffsetDateTime::now_utc())?;
    let groupings = input.groupings()?;
    let page = request.page(input.max_results, input.next_token.as_deref(), 100)?;
    let state = service.state();
    let instance = state.instance(request.region(), &input.resource_arn)?;
    let filters = input.filters(request, instance)?;
    let contacts = instance.contacts.iter();
    let contacts: Vec<&ContactRecord> = contacts
        .filter(|contact| {
            filters
                .iter()
                .all(|(key, values)| key.among(contact, values))
        })
        .collect();

    // Every dimension of a result has a value, so contacts without one are in no group.
    let mut groups: BTreeMap<Vec<&str>, Vec<&ContactRecord>> = BTreeMap::new();
    for contact in contacts {
        let group = groupings.iter().map(|(_, key)| key.of(contact));
        if let Some(group) = group.collect::<Option<Vec<&str>>>() {
            groups.entry(group).or_default().push(contact);
        }
    }
    let counted = |metric: &Metric, contact: &ContactRecord, (start, end): (f64, f64)| {
        let at = metric.counted(contact).map(seconds);
        let mut filters = metric.metric_filters.iter().flatten();
        at.is_some_and(|at| (start..end).contains(&at)) && filters.all(|one| one.accept(contact))
    };
    let whole = (input.start_time, input.end_time);
    groups.retain(|_, contacts| {
        let any = |metric: &Metric| contacts.iter().any(|one| counted(metric, one, whole));
        input.metrics.iter().any(any)
    });

    let intervals = input.intervals(period);
    let results = groups.iter().flat_map(|(group, contacts)| {
        let names = groupings.iter().map(|(name, _)| *name);
        let values = group.iter().map(|value| (*value).to_owned());
        let dimensions: BTreeMap<&str, String> = names.zip(values).collect();
        let (metrics, counted) = (&input.metrics, &counted);
        intervals.iter().map(move |interval| MetricResult {
            dimensions: dimensions.clone(),
            metric_interval: MetricInterval {
                interval: period,
                start_time: interval.0,
                end_time: interval.1,
            },
            collections: metrics
                .iter()
                .map(|metric| {
                    let contacts = contacts.iter().copied();
                    let contacts: Vec<&ContactRecord> = contacts
                        .filter(|contact| counted(metric, contact, *interval))
                        .collect();
                    MetricValue {
                        metric,
                        value: metric.value(&contacts).flatten(),
                    }
                })
                .collect(),
        })
    });
    let (metric_results, next_token) = page.cut(results);
    reply(&MetricData {
        metric_results,
        next_token,
    })
}
