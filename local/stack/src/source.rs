//! The files of one directory, parsed.

use std::cell::Cell;
use std::collections::BTreeMap;

use hcl_edit::expr::Expression;
use hcl_edit::parser::parse_body;
use hcl_edit::structure::{Block, Body};
use hcl_edit::{Ident, Span};

use crate::value::Node;

/// The limit of names that are followed for one value. Real stacks stay below a tenth of it.
const MOST_STEPS: usize = 20_000;

/// A file that is not HCL.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{file}:{line}:{column}: the file must be HCL: {message}")]
pub struct ParseError {
    file: String,
    line: usize,
    column: usize,
    message: String,
}

/// A parsed file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) body: Body,
}

/// The `*.tf` files of one directory, which Terraform reads as one.
#[derive(Debug)]
pub struct Stack {
    pub(crate) files: Vec<File>,
}

/// A `module` block.
#[derive(Debug, Clone, Copy)]
pub struct ModuleCall<'a> {
    pub name: &'a str,
    /// The `source`, if it is a plain string.
    pub source: Option<&'a str>,
    pub(crate) file: usize,
    pub(crate) block: &'a Block,
}

impl Stack {
    /// Parses files, each given by its name, as findings will show it, and its text.
    ///
    /// # Errors
    /// [`ParseError`] at the first file that is not HCL.
    pub fn parse(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, ParseError> {
        let parsed = files.into_iter().map(|(name, text)| {
            let body = parse_body(&text).map_err(|error| ParseError {
                file: name.clone(),
                line: error.location().line(),
                column: error.location().column(),
                message: error.message().to_owned(),
            })?;
            Ok(File { name, text, body })
        });
        Ok(Self {
            files: parsed.collect::<Result<_, _>>()?,
        })
    }

    /// Returns the `module` blocks, in the order of the files.
    pub fn modules(&self) -> impl Iterator<Item = ModuleCall<'_>> {
        self.blocks("module").filter_map(|(file, block)| {
            Some(ModuleCall {
                name: block.labels.first()?.as_str(),
                source: attribute(&block.body, "source").and_then(Expression::as_str),
                file,
                block,
            })
        })
    }

    /// Returns the place where the stack keeps its state, if that is not the machine's disk: the type of a
    /// `backend` block other than `local`, or `cloud` (Terraform's documentation, "Backend block
    /// configuration overview" and "HCP Terraform settings").
    pub fn remote_state(&self) -> Option<&str> {
        let settings = self
            .blocks("terraform")
            .flat_map(|(_, block)| block.body.blocks());
        settings
            .filter_map(|block| match block.ident.as_str() {
                "cloud" => Some("cloud"),
                "backend" => block.labels.first().map(|label| label.as_str()),
                _ => None,
            })
            .find(|kind| *kind != "local")
    }

    /// Returns the blocks of one kind, each with the index of its file.
    pub(crate) fn blocks<'a>(
        &'a self,
        kind: &'a str,
    ) -> impl Iterator<Item = (usize, &'a Block)> + 'a {
        let files = self.files.iter().enumerate();
        files.flat_map(move |(index, file)| {
            let blocks = file.body.blocks();
            blocks
                .filter(move |block| block.has_ident(kind))
                .map(move |block| (index, block))
        })
    }

    /// Returns the values of `local.` and `var.` names, as far as the files contain them: a local's
    /// expression, a variable's default.
    pub(crate) fn named(&self) -> Named<'_> {
        let mut named = Named::default();
        for (file, block) in self.blocks("locals") {
            for local in block.body.attributes() {
                let node = Node::new(file, &local.value);
                named.locals.insert(local.key.as_str(), node);
            }
        }
        for (file, block) in self.blocks("variable") {
            let name = block.labels.first().map(|label| label.as_str());
            if let (Some(name), Some(default)) = (name, attribute(&block.body, "default")) {
                named.variables.insert(name, Node::new(file, default));
            }
        }
        named
    }

    /// Returns line and column of a byte, from 1; columns count characters.
    pub(crate) fn place(&self, file: usize, offset: usize) -> (usize, usize) {
        let before = self.files[file].text.get(..offset).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }
}

/// The values of the stack's own names.
#[derive(Debug, Default)]
pub(crate) struct Named<'a> {
    pub(crate) locals: BTreeMap<&'a str, Node<'a>>,
    pub(crate) variables: BTreeMap<&'a str, Node<'a>>,
    steps: Cell<usize>,
}

impl Named<'_> {
    /// Resets the count of followed names, for the next value.
    pub(crate) fn begin(&self) {
        self.steps.set(0);
    }

    /// Counts a followed name. Returns false if there were so many that they must be circular.
    pub(crate) fn may_go_on(&self) -> bool {
        self.steps.set(self.steps.get() + 1);
        self.steps.get() < MOST_STEPS
    }
}

pub(crate) fn attribute<'a>(body: &'a Body, name: &str) -> Option<&'a Expression> {
    body.get_attribute(name).map(|attribute| &attribute.value)
}

/// Returns the offset where a parsed identifier or expression begins.
pub(crate) fn start(of: &impl Span) -> usize {
    of.span().map_or(0, |span| span.start)
}

/// Returns a key of an object if it is a literal: `name`, `"name"` or `("name")`.
pub(crate) fn literal_key(key: &hcl_edit::expr::ObjectKey) -> Option<&str> {
    match key {
        hcl_edit::expr::ObjectKey::Ident(name) => Some(Ident::as_str(name.value())),
        hcl_edit::expr::ObjectKey::Expression(expression) => unwrapped(expression).as_str(),
    }
}

/// Removes the parentheses around an expression.
pub(crate) fn unwrapped(mut expression: &Expression) -> &Expression {
    while let Expression::Parenthesis(inner) = expression {
        expression = inner.inner();
    }
    expression
}
