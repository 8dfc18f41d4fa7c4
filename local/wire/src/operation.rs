//! The operation that a request asks for, under the name of the service's model.

use crate::protocol::TARGET;
use crate::{Dialect, Protocol, Request, query};

/// An input member from the path of a request: its name in the model, and its text.
pub type PathMember = (&'static str, String);

/// An operation and the protocol of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The name, such as `GetItem`; `METHOD /path` if these do not match an operation of the
    /// service.
    pub name: String,
    /// The format of the request and its response.
    pub protocol: Protocol,
    /// The members in the path, if method and path determine the operation.
    pub path: Vec<PathMember>,
    /// Whether method and path match an operation of the service's model. Always true in other
    /// protocols, whose names are not checked.
    pub is_routed: bool,
}

impl Operation {
    /// Resolves the operation of a complete request.
    pub fn of(dialect: &Dialect, request: &Request) -> Self {
        let protocol = Protocol::of_head(dialect, &request.headers);
        let named = |name: &str| Self {
            name: name.to_owned(),
            protocol,
            path: Vec::new(),
            is_routed: true,
        };
        match protocol {
            Protocol::Json => {
                let target = request.headers.get(TARGET);
                let target = target.and_then(|value| value.to_str().ok());
                named(
                    target
                        .and_then(|name| name.rsplit('.').next())
                        .unwrap_or_default(),
                )
            }
            Protocol::Cbor => named(request.uri.path().rsplit('/').next().unwrap_or_default()),
            Protocol::Query => {
                let action = request
                    .query("Action")
                    .or_else(|| query::parameter(&request.body, "Action"));
                named(&action.unwrap_or_default())
            }
            Protocol::RestJson | Protocol::RestXml => {
                match dialect.operations.and_then(|all| all().route(request)) {
                    Some(route) => Self {
                        path: route.members,
                        ..named(route.operation)
                    },
                    None => Self {
                        is_routed: false,
                        ..named(&format!("{} {}", request.method, request.uri.path()))
                    },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Form;
    use crate::{Declared, JsonVersion, Operations, post};
    use bytes::Bytes;
    use http::{HeaderMap, Method};
    use std::sync::LazyLock;

    const SERVED: &[Declared<()>] = &[post("Known", "/known/{Name}", ())];
    static OPERATIONS: LazyLock<Operations<()>> =
        LazyLock::new(|| Operations::new("lambda", &[SERVED], ""));
    static LAMBDA: Dialect = Dialect::rest_json("lambda", || &*OPERATIONS);
    static DYNAMODB: Dialect = Dialect::json("dynamodb", JsonVersion::V1_0);
    static SNS: Dialect = Dialect::query("sns", Form::new(""));
    static MONITORING: Dialect = Dialect {
        is_also_json_and_cbor: true,
        ..Dialect::query("monitoring", Form::new(""))
    };

    fn request(uri: &str, header: Option<(&'static str, &str)>, body: &'static str) -> Request {
        let headers = header.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        Request {
            region: "ap-northeast-1".into(),
            service: "any".into(),
            access_key_id: "local".into(),
            method: Method::POST,
            uri: uri.parse().unwrap(),
            headers: headers.into_iter().collect::<HeaderMap>(),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn every_protocol_names_its_operation() {
        let target = |name| Some(("x-amz-target", name));
        let cbor = Some(("smithy-protocol", "rpc-v2-cbor"));
        let path = "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm";
        for (dialect, request, name, protocol) in [
            (
                &SNS,
                request("/", None, "Message=a&Action=Publish"),
                "Publish",
                Protocol::Query,
            ),
            (
                &SNS,
                request("/?Action=ListTopics", None, ""),
                "ListTopics",
                Protocol::Query,
            ),
            (
                &DYNAMODB,
                request("/", target("DynamoDB_20120810.GetItem"), "{}"),
                "GetItem",
                Protocol::Json,
            ),
            (&DYNAMODB, request("/", None, "{}"), "", Protocol::Json),
            (
                &MONITORING,
                request(path, cbor, ""),
                "PutMetricAlarm",
                Protocol::Cbor,
            ),
            (
                &LAMBDA,
                request("/known/n", None, ""),
                "Known",
                Protocol::RestJson,
            ),
        ] {
            let found = Operation::of(dialect, &request);
            assert_eq!((found.name.as_str(), found.protocol), (name, protocol));
            assert!(found.is_routed);
        }
        let known = Operation::of(&LAMBDA, &request("/known/n", None, ""));
        assert_eq!(known.path, [("Name", "n".to_owned())]);
        let unknown = Operation::of(&LAMBDA, &request("/nowhere/1", None, ""));
        assert_eq!(
            (unknown.name.as_str(), unknown.is_routed),
            ("POST /nowhere/1", false)
        );
    }
}
