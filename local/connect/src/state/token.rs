//! `ClientToken`: a repeated request gets the first answer.

use std::collections::BTreeMap;

use bytes::Bytes;

/// What a token stands for.
struct Seen {
    request: Bytes,
    id: String,
}

/// A token was used again with another request.
pub(crate) struct TokenReused;

/// The tokens of one Region, by operation.
#[derive(Default)]
pub(crate) struct Tokens(BTreeMap<(&'static str, String), Seen>);

impl Tokens {
    /// The id that this very request made before.
    pub(crate) fn made(
        &self,
        operation: &'static str,
        token: Option<&str>,
        request: &Bytes,
    ) -> Result<Option<String>, TokenReused> {
        let Some(token) = token else { return Ok(None) };
        match self.0.get(&(operation, token.to_owned())) {
            None => Ok(None),
            Some(seen) if seen.request == request => Ok(Some(seen.id.clone())),
            Some(_) => Err(TokenReused),
        }
    }

    /// Remembers what a request made.
    pub(crate) fn remember(
        &mut self,
        operation: &'static str,
        token: Option<&str>,
        request: &Bytes,
        id: &str,
    ) {
        let Some(token) = token else { return };
        self.0.insert(
            (operation, token.to_owned()),
            Seen {
                request: request.clone(),
                id: id.to_owned(),
            },
        );
    }
}
