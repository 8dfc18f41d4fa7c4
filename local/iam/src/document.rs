//! Policy documents, parsed strictly: an unknown element makes a document invalid.

use serde_json::{Map, Value};

use crate::condition::Condition;
use crate::operator::{Comparison, Operator};
use crate::pattern::Pattern;

/// A policy as written by its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub(crate) statements: Vec<Statement>,
}

/// The reason why a document is invalid.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The text is not JSON.
    #[error("the policy must be JSON")]
    Json(#[from] serde_json::Error),
    /// The text is JSON, but not a policy of this kind; contains the reason as a sentence.
    #[error("{0}")]
    Grammar(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// An element and its negation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// `Action`, `Resource`
    Any(Vec<Pattern>),
    /// `NotAction`, `NotResource`
    NoneOf(Vec<Pattern>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    /// The Sid, or the position.
    pub(crate) label: String,
    pub(crate) effect: Effect,
    pub(crate) actions: Scope,
    /// `None` in trust policies, whose resource is the role itself.
    pub(crate) resources: Option<Scope>,
    /// The service principals of a trust policy; `*` is everyone.
    pub(crate) services: Vec<String>,
    /// The principals of accounts in a trust policy, by ARN or account; `*` is everyone.
    pub(crate) principals: Vec<String>,
    pub(crate) conditions: Vec<Condition>,
}

/// The kind of a document, which determines its elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Identity,
    Trust,
}

impl Document {
    /// Parses a policy that is attached to a role, or its permissions boundary.
    ///
    /// # Errors
    /// When the text contains anything unknown.
    pub fn identity(json: &str) -> Result<Self, DocumentError> {
        Self::read(json, Kind::Identity)
    }

    /// Parses a role's trust policy.
    ///
    /// # Errors
    /// When the text contains anything unknown.
    pub fn trust(json: &str) -> Result<Self, DocumentError> {
        Self::read(json, Kind::Trust)
    }

    fn read(json: &str, kind: Kind) -> Result<Self, DocumentError> {
        read(&serde_json::from_str(json)?, kind).map_err(DocumentError::Grammar)
    }
}

fn read(document: &Value, kind: Kind) -> Result<Document, String> {
    let document = object(document, "the policy")?;
    only(document, &["Version", "Id", "Statement"], "the policy")?;
    let variables = match document.get("Version").map(Value::as_str) {
        // The default is the oldest version, which has no variables.
        None | Some(Some("2008-10-17")) => false,
        Some(Some("2012-10-17")) => true,
        Some(_) => return Err("Version must be 2012-10-17 or 2008-10-17".into()),
    };
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        Some(single) => vec![single],
        None => return Err("the policy must have a Statement".into()),
    };
    let mut read = Vec::<Statement>::with_capacity(statements.len());
    for (index, value) in statements.into_iter().enumerate() {
        let place = format!("statement {}", index + 1);
        let statement = statement(value, &place, kind, variables)
            .map_err(|complaint| format!("{place}: {complaint}"))?;
        if read.iter().any(|other| other.label == statement.label) {
            return Err(format!(
                "{place}: its Sid must be unique, but another statement has {}, too",
                statement.label
            ));
        }
        read.push(statement);
    }
    Ok(Document { statements: read })
}

fn statement(value: &Value, place: &str, kind: Kind, variables: bool) -> Result<Statement, String> {
    let statement = object(value, "it")?;
    let mut known = vec!["Sid", "Effect", "Action", "NotAction", "Condition"];
    known.extend(match kind {
        Kind::Identity => ["Resource", "NotResource"].as_slice(),
        Kind::Trust => ["Principal"].as_slice(),
    });
    only(statement, &known, "it")?;
    let label = match statement.get("Sid").map(Value::as_str) {
        None | Some(Some("")) => place.to_owned(),
        Some(Some(sid))
            if kind == Kind::Trust || sid.bytes().all(|b| b.is_ascii_alphanumeric()) =>
        {
            sid.to_owned()
        }
        Some(_) => return Err("Sid must be letters and digits only".into()),
    };
    let effect = match statement.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err("Effect must be Allow or Deny".into()),
    };
    Ok(Statement {
        label,
        effect,
        actions: scope(statement, "Action", action)?.ok_or("it must have Action or NotAction")?,
        resources: match kind {
            Kind::Identity => Some(
                scope(statement, "Resource", |text| resource(text, variables))?
                    .ok_or("it must have Resource or NotResource")?,
            ),
            Kind::Trust => None,
        },
        services: match kind {
            Kind::Identity => Vec::new(),
            Kind::Trust => principals(statement, "Service")?,
        },
        principals: match kind {
            Kind::Identity => Vec::new(),
            Kind::Trust => principals(statement, "AWS")?,
        },
        conditions: match statement.get("Condition") {
            Some(condition) => conditions(condition, variables)?,
            None => Vec::new(),
        },
    })
}

