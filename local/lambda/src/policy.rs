//! A function's resource policy: statements, JSON and evaluation for a calling service.

use local_wire::partition;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The action that permits running a function.
pub(crate) const INVOKE: &str = "lambda:InvokeFunction";

/// The resource policy of a function, version or alias.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    /// In the order in which they were added.
    pub(crate) statements: Vec<Statement>,
    /// A new one for each change of the policy.
    pub(crate) revision_id: String,
}

/// A statement. Its effect is always `Allow`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    /// Unique in the policy.
    pub(crate) sid: String,
    /// As in the policy's JSON.
    pub(crate) principal: Value,
    /// Such as `lambda:InvokeFunction`.
    pub(crate) action: String,
    /// ARN of the function, with its qualifier.
    pub(crate) resource: String,
    /// Values by operator and key.
    pub(crate) condition: Map<String, Value>,
}

/// A service that requests an invocation, and the resource on whose behalf it does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServiceCall<'a> {
    /// Such as `connect.amazonaws.com`.
    pub(crate) principal: &'a str,
    /// ARN of the resource that causes the invocation.
    pub(crate) source_arn: &'a str,
    /// Account of that resource.
    pub(crate) source_account: &'a str,
}

impl Policy {
    /// Returns the statement with this id.
    pub(crate) fn find(&self, sid: &str) -> Option<&Statement> {
        self.statements
            .iter()
            .find(|statement| statement.sid == sid)
    }

    pub(crate) fn add(&mut self, statement: Statement) {
        self.statements.push(statement);
        self.touch();
    }

    /// Removes a statement. Returns whether it existed.
    pub(crate) fn remove(&mut self, sid: &str) -> bool {
        let before = self.statements.len();
        self.statements.retain(|statement| statement.sid != sid);
        let removed = self.statements.len() < before;
        if removed {
            self.touch();
        }
        removed
    }

    /// Returns the policy as `GetPolicy` does.
    pub(crate) fn document(&self) -> Value {
        json!({
            "Version": "2012-10-17",
            "Id": "default",
            "Statement": self.statements.iter().map(Statement::document).collect::<Vec<_>>(),
        })
    }

    /// Reports whether a statement allows the service to run the function.
    pub(crate) fn allows(&self, call: ServiceCall<'_>) -> bool {
        self.statements
            .iter()
            .any(|statement| statement.allows(call))
    }

    fn touch(&mut self) {
        self.revision_id = Uuid::new_v4().to_string();
    }
}

impl Statement {
    /// Returns the statement in AWS's form.
    pub(crate) fn document(&self) -> Value {
        let mut document = json!({
            "Sid": self.sid,
            "Effect": "Allow",
            "Principal": self.principal,
            "Action": self.action,
            "Resource": self.resource,
        });
        if !self.condition.is_empty() {
            document["Condition"] = Value::Object(self.condition.clone());
        }
        document
    }

    fn allows(&self, call: ServiceCall<'_>) -> bool {
        let principal = match &self.principal {
            Value::String(anyone) => anyone == "*",
            principal => principal["Service"] == call.principal,
        };
        let action = [INVOKE, "lambda:*", "*"].contains(&self.action.as_str());
        principal && action && self.conditions_hold(call)
    }

    /// Evaluates the conditions. A condition that this account does not support does not hold.
    fn conditions_hold(&self, call: ServiceCall<'_>) -> bool {
        self.condition.iter().all(|(operator, tests)| {
            let Some(tests) = tests.as_object() else {
                return false;
            };
            tests.iter().all(|(key, wanted)| {
                let actual = if key.eq_ignore_ascii_case("AWS:SourceArn") {
                    call.source_arn
                } else if key.eq_ignore_ascii_case("AWS:SourceAccount") {
                    call.source_account
                } else {
                    return false;
                };
                let Some(wanted) = wanted.as_str() else {
                    return false;
                };
                match operator.as_str() {
                    "StringEquals" => wanted == actual,
                    "StringLike" => wildcard(wanted, actual),
                    "ArnLike" | "ArnEquals" => arn_like(wanted, actual),
                    _ => false,
                }
            })
        })
    }
}

