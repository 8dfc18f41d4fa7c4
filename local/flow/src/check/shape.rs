//! The shapes of parameters: which members an object has, and which values each of them accepts.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::ProblemKind;
use crate::check::problems::Problems;
use crate::reference::{Reference, Template, looks_like_reference};

/// Shapes that several types share, by name.
static SHARED: LazyLock<serde_json::Result<HashMap<&'static str, Shape>>> =
    LazyLock::new(|| serde_json::from_str(include_str!("shapes.json")));

/// The members of an object.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Shape {
    #[serde(alias = "parameters", default)]
    members: BTreeMap<&'static str, Member>,
    /// The shared shape whose members and rules the object has as well.
    with: Option<&'static str>,
    /// Whether other members are accepted.
    #[serde(default)]
    open: bool,
    /// The least number of members.
    min: Option<usize>,
    /// The highest number of members.
    max: Option<usize>,
    #[serde(default)]
    exactly_one: Vec<Vec<&'static str>>,
    #[serde(default)]
    at_most_one: Vec<Vec<&'static str>>,
    #[serde(default)]
    at_least_one: Vec<Vec<&'static str>>,
    /// The number of names that the service lists of `at_least_one`; absent if it lists all.
    shown: Option<usize>,
    /// Members of which either all or none are given.
    #[serde(default)]
    together: Vec<Vec<&'static str>>,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Member {
    #[serde(default)]
    required: bool,
    #[serde(flatten)]
    kind: Kind,
}

/// The values that a member accepts. Scalars are texts in this language, numbers and booleans
/// included.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Kind {
    /// Static text.
    Text,
    /// Static text, or one reference as the whole value.
    One,
    /// Like [`Kind::One`], but not the id of a resource alone. An empty text counts as missing.
    Arn,
    /// Text with references anywhere.
    Any {
        /// The characters of a static text.
        symbols: Option<&'static str>,
        /// The highest number of characters of a static text.
        max_length: Option<usize>,
    },
    /// One reference.
    Reference,
    /// A whole number.
    Number {
        min: Option<i64>,
        max: Option<i64>,
        /// Whether one reference is accepted as well.
        #[serde(default)]
        dynamic: bool,
        /// Whether a JSON number is accepted as well.
        #[serde(default = "accepted")]
        json: bool,
        /// The parameter's name in the older flow language. With it, a number out of bounds is
        /// reported by the service's second validator, which uses that name.
        old_name: Option<&'static str>,
    },
    Boolean {
        #[serde(default)]
        dynamic: bool,
        #[serde(default = "accepted")]
        json: bool,
    },
    Choice {
        choices: Vec<&'static str>,
        #[serde(default)]
        dynamic: bool,
    },
    Object {
        /// Whether one reference is accepted as well.
        #[serde(default)]
        dynamic: bool,
        #[serde(flatten)]
        shape: Shape,
    },
    /// An object whose names the author chooses.
    Map {
        of: Box<Member>,
        min: Option<usize>,
        max: Option<usize>,
        /// The service's message for more than `max` members.
        too_many: Option<&'static str>,
        /// The service's message for empty texts as values.
        empty_text: Option<&'static str>,
        /// The beginning that no name may have, in lower case.
        forbidden_prefix: Option<&'static str>,
    },
    List {
        of: Box<Member>,
        min: Option<usize>,
        max: Option<usize>,
        /// Whether one reference is accepted as well.
        #[serde(default)]
        dynamic: bool,
    },
    /// Any JSON.
    Json {
        /// Whether empty texts are accepted in it.
        #[serde(default = "accepted")]
        empty_texts: bool,
    },
}

fn accepted() -> bool {
    true
}

