//! Patterns with wildcards and policy variables.

use crate::context::{Context, Lookup, UnknownKey};

/// A text of a policy with wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Many,
    /// `${key}` or `${key, 'default'}`
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// The treatment of an ARN's colons by wildcards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colons {
    /// Colons are ordinary characters.
    Plain,
    /// A wildcard does not match beyond its segment, unless it is a `*` at the segment's end: the
    /// rule of the element `Resource`.
    Bounded,
}

/// The reason why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// `${` without a closing brace.
    #[error("the policy variable in \"{0}\" must have a closing brace")]
    OpenVariable(String),
    /// `${}`, or a default that is not a quoted text.
    #[error(
        "policy variables must have the form ${{key}} or ${{key, 'default'}}, but were \"{0}\""
    )]
    MalformedVariable(String),
}

impl Pattern {
    /// Parses a text with wildcards. Only policies of version 2012-10-17 have variables; in older
    /// ones `${` is ordinary text.
    ///
    /// # Errors
    /// When a policy variable is malformed.
    pub fn parse(text: &str, variables: bool) -> Result<Self, PatternError> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(symbol) = rest.chars().next() {
            if variables && let Some(inside) = rest.strip_prefix("${") {
                let Some((variable, after)) = inside.split_once('}') else {
                    return Err(PatternError::OpenVariable(text.to_owned()));
                };
                let token = variable_token(variable)
                    .ok_or_else(|| PatternError::MalformedVariable(text.to_owned()))?;
                tokens.push(token);
                rest = after;
                continue;
            }
            tokens.push(match symbol {
                '*' => Token::Many,
                '?' => Token::One,
                other => Token::Literal(other),
            });
            rest = &rest[symbol.len_utf8()..];
        }
        Ok(Self {
            text: text.to_owned(),
            tokens,
        })
    }

    /// Returns the text as in the policy.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Reports whether the pattern matches an action, ignoring case.
    pub fn matches_action(&self, action: &str) -> bool {
        let lower = |token: &Token| match token {
            Token::Literal(symbol) => Token::Literal(symbol.to_ascii_lowercase()),
            other => other.clone(),
        };
        let tokens: Vec<Token> = self.tokens.iter().map(lower).collect();
        glob(&tokens, &chars(&action.to_ascii_lowercase()), Colons::Plain)
    }

    /// Reports whether the pattern matches a resource.
    pub(crate) fn matches_resource(
        &self,
        resource: &str,
        context: &Context,
    ) -> Result<bool, UnknownKey> {
        let resolved = self.resolved(context)?;
        Ok(resolved.is_some_and(|tokens| glob(&tokens, &chars(resource), Colons::Bounded)))
    }

    /// Reports whether the pattern matches a text by the rules of `StringLike`.
    pub(crate) fn matches_text(&self, text: &str, context: &Context) -> Result<bool, UnknownKey> {
        let resolved = self.resolved(context)?;
        Ok(resolved.is_some_and(|tokens| glob(&tokens, &chars(text), Colons::Plain)))
    }

    /// Reports whether the pattern matches an ARN by the rules of `ArnLike`: each of the six parts
    /// separately.
    pub(crate) fn matches_arn(&self, arn: &str, context: &Context) -> Result<bool, UnknownKey> {
        let Some(tokens) = self.resolved(context)? else {
            return Ok(false);
        };
        let colon = |token: &Token| *token == Token::Literal(':');
        let patterns: Vec<&[Token]> = tokens.splitn(6, colon).collect();
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        Ok(patterns.len() == 6
            && parts.len() == 6
            && patterns
                .iter()
                .zip(parts)
                .all(|(pattern, part)| glob(pattern, &chars(part), Colons::Plain)))
    }

    /// Returns the text with wildcards as ordinary characters; `None` if a variable has no value.
    pub(crate) fn literal(&self, context: &Context) -> Result<Option<String>, UnknownKey> {
        let resolved = self.resolved(context)?;
        Ok(resolved.map(|tokens| {
            let symbol = |token| match token {
                Token::Literal(symbol) => Some(symbol),
                Token::One => Some('?'),
                Token::Many => Some('*'),
                // Replaced above.
                Token::Variable { .. } => None,
            };
            tokens.into_iter().filter_map(symbol).collect()
        }))
    }

    /// Replaces variables by their values, which never contain wildcards. With a variable without a
    /// value, the pattern matches nothing.
    fn resolved(&self, context: &Context) -> Result<Option<Vec<Token>>, UnknownKey> {
        let mut tokens = Vec::with_capacity(self.tokens.len());
        for token in &self.tokens {
            let Token::Variable { key, default } = token else {
                tokens.push(token.clone());
                continue;
            };
            let value = match (context.get(key), default) {
                // Only keys with a single value can be variables.
                (Lookup::Present([value]), _) => value,
                (Lookup::Absent, Some(default)) => default,
                (Lookup::Present(_) | Lookup::Absent, _) => return Ok(None),
                (Lookup::Unknown, _) => return Err(UnknownKey(key.clone())),
            };
            tokens.extend(value.chars().map(Token::Literal));
        }
        Ok(Some(tokens))
    }
}

