//! The inputs of a module, read from its own files.

use std::collections::BTreeMap;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, FuncCall};
use hcl_edit::structure::Block;

use crate::source::{Stack, attribute, literal_key, unwrapped};

/// The inputs of a module.
#[derive(Debug, Clone)]
pub struct Interface {
    pub(crate) inputs: BTreeMap<String, Type>,
}

/// A type constraint, reduced to the names of fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    /// A value without fields, or one whose fields are not known.
    Plain,
    /// `map(…)`: any key, with values of this type.
    Map(Box<Type>),
    /// `list(…)` or `set(…)`.
    List(Box<Type>),
    /// `object({…})`: exactly these fields.
    Object(BTreeMap<String, Type>),
}

impl Interface {
    /// Reads the inputs from the `variable` blocks of a module's files.
    #[must_use]
    pub fn of(module: &Stack) -> Self {
        let inputs = module.blocks("variable").filter_map(|(file, block)| {
            let name = block.labels.first()?.as_str().to_owned();
            let constraint = attribute(&block.body, "type");
            let of = constraint.map_or(Type::Plain, Type::of);
            let keys = described(block, &module.files[file].text);
            Some((name, of.with_keys(&keys)))
        });
        Self {
            inputs: inputs.collect(),
        }
    }

    /// Returns the paths of all objects that have a field of this name; the empty path is the
    /// module itself.
    pub(crate) fn places_of(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        if self.inputs.contains_key(name) {
            found.push(String::new());
        }
        for (input, of) in &self.inputs {
            of.places_of(name, input, &mut found);
        }
        found
    }
}

impl Type {
    fn of(constraint: &Expression) -> Self {
        match unwrapped(constraint) {
            Expression::FuncCall(call) => Self::of_call(call),
            _ => Self::Plain,
        }
    }

    fn of_call(call: &FuncCall) -> Self {
        let first = call.args.iter().next();
        match (call.name.name.as_str(), first) {
            ("optional", Some(of)) => Self::of(of),
            ("map", Some(of)) => Self::Map(Box::new(Self::of(of))),
            ("list" | "set", Some(of)) => Self::List(Box::new(Self::of(of))),
            ("object", Some(Expression::Object(fields))) => {
                let fields = fields.iter().filter_map(|(key, value)| {
                    Some((literal_key(key)?.to_owned(), Self::of(value.expr())))
                });
                Self::Object(fields.collect())
            }
            _ => Self::Plain,
        }
    }

    /// Restricts a map of maps to the keys that its description lists: a validation refuses all
    /// others.
    fn with_keys(self, keys: &[&str]) -> Self {
        match self {
            Self::Map(of) if matches!(*of, Self::Map(_)) && !keys.is_empty() => {
                let keys = keys.iter().map(|key| ((*key).to_owned(), Self::Plain));
                Self::Map(Box::new(Self::Object(keys.collect())))
            }
            other => other,
        }
    }

    fn places_of(&self, name: &str, path: &str, found: &mut Vec<String>) {
        match self {
            Self::Plain => {}
            Self::Map(of) => of.places_of(name, &format!("{path}.<key>"), found),
            Self::List(of) => of.places_of(name, &format!("{path}[…]"), found),
            Self::Object(fields) => {
                if fields.contains_key(name) {
                    found.push(path.to_owned());
                }
                for (field, of) in fields {
                    of.places_of(name, &format!("{path}.{field}"), found);
                }
            }
        }
    }
}

/// Returns the names that a variable's description lists, one per line: ``- `name` - …``.
fn described<'a>(variable: &Block, text: &'a str) -> Vec<&'a str> {
    let span = attribute(&variable.body, "description").and_then(Span::span);
    let description = span.and_then(|span| text.get(span)).unwrap_or_default();
    description
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("- `")?.split_once('`'))
        .map(|(name, _)| name)
        .collect()
}
