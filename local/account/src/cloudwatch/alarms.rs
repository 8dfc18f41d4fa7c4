//! Metric alarms: their settings, their states and their tags.

use std::collections::BTreeMap;

use local_wire::{ACCOUNT_ID, Declared, Fault, named, partition};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Serve;
use super::alarm_settings::Settings;
use super::clock::now;
use super::evaluation::{State, evaluate};
use super::input::{self, check_count};
use super::math::Budget;
use super::metrics::Metrics;
use super::validation::{self, check};

/// The operations that this module serves.
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    named("PutMetricAlarm", |scope, input| scope.alarms.put(input)),
    named("DescribeAlarms", |scope, input| {
        scope.alarms.describe(scope.region, scope.metrics, input)
    }),
    named("DeleteAlarms", |scope, input| scope.alarms.delete(input)),
    named("SetAlarmState", |scope, input| {
        scope.alarms.set_state(input)
    }),
    named("EnableAlarmActions", |scope, input| {
        scope.alarms.enable_actions(true, input)
    }),
    named("DisableAlarmActions", |scope, input| {
        scope.alarms.enable_actions(false, input)
    }),
    named("ListTagsForResource", |scope, input| {
        scope.alarms.tags(input)
    }),
    named("TagResource", |scope, input| scope.alarms.tag(input)),
    named("UntagResource", |scope, input| scope.alarms.untag(input)),
];

/// The most alarms in a page of DescribeAlarms, unless the request sets a lower limit.
const PAGE: usize = 50;
/// The most alarms of a Region: AWS's quota.
const MAX_ALARMS: usize = 5_000;
/// The most alarms that a request names.
const MAX_NAMES: usize = 100;
const MAX_TAGS: usize = 50;
/// The most characters of a state's reason.
const MAX_REASON_LENGTH: usize = 1_023;
/// The most values that are computed for one alarm, and for all alarms of a request. Alarms that
/// exceed the remaining budget keep their state.
const MAX_VALUES_PER_ALARM: usize = 1_000_000;
const MAX_VALUES: usize = 5_000_000;

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
    pub(super) fn put(&mut self, input: Value) -> Result<Value, Fault> {
        for required in ["AlarmName", "ComparisonOperator", "EvaluationPeriods"] {
            if input[required].is_null() {
                return Err(validation::null(required));
            }
        }
        let input: Put = input::parse(input)?;
        check(&input.settings)?;
        check_count("Tags", input.tags.len(), MAX_TAGS)?;
        let now = now();
        let name = input.settings.alarm_name.clone();
        if self.alarms.len() >= MAX_ALARMS && !self.alarms.contains_key(&name) {
            return Err(Fault::new(
                400,
                "LimitExceededFault",
                "The maximum limit of alarms has been exceeded.",
            ));
        }
        match self.alarms.get_mut(&name) {
            Some(alarm) => {
                alarm.settings = input.settings;
                alarm.configured_at = now;
            }
            None => {
                let alarm = Alarm {
                    settings: input.settings,
                    state: State::InsufficientData,
                    reason: "Unchecked: Initial alarm creation".into(),
                    configured_at: now,
                    state_at: now,
                    tags: pairs(input.tags),
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
        input: Value,
    ) -> Result<Value, Fault> {
        let input: Describe = input::parse(input)?;
        let wanted_state = input
            .state_value
            .map(|name| State::parse(&name).ok_or_else(|| validation::state(&name)))
            .transpose()?;
        // The account has no composite alarms; a request without a type means metric alarms.
        let metric_alarms =
            input.alarm_types.is_empty() || input.alarm_types.iter().any(|t| t == "MetricAlarm");
        check_count("AlarmNames", input.alarm_names.len(), MAX_NAMES)?;
        let named = |name: &String| {
            (input.alarm_names.is_empty() || input.alarm_names.contains(name))
                && (input.alarm_name_prefix.as_ref()).is_none_or(|start| name.starts_with(start))
        };
        let mut spent = 0;
        for (_, alarm) in self.alarms.iter_mut().filter(|(name, _)| named(name)) {
            if spent >= MAX_VALUES {
                break;
            }
            let budget = Budget::new(MAX_VALUES_PER_ALARM);
            alarm.evaluate(metrics, &budget);
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
                && (input.action_prefix.as_ref())
                    .is_none_or(|start| actions.any(|action| action.starts_with(start)))
        };
        let from = input::page_start(input.next_token.as_deref())?;
        let page = input.max_records.unwrap_or(PAGE).clamp(1, 100);
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
    pub(super) fn delete(&mut self, input: Value) -> Result<Value, Fault> {
        let input: Names = input::parse(input)?;
        let missing: Vec<&str> = input
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
        for name in &input.alarm_names {
            self.alarms.remove(name);
        }
        Ok(json!({}))
    }

    /// Handles SetAlarmState. As on AWS, the next evaluation may change the state again.
    pub(super) fn set_state(&mut self, input: Value) -> Result<Value, Fault> {
        let input: SetState = input::parse(input)?;
        let length = input.state_reason.chars().count();
        if length > MAX_REASON_LENGTH {
            return Err(super::input::validation(format!(
                "1 validation error detected: Value at 'stateReason' failed to satisfy constraint: \
                 Member must have length less than or equal to {MAX_REASON_LENGTH}, not {length}"
            )));
        }
        let state = State::parse(&input.state_value)
            .ok_or_else(|| validation::state(&input.state_value))?;
        let alarm = self
            .alarms
            .get_mut(&input.alarm_name)
            .ok_or_else(|| Fault::new(404, "ResourceNotFound", "There is no such alarm."))?;
        alarm.enter(state, input.state_reason);
        Ok(json!({}))
    }

    /// Handles EnableAlarmActions and DisableAlarmActions.
    pub(super) fn enable_actions(&mut self, enabled: bool, input: Value) -> Result<Value, Fault> {
        let input: Names = input::parse(input)?;
        for name in &input.alarm_names {
            if let Some(alarm) = self.alarms.get_mut(name) {
                alarm.settings.actions_enabled = enabled;
            }
        }
        Ok(json!({}))
    }

    /// Handles ListTagsForResource.
    pub(super) fn tags(&mut self, input: Value) -> Result<Value, Fault> {
        let input: Resource = input::parse(input)?;
        let tags: Vec<Value> = self
            .by_arn(&input.arn)?
            .tags
            .iter()
            .map(|(key, value)| json!({ "Key": key, "Value": value }))
            .collect();
        Ok(json!({ "Tags": tags }))
    }

    /// Handles TagResource.
    pub(super) fn tag(&mut self, input: Value) -> Result<Value, Fault> {
        let input: Resource = input::parse(input)?;
        let alarm = self.by_arn(&input.arn)?;
        let mut tags = alarm.tags.clone();
        tags.extend(pairs(input.tags));
        check_count("Tags", tags.len(), MAX_TAGS)?;
        alarm.tags = tags;
        Ok(json!({}))
    }

    /// Handles UntagResource.
    pub(super) fn untag(&mut self, input: Value) -> Result<Value, Fault> {
        let input: Resource = input::parse(input)?;
        self.by_arn(&input.arn)?
            .tags
            .retain(|key, _| !input.tag_keys.contains(key));
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
    fn evaluate(&mut self, metrics: &Metrics, budget: &Budget) {
        let found = evaluate(&self.settings, metrics, now(), budget);
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
            "arn:{}:cloudwatch:{region}:{ACCOUNT_ID}:alarm:{}",
            partition(region),
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