/// Parses an element or its negation. Both at once are an error, and so is an empty list.
fn scope(
    statement: &Map<String, Value>,
    name: &str,
    pattern: impl Fn(&str) -> Result<Pattern, String>,
) -> Result<Option<Scope>, String> {
    let read = |name: &str| -> Result<Option<Vec<Pattern>>, String> {
        let Some(value) = statement.get(name) else {
            return Ok(None);
        };
        let patterns: Vec<Pattern> = texts(value, name)?
            .into_iter()
            .map(&pattern)
            .collect::<Result<_, _>>()?;
        match patterns.is_empty() {
            true => Err(format!("{name} must not be empty")),
            false => Ok(Some(patterns)),
        }
    };
    match (read(name)?, read(&format!("Not{name}"))?) {
        (Some(_), Some(_)) => Err(format!("it must not have both {name} and Not{name}")),
        (Some(any), None) => Ok(Some(Scope::Any(any))),
        (None, Some(none)) => Ok(Some(Scope::NoneOf(none))),
        (None, None) => Ok(None),
    }
}

fn action(text: &str) -> Result<Pattern, String> {
    let service = text.split_once(':').filter(|(service, name)| {
        // The part before the colon is the name of one service, without wildcards.
        !service.is_empty()
            && !name.is_empty()
            && service
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    });
    if text != "*" && service.is_none() {
        return Err(format!(
            "an action must have the form service:Name, but was \"{text}\""
        ));
    }
    // Actions have no variables.
    Pattern::parse(text, false).map_err(|error| error.to_string())
}

fn resource(text: &str, variables: bool) -> Result<Pattern, String> {
    if text != "*" && !text.starts_with("arn:") {
        return Err(format!(
            "a resource must be * or an ARN, but was \"{text}\""
        ));
    }
    Pattern::parse(text, variables).map_err(|error| error.to_string())
}

/// Returns the principals of a kind, such as `Service`.
fn principals(statement: &Map<String, Value>, kind: &str) -> Result<Vec<String>, String> {
    let principal = statement
        .get("Principal")
        .ok_or("it must have a Principal")?;
    if principal == "*" {
        return Ok(vec!["*".into()]);
    }
    let principal = object(principal, "Principal")?;
    only(
        principal,
        &["AWS", "CanonicalUser", "Federated", "Service"],
        "Principal",
    )?;
    let Some(named) = principal.get(kind) else {
        return Ok(Vec::new());
    };
    let named = texts(named, &format!("Principal.{kind}"))?;
    Ok(named.into_iter().map(str::to_owned).collect())
}

fn conditions(value: &Value, variables: bool) -> Result<Vec<Condition>, String> {
    let mut conditions = Vec::new();
    for (name, keys) in object(value, "Condition")? {
        let operator = Operator::parse(name)?;
        for (key, values) in object(keys, name)? {
            if !key.contains(':') {
                return Err(format!(
                    "a condition key must have a prefix, as in aws:SourceArn, but was {key}"
                ));
            }
            let values = scalars(values, key)?
                .into_iter()
                .map(|text| condition_value(&text, operator.comparison, variables))
                .collect::<Result<_, _>>()
                .map_err(|complaint| format!("{name} of {key}: {complaint}"))?;
            conditions.push(Condition {
                operator,
                key: key.clone(),
                values,
            });
        }
    }
    Ok(conditions)
}

fn condition_value(text: &str, comparison: Comparison, variables: bool) -> Result<Pattern, String> {
    comparison.check(text)?;
    Pattern::parse(text, variables).map_err(|error| error.to_string())
}

fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, String> {
    value
        .as_object()
        .ok_or_else(|| format!("{what} must be an object"))
}

fn only(object: &Map<String, Value>, known: &[&str], what: &str) -> Result<(), String> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(unknown) => Err(format!("{what} must not have the element {unknown}")),
        None => Ok(()),
    }
}

/// Returns a text or the texts of a list.
fn texts<'a>(value: &'a Value, what: &str) -> Result<Vec<&'a str>, String> {
    let text = |value: &'a Value| {
        value
            .as_str()
            .ok_or_else(|| format!("{what} must be a text or a list of texts"))
    };
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        single => Ok(vec![text(single)?]),
    }
}

