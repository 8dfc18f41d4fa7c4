//! AWS errors, written the way each protocol carries them.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde_json::{Map, Value};

use crate::{Response, request_id};

/// An error a service answers with: AWS's code, AWS's status, a sentence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    /// HTTP status, as in the service model.
    pub status: u16,
    /// The error's shape name, such as `ResourceNotFoundException`.
    pub code: String,
    /// What went wrong, for people.
    pub message: String,
    /// Further members of the error's shape, such as `problems`.
    pub members: Map<String, Value>,
}

impl Fault {
    /// A fault with nothing but a code and a message.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            members: Map::new(),
        }
    }

    /// The answer to an operation this account does not have; it names the operation.
    pub fn not_implemented(service: &str, operation: &str) -> Self {
        Self::new(
            501,
            "NotImplementedException",
            format!("The local account does not implement {service}:{operation}."),
        )
    }

    /// Adds a member of the error's shape.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// As restJson1 and awsJson services write it: code in `x-amzn-ErrorType` and in `__type`.
    ///
    /// `message_member` is the member that the service's model gives the sentence: `Message`
    /// for Connect and Lambda, `message` elsewhere.
    pub fn json(&self, message_member: &str) -> Response {
        let mut body = self.members.clone();
        body.insert("__type".into(), Value::from(self.code.as_str()));
        body.insert(message_member.into(), Value::from(self.message.as_str()));
        let mut response = Response::new(Bytes::from(Value::Object(body).to_string()));
        *response.status_mut() = status(self.status);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(code) = HeaderValue::from_str(&self.code) {
            headers.insert("x-amzn-errortype", code);
        }
        if let Ok(id) = HeaderValue::from_str(&request_id()) {
            headers.insert("x-amzn-requestid", id);
        }
        response
    }

    /// As awsQuery services (SNS, IAM, STS) write it.
    pub fn query_xml(&self) -> Response {
        let kind = if self.status < 500 {
            "Sender"
        } else {
            "Receiver"
        };
        let body = format!(
            "<ErrorResponse><Error><Type>{kind}</Type><Code>{}</Code><Message>{}</Message></Error>\
             <RequestId>{}</RequestId></ErrorResponse>",
            xml_escape(&self.code),
            xml_escape(&self.message),
            request_id()
        );
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = status(self.status);
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
        response
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Escapes text for an XML element.
fn xml_escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_carries_the_code_where_sdks_look_for_it() {
        let response = Fault::new(404, "ResourceNotFoundException", "no such flow")
            .with("ResourceId", "f-1".into())
            .json("Message");
        assert_eq!(response.status(), 404);
        assert_eq!(
            response.headers()["x-amzn-errortype"],
            "ResourceNotFoundException"
        );
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body["Message"], "no such flow");
        assert_eq!(body["ResourceId"], "f-1");
    }

    #[test]
    fn xml_is_escaped() {
        let response = Fault::new(400, "InvalidParameter", "a<b & c").query_xml();
        let body = String::from_utf8(response.body().to_vec()).unwrap();
        assert!(body.contains("a&lt;b &amp; c"), "{body}");
    }
}
