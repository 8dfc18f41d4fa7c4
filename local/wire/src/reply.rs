//! Writes answers and faults in every protocol. The headers that identify a request, a protocol and
//! an error are written only here.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;

use crate::answer::Body;
use crate::protocol::SMITHY_PROTOCOL;
use crate::{Answer, Dialect, Fault, Outcome, Protocol, Response, cbor, query, request_id, xml};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const REQUEST_ID_OF_S3: HeaderName = HeaderName::from_static("x-amz-request-id");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");

/// The writer of one request's answer or refusal.
#[derive(Debug, Clone)]
pub struct Reply {
    dialect: &'static Dialect,
    protocol: Protocol,
    operation: String,
    id: String,
    /// Whether the method is HEAD, whose responses have no body.
    is_head: bool,
}

impl Reply {
    pub(crate) fn new(
        dialect: &'static Dialect,
        protocol: Protocol,
        method: &Method,
        operation: String,
        id: String,
    ) -> Self {
        Self {
            dialect,
            protocol,
            operation,
            id,
            is_head: method == Method::HEAD,
        }
    }

    /// Creates the reply to a request of which only the head is known.
    pub fn to_head(dialect: &'static Dialect, method: &Method, headers: &HeaderMap) -> Self {
        let protocol = Protocol::of_head(dialect, headers);
        Self::new(dialect, protocol, method, String::new(), request_id())
    }

    /// Returns the protocol of the response.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Writes the outcome of the request.
    pub fn write(&self, outcome: Outcome) -> Response {
        let written = outcome.and_then(|answer| self.answer(answer));
        self.marked(written.unwrap_or_else(|fault| self.fault(fault)))
    }

    /// Writes a refusal.
    pub fn refuse(&self, fault: Fault) -> Response {
        self.marked(self.fault(fault))
    }

