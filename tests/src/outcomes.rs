//! The codes of the function's answers, and the codes that alarms watch.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use connect_pin_sms::rules::outcome::{Outcome, Reason};
use hcl::eval::{Context, Evaluate};
use hcl::expr::{Expression, Object, ObjectKey};
use hcl::{Body, Value};
use local_harness::repository;

use crate::Failure;

/// Returns every `reason` that the function can answer a flow with.
pub fn reasons() -> BTreeSet<String> {
    Reason::flow_codes().map(str::to_owned).collect()
}

/// Returns every outcome that the metrics of an answered invocation can have.
pub fn outcomes() -> BTreeSet<String> {
    Outcome::log_codes().map(str::to_owned).collect()
}

/// The outcomes that an alarm counts.
#[derive(Debug, PartialEq, Eq)]
pub struct WatchedOutcomes {
    pub outcomes: BTreeSet<String>,
    /// Whether the alarm also counts every failure of the function.
    pub failures: bool,
}

/// Reads the module's alarms on outcomes, by their short names.
///
/// # Errors
/// When `modules/monitoring/alarms.tf` cannot be read, or has no `local.outcomes` of the expected form.
pub fn watched() -> Result<BTreeMap<String, WatchedOutcomes>, Failure> {
    let path = repository()?.join("modules/monitoring/alarms.tf");
    let body: Body = hcl::parse(&fs::read_to_string(path)?)?;
    let locals = body.blocks().filter(|block| block.identifier() == "locals");
    let alarms = locals
        .flat_map(|block| block.body().attributes())
        .find(|local| local.key() == "outcomes")
        .ok_or("modules/monitoring/alarms.tf has no local.outcomes")?;
    let Expression::Object(alarms) = alarms.expr() else {
        return Err("local.outcomes must be an object of alarms".into());
    };
    alarms
        .iter()
        .map(|(name, alarm)| {
            let Expression::Object(alarm) = alarm else {
                return Err(format!("local.outcomes.{name} must be an object").into());
            };
            let outcomes = member(alarm, "outcomes")?;
            let outcomes = outcomes.as_array().ok_or("outcomes must be a list")?.iter();
            let watched = WatchedOutcomes {
                outcomes: outcomes
                    .filter_map(|outcome| outcome.as_str().map(str::to_owned))
                    .collect(),
                failures: member(alarm, "failures")? == Value::from(true),
            };
            Ok((name.to_string(), watched))
        })
        .collect()
}

fn member(alarm: &Object<ObjectKey, Expression>, name: &str) -> Result<Value, Failure> {
    let found = alarm.iter().find(|(key, _)| key.to_string() == name);
    let (_, value) = found
        .ok_or_else(|| format!("every alarm in local.outcomes must have the attribute {name}"))?;
    Ok(value.evaluate(&Context::new())?)
}
