//! Which operation a request asks for, in the words of the service's model.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use local_wire::Request;

use crate::{s3, xray};

/// How a request, and so its answer, is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// awsJson: the operation stands in `X-Amz-Target`.
    Json,
    /// restJson, and restXml for S3: method and path are the operation.
    Rest,
    /// awsQuery: the parameter `Action`, and answers in XML.
    Query,
    /// Smithy's RPC v2: the path ends with the operation, bodies are CBOR.
    Cbor,
}

/// Services whose requests are forms, or that answer in XML like those, here or elsewhere: requests
/// of theirs without a body say nothing of it.
const XML: [&str; 6] = ["cloudfront", "iam", "monitoring", "route53", "sns", "sts"];

impl Protocol {
    /// Of a request whose body has not arrived, for a service that this account may not have. What
    /// clients cannot read they cannot tell, so refusals are written by it.
    pub(crate) fn of_head(service: &str, headers: &HeaderMap) -> Self {
        if headers.contains_key("x-amz-target") {
            Self::Json
        } else if headers.contains_key(CBOR) {
            Self::Cbor
        } else if REST.iter().any(|rest| rest.service == service) {
            Self::Rest
        } else if is_form(headers) || XML.contains(&service) {
            Self::Query
        } else {
            Self::Json
        }
    }
}

/// The header of RPC v2.
const CBOR: &str = "smithy-protocol";

/// Whether a body is a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .to_ascii_lowercase()
            .starts_with(b"application/x-www-form-urlencoded")
    })
}

/// An operation and the protocol it came by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    /// Such as `GetItem`; `METHOD /path` where a REST request is none the account knows.
    pub(crate) name: String,
    pub(crate) protocol: Protocol,
}

/// A service whose operations are told by method and path.
struct Rest {
    service: &'static str,
    name_of: fn(&Request) -> Option<&'static str>,
    names: fn() -> Vec<&'static str>,
}

const REST: [Rest; 4] = [
    Rest {
        service: "connect",
        name_of: local_connect::operation_of,
        names: || local_connect::operations().collect(),
    },
    Rest {
        service: "lambda",
        name_of: local_lambda::operation_of,
        names: || local_lambda::operations().collect(),
    },
    Rest {
        service: "s3",
        name_of: s3::operation_of,
        names: || s3::OPERATIONS.to_vec(),
    },
    Rest {
        service: "xray",
        name_of: xray::operation_of,
        names: || xray::OPERATIONS.iter().map(|(name, _)| *name).collect(),
    },
];

/// The names of a REST service's operations; `None` for a service of another protocol.
pub(crate) fn rest_operations(service: &str) -> Option<Vec<&'static str>> {
    REST.iter()
        .find(|rest| rest.service == service)
        .map(|rest| (rest.names)())
}

impl Operation {
    /// Of a request whose body has arrived.
    pub(crate) fn of(request: &Request) -> Self {
        let known = |name: &str, protocol| Self {
            name: name.to_owned(),
            protocol,
        };
        if let Some(target) = request.target() {
            return known(target, Protocol::Json);
        }
        if request.headers.contains_key(CBOR) {
            let name = request.uri.path().rsplit('/').next();
            return known(name.unwrap_or_default(), Protocol::Cbor);
        }
        if let Some(rest) = REST.iter().find(|rest| rest.service == request.service) {
            let name = (rest.name_of)(request).map_or_else(
                || format!("{} {}", request.method, request.uri.path()),
                str::to_owned,
            );
            return Self {
                name,
                protocol: Protocol::Rest,
            };
        }
        let action = request.query("Action").or_else(|| {
            form_urlencoded::parse(&request.body)
                .find(|(key, _)| key == "Action")
                .map(|(_, value)| value.into_owned())
        });
        Self {
            name: action.unwrap_or_default(),
            protocol: Protocol::Query,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, Method};

    fn request(service: &str, method: Method, uri: &str, body: &'static str) -> Request {
        Request {
            region: "ap-northeast-1".into(),
            service: service.into(),
            access_key_id: "local".into(),
            method,
            uri: uri.parse().unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn rest_operations_are_told_by_method_and_path() {
        for (service, method, uri, name) in [
            (
                "lambda",
                Method::POST,
                "/2015-03-31/functions/pin/invocations?Qualifier=1",
                "Invoke",
            ),
            (
                "lambda",
                Method::GET,
                "/2015-03-31/functions/",
                "ListFunctions",
            ),
            (
                "connect",
                Method::POST,
                "/phone-number/list",
                "ListPhoneNumbersV2",
            ),
            (
                "connect",
                Method::GET,
                "/phone-number/a-b",
                "DescribePhoneNumber",
            ),
            ("connect", Method::GET, "/nowhere/1", "GET /nowhere/1"),
            ("xray", Method::POST, "/TraceSegments", "PutTraceSegments"),
        ] {
            let found = Operation::of(&request(service, method, uri, ""));
            assert_eq!(found.name, name, "{uri}");
            assert_eq!(found.protocol, Protocol::Rest);
        }
    }

    #[test]
    fn the_protocol_is_told_before_the_body_arrives() {
        let headers = |list: &[(&'static str, &'static str)]| -> HeaderMap {
            let parsed = list
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            parsed.collect()
        };
        let form = [(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )];
        for (service, list, protocol) in [
            ("ec2", &form[..], Protocol::Query),
            ("monitoring", &form, Protocol::Query),
            ("monitoring", &[], Protocol::Query),
            (
                "monitoring",
                &[("x-amz-target", "GraniteServiceVersion20100801.ListMetrics")],
                Protocol::Json,
            ),
            (
                "monitoring",
                &[("smithy-protocol", "rpc-v2-cbor")],
                Protocol::Cbor,
            ),
            ("route53", &[], Protocol::Query),
            ("s3", &[], Protocol::Rest),
            ("lambda", &[], Protocol::Rest),
            ("sqs", &[], Protocol::Json),
            ("", &[], Protocol::Json),
        ] {
            let found = Protocol::of_head(service, &headers(list));
            assert_eq!(found, protocol, "{service} {list:?}");
        }
    }

    #[test]
    fn other_protocols_name_their_operation() {
        let query = request("sns", Method::POST, "/", "Message=a&Action=Publish");
        assert_eq!(Operation::of(&query).name, "Publish");

        let mut json = request("dynamodb", Method::POST, "/", "{}");
        json.headers
            .insert("x-amz-target", "DynamoDB_20120810.GetItem".parse().unwrap());
        let found = Operation::of(&json);
        assert_eq!(
            (found.name.as_str(), found.protocol),
            ("GetItem", Protocol::Json)
        );

        let mut cbor = request(
            "monitoring",
            Method::POST,
            "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm",
            "",
        );
        cbor.headers
            .insert("smithy-protocol", "rpc-v2-cbor".parse().unwrap());
        let found = Operation::of(&cbor);
        assert_eq!(
            (found.name.as_str(), found.protocol),
            ("PutMetricAlarm", Protocol::Cbor)
        );
    }
}
