//! Decides which requests are admitted, before any other part of the account handles them.
//!
//! A client that may run functions may run programs on this machine, so the account is open only to
//! programs of its user: not to web pages in a browser of the same machine ([`visitor`]), and not
//! to other machines unless they have the token ([`token`]). Functions, which have the account's
//! address, may not use the interface below `/_local/`. Nothing here waits or queries the system;
//! the one question that needs to is behind a port, [`Functions`].

mod layer;
mod refusal;
mod session_keys;
mod token;
mod visitor;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use crate::credential::CredentialScope;
use crate::host::{AllowedHosts, HostName};
use refusal::Refusal;

pub(crate) use layer::guard;
pub(crate) use session_keys::SessionKeys;
pub(crate) use token::Token;

/// The query parameter that opens `/_local/` in a browser.
const TOKEN_PARAMETER: &str = "token";

/// Identifies the account's functions and users. Implemented over Lambda and IAM.
pub(crate) trait Functions: Send + Sync + 'static {
    /// Reports whether a function or a user has this access key id.
    fn is_key(&self, access_key_id: &str) -> bool;

    /// Reports whether a function's process holds the connection from `peer` to `local`; false
    /// where the system does not report owners. It may block.
    fn is_connection(&self, peer: SocketAddr, local: SocketAddr) -> bool;
}

/// Reports whether a path belongs to the account's own interface. No AWS operation has a path with
/// this prefix.
pub(crate) fn is_own_interface(path: &str) -> bool {
    path == "/_local" || path.starts_with("/_local/")
}

/// The admission rules of one account.
pub(crate) struct Door {
    hosts: AllowedHosts,
    /// `None` if only this machine can reach the account.
    token: Option<Token>,
    /// The cookie's name. Browsers share cookies between all ports of a host, so each account has
    /// its own.
    cookie: String,
    functions: Arc<dyn Functions>,
    session_keys: Arc<SessionKeys>,
}

/// The handling of an admitted request.
#[derive(Debug, PartialEq, Eq)]
enum Admission {
    /// The request is passed on.
    Enter,
    /// The address contains the token; the browser is redirected and sends it as a cookie.
    Remember {
        /// The address without the token.
        location: String,
        cookie: String,
    },
}

impl Door {
    pub(crate) fn new(
        names: Vec<HostName>,
        port: u16,
        token: Option<Token>,
        functions: Arc<dyn Functions>,
        session_keys: Arc<SessionKeys>,
    ) -> Self {
        Self {
            hosts: AllowedHosts { names },
            token,
            cookie: format!("connect-local-{port}"),
            functions,
            session_keys,
        }
    }

    /// Decides by the head of a request alone.
    fn admit(&self, head: &Parts) -> Result<Admission, Refusal> {
        visitor::check(head, &self.hosts)?;
        let key = CredentialScope::of(&head.headers, &head.uri)
            .ok()
            .map(|scope| scope.access_key_id);
        if is_own_interface(head.uri.path()) {
            return self.admit_to_own_interface(head, key.as_deref());
        }
        match (&self.token, key) {
            // The gateway refuses unsigned requests, in AWS's words.
            (None, _) | (_, None) => Ok(Admission::Enter),
            (Some(token), Some(key)) => {
                let known =
                    token.is(&key) || self.functions.is_key(&key) || self.session_keys.has(&key);
                known.then_some(Admission::Enter).ok_or(Refusal::OtherKey)
            }
        }
    }

    fn admit_to_own_interface(
        &self,
        head: &Parts,
        key: Option<&str>,
    ) -> Result<Admission, Refusal> {
        if let Some(key) = key
            && (self.functions.is_key(key) || self.session_keys.has(key))
        {
            return Err(Refusal::KeyOfFunction);
        }
        let Some(token) = &self.token else {
            return Ok(Admission::Enter);
        };
        let brought = form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes())
            .find(|(name, _)| name == TOKEN_PARAMETER);
        if let Some((_, brought)) = brought
            && [Method::GET, Method::HEAD].contains(&head.method)
        {
            return match token.is(&brought) {
                true => Ok(self.remember(head, token)),
                false => Err(Refusal::NoToken("another token in its address")),
            };
        }
        match (key, self.cookie_of(&head.headers)) {
            (Some(key), _) if token.is(key) => Ok(Admission::Enter),
            (_, Some(cookie)) if token.is(cookie) => Ok(Admission::Enter),
            (Some(_), _) => Err(Refusal::NoToken("another access key id")),
            (None, Some(_)) => Err(Refusal::NoToken("another token in its cookie")),
            (None, None) => Err(Refusal::NoToken("no token")),
        }
    }

    /// Moves the token from the address, which browsers store and show, to a cookie that no page
    /// can read and that is not sent with requests of other pages.
    fn remember(&self, head: &Parts, token: &Token) -> Admission {
        let query = head.uri.query().unwrap_or_default();
        let others =
            form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != TOKEN_PARAMETER);
        let others = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(others)
            .finish();
        let path = head.uri.path();
        Admission::Remember {
            location: match others.as_str() {
                "" => path.to_owned(),
                others => format!("{path}?{others}"),
            },
            cookie: format!(
                "{}={}; Path=/_local/; HttpOnly; SameSite=Strict",
                self.cookie,
                token.as_str()
            ),
        }
    }

    fn cookie_of<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|cookies| cookies.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(name, _)| *name == self.cookie)
            .map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests;
