//! The table of block types: what publishing accepts of each.
//!
//! A row names its evidence and its sources: `recorded` (seen in exports or on the service),
//! `documented` (the AWS documentation), `reported` (one other source) or `inferred`. A bound or a
//! requirement that is not known is omitted, so that no flow is refused that the service accepts.
//! The module [`special`](super::special) checks the rules that a row cannot express.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::action::Absent;
use crate::check::problems::Problems;
use crate::check::rules::{ConditionRule, NextRule, Operands, Rules};
use crate::check::shape::Shape;
use crate::condition::Operator;
use crate::{FlowKind, ProvidedBranch, UnknownBranch};

type Table = HashMap<&'static str, BlockType>;

static TABLE: LazyLock<serde_json::Result<Table>> =
    LazyLock::new(|| serde_json::from_str(include_str!("block_types.json")));

/// The row of a type.
#[derive(Debug, Deserialize)]
pub(crate) struct BlockType {
    /// The kinds of flow that accept the type; absent if nothing restricts it.
    flows: Option<Vec<FlowKind>>,
    /// The forms of a type that has several. The first whose condition holds is checked.
    #[serde(default)]
    forms: Vec<ConditionalForm>,
    #[serde(flatten)]
    form: Form,
    /// The branch without the service that the type needs, for a type whose effect lies outside of
    /// the flow.
    absent: Option<Absent>,
    /// The branches that belong to a parameter, before the one of `absent`.
    #[serde(default)]
    absent_when: Vec<AbsentWhen>,
    /// The old name that a published flow log, or a viewer of logs, has for a type whose effect lies
    /// outside of the flow. That the log has the type's own name otherwise is an assumption.
    log_name: Option<&'static str>,
}

/// The branch without a service if this parameter is given.
#[derive(Debug, Deserialize)]
struct AbsentWhen {
    parameter: &'static str,
    #[serde(flatten)]
    absent: Absent,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct ConditionalForm {
    when: Option<When>,
    #[serde(flatten)]
    form: Form,
}

/// The parameters and transitions of a type, or of one of its forms.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Form {
    /// Whether the type has no transitions.
    #[serde(default)]
    terminal: bool,
    #[serde(default)]
    next_optional: bool,
    #[serde(flatten)]
    parameters: Shape,
    /// Parameters that are required only under a condition.
    #[serde(default)]
    required_when: Vec<ParameterWhen>,
    /// Parameters that are refused under a condition.
    #[serde(default)]
    refused_when: Vec<ParameterWhen>,
    #[serde(default)]
    errors: Errors,
    #[serde(default)]
    errors_when: Vec<ErrorsWhen>,
    #[serde(default)]
    conditions: Conditions,
    #[serde(default)]
    conditions_when: Vec<ConditionsWhen>,
    #[serde(default)]
    min_conditions: usize,
}

/// A condition on the flow or on a parameter. All of its members must hold.
#[derive(Debug, Deserialize)]
struct When {
    flow: Option<FlowKind>,
    /// The parameter that must be given, as a path with dots.
    parameter: Option<&'static str>,
    /// The texts of which the parameter must be one.
    is: Option<Vec<&'static str>>,
    /// The text that the parameter, a list, must contain.
    has: Option<&'static str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Errors {
    #[serde(default)]
    required: Vec<&'static str>,
    #[serde(default)]
    optional: Vec<&'static str>,
}

/// Errors that the type has only under a condition, and that are refused otherwise.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct ErrorsWhen {
    when: When,
    #[serde(flatten)]
    errors: Errors,
}

/// A parameter and a condition.
#[derive(Debug, Deserialize)]
struct ParameterWhen {
    when: When,
    /// The parameter, as a path with dots.
    parameter: &'static str,
}

/// The conditions of a type; without operators it has none.
#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Conditions {
    #[serde(default)]
    operators: Vec<Operator>,
    #[serde(default)]
    operands: Operands,
    #[serde(default)]
    required: Vec<&'static str>,
    /// The operands beside the required ones; absent if the author chooses them.
    optional: Option<Vec<&'static str>>,
}

/// Operands that are required only under a condition.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct ConditionsWhen {
    when: When,
    required: Vec<&'static str>,
}

/// Returns the row of a type; `None` for a type that the service does not know.
///
/// # Errors
///
/// The error of reading the table, which is compiled in: a test reads each row.
pub(crate) fn find(kind: &str) -> Result<Option<&'static BlockType>, &'static serde_json::Error> {
    Ok(TABLE.as_ref()?.get(kind))
}

/// Returns the name in the flow log of a type whose effect lies outside of the flow; an empty text
/// for a type that the service does not know.
pub(crate) fn log_name(kind: &str) -> &'static str {
    let row = TABLE
        .as_ref()
        .ok()
        .and_then(|table| table.get_key_value(kind));
    row.map_or("", |(kind, row)| row.log_name.unwrap_or(kind))
}

impl BlockType {
    /// Reports whether a flow of this kind may contain the type.
    pub(crate) fn allowed(&self, flow: FlowKind) -> bool {
        self.flows
            .as_ref()
            .is_none_or(|flows| flows.contains(&flow))
    }