/// Parses a variable. `${*}`, `${?}` and `${$}` stand for the character itself.
fn variable_token(inside: &str) -> Option<Token> {
    if let "*" | "?" | "$" = inside {
        return inside.chars().next().map(Token::Literal);
    }
    let (key, default) = match inside.split_once(',') {
        None => (inside.trim(), None),
        Some((key, default)) => {
            let default = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            (key.trim(), Some(default.to_owned()))
        }
    };
    let formed = key.contains(':') && !key.contains(char::is_whitespace);
    formed.then(|| Token::Variable {
        key: key.to_owned(),
        default,
    })
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// Reports whether the pattern matches the whole text. The time is bounded by the product of the
/// two lengths, regardless of the number of wildcards.
fn glob(pattern: &[Token], text: &[char], colons: Colons) -> bool {
    // reached[n]: the pattern so far matches the first n characters.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for (index, token) in pattern.iter().enumerate() {
        let bound = colons == Colons::Bounded
            && pattern
                .get(index + 1)
                .is_some_and(|next| *next != Token::Literal(':'));
        let fits = |symbol: char| match token {
            Token::Literal(wanted) => *wanted == symbol,
            Token::One => colons == Colons::Plain || symbol != ':',
            Token::Many => !bound || symbol != ':',
            // Replaced before.
            Token::Variable { .. } => false,
        };
        let mut next = vec![false; text.len() + 1];
        if *token == Token::Many {
            next[0] = reached[0];
            for (n, symbol) in text.iter().enumerate() {
                next[n + 1] = reached[n + 1] || (next[n] && fits(*symbol));
            }
        } else {
            for (n, symbol) in text.iter().enumerate() {
                next[n + 1] = reached[n] && fits(*symbol);
            }
        }
        reached = next;
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text, true).unwrap()
    }

    #[test]
    fn actions_match_with_wildcards_and_ignore_case() {
        for (text, action, fits) in [
            ("*", "dynamodb:GetItem", true),
            ("dynamodb:*", "dynamodb:GetItem", true),
            ("DynamoDB:getitem", "dynamodb:GetItem", true),
            ("dynamodb:Get*", "dynamodb:GetItem", true),
            ("dynamodb:*Item", "dynamodb:GetItem", true),
            ("dynamodb:*Item", "dynamodb:BatchGetItems", false),
            ("dynamodb:?etItem", "dynamodb:GetItem", true),
            ("dynamodb:?GetItem", "dynamodb:GetItem", false),
            ("dynamodb:G*I*m", "dynamodb:GetItem", true),
            ("sns:*", "dynamodb:GetItem", false),
            ("dynamodb:GetItem", "dynamodb:GetItemTwice", false),
        ] {
            assert_eq!(
                pattern(text).matches_action(action),
                fits,
                "{text} {action}"
            );
        }
    }

    #[test]
    fn wildcards_of_resources_stop_at_colons_unless_they_end_a_segment() {
        const STREAM: &str = "arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/a:log-stream:b";
        for (text, resource, fits) in [
            ("*", "+819012345678", true),
            ("*", STREAM, true),
            ("arn:aws:sns:*:*:*", "+819012345678", false),
            ("arn:aws:sns:*:*:*", "arn:aws:sns:eu-west-1:1:topic", true),
            ("arn:aws:sns:*:*:*", "arn:aws:sns:eu-west-1:1:topic:2", true),
            ("arn:aws:sns:*", "arn:aws:sns:eu-west-1:1:topic", true),
            (
                "arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/a:*",
                STREAM,
                true,
            ),
            ("arn:aws:logs:*:*:log-group:*:log-stream:b", STREAM, true),
            (
                "arn:aws:logs:eu-west-1:1:log-group:/aws/*mbda/a:*",
                STREAM,
                true,
            ),
            ("arn:aws:logs:eu-west-1:1:log-group:/aws/*b", STREAM, false),
            (
                "arn:aws:logs:eu-*-1:1:log-group:/aws/lambda/a:*",
                STREAM,
                true,
            ),
            (
                "arn:aws:logs:eu-?est-1:1:log-group:/aws/lambda/a:*",
                STREAM,
                true,
            ),
            (
                "arn:aws:logs:eu-west-1:1?log-group:/aws/lambda/a:*",
                STREAM,
                false,
            ),
            (
                "arn:aws:dynamodb:r:1:table/a",
                "arn:aws:dynamodb:r:1:table/A",
                false,
            ),
            (
                "arn:aws:dynamodb:r:1:table/a",
                "arn:aws:dynamodb:r:1:table/ab",
                false,
            ),
            (
                "arn:aws:dynamodb:r:1:table/a/index/*",
                "arn:aws:dynamodb:r:1:table/a/index/i",
                true,
            ),
            (
                "arn:aws:dynamodb:r:1:table/a*",
                "arn:aws:dynamodb:r:1:table/a",
                true,
            ),
        ] {
            let found = pattern(text).matches_resource(resource, &Context::new());
            assert_eq!(found, Ok(fits), "{text} {resource}");
        }
    }

    #[test]
    fn parts_of_an_arn_are_compared_one_by_one() {
        let context = Context::new();
        for (text, arn, fits) in [
            (
                "arn:aws:connect:*:1:instance/*",
                "arn:aws:connect:r:1:instance/i",
                true,
            ),
            ("arn:aws:connect:*", "arn:aws:connect:r:1:instance/i", false),
            (
                "arn:aws:*:r:1:instance/i",
                "arn:aws:connect:r:1:instance/i",
                true,
            ),
            ("arn:*:instance/i", "arn:aws:connect:r:1:instance/i", false),
            ("arn:aws:logs:r:1:*", "arn:aws:logs:r:1:log-group:g:*", true),
        ] {
            assert_eq!(pattern(text).matches_arn(arn, &context), Ok(fits), "{text}");
        }
    }

    #[test]
    fn variables_are_replaced_by_plain_text() {
        let context = Context::new()
            .with("aws:PrincipalAccount", "1")
            .with("aws:username", "a*")
            .without("aws:PrincipalTag/");
        for (text, resource, fits) in [
            (
                "arn:aws:sns:r:${aws:PrincipalAccount}:t",
                "arn:aws:sns:r:1:t",
                true,
            ),
            (
                "arn:aws:sns:r:1:${aws:username}",
                "arn:aws:sns:r:1:a*",
                true,
            ),
            (
                "arn:aws:sns:r:1:${aws:username}",
                "arn:aws:sns:r:1:ab",
                false,
            ),
            ("arn:aws:sns:r:1:${*}", "arn:aws:sns:r:1:*", true),
            ("arn:aws:sns:r:1:${*}", "arn:aws:sns:r:1:t", false),
            (
                "arn:aws:sns:r:1:${aws:PrincipalTag/x}",
                "arn:aws:sns:r:1:",
                false,
            ),
            (
                "arn:aws:sns:r:1:${aws:PrincipalTag/x, 't'}",
                "arn:aws:sns:r:1:t",
                true,
            ),
        ] {
            let found = pattern(text).matches_resource(resource, &context);
            assert_eq!(found, Ok(fits), "{text}");
        }
        assert_eq!(
            pattern("${aws:userid}").matches_resource("x", &context),
            Err(UnknownKey("aws:userid".into()))
        );
        let old = Pattern::parse("${aws:username}", false).unwrap();
        assert_eq!(old.matches_text("${aws:username}", &context), Ok(true));
    }

    #[test]
    fn malformed_variables_are_refused() {
        for text in [
            "${aws:username",
            "${}",
            "${username}",
            "${aws:a, b}",
            "${aws: b}",
        ] {
            assert!(Pattern::parse(text, true).is_err(), "{text}");
        }
    }

    #[test]
    fn many_wildcards_do_not_take_exponential_time() {
        let text = "a".repeat(2_000);
        let stars = pattern(&format!("{}b", "a*".repeat(200)));
        assert_eq!(stars.matches_text(&text, &Context::new()), Ok(false));
    }
}
