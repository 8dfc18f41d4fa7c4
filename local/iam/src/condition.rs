//! A condition: an operator, a key and the values that the policy has for it.

use crate::context::{Context, Lookup, UnknownKey};
use crate::operator::{Comparison, Operator, Set, truth};
use crate::pattern::Pattern;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) operator: Operator,
    pub(crate) key: String,
    pub(crate) values: Vec<Pattern>,
}

impl Condition {
    /// Whether the request keeps it.
    pub(crate) fn holds(&self, context: &Context) -> Result<bool, UnknownKey> {
        let given = match context.get(&self.key) {
            Lookup::Present(values) => Some(values),
            Lookup::Absent => None,
            Lookup::Unknown => return Err(UnknownKey(self.key.clone())),
        };
        if self.operator.comparison == Comparison::Null {
            let absent = given.is_none();
            let wanted = |pattern: &Pattern| truth(pattern.as_str()) == Some(absent);
            return Ok(self.values.iter().any(wanted));
        }
        let Some(given) = given else {
            // A missing key keeps what is optional, what says how it must not be, and what all
            // of no values keep.
            return Ok(match self.operator.set {
                _ if self.operator.if_exists => true,
                Set::Single => self.operator.negated,
                Set::All => true,
                Set::Any => false,
            });
        };
        let mut kept = Vec::with_capacity(given.len());
        for value in given {
            kept.push(self.keeps(value, context)?);
        }
        Ok(match self.operator.set {
            Set::All => kept.into_iter().all(|kept| kept),
            Set::Any => kept.into_iter().any(|kept| kept),
            // One value makes no difference; of several none may be what is ruled out.
            Set::Single if self.operator.negated => kept.into_iter().all(|kept| kept),
            Set::Single => kept.into_iter().any(|kept| kept),
        })
    }

    /// One of the policy's values must match; under a negated operator none may.
    fn keeps(&self, given: &str, context: &Context) -> Result<bool, UnknownKey> {
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
    fn operators_do_what_the_reference_says() {
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
            // No value at all is never matched.
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
    fn an_unknown_key_decides_nothing() {
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
    fn operators_that_are_not_evaluated_are_refused_with_a_sentence() {
        for (name, sentence) in [
            (
                "StringSounds",
                "there is no condition operator StringSounds",
            ),
            (
                "ForSome:StringEquals",
                "there is no condition operator ForSome:StringEquals",
            ),
            (
                "NullIfExists",
                "there is no condition operator NullIfExists",
            ),
            (
                "ForAnyValue:Null",
                "there is no condition operator ForAnyValue:Null",
            ),
            (
                "IpAddress",
                "the condition operator IpAddress is not evaluated here",
            ),
            (
                "DateLessThanIfExists",
                "the condition operator DateLessThanIfExists is not evaluated here",
            ),
        ] {
            assert_eq!(Operator::parse(name), Err(sentence.to_owned()));
        }
    }
}
