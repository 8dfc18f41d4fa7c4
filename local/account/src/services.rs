//! The account's services and their dialects, each of which is defined beside its service.

use axum::http::request::Parts;
use local_wire::{Dialect, Protocol, Reply};

use crate::{
    cloudwatch, dynamodb, end_user_messaging, firehose, iam, kinesis, kinesis_video, kms, lex,
    logs, s3, sns, ssm, sts, xray,
};

/// The dialects of all services.
static DIALECTS: [&Dialect; 17] = [
    &local_connect::DIALECT,
    &dynamodb::DIALECT,
    &firehose::DIALECT,
    &iam::DIALECT,
    &kinesis::DIALECT,
    &kinesis_video::DIALECT,
    &kms::DIALECT,
    &local_lambda::DIALECT,
    &lex::DIALECT,
    &logs::DIALECT,
    &cloudwatch::DIALECT,
    &s3::DIALECT,
    &end_user_messaging::DIALECT,
    &sns::DIALECT,
    &ssm::DIALECT,
    &sts::DIALECT,
    &xray::DIALECT,
];

/// Returns the dialect of a service; `None` if the account does not have the service.
pub(crate) fn find(service: &str) -> Option<&'static Dialect> {
    DIALECTS
        .iter()
        .find(|dialect| dialect.service == service)
        .copied()
}

/// Returns the protocol of a service; JSON if the account does not have the service.
pub(crate) fn protocol(service: &str) -> Protocol {
    find(service).map_or(Protocol::Json, |dialect| dialect.protocol)
}

/// Returns the signing names of all services.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    DIALECTS.iter().map(|dialect| dialect.service)
}

/// Returns the names of a service's operations, whether the account serves them or not.
pub(crate) fn operations(service: &str) -> Vec<&'static str> {
    let operations = find(service).and_then(|dialect| dialect.operations);
    operations.map_or_else(Vec::new, |operations| operations().names())
}

/// Returns a writer for the response to a request of which only the head was read; the service may be
/// unknown.
pub(crate) fn reply_to_head(service: &str, head: &Parts) -> Reply {
    let dialect = find(service).unwrap_or_else(|| Dialect::unknown(service));
    Reply::to_head(dialect, &head.method, &head.headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderMap, Method};
    use local_wire::{Operation, Request};

    #[test]
    fn rest_operations_are_selected_by_method_and_path() {
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
                "lambda",
                Method::GET,
                "/2015-03-31/functions/pin",
                "GetFunction",
            ),
            (
                "lambda",
                Method::GET,
                "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Apin",
                "ListTags",
            ),
            (
                "lambda",
                Method::GET,
                "/2019-09-30/functions/pin/provisioned-concurrency?List=ALL",
                "ListProvisionedConcurrencyConfigs",
            ),
            (
                "lambda",
                Method::GET,
                "/2019-09-30/functions/pin/provisioned-concurrency?Qualifier=1",
                "GetProvisionedConcurrencyConfig",
            ),
            ("lambda", Method::GET, "/nowhere", "GET /nowhere"),
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
            ("s3", Method::GET, "/bucket?list-type=2", "ListObjectsV2"),
            ("xray", Method::POST, "/TraceSegments", "PutTraceSegments"),
        ] {
            let request = Request {
                region: "ap-northeast-1".into(),
                service: service.into(),
                access_key_id: "local".into(),
                method,
                uri: uri.parse().unwrap(),
                headers: HeaderMap::new(),
                body: bytes::Bytes::new(),
            };
            let found = Operation::of(find(service).unwrap(), &request);
            assert_eq!(found.name, name, "{uri}");
            assert!(found.protocol.is_rest());
        }
    }

    #[test]
    fn every_service_has_its_protocol() {
        for (service, protocol) in [
            ("connect", Protocol::RestJson),
            ("dynamodb", Protocol::Json),
            ("firehose", Protocol::Json),
            ("iam", Protocol::Query),
            ("kinesis", Protocol::Json),
            ("kinesisvideo", Protocol::RestJson),
            ("kms", Protocol::Json),
            ("lambda", Protocol::RestJson),
            ("lex", Protocol::RestJson),
            ("logs", Protocol::Json),
            ("monitoring", Protocol::Query),
            ("s3", Protocol::RestXml),
            ("sms-voice", Protocol::Json),
            ("sns", Protocol::Query),
            ("ssm", Protocol::Json),
            ("sts", Protocol::Query),
            ("xray", Protocol::RestJson),
        ] {
            let dialect = find(service).unwrap();
            let found = Protocol::of_head(dialect, &HeaderMap::new());
            assert_eq!(found, protocol, "{service}");
            let operations = dialect.operations.unwrap()();
            assert!(!operations.names().is_empty(), "{service}");
            assert_eq!(operations.departures(), Vec::<String>::new(), "{service}");
        }
        assert_eq!(names().count(), 17);
    }
}
