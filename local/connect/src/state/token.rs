//! `ClientToken`: a repeated request gets the result of the first one.

use std::collections::BTreeMap;

use bytes::Bytes;

/// The first request with a token, and its result.
struct FirstRequest {
    request: Bytes,
    id: String,
}

/// A token was sent again with another request.
pub(crate) struct TokenReused;

/// The tokens of one Region, by operation.
#[derive(Default)]
pub(crate) struct Tokens(BTreeMap<(&'static str, String), FirstRequest>);

impl Tokens {
    /// Returns the id that the same request created earlier.
    pub(crate) fn earlier(
        &self,
        operation: &'static str,
        token: Option<&str>,
        request: &Bytes,
    ) -> Result<Option<String>, TokenReused> {
        let Some(token) = token else { return Ok(None) };
        match self.0.get(&(operation, token.to_owned())) {
            None => Ok(None),
            Some(first) if first.request == request => Ok(Some(first.id.clone())),
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
        self.0.insert(
            (operation, token.to_owned()),
            FirstRequest {
                request: request.clone(),
                id: id.to_owned(),
            },
        );
    }
}
