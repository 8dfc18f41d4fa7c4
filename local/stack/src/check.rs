//! Compares a `module` block with what the module takes.

use std::collections::BTreeSet;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};

use crate::advice;
use crate::interface::{Interface, Type};
use crate::nearest::nearest;
use crate::source::{ModuleCall, Named, Stack, literal_key, start};
use crate::value::Node;

/// Arguments of a `module` block that are Terraform's own.
const META_ARGUMENTS: [&str; 6] = [
    "count",
    "depends_on",
    "for_each",
    "providers",
    "source",
    "version",
];

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A setting that is not set, though it is written.
    Error,
    /// It works, and is seldom meant.
    Warning,
}

/// Something about a stack that its author should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, as it was named when it was parsed.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// How bad it is.
    pub severity: Severity,
    /// Label of the `module` block.
    pub module: String,
    /// The field, such as `guessing.wrong_pin_per_hour`.
    pub field: String,
    /// One sentence: what is, and what to write.
    pub message: String,
    /// The nearest right names, where a name is wrong.
    pub suggestions: Vec<String>,
}

impl Stack {
    /// Compares a `module` block of this stack with what its module takes; findings are in the order
    /// of the files, each once.
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

/// A check at work.
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

    /// An argument's value; `each` in it stands for the elements of `for_each`.
    pub(crate) fn argument(&self, call: &ModuleCall<'a>, value: &'a Expression) -> Node<'a> {
        let node = Node::new(call.file, value);
        match call.block.body.get_attribute("for_each") {
            Some(each) => node.over("each", Node::new(call.file, &each.value)),
            None => node,
        }
    }

    /// Goes through everything that a value may be.
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

    /// A name that is not there; `path` leads to what it should be in, and is empty for the module.
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
            // The plan of these says so itself.
            _ if path.contains('.')
                && matches!(self.interface.inputs.get(input), Some(Type::Map(_))) =>
            {
                format!("{path} has no key \"{name}\"")
            }
            _ => format!("{path} has no field \"{name}\", and Terraform drops it without a word"),
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

    /// Writes down what works and is seldom meant.
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
