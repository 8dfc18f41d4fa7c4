//! Real-time metrics of queues: the contacts that wait, and the agents in the scripts of calls.

use std::cmp::Ordering;

use local_wire::{Declared, Fault, Outcome, post, reply};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::Serve::Now;
use super::contacts::seconds;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{ContactRecord, Instance, QueueRecord, ScriptedAgent};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    post("GetCurrentMetricData", "/metrics/current/{InstanceId}", Now(get_current_metric_data)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetCurrentMetricData {
    filters: Filters,
    groupings: Option<Vec<String>>,
    current_metrics: Vec<Metric>,
    next_token: Option<String>,
    max_results: Option<usize>,
    sort_criteria: Option<Vec<SortCriterion>>,
}

/// The members that are not read have no data in the account.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filters {
    queues: Option<Vec<String>>,
    channels: Option<Vec<String>>,
    routing_profiles: Option<Value>,
    routing_step_expressions: Option<Value>,
    agent_statuses: Option<Value>,
    subtypes: Option<Value>,
    validation_test_types: Option<Value>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SortCriterion {
    sort_by_metric: Option<String>,
    sort_order: Option<String>,
}

/// The parts of a group's result.
struct Group<'a> {
    queue: Option<&'a QueueRecord>,
    channel: Option<&'a str>,
    counts: Counts,
}

/// The numbers of a group.
#[derive(Default)]
struct Counts {
    online: usize,
    available: usize,
    connected: usize,
    in_queue: usize,
    scheduled: usize,
    /// In seconds.
    oldest: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricResult<'a> {
    dimensions: Dimensions<'a>,
    collections: Vec<MetricData<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Dimensions<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<QueueReference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QueueReference<'a> {
    id: &'a str,
    arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricData<'a> {
    metric: &'a Metric,
    value: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CurrentMetricData<'a> {
    metric_results: Vec<MetricResult<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    data_snapshot_time: f64,
    approximate_total_count: usize,
}

/// The metric by which results are sorted unless the request has another one (API reference).
const SORTED_BY: &str = "AGENTS_ONLINE";

/// Returns the fault for a part of an operation for which the account has no data.
pub(super) fn no_data(operation: &str, part: &str) -> Fault {
    Fault::not_implemented("connect", &format!("{operation} with {part}"))
}

impl Filters {
    /// Refuses what the account has no data for, by name.
    fn check(&self) -> Result<(), Fault> {
        let absent = [
            ("RoutingProfiles", &self.routing_profiles),
            ("RoutingStepExpressions", &self.routing_step_expressions),
            ("AgentStatuses", &self.agent_statuses),
            ("Subtypes", &self.subtypes),
            ("ValidationTestTypes", &self.validation_test_types),
        ];
        let given = absent.into_iter().find(|(_, given)| given.is_some());
        given.map_or(Ok(()), |(name, _)| {
            Err(no_data(
                "GetCurrentMetricData",
                &format!("the filter {name}"),
            ))
        })
    }
}

impl Metric {
    /// Checks name and unit.
    fn check(&self, request: &ControlRequest<'_>) -> Result<(), Fault> {
        let operation = "GetCurrentMetricData";
        let name = match (&self.name, &self.metric_id) {
            (Some(name), None) => name,
            (None, Some(_)) => return Err(no_data(operation, "MetricId")),
            _ => return Err(request.invalid("A metric must have either Name or MetricId.")),
        };
        if Counts::default().value(name, false).is_none() {
            return Err(no_data(operation, &format!("the metric {name}")));
        }
        let unit = match name.as_str() {
            "OLDEST_CONTACT_AGE" => "SECONDS",
            _ => "COUNT",
        };
        match self.unit.as_deref() {
            Some(given) if given != unit => Err(request.invalid(format!(
                "The unit of {name} must be {unit}, but was {given}."
            ))),
            _ => Ok(()),
        }
    }
}

impl Counts {
    fn of<'a>(
        agents: impl Iterator<Item = &'a ScriptedAgent>,
        contacts: impl Iterator<Item = &'a ContactRecord>,
        now: OffsetDateTime,
    ) -> Self {
        let mut counts = Self::default();
        for agent in agents {
            counts.online += 1;
            counts.available += usize::from(agent.available);
            counts.connected += usize::from(agent.connected);
        }
        for contact in contacts {
            let Some(stay) = &contact.queue else {
                continue;
            };
            // A callback is scheduled until its first delay is over.
            if contact.initiation_method == "CALLBACK" && stay.entered > now {
                counts.scheduled += 1;
                continue;
            }
            counts.in_queue += 1;
            // The call's clock may run ahead of real time.
            let age = seconds(now.max(contact.updated)) - seconds(stay.entered);
            counts.oldest = counts.oldest.max(age);
        }
        counts
    }

    fn is_empty(&self) -> bool {
        self.online == 0 && self.in_queue == 0 && self.scheduled == 0
    }

    /// Returns the value of a metric, or `None` for one without data. The agents of scripts are
    /// never offline, in an error or at work after a contact.
    fn value(&self, metric: &str, grouped: bool) -> Option<f64> {
        let count = match metric {
            "AGENTS_ONLINE" | "AGENTS_STAFFED" => self.online,
            "AGENTS_AVAILABLE" | "SLOTS_AVAILABLE" => self.available,
            "AGENTS_ON_CALL" | "AGENTS_ON_CONTACT" | "SLOTS_ACTIVE" => self.connected,
            "AGENTS_NON_PRODUCTIVE" | "AGENTS_AFTER_CONTACT_WORK" | "AGENTS_ERROR" => 0,
            "CONTACTS_IN_QUEUE" => self.in_queue,
            "CONTACTS_SCHEDULED" => self.scheduled,
            // In milliseconds without groupings (API reference).
            "OLDEST_CONTACT_AGE" if grouped => return Some(self.oldest.trunc()),
            "OLDEST_CONTACT_AGE" => return Some((self.oldest * 1000.0).trunc()),
            _ => return None,
        };
        Some(count as f64)
    }
}