impl Shape {
    /// Reports what the service refuses of an object. Unknown names are reported before missing
    /// ones, as was recorded.
    pub(crate) fn check(&self, map: &Map<String, Value>, path: &str, problems: &Problems) {
        let shapes = match self.shapes() {
            Ok(shapes) => shapes,
            Err(error) => {
                problems.report(ProblemKind::Content, path, error);
                return;
            }
        };
        let member = |name: &str| shapes.iter().find_map(|shape| shape.members.get(name));
        if !self.open {
            for name in map.keys().filter(|name| member(name).is_none()) {
                problems.invalid_name(&format!("{path}.{name}"));
            }
        }
        for shape in &shapes {
            shape.check_presence(map, path, problems);
        }
        for (name, value) in map {
            let path = format!("{path}.{name}");
            match member(name) {
                Some(member) => member.kind.check(value, &path, problems),
                None => check_texts(value, &path, problems),
            }
        }
        let count = map.len();
        if self.min.is_some_and(|min| count < min) || self.max.is_some_and(|max| count > max) {
            problems.invalid_value(path);
        }
    }

    /// Returns the shape with the shared one.
    fn shapes(&self) -> Result<Vec<&Self>, String> {
        let mut shapes = vec![self];
        if let Some(name) = self.with {
            let shared = SHARED
                .as_ref()
                .map_err(|error| format!("The shared shapes cannot be read: {error}"))?;
            let shape = shared
                .get(name)
                .ok_or_else(|| format!("The shared shape {name} does not exist"))?;
            shapes.push(shape);
        }
        Ok(shapes)
    }

    fn check_presence(&self, map: &Map<String, Value>, path: &str, problems: &Problems) {
        for (name, member) in &self.members {
            if member.required && !map.contains_key(*name) {
                problems.missing(&format!("{path}.{name}"));
            }
        }
        let given = |names: &[&'static str]| -> Vec<&'static str> {
            let there = names.iter().filter(|name| map.contains_key(**name));
            there.copied().collect()
        };
        for names in &self.exactly_one {
            if let (true, [first, ..]) = (given(names).is_empty(), names.as_slice()) {
                problems.missing(&format!("{path}.{first}"));
            }
        }
        for names in &self.at_least_one {
            if given(names).is_empty() {
                let shown = self.shown.unwrap_or(names.len()).min(names.len());
                problems.report(
                    ProblemKind::MissingProperty,
                    path,
                    format!(
                        "At least one of [{}] must be set",
                        names[..shown].join(", ")
                    ),
                );
            }
        }
        for names in self.exactly_one.iter().chain(&self.at_most_one) {
            let given = given(names);
            if given.len() > 1 {
                problems.report(
                    ProblemKind::ExclusiveProperties,
                    path,
                    format!(
                        "Only one of these properties may be defined. Properties: [{}]",
                        given.join(", ")
                    ),
                );
            }
        }
        for names in &self.together {
            if !given(names).is_empty() {
                for name in names.iter().filter(|name| !map.contains_key(**name)) {
                    problems.missing(&format!("{path}.{name}"));
                }
            }
        }
    }
}

impl Kind {
    fn check(&self, value: &Value, path: &str, problems: &Problems) {
        let valid = match (self, value) {
            (Self::Json { empty_texts }, value) => {
                if !empty_texts {
                    check_texts(value, path, problems);
                }
                true
            }
            (Self::Object { shape, .. }, Value::Object(map)) => {
                shape.check(map, path, problems);
                true
            }
            (Self::Map { .. }, Value::Object(map)) => return self.check_map(map, path, problems),
            (Self::List { of, min, max, .. }, Value::Array(list)) => {
                for (at, value) in list.iter().enumerate() {
                    of.kind.check(value, &format!("{path}[{at}]"), problems);
                }
                min.is_none_or(|min| list.len() >= min) && max.is_none_or(|max| list.len() <= max)
            }
            (Self::Number { json: true, .. }, Value::Number(number)) => {
                self.accepts(&number.to_string())
            }
            (Self::Boolean { json: true, .. }, Value::Bool(_)) => true,
            (Self::Arn, Value::String(text)) if text.is_empty() => {
                return problems.missing(path);
            }
            (
                Self::Number {
                    old_name: Some(old_name),
                    ..
                },
                Value::String(text),
            ) if !self.accepts(text) && text.parse::<u64>().is_ok() => {
                let shown = format!("{}.{old_name}", position(path));
                return problems.invalid_value_as(path, &shown);
            }
            // An empty text is refused wherever it stands.
            (kind, Value::String(text)) => !text.is_empty() && kind.accepts(text),
            _ => false,
        };
        if !valid {
            problems.invalid_value(path);
        }
    }