    /// Returns the branch without the service that the type needs; `None` for a type that is
    /// executed.
    pub(crate) fn absent(&self, parameters: &Map<String, Value>) -> Option<&Absent> {
        self.absent_when
            .iter()
            .find(|branch| parameters.contains_key(branch.parameter))
            .map(|branch| &branch.absent)
            .or(self.absent.as_ref())
    }

    /// Reports whether the driver provides the type's effect.
    pub(crate) fn is_outside(&self) -> bool {
        self.absent.is_some()
    }

    /// Checks that the type has this branch.
    ///
    /// # Errors
    /// The branches that the type has.
    pub(crate) fn check_branch(
        &self,
        kind: &str,
        branch: &ProvidedBranch,
    ) -> Result<(), UnknownBranch> {
        match branch {
            ProvidedBranch::Done => Ok(()),
            ProvidedBranch::Result(given) => self.form.check_result(kind, given),
            ProvidedBranch::Failed(given) => self.form.check_error(kind, given),
        }
    }

    /// Reports what the service refuses of the parameters, and returns the rules for the
    /// transitions.
    pub(crate) fn check(
        &'static self,
        flow: FlowKind,
        parameters: &Map<String, Value>,
        action: usize,
        problems: &Problems,
    ) -> Rules {
        let form = self
            .forms
            .iter()
            .find(|form| {
                form.when
                    .as_ref()
                    .is_none_or(|when| when.holds(flow, parameters))
            })
            .map_or(&self.form, |form| &form.form);
        form.check(flow, parameters, action, problems)
    }
}

impl Form {
    fn check_error(&self, kind: &str, given: &str) -> Result<(), UnknownBranch> {
        let known: Vec<&str> = self
            .errors_when
            .iter()
            .map(|when| &when.errors)
            .chain([&self.errors])
            .flat_map(|errors| errors.required.iter().chain(&errors.optional))
            .copied()
            .collect();
        match known.contains(&given) {
            true => Ok(()),
            false => Err(UnknownBranch::Error {
                kind: kind.to_owned(),
                known: known.join(", "),
                given: given.to_owned(),
            }),
        }
    }

    fn check_result(&self, kind: &str, given: &str) -> Result<(), UnknownBranch> {
        let Conditions {
            operators,
            required,
            optional,
            ..
        } = &self.conditions;
        if operators.is_empty() {
            return Err(UnknownBranch::NoResults {
                kind: kind.to_owned(),
                given: given.to_owned(),
            });
        }
        let Some(optional) = optional else {
            return Ok(());
        };
        let known: Vec<&str> = required.iter().chain(optional).copied().collect();
        match known.contains(&given) {
            true => Ok(()),
            false => Err(UnknownBranch::Result {
                kind: kind.to_owned(),
                known: known.join(", "),
                given: given.to_owned(),
            }),
        }
    }

    fn check(
        &'static self,
        flow: FlowKind,
        parameters: &Map<String, Value>,
        action: usize,
        problems: &Problems,
    ) -> Rules {
        let path = format!("Actions[{action}].Parameters");
        self.parameters.check(parameters, &path, problems);
        for refused in &self.refused_when {
            if refused.when.holds(flow, parameters)
                && member(parameters, refused.parameter).is_some()
            {
                problems.invalid_name(&format!("{path}.{}", refused.parameter));
            }
        }
        for required in &self.required_when {
            if required.when.holds(flow, parameters)
                && member(parameters, required.parameter).is_none()
            {
                problems.missing(&format!("{path}.{}", required.parameter));
            }
        }
        let mut required_errors = self.errors.required.clone();
        let mut optional_errors = self.errors.optional.clone();
        for errors in &self.errors_when {
            if errors.when.holds(flow, parameters) {
                required_errors.extend(&errors.errors.required);
                optional_errors.extend(&errors.errors.optional);
            }
        }
        let mut required_operands = self.conditions.required.clone();
        for conditions in &self.conditions_when {
            if conditions.when.holds(flow, parameters) {
                required_operands.extend(&conditions.required);
            }
        }
        Rules {
            required_errors,
            optional_errors,
            conditions: match self.conditions.operators.as_slice() {
                [] => None,
                operators => Some(ConditionRule {
                    operators,
                    operands: self.conditions.operands,
                    required: required_operands,
                    optional: self.conditions.optional.as_deref(),
                    least: self.min_conditions,
                }),
            },
            next: match (self.terminal, self.next_optional) {
                (true, _) => NextRule::Terminal,
                (false, true) => NextRule::Optional,
                (false, false) => NextRule::Required,
            },
        }
    }
}

impl When {
    fn holds(&self, flow: FlowKind, parameters: &Map<String, Value>) -> bool {
        let in_flow = self.flow.is_none_or(|kind| kind == flow);
        let value = self
            .parameter
            .map(|parameter| member(parameters, parameter));
        let given = value.is_none_or(|value| value.is_some());
        let value = value.flatten();
        let is = self.is.as_ref().is_none_or(|texts| {
            value
                .and_then(Value::as_str)
                .is_some_and(|text| texts.contains(&text))
        });
        let has = self.has.is_none_or(|text| {
            value
                .and_then(Value::as_array)
                .is_some_and(|list| list.iter().any(|item| item == text))
        });
        in_flow && given && is && has
    }
}

/// Returns the member at a path with dots.
fn member<'a>(parameters: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut names = path.split('.');
    let first = parameters.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}
