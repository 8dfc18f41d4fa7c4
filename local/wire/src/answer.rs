//! Answers of services.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::Value;

use crate::{Fault, Outcome, Response};

/// The result of an operation, independent of any protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// `None` for the operation's default status.
    pub(crate) status: Option<StatusCode>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// The content of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    /// Members of the operation's output, written in the protocol of the request.
    Members(Value),
    /// No content, not even an empty output.
    Nothing,
    /// Content outside of a protocol: an object, a function's payload, or the response of an
    /// embedded service.
    Content(Bytes),
}

impl Answer {
    fn new(body: Body) -> Self {
        Self {
            status: None,
            headers: HeaderMap::new(),
            body,
        }
    }

    /// Creates an answer with the members of the output.
    pub fn members(members: Value) -> Self {
        Self::new(Body::Members(members))
    }

    /// Creates an answer without a body.
    pub fn nothing() -> Self {
        Self::new(Body::Nothing)
    }

    /// Creates an answer with content of a media type.
    pub fn content(kind: &'static str, content: impl Into<Bytes>) -> Self {
        let mut answer = Self::untyped(content);
        answer
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        answer
    }

    /// Creates an answer with content whose type is among its headers, or unknown.
    pub fn untyped(content: impl Into<Bytes>) -> Self {
        Self::new(Body::Content(content.into()))
    }

    /// Returns the members of the output; `Null` if there are none.
    pub fn output(&self) -> &Value {
        match &self.body {
            Body::Members(members) => members,
            Body::Nothing | Body::Content(_) => &Value::Null,
        }
    }

    /// Sets the status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = StatusCode::from_u16(status).ok();
        self
    }

    /// Sets the status, unless it is set already.
    #[must_use]
    pub fn or_status(self, status: u16) -> Self {
        match self.status {
            Some(_) => self,
            None => self.with_status(status),
        }
    }

    /// Adds a header.
    ///
    /// # Errors
    /// When the text contains characters that a header cannot have.
    pub fn with_header(mut self, name: &'static str, text: &str) -> Result<Self, Fault> {
        let value = HeaderValue::from_str(text)
            .map_err(|error| unwritable(&format!("the header {name}: {error}")))?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
    }

    /// Adds headers.
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }
}

/// The response of an embedded service, passed on unchanged.
impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: Some(parts.status),
            headers: parts.headers,
            body: Body::Content(body),
        }
    }
}

impl From<Value> for Answer {
    fn from(members: Value) -> Self {
        Self::members(members)
    }
}

/// Returns an answer with the members of a shape.
///
/// # Errors
/// When the shape cannot be serialized, which is a bug of the service.
pub fn reply(shape: &impl Serialize) -> Outcome {
    serde_json::to_value(shape)
        .map(Answer::members)
        .map_err(|error| unwritable(&error.to_string()))
}

/// Returns the answer of an operation without output.
///
/// # Errors
/// None; the type is that of operations.
pub fn done() -> Outcome {
    Ok(Answer::members(Value::Object(serde_json::Map::new())))
}

fn unwritable(what: &str) -> Fault {
    Fault::new(
        500,
        "InternalFailure",
        format!("The response cannot be written: {what}"),
    )
}
