//! Metric alarms: their settings, their states and their tags.

use std::collections::BTreeMap;

use local_wire::{ACCOUNT_ID, Declared, Fault, PARTITION, named};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Serve;
use super::input::{self, check_count};
use super::math::Budget;
use super::metrics::{Dimension, Metrics, now};
use super::validation::check;

/// The operations that this module serves.
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    named("PutMetricAlarm", |here, asked| here.alarms.put(asked)),
    named("DescribeAlarms", |here, asked| {
        here.alarms.describe(here.region, here.metrics, asked)
    }),
    named("DeleteAlarms", |here, asked| here.alarms.delete(asked)),
    named("SetAlarmState", |here, asked| here.alarms.set_state(asked)),
    named("EnableAlarmActions", |here, asked| {
        here.alarms.enable_actions(true, asked)
    }),
    named("DisableAlarmActions", |here, asked| {
        here.alarms.enable_actions(false, asked)
    }),
    named("ListTagsForResource", |here, asked| here.alarms.tags(asked)),
    named("TagResource", |here, asked| here.alarms.tag(asked)),
    named("UntagResource", |here, asked| here.alarms.untag(asked)),
];

/// The most alarms in a page of DescribeAlarms, unless the request sets a lower limit.
const PAGE: usize = 50;
/// The most alarms of a Region: AWS's quota.
const MOST_ALARMS: usize = 5_000;
/// The most alarms that a request names.
const MOST_NAMES: usize = 100;
const MOST_TAGS: usize = 50;
/// The most characters of a state's reason.
const LONGEST_REASON: usize = 1_023;
/// The most values that are computed for one alarm, and for all alarms of a request. Alarms that
/// exceed the remaining budget keep their state.
const MOST_VALUES_OF_ALARM: usize = 1_000_000;
const MOST_VALUES: usize = 5_000_000;

/// The settings of an alarm, as PutMetricAlarm and DescribeAlarms write them.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Settings {
    pub(super) alarm_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) alarm_description: Option<String>,
    #[serde(default = "yes")]
    pub(super) actions_enabled: bool,
    #[serde(default, rename = "OKActions")]
    pub(super) ok_actions: Vec<String>,
    #[serde(default)]
    pub(super) alarm_actions: Vec<String>,
    #[serde(default)]
    pub(super) insufficient_data_actions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) metric_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) statistic: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) extended_statistic: Option<String>,
    #[serde(default)]
    pub(super) dimensions: Vec<Dimension>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) period: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unit: Option<String>,
    pub(super) evaluation_periods: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) datapoints_to_alarm: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) threshold: Option<f64>,
    pub(super) comparison_operator: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) treat_missing_data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) evaluate_low_sample_count_percentile: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) metrics: Vec<MetricDataQuery>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) threshold_metric_id: Option<String>,
}

/// One query of metric math: a metric, or an expression over other queries.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MetricDataQuery {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) metric_stat: Option<MetricStat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expression: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) label: Option<String>,
    #[serde(default = "yes")]
    pub(super) return_data: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) period: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account_id: Option<String>,
}

/// A metric with the statistic and period to read.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MetricStat {
    pub(super) metric: Metric,
    pub(super) period: i64,
    pub(super) stat: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unit: Option<String>,
}

/// A metric as queries name it.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Metric {
    pub(super) namespace: String,
    pub(super) metric_name: String,
    #[serde(default)]
    pub(super) dimensions: Vec<Dimension>,
}

fn yes() -> bool {
    true
}

/// The `StateValue` of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Ok,
    Alarm,
    InsufficientData,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Ok, Self::Alarm, Self::InsufficientData]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

#[derive(Debug)]
struct Alarm {
    settings: Settings,
    state: State,
    reason: String,
    configured_at: f64,
    state_at: f64,
    tags: BTreeMap<String, String>,
}

/// The alarms of a Region, by name.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    alarms: BTreeMap<String, Alarm>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Describe {
    #[serde(default)]
    alarm_names: Vec<String>,
    alarm_name_prefix: Option<String>,
    #[serde(default)]
    alarm_types: Vec<String>,
    state_value: Option<String>,
    action_prefix: Option<String>,
    max_records: Option<usize>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Names {
    alarm_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetState {
    alarm_name: String,
    state_value: String,
    state_reason: String,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "ResourceARN")]
    arn: String,
    #[serde(default, rename = "Tags")]
    tags: Vec<Tag>,
    #[serde(default, rename = "TagKeys")]
    tag_keys: Vec<String>,
}

