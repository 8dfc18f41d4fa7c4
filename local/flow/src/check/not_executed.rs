//! Block types that are checked but not executed, from the table in `not_executed.json`.
//!
//! Each row names its evidence and its sources: `recorded` (seen in exports or on the service),
//! `documented` (AWS's documentation), `reported` (one other source) or `inferred`. A bound or a
//! requirement that is not known is left out, so that no flow is refused that the service takes.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::action::{Absent, Block, JsonTemplate, PromptTemplate};
use crate::check::problems::Problems;
use crate::check::rules::{ConditionRule, Rules};
use crate::condition::Operator;
use crate::reference::{Reference, Template, looks_like_reference};
use crate::{FlowKind, ProvidedBranch, UnknownBranch};

type Table = HashMap<&'static str, BlockType>;

static TABLE: LazyLock<serde_json::Result<Table>> =
    LazyLock::new(|| serde_json::from_str(include_str!("not_executed.json")));

/// The checks of the service for one type.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub(crate) struct BlockType {
    /// The kinds of flow that take it; absent where nothing restricts it.
    flows: Option<Vec<FlowKind>>,
    #[serde(default)]
    terminal: bool,
    #[serde(default)]
    next_optional: bool,
    #[serde(flatten)]
    parameters: Shape,
    #[serde(default)]
    errors: Errors,
    #[serde(default)]
    errors_when: Vec<ErrorOfParameter>,
    #[serde(default)]
    conditions: Conditions,
    #[serde(default)]
    min_conditions: usize,
    /// The branch without the service that the type needs; missing for a type that is not executed.
    absent: Option<Absent>,
    /// The branches that belong to a parameter, before the one of `absent`.
    #[serde(default)]
    absent_when: Vec<AbsentOfParameter>,
}

/// The branch without a service, where this parameter is given.
#[derive(Debug, Deserialize)]
struct AbsentOfParameter {
    parameter: &'static str,
    #[serde(flatten)]
    absent: Absent,
}

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Errors {
    #[serde(default)]
    required: Vec<&'static str>,
    #[serde(default)]
    optional: Vec<&'static str>,
}

/// An error branch that belongs to a parameter: required where the parameter is given, and refused
/// where it is not.
#[derive(Debug, Deserialize)]
struct ErrorOfParameter {
    parameter: &'static str,
    error: &'static str,
}

/// The conditions of a type; without operators it takes none.
#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Conditions {
    #[serde(default)]
    operators: Vec<Operator>,
    #[serde(default)]
    required: Vec<&'static str>,
    /// The operands beside the required ones; absent where they are the author's.
    optional: Option<Vec<&'static str>>,
}

/// The members of an object.
#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Shape {
    #[serde(alias = "parameters", default)]
    members: BTreeMap<&'static str, Member>,
    /// Whether members that are not listed are taken.
    #[serde(default)]
    open: bool,
    #[serde(default)]
    exactly_one: Vec<Vec<&'static str>>,
    #[serde(default)]
    at_most_one: Vec<Vec<&'static str>>,
    #[serde(default)]
    at_least_one: Vec<Vec<&'static str>>,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Member {
    #[serde(default)]
    required: bool,
    #[serde(flatten)]
    kind: Kind,
}

/// The values that a member takes. All scalars are texts in this language, numbers and booleans
/// included.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[serde(bound(deserialize = "'de: 'static"))]
enum Kind {
    /// Static text.
    Text,
    /// Static text or one reference as the whole value.
    One,
    /// Text with references anywhere.
    Any,
    /// One reference.
    Reference,
    Number {
        min: Option<i64>,
        max: Option<i64>,
        #[serde(default)]
        dynamic: bool,
    },
    Boolean {
        #[serde(default)]
        dynamic: bool,
    },
    Choice {
        choices: Vec<&'static str>,
        #[serde(default)]
        dynamic: bool,
    },
    Object(Shape),
    /// An object whose names are the author's.
    Map {
        of: Box<Member>,
    },
    List {
        of: Box<Member>,
        min: Option<usize>,
        max: Option<usize>,
    },
    /// Any JSON, empty texts included.
    Json,
}

