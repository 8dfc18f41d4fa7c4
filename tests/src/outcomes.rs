//! The codes of the function's answers, and those that an alarm watches.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use connect_pin_sms::rules::outcome::{Outcome, Reason};
use hcl::eval::{Context, Evaluate};
use hcl::expr::{Expression, Object, ObjectKey};
use hcl::{Body, Value};
use local_harness::repository;

use crate::Failure;

/// Every `reason` that a flow can get.
pub fn reasons() -> BTreeSet<String> {
    Reason::flow_codes().map(str::to_owned).collect()
}

/// Every outcome that the metrics of an answered invocation can carry.
pub fn outcomes() -> BTreeSet<String> {
    Outcome::log_codes().map(str::to_owned).collect()
}

/// What an alarm on outcomes watches.
#[derive(Debug, PartialEq, Eq)]
pub struct Watched {
    /// The outcomes that it counts.
    pub outcomes: BTreeSet<String>,
    /// Whether it counts every failure of the function as well.
    pub failures: bool,
}

/// The alarms on outcomes that the module makes, by their short names.
///
/// # Errors
/// When the module's file cannot be read, or is not written as it was.
pub fn watched() -> Result<BTreeMap<String, Watched>, Failure> {
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
            let watched = Watched {
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
    let (_, value) = found.ok_or_else(|| format!("an alarm on outcomes has no {name}"))?;
    Ok(value.evaluate(&Context::new())?)
}
