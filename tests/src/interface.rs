//! The inputs and outputs of a Terraform module, read from its files, and the reference generated from
//! them.
//!
//! The files are parsed rather than searched, so that a document cannot match them by accident.

use std::fs;
use std::path::Path;

use hcl::eval::{Context, Evaluate};
use hcl::expr::{Expression, FuncCall, ObjectKey};
use hcl::{Block, Body, Value};

use crate::Failure;

/// The inputs and outputs of one module, each in alphabetical order, required inputs first.
#[derive(Debug, Default)]
pub struct Interface {
    pub inputs: Vec<Input>,
    pub outputs: Vec<Output>,
}

/// A variable of a module.
#[derive(Debug)]
pub struct Input {
    pub name: String,
    /// The description; empty if the block has none.
    pub description: String,
    pub value_type: Type,
    /// The value if the stack sets none; `None` for a required variable.
    pub default: Option<Value>,
}

/// An output of a module.
#[derive(Debug)]
pub struct Output {
    pub name: String,
    /// The description; empty if the block has none.
    pub description: String,
}

/// A type constraint.
#[derive(Debug)]
pub enum Type {
    /// `string`, `number`, `bool` or `any`.
    Simple(String),
    /// `list(…)`, `set(…)` or `map(…)`, with the type of the elements.
    Collection(String, Box<Type>),
    /// `object({…})`.
    Object(Vec<Field>),
}

/// An attribute of an object.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub value_type: Type,
    /// The value if the stack sets none; `None` for a required attribute.
    pub default: Option<Value>,
}

/// The reference's paragraph on invalid values and unknown fields.
const REFUSED: &str = "\
Values that cannot work are refused at plan, with a message that says what the value must be. A misspelt
*field* is not refused: Terraform drops it silently. `guessing = { wrong_pin_per_hour = 100 }` plans, and
the limit stays as it was. In a checkout, `cargo run -- stack check DIRECTORY` lists such fields of your
stack with the correct names, and exits with 1 if it finds one. Misspelt keys of `texts` and `voices` are
refused at plan.
";

/// The reference's section on checks of stacks in hooks and CI.
const IN_CI: &str = "\
## Checks of your stack