    /// Writes a successful response with a truncated body.
    pub fn garbage(&self) -> Response {
        let body: &'static [u8] = match self.protocol {
            Protocol::Json | Protocol::RestJson => b"{\"Result\": {\"breaks",
            Protocol::Query => b"<Response><Result><breaks",
            Protocol::RestXml => b"<?xml version=\"1.0\"?><Result><breaks",
            Protocol::Cbor => &[0xa1, 0x66, b'b', b'r'],
        };
        self.marked(self.typed(StatusCode::OK, Bytes::from_static(body)))
    }

    fn answer(&self, answer: Answer) -> Result<Response, Fault> {
        let Answer {
            status,
            headers,
            body,
        } = answer;
        let status = status.unwrap_or(StatusCode::OK);
        let mut response = match body {
            Body::Content(content) => {
                let mut response = Response::new(content);
                *response.status_mut() = status;
                response
            }
            Body::Nothing => self.typed(status, Bytes::new()),
            Body::Members(members) => self.typed(status, self.members(members)?),
        };
        response.headers_mut().extend(headers);
        Ok(response)
    }

    fn members(&self, members: Value) -> Result<Bytes, Fault> {
        let times = self.dialect.times;
        Ok(match self.protocol {
            Protocol::Json | Protocol::RestJson => members.to_string().into(),
            Protocol::Query | Protocol::RestXml => {
                let form = &self.dialect.form;
                query::write(form, &self.operation, &self.id, &members, times).into()
            }
            Protocol::Cbor => cbor::write(members, times)
                .map_err(|error| {
                    let (status, code) = self.dialect.broken;
                    Fault::new(status, code, error.to_string())
                })?
                .into(),
        })
    }

    fn fault(&self, fault: Fault) -> Response {
        let status =
            StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let is_senders = fault.status < 500;
        let kind = if is_senders { "Sender" } else { "Receiver" };
        let of_query = self.dialect.query_code(&fault.code);
        match self.protocol {
            Protocol::Query => {
                let body = format!(
                    "<ErrorResponse><Error><Type>{kind}</Type>{}{}</Error>{}</ErrorResponse>",
                    xml::element("Code", of_query),
                    xml::element("Message", &fault.message),
                    xml::element("RequestId", &self.id),
                );
                self.typed(status, body.into())
            }
            // Unlike services of the Query protocol, S3 has no element around an error.
            Protocol::RestXml => {
                let body = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>{}{}{}</Error>",
                    xml::element("Code", &fault.code),
                    xml::element("Message", &fault.message),
                    xml::element("RequestId", &self.id),
                );
                self.typed(status, body.into())
            }
            Protocol::Json | Protocol::RestJson | Protocol::Cbor => {
                let mut response = self.typed(status, self.members_of(&fault));
                let headers = response.headers_mut();
                if self.protocol != Protocol::Cbor {
                    insert(headers, ERROR_TYPE, &fault.code);
                }
                if !self.dialect.query_codes.is_empty() {
                    insert(headers, QUERY_ERROR, &format!("{of_query};{kind}"));
                }
                response
            }
        }
    }

    /// Returns the members of an error, including its code and message.
    fn members_of(&self, fault: &Fault) -> Bytes {
        let mut members = fault.members.clone();
        if self.dialect.errors_have_type {
            let kind = if fault.status < 500 {
                "User"
            } else {
                "Service"
            };
            members.insert("Type".into(), Value::from(kind));
        }
        let message = match self.protocol {
            Protocol::Cbor => "message",
            _ => self.dialect.message_of(&fault.code),
        };
        members.insert("__type".into(), Value::from(fault.code.as_str()));
        members.insert(message.into(), Value::from(fault.message.as_str()));
        self.members(Value::Object(members))
            // A JSON value can always be written to memory.
            .unwrap_or_else(|unwritten| {
                tracing::error!(%unwritten, "cannot write an error");
                Bytes::new()
            })
    }

    /// Creates a response with the content type of the protocol.
    fn typed(&self, status: StatusCode, body: Bytes) -> Response {
        let kind = match self.protocol {
            Protocol::Json => self.dialect.json.content_type(),
            Protocol::RestJson => "application/json",
            Protocol::RestXml => "application/xml",
            Protocol::Query => "text/xml",
            Protocol::Cbor => "application/cbor",
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if self.protocol == Protocol::Cbor {
            headers.insert(SMITHY_PROTOCOL, HeaderValue::from_static("rpc-v2-cbor"));
        }
        response
    }

    /// Adds the request's id, unless an embedded service has set its own.
    fn marked(&self, mut response: Response) -> Response {
        let name = match self.protocol {
            Protocol::RestXml => REQUEST_ID_OF_S3,
            _ => REQUEST_ID,
        };
        if !response.headers().contains_key(&name) {
            insert(response.headers_mut(), name, &self.id);
        }
        if self.is_head {
            *response.body_mut() = Bytes::new();
        }
        response
    }
}

