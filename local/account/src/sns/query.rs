//! The awsQuery protocol: form-encoded parameters in, XML out.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, header::CONTENT_TYPE};
use bytes::Bytes;
use local_wire::{Response, request_id};

/// The parameters of a request.
pub(super) struct Query(BTreeMap<String, String>);

impl Query {
    pub(super) fn of(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn action(&self) -> &str {
        self.get("Action").unwrap_or_default()
    }

    /// `<prefix>.entry.N.<key>` and `<prefix>.entry.N.<value>` as pairs, in order of N.
    pub(super) fn entries(&self, prefix: &str, key: &str, value: &str) -> Vec<(String, String)> {
        (1..)
            .map_while(|n| {
                let name = self.get(&format!("{prefix}.entry.{n}.{key}"))?;
                let content = self.get(&format!("{prefix}.entry.{n}.{value}"))?;
                Some((name.to_owned(), content.to_owned()))
            })
            .collect()
    }

    /// `<prefix>.member.N`, in order of N.
    pub(super) fn members(&self, prefix: &str) -> Vec<String> {
        (1..)
            .map_while(|n| self.get(&format!("{prefix}.member.{n}")).map(str::to_owned))
            .collect()
    }
}

/// Wraps the inner XML of `<Action>Result` the way SNS does.
pub(super) fn result(action: &str, inner: &str) -> Response {
    let body = format!(
        "<{action}Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
         <{action}Result>{inner}</{action}Result>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>\
         </{action}Response>",
        request_id()
    );
    let mut response = Response::new(Bytes::from(body));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}

/// One element.
pub(super) fn element(name: &str, text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<{name}>{text}</{name}>")
}