As a [pre-commit](https://pre-commit.com) hook, with `connect-local` on the path (`cargo install
--path local/cli` in a checkout):

```yaml
repos:
  - repo: local
    hooks:
      - id: connect-local-stack-check
        name: fields that the module does not have
        entry: connect-local stack check
        language: system
        files: \\.tf$
        pass_filenames: false
```

For `terraform test`, the module's `mocks/aws.tfmock.hcl` has values in place of AWS's:
`mock_provider \"aws\" { source = \"…/mocks\" }`.
";

impl Interface {
    /// Reads the `*.tf` files of a module.
    ///
    /// # Errors
    /// When a file cannot be read, is not valid HCL, or has a type that [`Type`] cannot represent.
    pub fn read(module: &Path) -> Result<Self, Failure> {
        let mut interface = Self::default();
        for entry in fs::read_dir(module)? {
            let path = entry?.path();
            if path.extension().is_none_or(|extension| extension != "tf") {
                continue;
            }
            let body: Body = hcl::parse(&fs::read_to_string(&path)?)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            for block in body.blocks() {
                match block.identifier() {
                    "variable" => interface.inputs.push(Input::of(block)?),
                    "output" => interface.outputs.push(Output {
                        name: label(block)?,
                        description: description(block)?,
                    }),
                    _ => {}
                }
            }
        }
        interface
            .inputs
            .sort_by(|a, b| (a.default.is_some(), &a.name).cmp(&(b.default.is_some(), &b.name)));
        interface.outputs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(interface)
    }

    /// Returns the reference in Markdown: the inputs, field by field, and the outputs. The page names
    /// `command` as the command that writes it.
    #[must_use]
    pub fn reference(&self, command: &str) -> String {
        let mut page = format!(
            "# Reference\n\n\
             Generated from the descriptions in `variables*.tf` and `outputs.tf`; do not edit it.\n\
             `{command}` writes it again.\n\n\
             {REFUSED}\n\
             ## Inputs\n\n\
             One of `instance_alias` and `existing_instance` is needed; everything else has a default.\n\n\
             | name | type | default | description |\n|---|---|---|---|\n"
        );
        for input in &self.inputs {
            page.push_str(&format!(
                "| [`{name}`](#{name}) | {} | {} | {} |\n",
                input.value_type.name(),
                default(input.default.as_ref()),
                cell(input.summary()),
                name = input.name,
            ));
        }
        for input in &self.inputs {
            page.push_str(&format!("\n### `{}`\n\n{}", input.name, input.heading()));
            let fields = input.value_type.fields();
            let keys = input.keys();
            if fields.is_empty() && !keys.is_empty() {
                page.push_str("\n| key | description |\n|---|---|\n");
                for key in keys {
                    let words = input.line_on(key).unwrap_or_default();
                    page.push_str(&format!("| `{key}` | {} |\n", cell(words)));
                }
            }
            if !fields.is_empty() {
                page.push_str("\n| field | type | default | description |\n|---|---|---|---|\n");
                for (path, field) in fields {
                    page.push_str(&format!(
                        "| `{path}` | {} | {} | {} |\n",
                        field.value_type.name(),
                        default(field.default.as_ref()),
                        cell(&input.words_on(&path, field)),
                    ));
                }
            }
        }
        page.push_str("\n## Outputs\n\n| name | description |\n|---|---|\n");
        for output in &self.outputs {
            page.push_str(&format!(
                "| `{}` | {} |\n",
                output.name,
                cell(&output.description)
            ));
        }
        page.push('\n');
        page.push_str(IN_CI);
        page
    }
}

impl Input {
    fn of(block: &Block) -> Result<Self, Failure> {
        let name = label(block)?;
        let value_type = match attribute(block, "type") {
            Some(constraint) => {
                Type::of(constraint).map_err(|problem| format!("variable {name}: {problem}"))?
            }
            None => Type::Simple("any".into()),
        };
        Ok(Self {
            description: description(block)?,
            default: attribute(block, "default").map(evaluate).transpose()?,
            name,
            value_type,
        })
    }

    /// Returns the type, the default and the description without its list of fields.
    fn heading(&self) -> String {
        let prose: Vec<&str> = self
            .description
            .lines()
            .take_while(|line| !line.trim_start().starts_with("- `"))
            .collect();
        format!(
            "{}, default {}.\n\n{}\n",
            self.value_type.name(),
            default(self.default.as_ref()),
            prose.join("\n").trim()
        )
        .replace(", default required.", ", required.")
    }

    /// Returns the first sentence of the description, up to a colon or semicolon. A shorter beginning,
    /// such as "The tables.", is continued to the next stop.
    fn summary(&self) -> &str {
        const SHORTEST: usize = 16;
        let end = [". ", ".\n", ": ", ":\n", "; ", ";\n"]
            .iter()
            .flat_map(|stop| self.description.match_indices(stop))
            .map(|(end, _)| end)
            .filter(|end| *end >= SHORTEST)
            .min();
        let end = end.unwrap_or(self.description.len());
        self.description[..end].trim_end_matches('.')
    }

    /// Returns the text about a field in the description's list, without the default, which has a column
    /// of its own. Nested fields are often described in the line of their parent, and then have no text.
    fn words_on(&self, path: &str, field: &Field) -> String {
        let Some(words) = self.line_on(path.rsplit('.').next().unwrap_or(path)) else {
            return String::new();
        };
        let mut words = words.to_owned();
        let none = ["Default none.", "Default: none."].map(str::to_owned);
        for stated in stated_defaults(field.default.as_ref()).iter().chain(&none) {
            if let Some(rest) = words.strip_suffix(stated) {
                words = rest.trim_end().to_owned();
            }
        }
        words
    }

    /// Returns the names in the description's list: the keys of a map, or the fields of an object.
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        self.description
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("- `")?.split_once('`'))
            .map(|(name, _)| name)
            .collect()
    }

    /// Returns the line about a field in the description's list.
    #[must_use]
    pub fn line_on(&self, field: &str) -> Option<&str> {
        self.description.lines().find_map(|line| {
            let (name, words) = line.trim_start().strip_prefix("- `")?.split_once('`')?;
            (name == field).then(|| words.trim_start_matches([' ', '-']).trim())
        })
    }
}

