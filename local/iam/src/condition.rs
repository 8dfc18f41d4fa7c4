//! A condition: an operator, a key and the values in the policy.

use crate::context::{Context, Lookup, UnknownKey};
use crate::operator::{Comparison, Operator, Set, boolean};
use crate::pattern::Pattern;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) operator: Operator,
    pub(crate) key: String,
    pub(crate) values: Vec<Pattern>,
}

impl Condition {
    /// Reports whether the request meets the condition.
    pub(crate) fn holds(&self, context: &Context) -> Result<bool, UnknownKey> {
        let given = match context.get(&self.key) {
            Lookup::Present(values) => Some(values),
            Lookup::Absent => None,
            Lookup::Unknown => return Err(UnknownKey(self.key.clone())),
        };
        if self.operator.comparison == Comparison::Null {
            let absent = given.is_none();
            let wanted = |pattern: &Pattern| boolean(pattern.as_str()) == Some(absent);
            return Ok(self.values.iter().any(wanted));
        }
        let Some(given) = given else {
            // A missing key meets a condition that is optional, negated, or qualified by
            // ForAllValues, which is true for no values.
            return Ok(match self.operator.set {
                _ if self.operator.if_exists => true,
                Set::Single => self.operator.negated,
                Set::All => true,
                Set::Any => false,
            });
        };
        let mut met = Vec::with_capacity(given.len());
        for value in given {
            met.push(self.meets(value, context)?);
        }
        Ok(match self.operator.set {
            Set::All => met.into_iter().all(|met| met),
            Set::Any => met.into_iter().any(|met| met),
            // Of the policy's values under a negated operator, none may match any value of the
            // request.
            Set::Single if self.operator.negated => met.into_iter().all(|met| met),
            Set::Single => met.into_iter().any(|met| met),
        })
    }

