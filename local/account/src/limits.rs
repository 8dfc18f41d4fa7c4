//! Limits on the parts of a request: AWS's where they are documented, and generous ones elsewhere.
//! hyper enforces limits before these: 64 KiB for an address, and those of the
//! [server](crate::server) for headers.

use http::{HeaderMap, Uri};
use local_wire::{Fault, Protocol, is_form};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// The most bytes of a body below `/_local/`, where fault rules are the largest.
pub(crate) const OWN_INTERFACE_BYTES: usize = 2 * MIB;

/// The most parameters of a form or an address. PutMetricData has the most of all operations: about
/// 25,000 fit into its megabyte.
const MAX_PARAMETERS: usize = 50_000;

/// The most parts of a parameter's name.
/// `MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name` has nine, and no name of
/// AWS has many more.
const MAX_NAME_PARTS: usize = 32;

/// Returns the most bytes of a body in requests to a service.
pub(crate) fn body_bytes(service: &str) -> usize {
    match service {
        // A zip of 50 MB, which is two thirds of its base64; S3 accepts the same zip here.
        "lambda" | "s3" => 72 * MIB,
        // BatchWriteItem and TransactWriteItems.
        "dynamodb" => 16 * MIB,
        // Forms: an alarm, a policy or a megabyte of metrics, enlarged by percent-encoding.
        "iam" | "monitoring" | "sns" | "sts" => 4 * MIB,
        // PutLogEvents and PutTraceSegments, with a megabyte of text each, enlarged by JSON.
        _ => 8 * MIB,
    }
}

/// Refuses parameters that no operation has, since services parse them by recursion.
///
/// # Errors
/// `ValidationError` with the exceeded limit.
pub(crate) fn check_parameters(
    protocol: Protocol,
    headers: &HeaderMap,
    uri: &Uri,
    body: &[u8],
) -> Result<(), Fault> {
    check(uri.query().unwrap_or_default().as_bytes())?;
    match protocol {
        Protocol::Query => check(body),
        // Services select the protocol by the body's type alone.
        Protocol::Json | Protocol::Cbor if is_form(headers) => check(body),
        // An object may be declared a form, since `curl --data-binary` declares every body one.
        Protocol::Json | Protocol::RestJson | Protocol::RestXml | Protocol::Cbor => Ok(()),
    }
}

fn check(form: &[u8]) -> Result<(), Fault> {
    let refused = |sentence: String| Err(Fault::new(400, "ValidationError", sentence));
    let parameters = form.split(|byte| *byte == b'&').count();
    if parameters > MAX_PARAMETERS {
        return refused(format!(
            "A request must have at most {MAX_PARAMETERS} parameters, but has {parameters}. \
             Send fewer at a time."
        ));
    }
    let most = form_urlencoded::parse(form)
        .map(|(name, _)| name.split('.').count())
        .max();
    match most {
        Some(parts) if parts > MAX_NAME_PARTS => refused(format!(
            "The name of a parameter must have at most {MAX_NAME_PARTS} parts, but one of this \
             request has {parts}. Use the names that the operation defines."
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_that_are_not_forms_may_have_dots() {
        let uri = Uri::from_static("/bucket/key?list-type=2");
        let dots = ".".repeat(1000);
        let deep: Uri = format!("/?{dots}=1").parse().unwrap();
        let plain = HeaderMap::new();
        let form: HeaderMap = [(
            http::header::CONTENT_TYPE,
            "application/x-www-form-urlencoded".parse().unwrap(),
        )]
        .into_iter()
        .collect();
        for (protocol, headers, refused) in [
            (Protocol::Query, &plain, true),
            (Protocol::Query, &form, true),
            (Protocol::Json, &plain, false),
            (Protocol::Json, &form, true),
            (Protocol::Cbor, &plain, false),
            (Protocol::Cbor, &form, true),
            (Protocol::RestJson, &plain, false),
            (Protocol::RestXml, &form, false),
        ] {
            let body = check_parameters(protocol, headers, &uri, dots.as_bytes());
            assert_eq!(body.is_err(), refused, "{protocol:?} {headers:?}");
            assert!(check_parameters(protocol, headers, &deep, b"").is_err());
        }
    }

    #[test]
    fn forms_may_have_as_many_parameters_as_on_aws() {
        let metrics: String = (1..=25_000)
            .map(|number| format!("&MetricData.member.{number}.MetricName=a"))
            .collect();
        assert_eq!(check(metrics.as_bytes()), Ok(()));
        assert_eq!(
            check(b"MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name=a"),
            Ok(())
        );
        assert_eq!(check(b""), Ok(()));
        // Dots within a value are not counted.
        assert_eq!(check(format!("a={}", ".".repeat(1000)).as_bytes()), Ok(()));
        let many = "a=&".repeat(60_000);
        let deep = format!("{}=1", "a.".repeat(1000));
        let encoded = format!("{}=1", "a%2E".repeat(1000));
        for form in [many, deep, encoded] {
            let refused = check(form.as_bytes()).unwrap_err();
            assert_eq!(
                (refused.status, refused.code.as_str()),
                (400, "ValidationError")
            );
            assert!(refused.message.contains("at most"), "{refused}");
        }
    }
}
