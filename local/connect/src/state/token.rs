//! `ClientToken`: a repeated request gets the result of the first one.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// The most tokens of a Region; beyond that, the oldest is forgotten.
const MAX_TOKENS: usize = 1_000;

/// An operation and a token.
type Key = (&'static str, String);

/// The first request with a token, and its result.
struct FirstRequest {
    /// The SHA-256 of its body.
    request: [u8; 32],
    id: String,
}

/// A token was sent again with another request.
#[derive(Debug)]
pub(crate) struct TokenReused;

/// The tokens of one Region, by operation.
#[derive(Default)]
pub(crate) struct Tokens {
    requests: BTreeMap<Key, FirstRequest>,
    /// The same tokens, oldest first.
    order: VecDeque<Key>,
}

impl Tokens {
    /// Returns the id that the same request created earlier.
    pub(crate) fn earlier(
        &self,
        operation: &'static str,
        token: Option<&str>,
        request: &Bytes,
    ) -> Result<Option<String>, TokenReused> {
        let Some(token) = token else { return Ok(None) };
        match self.requests.get(&(operation, token.to_owned())) {
            None => Ok(None),
            Some(first) if first.request == digest(request) => Ok(Some(first.id.clone())),
            Some(_) => Err(TokenReused),
        }
    }

    /// Records the id that a request created.
    pub(crate) fn record(
        &mut self,
        operation: &'static str,
        token: Option<&str>,
        request: &Bytes,
        id: &str,
    ) {
        let Some(token) = token else { return };
        let key = (operation, token.to_owned());
        let first = FirstRequest {
            request: digest(request),
            id: id.to_owned(),
        };
        // A token is recorded again if what it created was deleted.
        if self.requests.insert(key.clone(), first).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > MAX_TOKENS
            && let Some(oldest) = self.order.pop_front()
        {
            self.requests.remove(&oldest);
        }
    }
}

fn digest(request: &Bytes) -> [u8; 32] {
    Sha256::digest(request).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_tokens_are_forgotten() {
        let mut tokens = Tokens::default();
        let body = Bytes::from_static(b"{}");
        for number in 0..1_010 {
            tokens.record("op", Some(&format!("t{number}")), &body, "id");
            tokens.record("op", Some("again"), &body, "id");
        }
        let known = |token: &str| tokens.earlier("op", Some(token), &body).unwrap();
        assert_eq!(known("t0"), None);
        assert_eq!(known("t1009").as_deref(), Some("id"));
        assert_eq!(tokens.requests.len(), 1_000);
        assert_eq!(tokens.order.len(), 1_000);
    }
}
