//! AWS's protocols, and the detection of a request's protocol.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::Dialect;

/// The format of a request and its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// awsJson1.0 and 1.1: the header `X-Amz-Target` names the operation.
    Json,
    /// restJson1: method and path determine the operation, bodies are JSON.
    RestJson,
    /// restXml: method and path determine the operation, bodies are XML.
    RestXml,
    /// awsQuery: the parameter `Action` names the operation, responses are XML.
    Query,
    /// Smithy's RPC v2: the path ends with the operation, bodies are CBOR.
    Cbor,
}

/// The header that identifies RPC v2.
pub(crate) const SMITHY_PROTOCOL: &str = "smithy-protocol";
/// The header that identifies awsJson.
pub(crate) const TARGET: &str = "x-amz-target";

impl Protocol {
    /// Detects the protocol of a request from its head, before its body has arrived. Refusals are
    /// written in it, too: a client can only read its own protocol.
    ///
    /// Headers count only if the service supports several protocols. Otherwise the gateway could
    /// resolve another operation than the service itself does.
    pub fn of_head(dialect: &Dialect, headers: &HeaderMap) -> Self {
        match dialect.protocol {
            rest @ (Self::RestJson | Self::RestXml) => rest,
            Self::Query if !dialect.is_also_json_and_cbor => Self::Query,
            _ if headers.contains_key(TARGET) => Self::Json,
            _ if headers.contains_key(SMITHY_PROTOCOL) => Self::Cbor,
            Self::Json if is_form(headers) => Self::Query,
            usual => usual,
        }
    }

    /// Reports whether method and path determine the operation.
    pub fn is_rest(self) -> bool {
        matches!(self, Self::RestJson | Self::RestXml)
    }
}

/// Reports whether the body is a form.
pub fn is_form(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .to_ascii_lowercase()
            .starts_with(b"application/x-www-form-urlencoded")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Form;
    use crate::{JsonVersion, Operations};
    use std::sync::LazyLock;

    static NONE: LazyLock<Operations<()>> = LazyLock::new(|| Operations::new("none", &[], ""));
    static LAMBDA: Dialect = Dialect::rest_json("lambda", || &*NONE);
    static S3: Dialect = Dialect::rest_xml("s3", || &*NONE);
    static LOGS: Dialect = Dialect::json("logs", JsonVersion::V1_1);
    static SNS: Dialect = Dialect::query("sns", Form::new(""));
    static MONITORING: Dialect = Dialect {
        is_also_json_and_cbor: true,
        ..Dialect::query("monitoring", Form::new(""))
    };

    #[test]
    fn the_protocol_is_detected_before_the_body_arrives() {
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
        let target = [("x-amz-target", "GraniteServiceVersion20100801.ListMetrics")];
        let cbor = [("smithy-protocol", "rpc-v2-cbor")];
        for (dialect, list, protocol) in [
            (Dialect::unknown("ec2"), &form[..], Protocol::Query),
            (Dialect::unknown("route53"), &[], Protocol::Query),
            (Dialect::unknown("sqs"), &[], Protocol::Json),
            (Dialect::unknown(""), &[], Protocol::Json),
            (&MONITORING, &form, Protocol::Query),
            (&MONITORING, &[], Protocol::Query),
            (&MONITORING, &target, Protocol::Json),
            (&MONITORING, &cbor, Protocol::Cbor),
            (&LOGS, &target, Protocol::Json),
            (&LOGS, &[], Protocol::Json),
            (&SNS, &form, Protocol::Query),
            // Clients of these services do not send these protocols.
            (&SNS, &target, Protocol::Query),
            (&SNS, &cbor, Protocol::Query),
            (&LAMBDA, &target, Protocol::RestJson),
            (&S3, &[], Protocol::RestXml),
            (&LAMBDA, &[], Protocol::RestJson),
        ] {
            let found = Protocol::of_head(dialect, &headers(list));
            assert_eq!(found, protocol, "{} {list:?}", dialect.service);
        }
    }
}
