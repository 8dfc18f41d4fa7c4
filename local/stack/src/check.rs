//! Compares a `module` block with the inputs of its module.

use std::collections::BTreeSet;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};

use crate::advice;
use crate::interface::{Interface, Type};
use crate::nearest::nearest;
use crate::source::{ModuleCall, Named, Stack, literal_key, start};
use crate::value::Node;

/// Terraform's own arguments of a `module` block.
const META_ARGUMENTS: [&str; 6] = [
    "count",
    "depends_on",
    "for_each",
    "providers",
    "source",
    "version",
];

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The setting has no effect.
    Error,
    /// The setting works, but is rarely intended.
    Warning,
}

/// A mistake, or a likely mistake, in a stack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, under the name that was given to the parser.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted in characters, from 1.
    pub column: usize,
    pub severity: Severity,
    /// Label of the `module` block.
    pub module: String,
    /// The field, such as `guessing.wrong_pin_per_hour`.
    pub field: String,
    /// One sentence: the mistake and the correction.
    pub message: String,
    /// The nearest correct names, if a name is wrong.
    pub suggestions: Vec<String>,
}

impl Stack {
    /// Compares a `module` block of this stack with the inputs of its module. Findings are in the
    /// order of the files, without duplicates.
    #[must_use]
    pub fn check(&self, call: &ModuleCall<'_>, interface: &Interface) -> Vec<Finding> {
        let named = self.named();
        let mut check = Check {
            stack: self,
            named: &named,
            interface,
            module: call.name,
            findings: BTreeSet::new(),
        };
        check.arguments(call);
        advice::give(&mut check, call);
        check.findings.into_iter().collect()
    }
}

/// A check in progress.
pub(crate) struct Check<'s, 'a> {
    stack: &'a Stack,
    pub(crate) named: &'s Named<'a>,
    interface: &'s Interface,
    module: &'a str,
    findings: BTreeSet<Finding>,
}

impl<'a> Check<'_, 'a> {
    fn arguments(&mut self, call: &ModuleCall<'a>) {
        let interface = self.interface;
        for argument in call.block.body.attributes() {
            let name = argument.key.as_str();
            if META_ARGUMENTS.contains(&name) {
                continue;
            }
            match interface.inputs.get(name) {
                Some(of) => self.fields(&self.argument(call, &argument.value), of, name),
                None => {
                    let known = interface.inputs.keys().map(String::as_str);
                    self.unknown((call.file, start(&argument.key)), "", name, known);
                }
            }
        }
    }

    /// Returns an argument's value, in which `each` refers to the elements of `for_each`.
    pub(crate) fn argument(&self, call: &ModuleCall<'a>, value: &'a Expression) -> Node<'a> {
        let node = Node::new(call.file, value);
        match call.block.body.get_attribute("for_each") {
            Some(each) => node.over("each", Node::new(call.file, &each.value)),
            None => node,
        }
    }

    /// Checks all values that an expression may have.
    fn fields(&mut self, node: &Node<'a>, of: &Type, path: &str) {
        match of {
            Type::Plain => {}
            Type::List(of) => {
                for element in node.elements(self.named) {
                    self.fields(&element, of, path);
                }
            }
            Type::Map(of) => {
                for value in node.values(self.named) {
                    let Expression::Object(object) = value.expr else {
                        for element in value.elements(self.named) {
                            self.fields(&element, of, &format!("{path}.<key>"));
                        }
                        continue;
                    };
                    for (key, element) in object {
                        let key = literal_key(key).unwrap_or("<key>");
                        self.fields(&value.at(element.expr()), of, &format!("{path}.{key}"));
                    }
                }
            }
            Type::Object(fields) => {
                for value in node.values(self.named) {
                    let Expression::Object(object) = value.expr else {
                        continue;
                    };
                    for (key, inner) in object {
                        let Some(name) = literal_key(key) else {
                            continue;
                        };
                        match fields.get(name) {
                            Some(of) => {
                                let path = format!("{path}.{name}");
                                self.fields(&value.at(inner.expr()), of, &path);
                            }
                            None => {
                                let known = fields.keys().map(String::as_str);
                                self.unknown((value.file, key_start(key)), path, name, known);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Reports an unknown name; `path` is the object that it is in, and empty for the module.
    fn unknown<'k>(
        &mut self,
        place: (usize, usize),
        path: &str,
        name: &str,
        known: impl Iterator<Item = &'k str> + Clone,
    ) {
        let elsewhere = self.interface.places_of(name);
        let suggestions = nearest(name, known.clone());
        let close = suggestions
            .iter()
            .any(|near| strsim::damerau_levenshtein(near, name) * 2 <= name.len());
        let input = path.split('.').next().unwrap_or_default();
        let problem = match path {
            "" => format!("the module has no input \"{name}\""),
            // For these, the plan itself reports the mistake.
            _ if path.contains('.')
                && matches!(self.interface.inputs.get(input), Some(Type::Map(_))) =>
            {
                format!("{path} has no key \"{name}\"")
            }
            _ => format!("{path} has no field \"{name}\", and Terraform silently drops it"),
        };
        let cure = match &*elsewhere {
            [first, ..] if !close => match &**first {
                "" => format!("\"{name}\" is an input of the module itself"),
                object => format!("\"{name}\" is a field of {object}"),
            },
            _ => format!("write {}", alternatives(&suggestions)),
        };
        let all = match close || !elsewhere.is_empty() {
            true => String::new(),
            false => format!(" (there are {})", known.collect::<Vec<_>>().join(", ")),
        };
        let field = match path {
            "" => name.to_owned(),
            _ => format!("{path}.{name}"),
        };
        let message = format!("{problem}: {cure}{all}");
        let suggestions = suggestions.into_iter().map(str::to_owned).collect();
        self.find(Severity::Error, place, field, message, suggestions);
    }

    /// Reports a setting that works but is rarely intended.
    pub(crate) fn warn(&mut self, place: (usize, usize), field: &str, message: String) {
        self.find(
            Severity::Warning,
            place,
            field.to_owned(),
            message,
            Vec::new(),
        );
    }

    fn find(
        &mut self,
        severity: Severity,
        (file, offset): (usize, usize),
        field: String,
        message: String,
        suggestions: Vec<String>,
    ) {
        let (line, column) = self.stack.place(file, offset);
        self.findings.insert(Finding {
            file: self.stack.files[file].name.clone(),
            line,
            column,
            severity,
            module: self.module.to_owned(),
            field,
            message,
            suggestions,
        });
    }
}

fn key_start(key: &ObjectKey) -> usize {
    match key {
        ObjectKey::Ident(name) => start(name),
        ObjectKey::Expression(expression) => expression.span().map_or(0, |span| span.start),
    }
}

/// `"a"`, `"a" or "b"`.
fn alternatives(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(" or ")
}
