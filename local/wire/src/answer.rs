//! What a service answers.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::Value;

use crate::{Fault, Outcome, Response};

/// The answer to an operation that was carried out. It knows no protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// `None` for the status that the operation usually has.
    pub(crate) status: Option<StatusCode>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// What an answer carries.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    /// Members of the operation's output; written in the protocol of the request.
    Members(Value),
    /// Nothing, also where a protocol writes something around no members.
    Nothing,
    /// Content that is no output of a protocol: an object, a function's payload, or what an embedded
    /// service wrote.
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

    /// The members of an operation's output.
    pub fn members(members: Value) -> Self {
        Self::new(Body::Members(members))
    }

    /// An answer without a body.
    pub fn nothing() -> Self {
        Self::new(Body::Nothing)
    }

    /// Content of a type.
    pub fn content(kind: &'static str, content: impl Into<Bytes>) -> Self {
        let mut answer = Self::untyped(content);
        answer
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        answer
    }

    /// Content whose type is among its headers, or is not known.
    pub fn untyped(content: impl Into<Bytes>) -> Self {
        Self::new(Body::Content(content.into()))
    }

    /// The members of the output; `Null` where the answer has none.
    pub fn output(&self) -> &Value {
        match &self.body {
            Body::Members(members) => members,
            Body::Nothing | Body::Content(_) => &Value::Null,
        }
    }

    /// The answer with another status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = StatusCode::from_u16(status).ok();
        self
    }

    /// The answer with this status, unless it has one already.
    #[must_use]
    pub fn or_status(self, status: u16) -> Self {
        match self.status {
            Some(_) => self,
            None => self.with_status(status),
        }
    }

    /// The answer with a further header.
    ///
    /// # Errors
    /// When the text has characters that no header can have.
    pub fn with_header(mut self, name: &'static str, text: &str) -> Result<Self, Fault> {
        let value = HeaderValue::from_str(text)
            .map_err(|error| unwritable(&format!("the header {name}: {error}")))?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
    }

    /// The answer with further headers.
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }
}

/// What an embedded service wrote, passed on as it is.
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

/// Answers with the members of a shape.
///
/// # Errors
/// When the shape cannot be written, which is a mistake of the service.
pub fn reply(shape: &impl Serialize) -> Outcome {
    serde_json::to_value(shape)
        .map(Answer::members)
        .map_err(|error| unwritable(&error.to_string()))
}

/// Answers for an operation without output.
///
/// # Errors
/// None; services return it as what came of an operation.
pub fn done() -> Outcome {
    Ok(Answer::members(Value::Object(serde_json::Map::new())))
}

fn unwritable(what: &str) -> Fault {
    Fault::new(
        500,
        "InternalFailure",
        format!("The answer cannot be written: {what}"),
    )
}