impl Alarms {
    /// Handles PutMetricAlarm. An existing alarm keeps its state and its tags.
    pub(super) fn put(&mut self, asked: Value) -> Result<Value, Fault> {
        for required in ["AlarmName", "ComparisonOperator", "EvaluationPeriods"] {
            if asked[required].is_null() {
                return Err(super::validation::null(required));
            }
        }
        let asked: Put = input::parse(asked)?;
        check(&asked.settings)?;
        check_count("Tags", asked.tags.len(), MOST_TAGS)?;
        let now = now();
        let name = asked.settings.alarm_name.clone();
        if self.alarms.len() >= MOST_ALARMS && !self.alarms.contains_key(&name) {
            return Err(Fault::new(
                400,
                "LimitExceededFault",
                "The maximum limit of alarms has been exceeded.",
            ));
        }
        match self.alarms.get_mut(&name) {
            Some(alarm) => {
                alarm.settings = asked.settings;
                alarm.configured_at = now;
            }
            None => {
                let alarm = Alarm {
                    settings: asked.settings,
                    state: State::InsufficientData,
                    reason: "Unchecked: Initial alarm creation".into(),
                    configured_at: now,
                    state_at: now,
                    tags: pairs(asked.tags),
                };
                self.alarms.insert(name, alarm);
            }
        }
        Ok(json!({}))
    }

    /// Handles DescribeAlarms. Alarms are evaluated when they are requested, so their states are
    /// current.
    pub(super) fn describe(
        &mut self,
        region: &str,
        metrics: &Metrics,
        asked: Value,
    ) -> Result<Value, Fault> {
        let asked: Describe = input::parse(asked)?;
        let wanted_state = asked
            .state_value
            .map(|name| State::parse(&name).ok_or_else(|| super::validation::state(&name)))
            .transpose()?;
        // The account has no composite alarms; a request without a type means metric alarms.
        let metric_alarms =
            asked.alarm_types.is_empty() || asked.alarm_types.iter().any(|t| t == "MetricAlarm");
        check_count("AlarmNames", asked.alarm_names.len(), MOST_NAMES)?;
        let named = |name: &String| {
            (asked.alarm_names.is_empty() || asked.alarm_names.contains(name))
                && (asked.alarm_name_prefix.as_ref()).is_none_or(|start| name.starts_with(start))
        };
        let mut spent = 0;
        for (_, alarm) in self.alarms.iter_mut().filter(|(name, _)| named(name)) {
            if spent >= MOST_VALUES {
                break;
            }
            let budget = Budget::new(MOST_VALUES_OF_ALARM);
            alarm.look(metrics, &budget);
            spent += budget.spent();
        }
        let matches = |(name, alarm): &(&String, &Alarm)| {
            let settings = &alarm.settings;
            let mut actions = settings
                .alarm_actions
                .iter()
                .chain(&settings.ok_actions)
                .chain(&settings.insufficient_data_actions);
            metric_alarms
                && named(name)
                && wanted_state.is_none_or(|state| state == alarm.state)
                && (asked.action_prefix.as_ref())
                    .is_none_or(|start| actions.any(|action| action.starts_with(start)))
        };
        let from = input::page_start(asked.next_token.as_deref())?;
        let page = asked.max_records.unwrap_or(PAGE).clamp(1, 100);
        let mut found = self.alarms.iter().filter(matches).skip(from);
        let shapes = found
            .by_ref()
            .take(page)
            .map(|(_, alarm)| alarm.shape(region))
            .collect::<Result<Vec<_>, _>>()?;
        let mut answer = json!({ "MetricAlarms": shapes, "CompositeAlarms": [] });
        if found.next().is_some() {
            answer["NextToken"] = (from + page).to_string().into();
        }
        Ok(answer)
    }

    /// Handles DeleteAlarms, which deletes all of the alarms or none.
    pub(super) fn delete(&mut self, asked: Value) -> Result<Value, Fault> {
        let asked: Names = input::parse(asked)?;
        let missing: Vec<&str> = asked
            .alarm_names
            .iter()
            .filter(|name| !self.alarms.contains_key(*name))
            .map(String::as_str)
            .collect();
        if let [_, ..] = missing[..] {
            return Err(Fault::new(
                404,
                "ResourceNotFound",
                format!("Unknown alarms: {}", missing.join(", ")),
            ));
        }
        for name in &asked.alarm_names {
            self.alarms.remove(name);
        }
        Ok(json!({}))
    }

