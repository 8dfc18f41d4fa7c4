//! Fault rules: parsing, counting and validation.

use std::sync::Arc;

use super::*;
use crate::services;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use local_wire::{Fault, Reply, Response};
use serde_json::{Value, json};

const BY_TERRAFORM: CalledBy<'_> = CalledBy::Key {
    access_key_id: "local",
    role: None,
};
const BY_FUNCTION: CalledBy<'_> = CalledBy::Key {
    access_key_id: "ASIA1",
    role: Some("arn:aws:iam::123456789012:role/service/pin"),
};

fn complaint(rules: &str) -> String {
    FaultRule::read_all(rules).unwrap_err().to_string()
}

fn strikes(faults: &Faults, calls: usize) -> Vec<bool> {
    (0..calls)
        .map(|_| faults.strike("sns", "Publish", BY_TERRAFORM).is_some())
        .collect()
}

#[test]
fn rules_survive_writing_and_parsing() {
    let text = r#"[
        { "service": "dynamodb", "operation": "UpdateItem", "nth": 2, "times": 3,
          "caller": "functions", "effect": { "latency": { "ms": 1500 } } },
        { "service": "sns", "effect": "lost_answer", "caller": { "role": "pin" } },
        { "service": "sms-voice", "effect": { "refuse": { "code": "ConflictException",
          "members": { "Reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT" } } } }
    ]"#;
    let rules = FaultRule::read_all(text).unwrap();
    assert_eq!(
        rules[0],
        FaultRule::new("dynamodb", Effect::Latency { ms: 1500 })
            .operation("UpdateItem")
            .nth(2)
            .times(3)
            .caller(Caller::Functions)
    );
    let written = serde_json::to_string(&rules).unwrap();
    assert_eq!(FaultRule::read_all(&written).unwrap(), rules);
    let displayed: Vec<String> = rules.iter().map(ToString::to_string).collect();
    assert_eq!(
        displayed,
        [
            "dynamodb UpdateItem, from call 2 on, 3 times, from functions: latency of 1500 ms",
            "sns, every call, from functions with role pin: lost_answer",
            "sms-voice, every call: refuse with 400 ConflictException",
        ]
    );
}

#[test]
fn a_mistake_is_reported_with_its_position() {
    for (rules, words) in [
        ("[", &["be valid JSON", "line 1"][..]),
        ("{}", &["must be a list"]),
        ("[1]", &["rule 1", "must be an object"]),
        (
            r#"[{"effect": "reset"}]"#,
            &["rule 1", "service must be given"],
        ),
        (r#"[{"service": "sns"}]"#, &["effect must be given"]),
        (
            r#"[{"service": "sns", "effect": "reset"}, {"service": "sqs", "effect": "reset"}]"#,
            &["rule 2", "was 'sqs'", "sms-voice"],
        ),
        (
            r#"[{"service": "sns", "effect": "explode"}]"#,
            &["effect: ", "`explode`", "`lost_answer`"],
        ),
        (
            r#"[{"service": "sns", "effect": "latency"}]"#,
            &["effect: ", r#""ms""#],
        ),
        (
            r#"[{"service": "sns", "effect": {"latency": {"ms": 1, "s": 2}}}]"#,
            &["unknown field `s`"],
        ),
        (
            r#"[{"service": "sns", "effect": "reset", "tiems": 2}]"#,
            &["'tiems'", "times"],
        ),
        (
            r#"[{"service": "sns", "effect": "reset", "nth": 0}]"#,
            &["nth must be at least 1, but was 0"],
        ),
        (
            r#"[{"service": "sns", "effect": "reset", "nth": "2"}]"#,
            &["nth: "],
        ),
        (
            r#"[{"service": "sns", "effect": "reset", "caller": "lambda"}]"#,
            &["caller: ", "accessKeyId"],
        ),
        (
            r#"[{"service": "dynamodb", "operation": "DynamoDB_20120810.GetItem", "effect": "reset"}]"#,
            &["operation must be an operation of dynamodb"],
        ),
        (
            r#"[{"service": "lambda", "operation": "InvokeFunction", "effect": "reset"}]"#,
            &[
                "operation must be an operation of lambda",
                "was 'InvokeFunction'",
            ],
        ),
        (
            r#"[{"service": "sns", "effect": {"refuse": {"code": "X", "status": 200}}}]"#,
            &["status must be from 400 to 599, but was 200"],
        ),
    ] {
        let message = complaint(rules);
        for word in words {
            assert!(message.contains(word), "{rules}: {message}");
        }
    }
}

#[test]
fn nth_and_times_select_the_calls() {
    let rule = || FaultRule::new("sns", Effect::Throttle);
    for (rule, expected) in [
        (rule(), [true, true, true, true]),
        (rule().nth(2), [false, true, false, false]),
        (rule().times(2), [true, true, false, false]),
        (rule().nth(2).times(2), [false, true, true, false]),
        (rule().operation("Subscribe"), [false; 4]),
        (rule().caller(Caller::Functions), [false; 4]),
    ] {
        let faults = Faults::default();
        faults.add(rule.clone()).unwrap();
        assert_eq!(strikes(&faults, 4), expected, "{rule}");
    }
}

#[test]
fn rules_are_applied_in_order() {
    let faults = Faults::default();
    faults
        .set(vec![
            FaultRule::new("sns", Effect::Throttle).times(1),
            FaultRule::new("sns", Effect::Reset).times(1),
        ])
        .unwrap();
    let struck = || faults.strike("sns", "Publish", BY_TERRAFORM);
    assert_eq!(struck(), Some(Effect::Throttle));
    assert_eq!(struck(), Some(Effect::Reset));
    assert_eq!(struck(), None);
    let counters: Vec<_> = faults.list().iter().map(|r| (r.seen, r.hits)).collect();
    assert_eq!(counters, [(3, 1), (3, 1)]);
    faults.clear();
    assert!(faults.list().is_empty());
    assert_eq!(struck(), None);
}

#[test]
fn callers_are_distinguished() {
    for (caller, terraform, function, connect) in [
        (Caller::Functions, false, true, false),
        (Caller::Connect, false, false, true),
        (Caller::Role("pin".into()), false, true, false),
        (Caller::Role("in".into()), false, false, false),
        (
            Caller::Role("arn:aws:iam::123456789012:role/service/pin".into()),
            false,
            true,
            false,
        ),
        (Caller::AccessKeyId("local".into()), true, false, false),
    ] {
        assert_eq!(caller.is(BY_TERRAFORM), terraform, "{caller}");
        assert_eq!(caller.is(BY_FUNCTION), function, "{caller}");
        assert_eq!(caller.is(CalledBy::Connect), connect, "{caller}");
    }
}

#[test]
fn parallel_calls_share_exactly_the_number_of_hits() {
    let faults = Arc::new(Faults::default());
    faults
        .set(vec![
            FaultRule::new("sns", Effect::Reset).nth(500),
            FaultRule::new("sns", Effect::Throttle).times(100),
        ])
        .unwrap();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let faults = Arc::clone(&faults);
            std::thread::spawn(move || strikes(&faults, 250).iter().filter(|hit| **hit).count())
        })
        .collect();
    let hits: usize = threads.into_iter().map(|t| t.join().unwrap()).sum();
    assert_eq!(hits, 101);
    let counters: Vec<_> = faults.list().iter().map(|r| (r.seen, r.hits)).collect();
    assert_eq!(counters, [(2000, 1), (2000, 100)]);
}