/// The row of a type; `None` for a type that is executed or not known.
///
/// # Errors
///
/// When the table that was compiled in cannot be read, which a test rules out.
pub(crate) fn find(kind: &str) -> Result<Option<&'static BlockType>, &'static serde_json::Error> {
    Ok(TABLE.as_ref()?.get(kind))
}

impl BlockType {
    pub(crate) fn allowed(&self, flow: FlowKind) -> bool {
        self.flows
            .as_ref()
            .is_none_or(|flows| flows.contains(&flow))
    }

    /// The rules for the transitions.
    pub(crate) fn rules(&'static self, parameters: &Map<String, Value>) -> Rules {
        if self.terminal {
            return Rules::TERMINAL;
        }
        let conditions = match self.conditions.operators.as_slice() {
            [] => ConditionRule::None,
            operators => ConditionRule::Listed {
                operators,
                required: &self.conditions.required,
                optional: self.conditions.optional.as_deref(),
                least: self.min_conditions,
            },
        };
        let mut rules =
            Rules::errors(&self.errors.required, &self.errors.optional).with(conditions);
        for branch in &self.errors_when {
            if parameters.contains_key(branch.parameter) {
                rules = rules.also_required(branch.error);
            }
        }
        match self.next_optional {
            true => rules.next_optional(),
            false => rules,
        }
    }

    pub(crate) fn block(&'static self, parameters: &Map<String, Value>) -> Block {
        let of_parameter = self
            .absent_when
            .iter()
            .find(|branch| parameters.contains_key(branch.parameter))
            .map(|branch| &branch.absent);
        match of_parameter.or(self.absent.as_ref()) {
            Some(absent) => Block::Outside {
                prompt: prompt(parameters),
                parameters: parameters
                    .iter()
                    .map(|(name, value)| (name.clone(), JsonTemplate::new(value)))
                    .collect(),
                absent,
            },
            None => Block::Unsupported,
        }
    }

    /// Reports whether the driver provides the type's effect.
    pub(crate) fn is_outside(&self) -> bool {
        self.absent.is_some()
    }

    /// Checks that the type has this branch.
    pub(crate) fn check_branch(
        &self,
        kind: &str,
        branch: &ProvidedBranch,
    ) -> Result<(), UnknownBranch> {
        match branch {
            ProvidedBranch::Done => Ok(()),
            ProvidedBranch::Result(given) => self.check_result(kind, given),
            ProvidedBranch::Failed(given) => {
                let of_parameters = self.errors_when.iter().map(|branch| &branch.error);
                let Errors { required, optional } = &self.errors;
                let known: Vec<&str> = required
                    .iter()
                    .chain(optional)
                    .chain(of_parameters)
                    .copied()
                    .collect();
                match known.contains(&given.as_str()) {
                    true => Ok(()),
                    false => Err(UnknownBranch::Error {
                        kind: kind.to_owned(),
                        known: known.join(", "),
                        given: given.clone(),
                    }),
                }
            }
        }
    }