    /// Handles SetAlarmState. As on AWS, the next evaluation may change the state again.
    pub(super) fn set_state(&mut self, asked: Value) -> Result<Value, Fault> {
        let asked: SetState = input::parse(asked)?;
        let length = asked.state_reason.chars().count();
        if length > LONGEST_REASON {
            return Err(super::input::validation(format!(
                "1 validation error detected: Value at 'stateReason' failed to satisfy constraint: \
                 Member must have length less than or equal to {LONGEST_REASON}, not {length}"
            )));
        }
        let state = State::parse(&asked.state_value)
            .ok_or_else(|| super::validation::state(&asked.state_value))?;
        let alarm = self
            .alarms
            .get_mut(&asked.alarm_name)
            .ok_or_else(|| Fault::new(404, "ResourceNotFound", "There is no such alarm."))?;
        alarm.enter(state, asked.state_reason);
        Ok(json!({}))
    }

    /// Handles EnableAlarmActions and DisableAlarmActions.
    pub(super) fn enable_actions(&mut self, enabled: bool, asked: Value) -> Result<Value, Fault> {
        let asked: Names = input::parse(asked)?;
        for name in &asked.alarm_names {
            if let Some(alarm) = self.alarms.get_mut(name) {
                alarm.settings.actions_enabled = enabled;
            }
        }
        Ok(json!({}))
    }

    /// Handles ListTagsForResource.
    pub(super) fn tags(&mut self, asked: Value) -> Result<Value, Fault> {
        let asked: Resource = input::parse(asked)?;
        let tags: Vec<Value> = self
            .by_arn(&asked.arn)?
            .tags
            .iter()
            .map(|(key, value)| json!({ "Key": key, "Value": value }))
            .collect();
        Ok(json!({ "Tags": tags }))
    }

    /// Handles TagResource.
    pub(super) fn tag(&mut self, asked: Value) -> Result<Value, Fault> {
        let asked: Resource = input::parse(asked)?;
        let alarm = self.by_arn(&asked.arn)?;
        let mut tags = alarm.tags.clone();
        tags.extend(pairs(asked.tags));
        check_count("Tags", tags.len(), MOST_TAGS)?;
        alarm.tags = tags;
        Ok(json!({}))
    }

    /// Handles UntagResource.
    pub(super) fn untag(&mut self, asked: Value) -> Result<Value, Fault> {
        let asked: Resource = input::parse(asked)?;
        self.by_arn(&asked.arn)?
            .tags
            .retain(|key, _| !asked.tag_keys.contains(key));
        Ok(json!({}))
    }

    fn by_arn(&mut self, arn: &str) -> Result<&mut Alarm, Fault> {
        arn.split_once(":alarm:")
            .and_then(|(_, name)| self.alarms.get_mut(name))
            .ok_or_else(|| {
                Fault::new(
                    404,
                    "ResourceNotFoundException",
                    format!("{arn} does not exist"),
                )
                .with("ResourceType", "CloudWatchAlarm".into())
                .with("ResourceId", arn.into())
            })
    }
}

impl Alarm {
    fn look(&mut self, metrics: &Metrics, budget: &Budget) {
        let found = super::evaluation::evaluate(&self.settings, metrics, now(), budget);
        if let Some((state, reason)) = found
            && state != self.state
        {
            self.enter(state, reason);
        }
    }

    fn enter(&mut self, state: State, reason: String) {
        self.state = state;
        self.reason = reason;
        self.state_at = now();
    }

    fn shape(&self, region: &str) -> Result<Value, Fault> {
        let mut shape = serde_json::to_value(&self.settings)
            .map_err(|error| Fault::new(500, "InternalServiceFault", error.to_string()))?;
        let arn = format!(
            "arn:{PARTITION}:cloudwatch:{region}:{ACCOUNT_ID}:alarm:{}",
            self.settings.alarm_name
        );
        shape["AlarmArn"] = arn.into();
        shape["StateValue"] = self.state.name().into();
        shape["StateReason"] = self.reason.as_str().into();
        shape["AlarmConfigurationUpdatedTimestamp"] = self.configured_at.into();
        shape["StateUpdatedTimestamp"] = self.state_at.into();
        shape["StateTransitionedTimestamp"] = self.state_at.into();
        Ok(shape)
    }
}

fn pairs(tags: Vec<Tag>) -> BTreeMap<String, String> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}
