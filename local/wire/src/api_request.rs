//! A request with its resolved operation.

use std::ops::Deref;

use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_LENGTH;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::protocol::TARGET;
use crate::{Dialect, Fault, Operation, Protocol, Reply, Request, cbor, query, request_id};

/// A request whose operation has been resolved, as services receive it. It dereferences to
/// [`Request`].
#[derive(Debug, Clone)]
pub struct ApiRequest {
    /// The id of the request and its response.
    pub id: String,
    /// The requested operation.
    pub operation: Operation,
    dialect: &'static Dialect,
    request: Request,
}

impl Deref for ApiRequest {
    type Target = Request;

    fn deref(&self) -> &Request {
        &self.request
    }
}

impl ApiRequest {
    /// Resolves the operation of a request.
    pub fn new(dialect: &'static Dialect, request: Request) -> Self {
        Self {
            id: request_id(),
            operation: Operation::of(dialect, &request),
            dialect,
            request,
        }
    }

    /// Returns the writer for the outcome of the request.
    pub fn reply(&self) -> Reply {
        Reply::new(
            self.dialect,
            self.operation.protocol,
            &self.request.method,
            self.operation.name.clone(),
            self.id.clone(),
        )
    }

    /// Returns an input member from the path; empty if the path has none of that name.
    pub fn path(&self, member: &str) -> &str {
        let mut members = self.operation.path.iter();
        members
            .find(|(name, _)| *name == member)
            .map_or("", |(_, text)| text)
    }

    /// Returns the input members of the body, as JSON. A missing body has no members.
    ///
    /// # Errors
    /// When the body is not in the request's protocol.
    pub fn members(&self) -> Result<Value, Fault> {
        let body = &self.request.body[..];
        match self.operation.protocol {
            Protocol::Query => query::read(&self.dialect.form, body),
            _ if body.is_empty() => Ok(Value::Object(Map::new())),
            Protocol::Cbor => cbor::read(body).map_err(|error| self.unreadable(&error)),
            Protocol::Json | Protocol::RestJson | Protocol::RestXml => {
                serde_json::from_slice(body).map_err(|error| self.unreadable(&error))
            }
        }
    }

    /// Returns the input members of the body, in the operation's type.
    ///
    /// # Errors
    /// When the body is not in the request's protocol, or a member is missing or has another type.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let read = match (self.operation.protocol, &self.request.body[..]) {
            (Protocol::Query | Protocol::Cbor, _) | (_, []) => {
                serde_json::from_value(self.members()?)
            }
            (_, body) => serde_json::from_slice(body),
        };
        read.map_err(|error| match error.is_data() {
            true => self.mistyped(sentence(&error)),
            false => self.unreadable(&error),
        })
    }

    /// Returns another request with the same signature, to be sent to an embedded service before or
    /// in place of this one.
    #[must_use]
    pub fn instead(&self, operation: &str, body: impl Into<Bytes>) -> Self {
        let mut other = self.clone();
        other.operation.name = operation.to_owned();
        other.request.body = body.into();
        let headers = &mut other.request.headers;
        headers.remove(CONTENT_LENGTH);
        if let Some(target) = headers.get(TARGET).and_then(|value| value.to_str().ok()) {
            let prefix = target.rsplit_once('.').map_or("", |(prefix, _)| prefix);
            if let Ok(target) = HeaderValue::from_str(&format!("{prefix}.{operation}")) {
                headers.insert(TARGET, target);
            }
        }
        other
    }

    /// Returns the protocol's error for a member of another type.
    pub(crate) fn mistyped(&self, why: String) -> Fault {
        Fault::new(400, self.dialect.mistyped, why)
    }

    fn unreadable(&self, error: &dyn std::error::Error) -> Fault {
        Fault::new(400, self.dialect.unreadable, sentence(error))
    }
}

fn sentence(error: &dyn std::error::Error) -> String {
    format!("The request's body must be readable: {error}")
}