    fn check_result(&self, kind: &str, given: &str) -> Result<(), UnknownBranch> {
        let Conditions {
            operators,
            required,
            optional,
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

    /// Reports what the service would refuse of the parameters.
    pub(crate) fn check(&self, parameters: &Map<String, Value>, path: &str, problems: &Problems) {
        self.parameters.check(parameters, path, problems);
    }
}

/// Returns the prompt among these parameters.
fn prompt(parameters: &Map<String, Value>) -> Option<PromptTemplate> {
    let text = |value: Option<&Value>| value?.as_str().map(Template::parse);
    let of = |name: &str| text(parameters.get(name));
    of("Text")
        .map(PromptTemplate::Text)
        .or_else(|| of("SSML").map(PromptTemplate::Ssml))
        .or_else(|| of("PromptId").map(PromptTemplate::Recording))
        .or_else(|| text(parameters.get("Media")?.get("Uri")).map(PromptTemplate::Media))
}

impl Shape {
    /// Unknown names are reported before missing ones, as the service was seen to do.
    fn check(&self, map: &Map<String, Value>, path: &str, problems: &Problems) {
        if !self.open {
            for name in map.keys() {
                if !self.members.contains_key(name.as_str()) {
                    problems.report(format!("Invalid Action property name. Path: {path}.{name}"));
                }
            }
        }
        let missing = |name: &str| {
            problems.report(format!(
                "Action is missing required property. Path: {path}.{name}"
            ));
        };
        for (name, member) in &self.members {
            if member.required && !map.contains_key(*name) {
                missing(name);
            }
        }
        let given = |names: &[&str]| names.iter().filter(|name| map.contains_key(**name)).count();
        for names in &self.exactly_one {
            if let (0, [first, ..]) = (given(names), names.as_slice()) {
                missing(first);
            }
        }
        for names in &self.at_least_one {
            if given(names) == 0 {
                problems.report(format!(
                    "At least one of [{}] must be set",
                    names.join(", ")
                ));
            }
        }
        for names in self.exactly_one.iter().chain(&self.at_most_one) {
            if given(names) > 1 {
                let given: Vec<_> = names
                    .iter()
                    .filter(|name| map.contains_key(**name))
                    .copied()
                    .collect();
                problems.report(format!(
                    "Only one of these properties may be defined. Properties: [{}]",
                    given.join(", ")
                ));
            }
        }
        for (name, value) in map {
            let path = format!("{path}.{name}");
            match self.members.get(name.as_str()) {
                Some(member) => member.kind.check(value, &path, problems),
                None => Kind::Json.check(value, &path, problems),
            }
        }
    }
}

impl Kind {
    fn check(&self, value: &Value, path: &str, problems: &Problems) {
        let valid = match (self, value) {
            (Self::Json, _) => true,
            (Self::Object(shape), Value::Object(map)) => {
                shape.check(map, path, problems);
                true
            }
            (Self::Map { of }, Value::Object(map)) => {
                for (name, value) in map {
                    of.kind.check(value, &format!("{path}.{name}"), problems);
                }
                true
            }
            (Self::List { of, min, max }, Value::Array(list)) => {
                for (at, value) in list.iter().enumerate() {
                    of.kind.check(value, &format!("{path}[{at}]"), problems);
                }
                min.is_none_or(|min| list.len() >= min) && max.is_none_or(|max| list.len() <= max)
            }
            (Self::Number { .. }, Value::Number(number)) => self.takes(&number.to_string()),
            (Self::Boolean { .. }, Value::Bool(_)) => true,
            (Self::Object(_) | Self::Map { .. } | Self::List { .. }, _) => false,
            // An empty text is refused wherever it stands.
            (_, Value::String(text)) => !text.is_empty() && self.takes(text),
            _ => false,
        };
        if !valid {
            problems.report(format!("Invalid Action property value. Path: {path}"));
        }
    }

    /// Whether a scalar takes this text.
    fn takes(&self, text: &str) -> bool {
        let is_reference = || Reference::whole(text).is_some();
        match self {
            Self::Text => Template::parse(text).is_static(),
            Self::One => {
                let template = Template::parse(text);
                is_reference() || template.is_static() && !looks_like_reference(&template)
            }
            Self::Any => true,
            Self::Reference => is_reference(),
            Self::Number { min, max, dynamic } => match text.parse::<i64>() {
                Ok(number) => {
                    !text.starts_with('+')
                        && min.is_none_or(|min| number >= min)
                        && max.is_none_or(|max| number <= max)
                }
                Err(_) => *dynamic && is_reference(),
            },
            Self::Boolean { dynamic } => {
                matches!(text, "True" | "true" | "False" | "false") || *dynamic && is_reference()
            }
            Self::Choice { choices, dynamic } => {
                choices.contains(&text) || *dynamic && is_reference()
            }
            Self::Object(_) | Self::Map { .. } | Self::List { .. } | Self::Json => false,
        }
    }
}
