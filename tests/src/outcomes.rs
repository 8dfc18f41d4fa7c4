//! The codes that the function's answers have, out of its own source, and those that an alarm watches.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use hcl::eval::{Context, Evaluate};
use hcl::expr::{Expression, Object, ObjectKey};
use hcl::{Body, Value};
use local_harness::repository;

use crate::Failure;

/// Every `reason` that a flow can be told.
///
/// # Errors
/// When the source cannot be read, or is not written as it was.
pub fn reasons() -> Result<BTreeSet<String>, Failure> {
    let mut codes = texts_of("Reason", "true_code")?;
    for hidden in told_as_another()? {
        codes.remove(&hidden);
    }
    if codes.contains("PIN_NOT_FOUND") && codes.contains("BUSY") {
        Ok(codes)
    } else {
        Err(format!("these are not the codes of lambda/src/rules/outcome.rs: {codes:?}").into())
    }
}

/// Every code that the metric of an answered invocation can carry: the reasons, and what a call can
/// come to besides.
///
/// # Errors
/// When the source cannot be read, or is not written as it was.
pub fn outcomes() -> Result<BTreeSet<String>, Failure> {
    let mut codes = texts_of("Reason", "true_code")?;
    codes.extend(texts_of("Outcome", "code")?);
    if codes.contains("MEMBER") && codes.contains("SENT") {
        Ok(codes)
    } else {
        Err(format!("these are not the outcomes of lambda/src/rules/outcome.rs: {codes:?}").into())
    }
}

/// The codes of reasons that a flow is always told as another one: only the log has them.
fn told_as_another() -> Result<Vec<String>, Failure> {
    let true_codes = body_of("Reason", "true_code")?;
    let told = body_of("Reason", "code")?;
    let hidden = told.lines().filter_map(|line| {
        let (variant, _) = line
            .trim()
            .strip_prefix("Self::")?
            .split_once(" => Self::")?;
        let code = true_codes.split(&format!("Self::{variant} => \"")).nth(1)?;
        Some(code.split('"').next()?.to_owned())
    });
    Ok(hidden.collect())
}

/// The texts in a method of lambda/src/rules/outcome.rs.
fn texts_of(implementor: &str, method: &str) -> Result<BTreeSet<String>, Failure> {
    let body = body_of(implementor, method)?;
    Ok(body.split('"').skip(1).step_by(2).map(Into::into).collect())
}

fn body_of(implementor: &str, method: &str) -> Result<String, Failure> {
    let source = fs::read_to_string(repository()?.join("lambda/src/rules/outcome.rs"))?;
    let body = source
        .split(&format!("\nimpl {implementor} {{\n"))
        .nth(1)
        .and_then(|rest| rest.split(&format!(" fn {method}(")).nth(1))
        .and_then(|rest| rest.split("\n    }\n").next())
        .ok_or_else(|| format!("lambda/src/rules/outcome.rs has no {implementor}::{method}"))?;
    Ok(body.to_owned())
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