    fn check_map(&self, map: &Map<String, Value>, path: &str, problems: &Problems) {
        let Self::Map {
            of,
            min,
            max,
            too_many,
            empty_text,
            forbidden_prefix,
        } = self
        else {
            return;
        };
        let mut empty = false;
        for (name, value) in map {
            let path = format!("{path}.{name}");
            if forbidden_prefix.is_some_and(|prefix| name.to_ascii_lowercase().starts_with(prefix))
            {
                problems.invalid_value(&path);
            }
            match (value, empty_text) {
                (Value::String(text), Some(_)) if text.is_empty() => empty = true,
                _ => of.kind.check(value, &path, problems),
            }
        }
        if let Some(message) = empty_text.filter(|_| empty) {
            problems.report(ProblemKind::PropertyValue, path, message);
        }
        if min.is_some_and(|min| map.len() < min) {
            problems.invalid_value(path);
        }
        if max.is_some_and(|max| map.len() > max) {
            match too_many {
                Some(message) => problems.report(ProblemKind::PropertyValue, path, *message),
                None => problems.invalid_value(path),
            }
        }
    }

    /// Reports whether a scalar accepts this text.
    fn accepts(&self, text: &str) -> bool {
        let is_reference = || Reference::whole(text).is_some();
        match self {
            Self::Text => Template::parse(text).is_static(),
            Self::One => is_reference() || is_plain(text),
            Self::Arn => is_reference() || is_plain(text) && !is_bare_id(text),
            Self::Any {
                symbols,
                max_length,
            } => {
                !Template::parse(text).is_static()
                    || symbols.is_none_or(|symbols| text.chars().all(|c| symbols.contains(c)))
                        && max_length.is_none_or(|max| text.chars().count() <= max)
            }
            Self::Reference => is_reference(),
            Self::Number {
                min, max, dynamic, ..
            } => match text.parse::<i64>() {
                Ok(number) => {
                    !text.starts_with('+')
                        && min.is_none_or(|min| number >= min)
                        && max.is_none_or(|max| number <= max)
                }
                Err(_) => *dynamic && is_reference(),
            },
            Self::Boolean { dynamic, .. } => {
                matches!(text, "True" | "true" | "False" | "false") || *dynamic && is_reference()
            }
            Self::Choice { choices, dynamic } => {
                choices.contains(&text) || *dynamic && is_reference()
            }
            Self::Object { dynamic, .. } | Self::List { dynamic, .. } => *dynamic && is_reference(),
            Self::Map { .. } | Self::Json { .. } => false,
        }
    }
}

/// Reports whether a text is static, and does not look like a reference either.
fn is_plain(text: &str) -> bool {
    let template = Template::parse(text);
    template.is_static() && !looks_like_reference(&template)
}

/// Reports whether a text is a UUID, the id of a resource.
fn is_bare_id(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// Reports empty texts at any depth.
fn check_texts(value: &Value, path: &str, problems: &Problems) {
    match value {
        Value::String(text) if text.is_empty() => problems.invalid_value(path),
        Value::Object(map) => {
            for (name, value) in map {
                check_texts(value, &format!("{path}.{name}"), problems);
            }
        }
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                check_texts(value, &format!("{path}[{at}]"), problems);
            }
        }
        _ => {}
    }
}

/// Returns the position of the action in a path such as `Actions[3].Parameters`.
fn position(path: &str) -> &str {
    let path = path.strip_prefix("Actions[").unwrap_or_default();
    path.split(']').next().unwrap_or_default()
}