/// Returns a value or the values of a list; in conditions these may also be numbers and booleans.
fn scalars(value: &Value, what: &str) -> Result<Vec<String>, String> {
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err(format!("{what} must be a value or a list of values")),
    };
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        single => Ok(vec![text(single)?]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(document: &Value) -> String {
        Document::identity(&document.to_string())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_single_text_is_the_same_as_a_list_of_one() {
        let single = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "sns:Publish", "Resource": "*",
            "Condition": { "Bool": { "aws:SecureTransport": true } },
        }});
        let listed = json!({ "Version": "2012-10-17", "Id": "x", "Statement": [{
            "Effect": "Allow", "Action": ["sns:Publish"], "Resource": ["*"],
            "Condition": { "Bool": { "aws:SecureTransport": ["true"] } },
        }]});
        let [single, listed] =
            [single, listed].map(|json| Document::identity(&json.to_string()).unwrap());
        assert_eq!(single, listed);
        assert_eq!(single.statements[0].label, "statement 1");
    }

    #[test]
    fn unknown_elements_and_values_are_refused() {
        let with = |name: &str, value: Value| {
            let mut statement = json!({ "Effect": "Allow", "Action": "a:B", "Resource": "*" });
            statement[name] = value;
            json!({ "Version": "2012-10-17", "Statement": [statement] })
        };
        let without = |name: &str| {
            let mut document = with("Sid", json!("x"));
            document["Statement"][0]
                .as_object_mut()
                .unwrap()
                .remove(name);
            document
        };
        let twice = json!({ "Statement": [
            { "Sid": "x", "Effect": "Allow", "Action": "a:B", "Resource": "*" },
            { "Sid": "x", "Effect": "Deny", "Action": "a:B", "Resource": "*" },
        ]});
        for (document, sentence) in [
            (json!([]), "the policy must be an object"),
            (
                json!({ "Version": "2012-10-17" }),
                "the policy must have a Statement",
            ),
            (
                json!({ "Statement": [], "Statements": [] }),
                "the policy must not have the element Statements",
            ),
            (
                json!({ "Version": "2026-01-01", "Statement": [] }),
                "Version must be 2012-10-17 or 2008-10-17",
            ),
            (
                json!({ "Statement": ["x"] }),
                "statement 1: it must be an object",
            ),
            (
                twice,
                "statement 2: its Sid must be unique, but another statement has x, too",
            ),
            (
                with("Principal", json!("*")),
                "statement 1: it must not have the element Principal",
            ),
            (
                with("Sid", json!("a-b")),
                "statement 1: Sid must be letters and digits only",
            ),
            (
                with("Effect", json!("allow")),
                "statement 1: Effect must be Allow or Deny",
            ),
            (
                without("Effect"),
                "statement 1: Effect must be Allow or Deny",
            ),
            (
                without("Action"),
                "statement 1: it must have Action or NotAction",
            ),
            (
                without("Resource"),
                "statement 1: it must have Resource or NotResource",
            ),
            (
                with("NotAction", json!("a:C")),
                "statement 1: it must not have both Action and NotAction",
            ),
            (
                with("NotResource", json!("*")),
                "statement 1: it must not have both Resource and NotResource",
            ),
            (
                with("Action", json!([])),
                "statement 1: Action must not be empty",
            ),
            (
                with("Action", json!("GetItem")),
                "statement 1: an action must have the form service:Name, but was \"GetItem\"",
            ),
            (
                with("Action", json!("dyn*:GetItem")),
                "statement 1: an action must have the form service:Name, but was \"dyn*:GetItem\"",
            ),
            (
                with("Action", json!([1])),
                "statement 1: Action must be a text or a list of texts",
            ),
            (
                with("Resource", json!("table/x")),
                "statement 1: a resource must be * or an ARN, but was \"table/x\"",
            ),
            (
                with("Resource", json!("arn:aws:${aws:x")),
                "statement 1: the policy variable in \"arn:aws:${aws:x\" must have a closing brace",
            ),
            (
                with("Condition", json!({ "StringSounds": {} })),
                "statement 1: the condition operator must be one of IAM's, but was StringSounds",
            ),
            (
                with("Condition", json!({ "StringEquals": { "via": "x" } })),
                "statement 1: a condition key must have a prefix, as in aws:SourceArn, but was via",
            ),
            (
                with("Condition", json!({ "StringEquals": { "aws:x": {} } })),
                "statement 1: aws:x must be a value or a list of values",
            ),
            (
                with("Condition", json!({ "Bool": { "aws:x": "yes" } })),
                "statement 1: Bool of aws:x: it must be true or false, but was \"yes\"",
            ),
            (
                with("Condition", json!({ "NumericEquals": { "aws:x": "ten" } })),
                "statement 1: NumericEquals of aws:x: it must be a number, but was \"ten\"",
            ),
            (
                with("Condition", json!({ "ArnLike": { "aws:x": "*" } })),
                "statement 1: ArnLike of aws:x: it must be an ARN with six parts, but was \"*\"",
            ),
        ] {
            assert_eq!(refused(&document), sentence, "{document}");
        }
        assert!(matches!(
            Document::identity("{"),
            Err(DocumentError::Json(_))
        ));
    }

    #[test]
    fn trust_policies_have_principals_and_no_resources() {
        let trust = |statement: Value| {
            Document::trust(&json!({ "Statement": statement }).to_string())
                .map_err(|error| error.to_string())
        };
        let read = trust(json!({
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "Service": ["lambda.amazonaws.com"], "AWS": "123456789012" },
        }))
        .unwrap();
        assert_eq!(read.statements[0].services, ["lambda.amazonaws.com"]);
        assert_eq!(read.statements[0].principals, ["123456789012"]);
        assert_eq!(
            trust(json!({ "Effect": "Allow", "Action": "sts:AssumeRole" })),
            Err("statement 1: it must have a Principal".into())
        );
        assert_eq!(
            trust(
                json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*", "Resource": "*" })
            ),
            Err("statement 1: it must not have the element Resource".into())
        );
    }
}