    /// Reports whether a value meets the condition: it matches one of the policy's values, or,
    /// under a negated operator, none.
    fn meets(&self, given: &str, context: &Context) -> Result<bool, UnknownKey> {
        let mut matched = false;
        for wanted in &self.values {
            matched |= self.operator.comparison.holds(given, wanted, context)?;
        }
        Ok(matched != self.operator.negated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(operator: &str, key: &str, values: &[&str]) -> Result<bool, UnknownKey> {
        let context = Context::new()
            .with("kms:ViaService", "ssm.eu-west-1.amazonaws.com")
            .with("aws:SecureTransport", "true")
            .with("aws:SourceArn", "arn:aws:connect:eu-west-1:1:instance/i")
            .with("s3:max-keys", "10")
            .with_all("aws:TagKeys", ["Team".to_owned(), "Cost".to_owned()])
            .without("kms:MacAlgorithm");
        let condition = Condition {
            operator: Operator::parse(operator).unwrap(),
            key: key.to_owned(),
            values: values
                .iter()
                .map(|value| Pattern::parse(value, true).unwrap())
                .collect(),
        };
        condition.holds(&context)
    }

    #[test]
    fn operators_follow_the_reference() {
        const VIA: &str = "kms:ViaService";
        const SSM: &str = "ssm.eu-west-1.amazonaws.com";
        const ARN: &str = "aws:SourceArn";
        const NONE: &str = "kms:MacAlgorithm";
        const TAGS: &str = "aws:TagKeys";
        for (operator, key, values, expected) in [
            ("StringEquals", VIA, &[SSM][..], true),
            (
                "StringEquals",
                VIA,
                &["sns.eu-west-1.amazonaws.com", SSM],
                true,
            ),
            ("StringEquals", VIA, &["SSM.eu-west-1.amazonaws.com"], false),
            ("StringEquals", VIA, &["ssm.*"], false),
            (
                "StringEqualsIgnoreCase",
                VIA,
                &["SSM.eu-west-1.amazonaws.com"],
                true,
            ),
            (
                "StringNotEqualsIgnoreCase",
                VIA,
                &["SSM.eu-west-1.amazonaws.com"],
                false,
            ),
            ("StringNotEquals", VIA, &[SSM], false),
            ("StringNotEquals", VIA, &["sns", "sqs"], true),
            ("StringNotEquals", VIA, &["sns", SSM], false),
            ("StringLike", VIA, &["ssm.*.amazonaws.com"], true),
            ("StringLike", VIA, &["dynamodb.*"], false),
            ("StringNotLike", VIA, &["ssm.*"], false),
            ("StringLike", ARN, &["arn:*/i"], true),
            ("ArnLike", ARN, &["arn:aws:connect:*:*:instance/*"], true),
            ("ArnEquals", ARN, &["arn:aws:connect:*:*:instance/*"], true),
            ("ArnLike", ARN, &["arn:aws:connect:eu-west-1:1:*/?"], true),
            ("ArnNotLike", ARN, &["arn:aws:sns:*:*:*"], true),
            ("ArnNotEquals", ARN, &["arn:aws:connect:*:*:*"], false),
            ("Bool", "aws:SecureTransport", &["true"], true),
            ("Bool", "aws:SecureTransport", &["TRUE"], true),
            ("Bool", "aws:SecureTransport", &["false"], false),
            ("Bool", VIA, &["true"], false),
            ("NumericLessThanEquals", "s3:max-keys", &["10"], true),
            ("NumericLessThan", "s3:max-keys", &["10"], false),
            ("NumericGreaterThan", "s3:max-keys", &["9.5"], true),
            ("NumericEquals", "s3:max-keys", &["10.0"], true),
            ("NumericNotEquals", "s3:max-keys", &["10"], false),
            ("NumericEquals", VIA, &["10"], false),
            ("Null", VIA, &["false"], true),
            ("Null", VIA, &["true"], false),
            ("Null", NONE, &["true"], true),
            ("Null", NONE, &["false"], false),
            // A missing key.
            ("StringEquals", NONE, &["HMAC_SHA_256"], false),
            ("StringNotEquals", NONE, &["HMAC_SHA_256"], true),
            ("StringEqualsIfExists", NONE, &["HMAC_SHA_256"], true),
            ("StringEqualsIfExists", VIA, &["sns"], false),
            ("BoolIfExists", NONE, &["true"], true),
            ("ArnLike", NONE, &["arn:aws:sns:*:*:*"], false),
            ("ArnNotLike", NONE, &["arn:aws:sns:*:*:*"], true),
            ("NumericLessThan", NONE, &["1"], false),
            // Several values.
            (
                "ForAllValues:StringEquals",
                TAGS,
                &["Team", "Cost", "More"],
                true,
            ),
            ("ForAllValues:StringEquals", TAGS, &["Team"], false),
            ("ForAnyValue:StringEquals", TAGS, &["Team"], true),
            ("ForAnyValue:StringEquals", TAGS, &["Other"], false),
            ("ForAllValues:StringNotEquals", TAGS, &["Other"], true),
            ("ForAllValues:StringNotEquals", TAGS, &["Team"], false),
            ("ForAnyValue:StringNotEquals", TAGS, &["Team"], true),
            ("ForAllValues:StringLike", TAGS, &["T*", "C*"], true),
            ("ForAllValues:StringEquals", NONE, &["x"], true),
            ("ForAnyValue:StringEquals", NONE, &["x"], false),
            ("ForAnyValue:StringNotEquals", NONE, &["x"], false),
            ("ForAnyValue:StringEqualsIfExists", NONE, &["x"], true),
            ("StringEquals", TAGS, &["Cost"], true),
            ("StringNotEquals", TAGS, &["Cost"], false),
            // Without values, nothing matches.
            ("StringEquals", VIA, &[], false),
            ("StringNotEquals", VIA, &[], true),
        ] {
            assert_eq!(
                holds(operator, key, values),
                Ok(expected),
                "{operator} {key} {values:?}"
            );
        }
    }

    #[test]
    fn an_unknown_key_leaves_the_condition_undecided() {
        for operator in [
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIfExists",
            "Null",
        ] {
            let values = if operator == "Null" { ["true"] } else { ["x"] };
            assert_eq!(
                holds(operator, "aws:Nonsense", &values),
                Err(UnknownKey("aws:Nonsense".into())),
                "{operator}"
            );
        }
        assert!(holds("StringEquals", "kms:ViaService", &["${aws:Nonsense}"]).is_err());
    }

    #[test]
    fn unknown_and_unsupported_operators_are_refused() {
        for (name, sentence) in [
            (
                "StringSounds",
                "the condition operator must be one of IAM's, but was StringSounds",
            ),
            (
                "ForSome:StringEquals",
                "the condition operator must be one of IAM's, but was ForSome:StringEquals",
            ),
            (
                "NullIfExists",
                "the condition operator must be one of IAM's, but was NullIfExists",
            ),
            (
                "ForAnyValue:Null",
                "the condition operator must be one of IAM's, but was ForAnyValue:Null",
            ),
            (
                "IpAddress",
                "the condition operator IpAddress is not supported",
            ),
            (
                "DateLessThanIfExists",
                "the condition operator DateLessThanIfExists is not supported",
            ),
        ] {
            assert_eq!(Operator::parse(name), Err(sentence.to_owned()));
        }
    }
}
