//! The token of an account that other machines can reach.

use std::fmt;

use sha2::{Digest, Sha256};

/// The access key id that every client of the account must use. No other part of a signature could
/// identify a client, since the account has no secrets to verify signatures with.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    /// Creates a token of 128 random bits, in the form of AWS's access key ids: 16 to 128 of
    /// `[A-Za-z0-9_]` (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html>).
    pub(crate) fn random() -> Self {
        Self(format!("LOCAL{:032X}", rand::random::<u128>()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares an offered token, in a time that does not depend on it: digests are compared, and a
    /// client cannot choose the first bytes of a digest.
    pub(super) fn is(&self, offered: &str) -> bool {
        Sha256::digest(&self.0) == Sha256::digest(offered)
    }
}

/// Does not print the token, so that no log contains it by accident.
impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_the_form_of_access_key_ids_and_are_unique() {
        let (one, other) = (Token::random(), Token::random());
        for token in [&one, &other] {
            let text = token.as_str();
            assert!((16..=128).contains(&text.len()), "{text}");
            assert!(
                text.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                "{text}"
            );
        }
        assert!(one.is(one.as_str()));
        assert!(!one.is(other.as_str()));
        assert!(!one.is(&one.as_str()[..36]));
        assert!(!one.is(""));
        assert!(!format!("{one:?}").contains(one.as_str()));
    }
}
