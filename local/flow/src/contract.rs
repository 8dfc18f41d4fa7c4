//! The contract of a module: its input, its result and its branches.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The contract of a module, from `Settings` of CreateContactFlowModule. It is not part of the
/// module's content, whose own `Settings` has no effect (published modules and their callers in
/// mgaffigan/pulumi-amazon-connect, docs/wire-format-checks.md).
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ModuleContract {
    input: Option<Interface>,
    result_data: Option<Interface>,
    transitions: Branches,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Interface {
    /// A JSON schema (draft 4) of an object.
    schema: Value,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Branches {
    results: Vec<Branch>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Branch {
    name: String,
}

/// A value that a schema does not accept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// The schema has no such member. The path begins at the checked object.
    Undeclared(String),
    /// A required member is missing.
    Missing(String),
    /// The value has another type than the schema says.
    Type(String),
}

/// The contracts that publishing checks the content against.
pub trait Contracts {
    /// Returns the contract of the module that is published; `None` for a flow.
    fn own(&self) -> Option<&ModuleContract>;

    /// Returns the contract of another module, by id or ARN with or without a qualifier; `None` if
    /// it does not exist.
    fn of(&self, module: &str) -> Option<&ModuleContract>;
}

impl ModuleContract {
    /// Parses `Settings`.
    ///
    /// # Errors
    /// The error of the JSON parser if the text is not a contract.
    pub fn parse(settings: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(settings)
    }

    /// Reports whether the module may return this branch.
    pub(crate) fn has_branch(&self, name: &str) -> bool {
        self.transitions
            .results
            .iter()
            .any(|branch| branch.name == name)
    }

    /// Returns what the module does not accept of an `Input`.
    pub(crate) fn check_input(&self, input: &Map<String, Value>) -> Vec<Mismatch> {
        check(self.input.as_ref(), input)
    }

    /// Returns what the module must not return of a `ResultData`.
    pub(crate) fn check_result(&self, data: &Map<String, Value>) -> Vec<Mismatch> {
        check(self.result_data.as_ref(), data)
    }
}

/// Checks an object. Without a schema, no member is declared.
fn check(interface: Option<&Interface>, object: &Map<String, Value>) -> Vec<Mismatch> {
    let mut found = Vec::new();
    match interface {
        Some(interface) => check_object(&interface.schema, object, "", &mut found),
        None => found.extend(object.keys().cloned().map(Mismatch::Undeclared)),
    }
    found
}

fn check_object(
    schema: &Value,
    object: &Map<String, Value>,
    path: &str,
    found: &mut Vec<Mismatch>,
) {
    let at = |name: &str| match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    };
    let declared = schema.get("properties").and_then(Value::as_object);
    for (name, value) in object {
        match declared.and_then(|properties| properties.get(name)) {
            Some(schema) => check_value(schema, value, &at(name), found),
            None => found.push(Mismatch::Undeclared(at(name))),
        }
    }
    let required = schema.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(name) {
            found.push(Mismatch::Missing(at(name)));
        }
    }
}

/// Checks a value. A reference is a text on the wire, so that only a text accepts it. A type that
/// the flow language has not is accepted as it is.
fn check_value(schema: &Value, value: &Value, path: &str, found: &mut Vec<Mismatch>) {
    let fits = match schema.get("type").and_then(Value::as_str) {
        Some("string") => value.is_string(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("array") => match value {
            Value::Array(items) => {
                if let Some(schema) = schema.get("items") {
                    for (at, item) in items.iter().enumerate() {
                        check_value(schema, item, &format!("{path}[{at}]"), found);
                    }
                }
                true
            }
            _ => false,
        },
        Some("object") => match value {
            // An object without declared members is accepted with any.
            Value::Object(object) if schema.get("properties").is_some() => {
                check_object(schema, object, path, found);
                true
            }
            value => value.is_object(),
        },
        _ => true,
    };
    if !fits {
        found.push(Mismatch::Type(path.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The table "What the service validates" of mgaffigan/pulumi-amazon-connect,
    /// docs/wire-format-checks.md, which its author published against the service.
    #[test]
    fn a_declared_type_governs_the_json_type() {
        let contract = ModuleContract::parse(
            &json!({ "input": { "schema": { "type": "object", "properties": {
                "text": { "type": "string" },
                "number": { "type": "number" },
                "flag": { "type": "boolean" },
                "nested": { "type": "object", "properties": { "a": { "type": "string" } } },
            }, "required": ["text"] } } })
            .to_string(),
        )
        .unwrap();
        for (input, expected) in [
            (json!({ "text": "x", "number": 7, "flag": true }), vec![]),
            (
                json!({ "text": "$.Attributes.x", "nested": { "a": "b" } }),
                vec![],
            ),
            (
                json!({ "text": "x", "number": "7" }),
                vec![Mismatch::Type("number".into())],
            ),
            (
                json!({ "text": "x", "number": "$.Attributes.count" }),
                vec![Mismatch::Type("number".into())],
            ),
            (
                json!({ "text": "x", "flag": "$.Attributes.flag" }),
                vec![Mismatch::Type("flag".into())],
            ),
            (
                json!({ "text": "x", "other": "y" }),
                vec![Mismatch::Undeclared("other".into())],
            ),
            (json!({}), vec![Mismatch::Missing("text".into())]),
        ] {
            let Value::Object(input) = input else {
                panic!("{input}");
            };
            assert_eq!(contract.check_input(&input), expected, "{input:?}");
        }
        let without = ModuleContract::parse("{}").unwrap();
        let data = Map::from_iter([("x".to_owned(), json!("y"))]);
        assert_eq!(
            without.check_result(&data),
            [Mismatch::Undeclared("x".into())]
        );
        assert_eq!(without.check_result(&Map::new()), []);
    }
}
