//! Refusals of requests, with their reasons and in the protocol of the client.

use axum::http::request::Parts;
use local_wire::{Fault, Protocol, Response};

use crate::credential::CredentialScope;
use crate::services;

/// The most characters of a client's text that a refusal quotes.
const QUOTED_CHARS: usize = 100;

/// A request that is not admitted. The texts are quotations from the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error(
        "requests from web pages must come from the account's own pages, but the browser reports \
         another site (Sec-Fetch-Site: {}). Send the request from a program, such as the AWS CLI, \
         or type the address into the browser",
        quoted(.0)
    )]
    OtherSite(String),
    #[error(
        "requests from web pages must come from the account's own pages, but this one comes from \
         {} (Origin). Send the request from a program, such as the AWS CLI",
        quoted(.0)
    )]
    OtherOrigin(String),
    #[error(
        "the host of a request must be an IP address, localhost or a name below it, a name of AWS, \
         or one given by --listen or --allow-host, but was {} (Host). Use 127.0.0.1 or localhost, \
         or start the account with --allow-host and the name",
        quoted(.0)
    )]
    OtherHost(String),
    #[error(
        "a browser's request must name the page that it comes from, but this one has neither \
         Sec-Fetch-Site nor Origin. Send the request from a program, such as the AWS CLI, or use a \
         newer browser at http://127.0.0.1 or http://localhost"
    )]
    SilentBrowser,
    #[error(
        "the account can be reached from other machines, so the access key id must be the token \
         that it printed when it started, but was another one. Set AWS_ACCESS_KEY_ID to the token"
    )]
    OtherKey,
    #[error(
        "the account can be reached from other machines, so requests below /_local/ must carry the \
         token that it printed when it started, but this one has {0}. Set AWS_ACCESS_KEY_ID to the \
         token, or append ?token= and the token to the address"
    )]
    NoToken(&'static str),
    #[error(
        "requests below /_local/ must come from the user of the account, but this one has the key \
         of a function, of a session or of a user. Send it without that key"
    )]
    KeyOfFunction,
    #[error(
        "requests below /_local/ must come from the user of the account, but this one comes from \
         the process of a function. Functions can use the account's AWS services only"
    )]
    ProcessOfFunction,
}

impl Refusal {
    /// Returns the response, in the form in which the service's clients read refusals.
    pub(super) fn answer(&self, head: &Parts) -> Response {
        let service = CredentialScope::of(&head.headers, &head.uri)
            .map(|scope| scope.service)
            .unwrap_or_default();
        let reply = services::reply_to_head(&service, head);
        let protocol = reply.protocol();
        let code = match (self, protocol) {
            (Self::OtherKey, Protocol::Query) => "InvalidClientTokenId",
            (Self::OtherKey, Protocol::RestXml) => "InvalidAccessKeyId",
            (Self::OtherKey, _) => "UnrecognizedClientException",
            (_, Protocol::Query) => "AccessDenied",
            (_, Protocol::RestXml) => "AccessDenied",
            _ => "AccessDeniedException",
        };
        let mut sentence = self.to_string();
        // The response begins with a capital letter.
        if let Some(first) = sentence.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        sentence.push('.');
        reply.refuse(Fault::new(403, code, sentence))
    }
}

/// Quotes a client's text, without characters that a terminal or a log would interpret.
fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(QUOTED_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}