/// Returns the queues with these ids or ARNs.
pub(super) fn queues_of<'s>(
    instance: &'s Instance,
    given: &[String],
) -> Result<Vec<&'s QueueRecord>, Fault> {
    given.iter().map(|id| instance.queues.get(id)).collect()
}

fn get_current_metric_data(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let operation = "GetCurrentMetricData";
    let input: GetCurrentMetricData = request.input()?;
    input.filters.check()?;
    for metric in &input.current_metrics {
        metric.check(request)?;
    }
    let groupings = input.groupings.unwrap_or_default();
    let known = |name: &&String| name.as_str() == "QUEUE" || name.as_str() == "CHANNEL";
    if let Some(other) = groupings.iter().find(|name| !known(name)) {
        return Err(no_data(operation, &format!("the grouping {other}")));
    }
    let by = |name: &str| groupings.iter().any(|given| given == name);
    let Some(queues) = &input.filters.queues else {
        return Err(request.invalid("Filters must have at least one queue."));
    };
    let page = request.page(input.max_results, input.next_token.as_deref(), 100)?;
    let channels = input.filters.channels.unwrap_or_default();
    let now = OffsetDateTime::now_utc();
    let state = service.state();
    let instance = request.instance(&state)?;
    let queues = queues_of(instance, queues)?;

    let mut groups = Vec::new();
    let per_queue: Vec<&[&QueueRecord]> = match by("QUEUE") {
        true => queues.chunks(1).collect(),
        false => vec![&queues],
    };
    let all: Vec<&str> = channels.iter().map(String::as_str).collect();
    let per_channel: Vec<&[&str]> = match (by("CHANNEL"), all.is_empty()) {
        (true, true) => ["VOICE", "CHAT"].chunks(1).collect(),
        (true, false) => all.chunks(1).collect(),
        (false, _) => vec![&all],
    };
    for queues in per_queue {
        for channels in &per_channel {
            let agents = instance.contacts.agents();
            let agents = agents.filter(|agent| queues.iter().any(|queue| agent.serves(&queue.arn)));
            let contacts = instance.contacts.iter().filter(|contact| contact.waits());
            let contacts = contacts.filter(|contact| {
                let stay = contact.queue.as_ref();
                let of_queues = |arn: &str| queues.iter().any(|queue| queue.arn == arn);
                stay.is_some_and(|stay| of_queues(&stay.arn))
                    && (channels.is_empty() || channels.contains(&contact.channel.as_str()))
            });
            let counts = Counts::of(agents, contacts, now);
            if !counts.is_empty() {
                groups.push(Group {
                    queue: queues.first().copied().filter(|_| by("QUEUE")),
                    channel: channels.first().copied().filter(|_| by("CHANNEL")),
                    counts,
                });
            }
        }
    }

    let grouped = !groupings.is_empty();
    let criteria = input.sort_criteria.unwrap_or_default();
    let criterion = criteria.first();
    let metric = criterion.and_then(|one| one.sort_by_metric.as_deref());
    let metric = metric.unwrap_or(SORTED_BY);
    let ascending = criterion.and_then(|one| one.sort_order.as_deref()) == Some("ASCENDING");
    groups.sort_by(|left, right| {
        let values = [left, right].map(|group| group.counts.value(metric, grouped));
        let ordering = values[0].partial_cmp(&values[1]).unwrap_or(Ordering::Equal);
        if ascending {
            ordering
        } else {
            ordering.reverse()
        }
    });
    let approximate_total_count = groups.len();
    let (metric_results, next_token) = page.cut(groups.iter().map(|group| MetricResult {
        dimensions: Dimensions {
            queue: group.queue.map(|queue| QueueReference {
                id: &queue.id,
                arn: &queue.arn,
            }),
            channel: group.channel,
        },
        collections: collections(&group.counts, &input.current_metrics, grouped),
    }));
    reply(&CurrentMetricData {
        metric_results,
        next_token,
        data_snapshot_time: seconds(now),
        approximate_total_count,
    })
}

fn collections<'a>(counts: &Counts, metrics: &'a [Metric], grouped: bool) -> Vec<MetricData<'a>> {
    let data = metrics.iter().filter_map(|metric| {
        let value = counts.value(metric.name.as_deref()?, grouped)?;
        Some(MetricData { metric, value })
    });
    data.collect()
}
