//! AWS's protocols, and how a request says which one it speaks.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::Dialect;

/// How a request, and so its answer, is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// awsJson1.0 and 1.1: the operation stands in `X-Amz-Target`.
    Json,
    /// restJson1: method and path are the operation, bodies are JSON.
    RestJson,
    /// restXml: method and path are the operation, bodies are XML.
    RestXml,
    /// awsQuery: the parameter `Action`, and answers in XML.
    Query,
    /// Smithy's RPC v2: the path ends with the operation, bodies are CBOR.
    Cbor,
}

/// The header of RPC v2.
pub(crate) const SMITHY_PROTOCOL: &str = "smithy-protocol";
/// The header of awsJson.
pub(crate) const TARGET: &str = "x-amz-target";

impl Protocol {
    /// Reads the protocol of a request from its head, before its body has arrived. Refusals are written
    /// by it: a client cannot tell what it cannot read.
    ///
    /// Headers count only where the service may be spoken to in several protocols, so that nothing takes a
    /// request for another operation than its service does.
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

    /// Whether method and path are the operation.
    pub fn is_rest(self) -> bool {
        matches!(self, Self::RestJson | Self::RestXml)
    }
}

/// Whether a body is a form.
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
    use crate::{JsonVersion, Rest};

    const REST: Rest = Rest {
        route: |_| None,
        names: Vec::new,
    };
    static LAMBDA: Dialect = Dialect::rest_json("lambda", REST);
    static S3: Dialect = Dialect::rest_xml("s3", REST);
    static LOGS: Dialect = Dialect::json("logs", JsonVersion::V1_1);
    static SNS: Dialect = Dialect::query("sns", Form::new(""));
    static MONITORING: Dialect = Dialect {
        is_also_json_and_cbor: true,
        ..Dialect::query("monitoring", Form::new(""))
    };

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
            // Nobody who speaks them is a client of these services.
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
