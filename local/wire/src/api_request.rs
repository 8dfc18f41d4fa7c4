//! A request whose operation is known.

use std::ops::Deref;

use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_LENGTH;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::protocol::TARGET;
use crate::{Dialect, Fault, Operation, Protocol, Reply, Request, cbor, query, request_id};

/// A request whose operation has been resolved: what a service is given. It is a [`Request`], too.
#[derive(Debug, Clone)]
pub struct ApiRequest {
    /// What the request and its answer are known by.
    pub id: String,
    /// What it asks for.
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

    /// How what comes of the request is to be written.
    pub fn reply(&self) -> Reply {
        Reply::new(
            self.dialect,
            self.operation.protocol,
            &self.request.method,
            self.operation.name.clone(),
            self.id.clone(),
        )
    }

    /// The request as it came, for a service that reads its own protocol.
    pub fn into_inner(self) -> Request {
        self.request
    }

    /// A member of the input that the path carries; empty where it carries none of that name.
    pub fn path(&self, member: &str) -> &str {
        let mut members = self.operation.path.iter();
        members
            .find(|(name, _)| *name == member)
            .map_or("", |(_, text)| text)
    }

    /// The members that the body carries, as JSON; no body is one without members.
    ///
    /// # Errors
    /// When the body is not written in the request's protocol.
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

    /// The members that the body carries, in the shape that the operation has for them.
    ///
    /// # Errors
    /// When the body is not written in the request's protocol, or a member is missing or of another type.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let read = match (self.operation.protocol, &self.request.body[..]) {
            (Protocol::Query | Protocol::Cbor, _) | (_, []) => {
                serde_json::from_value(self.members()?)
            }
            (_, body) => serde_json::from_slice(body),
        };
        read.map_err(|error| match error.is_data() {
            true => Fault::new(400, self.dialect.mistyped, sentence(&error)),
            false => self.unreadable(&error),
        })
    }

    /// Another request in the place of this one, with the same signature: what an embedded service is asked
    /// beside or before it.
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

    fn unreadable(&self, error: &dyn std::error::Error) -> Fault {
        Fault::new(400, self.dialect.unreadable, sentence(error))
    }
}

fn sentence(error: &dyn std::error::Error) -> String {
    format!("The request's body cannot be read: {error}")
}