/// Returns the `Principal` of a statement for the parameter of `AddPermission` in a Region.
pub(crate) fn principal(region: &str, text: &str) -> Option<Value> {
    if text == "*" {
        Some(json!("*"))
    } else if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Some(json!({ "AWS": format!("arn:{}:iam::{text}:root", partition(region)) }))
    } else if text.starts_with("arn:") && text.contains(":iam::") {
        Some(json!({ "AWS": text }))
    } else if text.ends_with(".amazonaws.com") || text.ends_with(".amazon.com") {
        Some(json!({ "Service": text }))
    } else {
        None
    }
}

/// Implements `ArnLike`: each of the six parts is matched separately.
fn arn_like(pattern: &str, arn: &str) -> bool {
    let pattern: Vec<&str> = pattern.splitn(6, ':').collect();
    let arn: Vec<&str> = arn.splitn(6, ':').collect();
    pattern.len() == 6
        && arn.len() == 6
        && pattern
            .iter()
            .zip(&arn)
            .all(|(pattern, part)| wildcard(pattern, part))
}

/// Matches `*` (any text) and `?` (any character).
fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to resume after the last star: it then matches one more byte.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    p = after;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTANCE: &str = "arn:aws:connect:ap-northeast-1:123456789012:instance/i-1";

    fn call() -> ServiceCall<'static> {
        ServiceCall {
            principal: "connect.amazonaws.com",
            source_arn: INSTANCE,
            source_account: "123456789012",
        }
    }

    fn statement(condition: Value) -> Statement {
        Statement {
            sid: "connect".into(),
            principal: principal("ap-northeast-1", "connect.amazonaws.com").unwrap(),
            action: INVOKE.into(),
            resource: "arn".into(),
            condition: condition.as_object().unwrap().clone(),
        }
    }

    #[test]
    fn conditions_decide() {
        let allowed = [
            json!({}),
            json!({"ArnLike": {"AWS:SourceArn": INSTANCE}}),
            json!({"ArnLike": {"AWS:SourceArn": "arn:aws:connect:*:123456789012:instance/*"}}),
            json!({"StringLike": {"aws:sourcearn": "*instance/i-?"}}),
            json!({
                "StringEquals": {"AWS:SourceAccount": "123456789012"},
                "ArnLike": {"AWS:SourceArn": INSTANCE}
            }),
        ];
        for condition in allowed {
            assert!(statement(condition.clone()).allows(call()), "{condition}");
        }
        let denied = [
            json!({"ArnLike": {"AWS:SourceArn": format!("{INSTANCE}2")}}),
            json!({"ArnLike": {"AWS:SourceArn": "*"}}),
            json!({"StringEquals": {"AWS:SourceAccount": "999999999999"}}),
            json!({"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}),
            json!({"DateLessThan": {"AWS:SourceArn": INSTANCE}}),
        ];
        for condition in denied {
            assert!(!statement(condition.clone()).allows(call()), "{condition}");
        }
    }

    #[test]
    fn another_service_or_action_is_not_allowed() {
        let mut other = statement(json!({}));
        other.principal = principal("ap-northeast-1", "sns.amazonaws.com").unwrap();
        assert!(!other.allows(call()));
        let mut other = statement(json!({}));
        other.action = "lambda:GetFunction".into();
        assert!(!other.allows(call()));
    }

    #[test]
    fn principals_are_written_as_aws_writes_them() {
        assert_eq!(
            principal("ap-northeast-1", "123456789012"),
            Some(json!({"AWS": "arn:aws:iam::123456789012:root"}))
        );
        assert_eq!(
            principal("us-gov-west-1", "123456789012"),
            Some(json!({"AWS": "arn:aws-us-gov:iam::123456789012:root"}))
        );
        assert_eq!(principal("ap-northeast-1", "*"), Some(json!("*")));
        assert_eq!(principal("ap-northeast-1", "nobody"), None);
    }

    #[test]
    fn wildcards_match_whole_texts() {
        for (pattern, text, matches) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbcd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*b*b", "abab", true),
            ("", "a", false),
        ] {
            assert_eq!(wildcard(pattern, text), matches, "{pattern} {text}");
        }
    }
}