#[test]
fn nothing_changes_when_a_rule_is_invalid() {
    let faults = Faults::default();
    let good = FaultRule::new("sns", Effect::Reset);
    faults.add(good.clone()).unwrap();
    let error = faults
        .set(vec![good.clone(), FaultRule::new("sqs", Effect::Reset)])
        .unwrap_err();
    assert!(error.to_string().starts_with("rule 2: "), "{error}");
    assert_eq!(faults.list()[0].rule, good);
}

/// Writes a refusal as the service's clients receive it, for a request with this header.
fn write(fault: Fault, service: &str, header: Option<&'static str>) -> Response {
    let headers = header.map(|name| (HeaderName::from_static(name), HeaderValue::from_static("x")));
    let headers: HeaderMap = headers.into_iter().collect();
    Reply::to_head(services::find(service).unwrap(), &Method::POST, &headers).refuse(fault)
}

#[test]
fn every_service_refuses_in_its_own_protocol() {
    let body = |service: &str, operation: &str, effect: &Effect| -> (u16, Value) {
        let fault = refusal(effect, service, operation).unwrap();
        let response = write(fault, service, None);
        (
            response.status().as_u16(),
            serde_json::from_slice(response.body()).unwrap(),
        )
    };
    let (status, error) = body("dynamodb", "GetItem", &Effect::Throttle);
    assert_eq!(status, 400);
    assert_eq!(error["__type"], "ProvisionedThroughputExceededException");
    let (_, error) = body("dynamodb", "DescribeTable", &Effect::Throttle);
    assert_eq!(error["__type"], "ThrottlingException");
    let (status, error) = body("lambda", "Invoke", &Effect::Throttle);
    assert_eq!(status, 429);
    assert_eq!(error["__type"], "TooManyRequestsException");
    assert!(
        error["message"].is_string() && error["Reason"].is_string(),
        "{error}"
    );
    let (status, error) = body("kms", "GenerateMac", &Effect::ServerError);
    assert_eq!(
        (status, &error["__type"]),
        (500, &json!("KMSInternalException"))
    );
    let (status, _) = body("ssm", "GetParameter", &Effect::Unavailable);
    assert_eq!(status, 503);

    let fault = refusal(&Effect::Throttle, "sns", "Publish").unwrap();
    let xml = write(fault, "sns", None);
    let xml = String::from_utf8_lossy(xml.body()).into_owned();
    assert!(xml.contains("<Code>Throttling</Code>"), "{xml}");

    let fault = refusal(&Effect::Throttle, "monitoring", "PutMetricData").unwrap();
    let cbor = write(fault, "monitoring", Some("smithy-protocol"));
    let error = local_wire::cbor::read(cbor.body()).unwrap();
    assert_eq!(error["__type"], "Throttling");
    assert!(error["message"].is_string(), "{error}");
}