impl Type {
    fn of(constraint: &Expression) -> Result<Self, String> {
        match constraint {
            Expression::Variable(name) => Ok(Self::Simple(name.to_string())),
            Expression::FuncCall(call) => Self::of_call(call),
            other => Err(format!("{other:?} must be a type constraint")),
        }
    }

    fn of_call(call: &FuncCall) -> Result<Self, String> {
        match (call.name.name.as_str(), call.args.as_slice()) {
            (name @ ("list" | "map" | "set"), [of]) => {
                Ok(Self::Collection(name.to_owned(), Box::new(Self::of(of)?)))
            }
            ("object", [Expression::Object(fields)]) => fields
                .iter()
                .map(|(key, constraint)| Field::of(key, constraint))
                .collect::<Result<_, _>>()
                .map(Self::Object),
            (name, _) => Err(format!(
                "tests/src/interface.rs must know the type {name}(…)"
            )),
        }
    }

    /// Returns the type as documents write it: without the attributes of an object.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Simple(name) => name.clone(),
            Self::Collection(kind, of) => format!("{kind}({})", of.name()),
            Self::Object(_) => "object".to_owned(),
        }
    }

    /// Returns all attributes, nested ones included, each with its path, such as `pepper.kms_key_arn`. The
    /// attributes of an object in a collection belong to each element.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, &Field)> {
        match self {
            Self::Simple(_) => Vec::new(),
            Self::Collection(_, of) => of.fields(),
            Self::Object(fields) => fields
                .iter()
                .flat_map(|field| {
                    let below = field.value_type.fields().into_iter();
                    std::iter::once((field.name.clone(), field))
                        .chain(below.map(|(path, inner)| (format!("{}.{path}", field.name), inner)))
                })
                .collect(),
        }
    }
}

impl Field {
    fn of(key: &ObjectKey, constraint: &Expression) -> Result<Self, String> {
        let name = key.to_string();
        if let Expression::FuncCall(call) = constraint
            && call.name.name.as_str() == "optional"
        {
            let (of, default) = match call.args.as_slice() {
                [of] => (of, Value::Null),
                [of, default] => (of, evaluate(default).map_err(|error| error.to_string())?),
                _ => return Err(format!("{name}: optional takes one or two arguments")),
            };
            return Ok(Self {
                name,
                value_type: Type::of(of)?,
                default: Some(default),
            });
        }
        Ok(Self {
            name,
            value_type: Type::of(constraint)?,
            default: None,
        })
    }
}

/// Returns a default as documents write it.
#[must_use]
pub fn default(value: Option<&Value>) -> String {
    value.map_or_else(
        || "required".to_owned(),
        |value| format!("`{}`", serde_json::json!(value)),
    )
}

/// Returns the sentences with which a description may state a default; empty for null and empty values,
/// which descriptions put into words.
#[must_use]
pub fn stated_defaults(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![format!("Default `{text}`.")],
        Some(plain @ (Value::Bool(_) | Value::Number(_))) => vec![format!("Default {plain}.")],
        Some(list @ Value::Array(_)) if list != &Value::Array(Vec::new()) => {
            vec![format!("Default {}.", default(Some(list)))]
        }
        _ => Vec::new(),
    }
}

/// Returns a text as a table's cell: without line breaks, and with bars escaped.
#[must_use]
pub fn cell(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

fn label(block: &Block) -> Result<String, Failure> {
    let label = block.labels().first();
    Ok(label
        .ok_or_else(|| format!("a {} block must have a name", block.identifier()))?
        .as_str()
        .to_owned())
}

fn attribute<'a>(block: &'a Block, name: &str) -> Option<&'a Expression> {
    let mut attributes = block.body().attributes();
    attributes
        .find(|attribute| attribute.key() == name)
        .map(hcl::Attribute::expr)
}

fn description(block: &Block) -> Result<String, Failure> {
    match attribute(block, "description").map(evaluate).transpose()? {
        Some(Value::String(text)) => Ok(text.trim().to_owned()),
        _ => Ok(String::new()),
    }
}

/// Evaluates a default or a description. Both are literals: Terraform allows nothing else there.
fn evaluate(expression: &Expression) -> Result<Value, Failure> {
    Ok(expression.evaluate(&Context::new())?)
}