/// Inserts a header. Codes from fault rules may contain characters that are invalid in headers;
/// these are only in the body.
fn insert(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JsonVersion;
    use crate::query::Form;
    use serde_json::json;

    static JSON: Dialect = Dialect::json("logs", JsonVersion::V1_1);
    static METRICS: Dialect = Dialect {
        times: &["Timestamp"],
        query_codes: &[("DashboardNotFoundError", "ResourceNotFound")],
        is_also_json_and_cbor: true,
        ..Dialect::query(
            "monitoring",
            Form::new("http://monitoring.amazonaws.com/doc/2010-08-01/"),
        )
    };
    static LAMBDA: Dialect = Dialect {
        message: "message",
        other_message: &["ResourceNotFoundException"],
        errors_have_type: true,
        ..Dialect::json("lambda", JsonVersion::V1_1)
    };

    fn reply(dialect: &'static Dialect, protocol: Protocol) -> Reply {
        Reply::new(
            dialect,
            protocol,
            &Method::POST,
            "GetThing".into(),
            "id-1".into(),
        )
    }

    fn text(response: &Response) -> String {
        String::from_utf8_lossy(response.body()).into_owned()
    }

    #[test]
    fn every_protocol_has_its_content_type_and_the_requests_id() {
        for (protocol, kind, id) in [
            (
                Protocol::Json,
                "application/x-amz-json-1.1",
                "x-amzn-requestid",
            ),
            (Protocol::RestJson, "application/json", "x-amzn-requestid"),
            (Protocol::RestXml, "application/xml", "x-amz-request-id"),
            (Protocol::Query, "text/xml", "x-amzn-requestid"),
            (Protocol::Cbor, "application/cbor", "x-amzn-requestid"),
        ] {
            let reply = reply(&JSON, protocol);
            for response in [
                reply.write(Ok(Answer::members(json!({ "A": 1 })))),
                reply.write(Err(Fault::new(400, "Bad", "no"))),
                reply.garbage(),
            ] {
                assert_eq!(response.headers()["content-type"], kind, "{protocol:?}");
                assert_eq!(response.headers()[id], "id-1", "{protocol:?}");
                let is_cbor = response.headers().contains_key("smithy-protocol");
                assert_eq!(is_cbor, protocol == Protocol::Cbor);
            }
        }
    }

    /// Browsers display plain JSON, but download the types of awsJson.
    #[test]
    fn a_refusal_of_no_service_is_plain_json() {
        let reply = Reply::to_head(Dialect::unknown(""), &Method::GET, &HeaderMap::new());
        let refused = reply.refuse(Fault::new(403, "AccessDeniedException", "no"));
        assert_eq!(refused.headers()["content-type"], "application/json");
    }

    #[test]
    fn json_carries_the_code_where_sdks_look_for_it() {
        let fault = Fault::new(404, "ResourceNotFoundException", "no such flow")
            .with("ResourceId", "f-1".into());
        let response = reply(&LAMBDA, Protocol::RestJson).write(Err(fault));
        assert_eq!(response.status(), 404);
        assert_eq!(
            response.headers()["x-amzn-errortype"],
            "ResourceNotFoundException"
        );
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body["__type"], "ResourceNotFoundException");
        assert_eq!(body["Message"], "no such flow");
        assert_eq!(body["ResourceId"], "f-1");
        assert_eq!(body["Type"], "User");
        let response =
            reply(&LAMBDA, Protocol::RestJson).write(Err(Fault::new(500, "Broken", "no")));
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(
            (&body["message"], &body["Type"]),
            (&json!("no"), &json!("Service"))
        );
    }

    #[test]
    fn xml_is_escaped() {
        for protocol in [Protocol::Query, Protocol::RestXml] {
            let fault = Fault::new(400, "InvalidParameter", "a<b & c");
            let body = text(&reply(&METRICS, protocol).write(Err(fault)));
            assert!(body.contains("a&lt;b &amp; c"), "{body}");
            assert!(body.contains("<RequestId>id-1</RequestId>"), "{body}");
        }
    }

    #[test]
    fn an_error_has_the_query_code_that_old_clients_expect() {
        let fault = Fault::new(404, "DashboardNotFoundError", "no such dashboard");
        let query = reply(&METRICS, Protocol::Query).write(Err(fault.clone()));
        let text = text(&query);
        assert!(text.contains("<Code>ResourceNotFound</Code>"), "{text}");
        for protocol in [Protocol::Cbor, Protocol::Json] {
            let answer = reply(&METRICS, protocol).write(Err(fault.clone()));
            assert_eq!(answer.status(), 404);
            assert_eq!(
                answer.headers()["x-amzn-query-error"],
                "ResourceNotFound;Sender"
            );
        }
    }

    #[test]
    fn errors_in_cbor_are_maps() {
        let fault = Fault::new(400, "Bad", "no").with("Problems", json!(["a"]));
        let response = reply(&METRICS, Protocol::Cbor).write(Err(fault));
        let body = cbor::read(response.body()).unwrap();
        assert_eq!(
            body,
            json!({ "__type": "Bad", "message": "no", "Problems": ["a"] })
        );
    }

    #[test]
    fn a_response_of_an_embedded_service_is_passed_on_unchanged() {
        let mut written = Response::new("whole".into());
        written
            .headers_mut()
            .insert(REQUEST_ID, HeaderValue::from_static("its-own"));
        let response = reply(&JSON, Protocol::Json).write(Ok(written.into()));
        assert_eq!(response.headers()[REQUEST_ID], "its-own");
        assert!(!response.headers().contains_key(CONTENT_TYPE));
        assert_eq!(text(&response), "whole");
    }

    #[test]
    fn answers_to_head_have_no_body() {
        let reply = Reply::new(
            &JSON,
            Protocol::RestXml,
            &Method::HEAD,
            "HeadObject".into(),
            "id-1".into(),
        );
        let refused = reply.write(Err(Fault::new(404, "NoSuchKey", "no")));
        assert_eq!((refused.status().as_u16(), refused.body().len()), (404, 0));
    }
}
