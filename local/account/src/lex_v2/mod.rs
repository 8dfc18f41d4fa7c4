//! Distinguishes requests for Amazon Lex V2 from those for Lex V1, since clients sign both for `lex`. The
//! account has no Lex V2: its requests go on to the upstream, or are refused by its name.

use std::sync::LazyLock;

use axum::http::header::HOST;
use axum::http::request::Parts;
use bytes::Bytes;
use local_wire::{Declarations, Operations, Request};

use crate::lex;

/// The name under which the account's records and refusals have the service.
pub(crate) const SERVICE: &str = "lex-v2";

/// The hosts of model building and of conversations.
const HOSTS: [&str; 2] = ["models-v2-lex.", "runtime-v2-lex."];
/// A part of every path of conversations.
const OF_CONVERSATIONS: &str = "/botAliases/";
/// The operations on tags have the same address in both versions.
const TAGS: &str = "/tags/";
/// The only other address that both versions have: StartImport in V1, ListImports in V2.
const IMPORTS: &str = "/imports/";

static OPERATIONS: LazyLock<Operations<()>> =
    LazyLock::new(|| Operations::new(SERVICE, &[], include_str!("operations.txt")));

/// Reports whether a request that was signed for `lex` is one for Lex V2.
pub(crate) fn is_of(head: &Parts) -> bool {
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(|host| HOSTS.iter().any(|of_v2| host.starts_with(of_v2))) {
        return true;
    }
    let path = head.uri.path();
    if path.contains(OF_CONVERSATIONS) {
        return true;
    }
    let request = Request {
        region: String::new(),
        service: SERVICE.into(),
        access_key_id: String::new(),
        method: head.method.clone(),
        uri: head.uri.clone(),
        headers: head.headers.clone(),
        body: Bytes::new(),
    };
    if path.starts_with(TAGS) {
        // The ARN of V1's bot ends with `:bot:Name`, that of V2's with `:bot/Id`.
        let segments = request.segments();
        return segments.iter().any(|segment| segment.contains(":bot/"))
            || segments
                .iter()
                .any(|segment| segment.contains(":bot-alias/"));
    }
    let is_routed_by_v1 = || {
        let operations = lex::DIALECT.operations;
        operations.is_some_and(|of_v1| of_v1().route(&request).is_some())
    };
    // Both versions have `DELETE /bots/{name}`, for instance; the addresses of V2 end with a slash.
    let is_written_as_v2 = || path.ends_with('/') && path != IMPORTS;
    OPERATIONS.route(&request).is_some() && (!is_routed_by_v1() || is_written_as_v2())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request as HttpRequest;

    /// Methods and addresses are those of both service models.
    #[test]
    fn requests_for_both_versions_of_lex_are_distinguished() {
        let v1_bot = "/tags/arn%3Aaws%3Alex%3Aeu-west-1%3A123456789012%3Abot%3AFlowers";
        let v2_bot = "/tags/arn%3Aaws%3Alex%3Aeu-west-1%3A123456789012%3Abot%2FABCDEFGHIJ";
        for (method, path, expected) in [
            ("PUT", "/bots/Flowers/versions/$LATEST", false),
            ("GET", "/bots/", false),
            ("GET", "/bots/Flowers/versions/1", false),
            ("DELETE", "/bots/Flowers", false),
            ("PUT", "/bots/Flowers/aliases/live", false),
            ("PUT", "/intents/Order/versions/$LATEST", false),
            ("POST", "/imports/", false),
            ("GET", "/imports/1", false),
            ("GET", v1_bot, false),
            ("GET", "/nowhere", false),
            ("PUT", "/bots/", true),
            ("POST", "/bots/", true),
            ("GET", "/bots/ABCDEFGHIJ/", true),
            ("PUT", "/bots/ABCDEFGHIJ/", true),
            ("DELETE", "/bots/ABCDEFGHIJ/", true),
            ("PUT", "/bots/ABCDEFGHIJ/botversions/", true),
            (
                "PUT",
                "/bots/ABCDEFGHIJ/botversions/DRAFT/botlocales/",
                true,
            ),
            ("GET", "/imports/1/", true),
            ("GET", v2_bot, true),
            (
                "POST",
                "/bots/ABCDEFGHIJ/botAliases/TSTALIASID/botLocales/en_US/sessions/1/text",
                true,
            ),
        ] {
            let request = HttpRequest::builder().method(method).uri(path);
            let (head, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(is_of(&head), expected, "{method} {path}");
        }
        let hosted = HttpRequest::builder().header(HOST, "models-v2-lex.eu-west-1.amazonaws.com");
        let (head, ()) = hosted.body(()).unwrap().into_parts();
        assert!(is_of(&head));
    }
}
