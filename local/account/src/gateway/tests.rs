//! Services that panic, and requests whose bodies cannot be read.

use super::*;
use std::net::{Ipv4Addr, SocketAddr};

use local_lambda::Hosting;
use local_wire::{Dialect, OutcomeFuture};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::account::{Account, AccountConfig, TestOverrides};
use crate::faults::FaultRule;
use crate::pace::ClientTimeouts;

/// A service that panics over the body `break` while it holds a lock, as embedded services do.
struct Fragile {
    stands_for: &'static Dialect,
    held: tokio::sync::Mutex<()>,
}

impl Fragile {
    fn new(service: &str) -> Self {
        Self {
            stands_for: services::find(service).unwrap(),
            held: tokio::sync::Mutex::default(),
        }
    }
}

impl Service for Fragile {
    fn dialect(&self) -> &'static Dialect {
        self.stands_for
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move {
            let _held = self.held.lock().await;
            assert!(!request.body.starts_with(b"break"), "for the test");
            Ok(Response::new("whole".into()).into())
        }
        .boxed()
    }
}

/// Starts an account in which the named services are fragile and the time limits are short.
async fn account(fragile: &[&'static str]) -> (Account, tempfile::TempDir) {
    let place = tempfile::tempdir().unwrap();
    let config = AccountConfig::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), place.path());
    let overrides = TestOverrides {
        timeouts: ClientTimeouts {
            body: Duration::from_millis(200),
            ..ClientTimeouts::default()
        },
        services: fragile
            .iter()
            .map(|name| (*name, Arc::new(Fragile::new(name)) as Arc<dyn Service>))
            .collect(),
        ..TestOverrides::default()
    };
    let account = Account::start_with(config, Hosting::default(), overrides);
    (account.await.unwrap(), place)
}

/// Returns the head of a signed request, without the empty line at its end.
fn head(service: &str, more: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=local/20261126/eu-west-1/{service}/aws4_request, SignedHeaders=host, \
         Signature=00\r\n{more}"
    )
}

fn whole(service: &str, more: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{}Content-Length: {length}\r\n\r\n{body}",
        head(service, more)
    )
}

/// Sends a request, closes the sending side if `end` is set, and reads the response to its end.
async fn ask(account: &Account, request: &str, end: bool) -> String {
    let mut stream = TcpStream::connect(account.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    if end {
        stream.shutdown().await.unwrap();
    }
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_service_that_panics_answers_in_its_protocol_and_keeps_running() {
    let (account, _place) = account(&["logs", "sts", "s3", "monitoring"]).await;
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for (service, line, more, body, expected) in [
        (
            "logs",
            "POST / ",
            "X-Amz-Target: Logs_20140328.DescribeLogGroups\r\n",
            "break",
            &["\"__type\":\"InternalFailure\"", "logs:DescribeLogGroups"][..],
        ),
        (
            "sts",
            "POST / ",
            form,
            "break=1&Action=AssumeRole",
            &["<Code>InternalFailure</Code>", "sts:AssumeRole"],
        ),
        (
            "s3",
            "PUT /bucket ",
            "",
            "break",
            &["<Error><Code>InternalFailure</Code>", "s3:"],
        ),
        (
            "monitoring",
            "POST /service/GraniteServiceVersion20100801/operation/ListMetrics ",
            "Smithy-Protocol: rpc-v2-cbor\r\n",
            "break",
            &["InternalFailure", "application/cbor"],
        ),
    ] {
        let request = |body: &str| whole(service, more, body).replacen("POST / ", line, 1);
        for _ in 0..2 {
            let answer = ask(&account, &request(body), false).await;
            assert!(answer.starts_with("HTTP/1.1 500"), "{service}: {answer}");
            for words in expected {
                assert!(answer.contains(words), "{service}: {answer}");
            }
            let good = request(&body.replace("break", "good"));
            let next = ask(&account, &good, false).await;
            assert!(next.ends_with("whole"), "{service}: {next}");
        }
    }
    let statuses: Vec<_> = account
        .requests()
        .iter()
        .map(|record| record.status)
        .collect();
    assert_eq!(&statuses[..2], [Some(500), Some(200)]);
    account.shutdown().await;
}

#[tokio::test]
async fn a_service_that_panics_under_a_fault_rule_answers_as_well() {
    let (account, _place) = account(&["logs"]).await;
    account
        .faults()
        .set(vec![FaultRule::new("logs", Effect::SlowAnswer { ms: 1 })])
        .unwrap();
    let target = "X-Amz-Target: Logs_20140328.DescribeLogGroups\r\n";
    let answer = ask(&account, &whole("logs", target, "break"), false).await;
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    let next = ask(&account, &whole("logs", target, "good"), false).await;
    assert!(next.ends_with("whole"), "{next}");
    account.shutdown().await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_distinguished_from_one_that_is_too_large() {
    let (account, _place) = account(&[]).await;
    let json = "X-Amz-Target: Logs_20140328.DescribeLogGroups\r\n";
    let chunked = format!("{}Transfer-Encoding: chunked\r\n\r\n", head("logs", json));
    for (request, end, status, code) in [
        // A body shorter than its announced length, from a client that has disconnected.
        (
            format!("{}Content-Length: 100\r\n\r\n{{}}", head("logs", json)),
            true,
            400,
            "IncompleteBody",
        ),
        (
            format!("{}Content-Length: 100\r\n\r\n{{}}", head("s3", "")),
            true,
            400,
            "<Code>IncompleteBody",
        ),
        (format!("{chunked}5\r\n{{}}"), true, 400, "IncompleteBody"),
        (
            format!("{chunked}2\r\n{{}}\r\n"),
            true,
            400,
            "IncompleteBody",
        ),
        (
            format!("{chunked}zz\r\n{{}}\r\n"),
            false,
            400,
            "IncompleteBody",
        ),
        // A client that stays connected and sends nothing more.
        (
            format!("{}Content-Length: 100\r\n\r\n{{}}", head("logs", json)),
            false,
            408,
            "RequestTimeout",
        ),
        (format!("{chunked}5\r\n{{}}"), false, 408, "RequestTimeout"),
        // A client that announces a body that is too large.
        (
            format!("{}Content-Length: 9000000\r\n\r\n{{", head("logs", json)),
            false,
            413,
            "RequestEntityTooLargeException",
        ),
        (
            format!("{}Content-Length: 80000000\r\n\r\n{{", head("lambda", "")),
            false,
            413,
            "RequestTooLargeException",
        ),
        (
            format!("{}Content-Length: 80000000\r\n\r\n{{", head("s3", "")),
            false,
            413,
            "<Code>EntityTooLarge",
        ),
        (
            format!("{}Content-Length: 5000000\r\n\r\n{{", head("sts", "")),
            false,
            413,
            "<Code>RequestEntityTooLarge",
        ),
    ] {
        let answer = ask(&account, &request, end).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{request}: {answer}"
        );
        assert!(answer.contains(code), "{request}: {answer}");
        assert!(
            answer.to_lowercase().contains("connection: close"),
            "{answer}"
        );
    }
    for (length, end, status) in [(100, true, 400), (100, false, 408), (3_000_000, false, 413)] {
        let request = format!(
            "PUT /_local/faults HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n["
        );
        let answer = ask(&account, &request, end).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
        assert!(answer.contains("{\"message\":"), "{answer}");
    }
    account.shutdown().await;
}

/// A client sends its whole request before it reads, and must still be able to read the refusal.
#[tokio::test]
async fn a_large_body_that_is_refused_leaves_the_answer_readable() {
    let (account, _place) = account(&[]).await;
    let body = "x".repeat(9 * 1024 * 1024);
    let json = "X-Amz-Target: Logs_20140328.DescribeLogGroups\r\n";
    let page = format!("{json}Sec-Fetch-Site: cross-site\r\n");
    let pieces = format!(
        "{}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        head("logs", json),
        body.len()
    );
    for (request, status) in [
        (whole("logs", json, &body), 413),
        (pieces, 413),
        (whole("logs", &page, &body), 403),
        (whole("nowhere", json, &body), 501),
        (whole("logs", json, &body).replace("Credential=", ""), 403),
    ] {
        let answer = ask(&account, &request, false).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
    account.shutdown().await;
}

#[tokio::test]
async fn five_hundred_clients_at_once_are_answered() {
    let (account, _place) = account(&[]).await;
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let request = whole("sts", form, "Action=GetCallerIdentity&Version=2011-06-15");
    let requests = (0..500).map(|_| ask(&account, &request, false));
    for answer in futures_util::future::join_all(requests).await {
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    account.shutdown().await;
}

#[tokio::test]
async fn get_requests_below_local_change_nothing() {
    let (account, _place) = account(&["logs"]).await;
    let rules = vec![FaultRule::new("sns", Effect::Reset)];
    account.faults().set(rules).unwrap();
    let target = "X-Amz-Target: Logs_20140328.DescribeLogGroups\r\n";
    ask(&account, &whole("logs", target, "good"), false).await;
    let state = |account: &Account| {
        format!(
            "{:?} {:?} {:?} {:?}",
            account.faults().list(),
            account.requests(),
            account.authorizations(None),
            account.outbox().messages()
        )
    };
    let before = state(&account);
    for (path, status) in [
        ("health", 200),
        ("numbers", 200),
        ("messages", 200),
        ("faults", 200),
        ("requests", 200),
        ("authorizations", 200),
        ("calls", 200),
        ("calls/1", 404),
        ("calls/1/report.html", 404),
        ("calls/1/test-case", 405),
        ("figures", 200),
        ("flows/1/picture", 404),
        ("tables", 200),
        ("ui/", 200),
        ("ui/app.js", 200),
        ("sms/sandbox", 405),
        ("sms/spend-quota", 405),
        ("sms/opt-out", 405),
        ("else", 404),
        ("calls/1/2", 404),
    ] {
        for method in ["GET", "HEAD"] {
            let request = format!(
                "{method} /_local/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            );
            let answer = ask(&account, &request, false).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}")),
                "{request}: {answer}"
            );
            assert_eq!(state(&account), before, "{request}");
        }
    }
    account.shutdown().await;
}

#[tokio::test]
async fn excessive_parameters_are_refused_before_the_service() {
    let (account, _place) = account(&["monitoring"]).await;
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let deep = format!("Action=PutMetricData&{}=1", "a.".repeat(1000));
    let answer = ask(&account, &whole("monitoring", form, &deep), false).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("<Code>ValidationError</Code>"), "{answer}");
    account.shutdown().await;
}

/// The trait `requestCompression` of PutMetricData in the service model of CloudWatch has the encoding
/// gzip, which SDKs use for bodies of 10,240 bytes or more.
#[tokio::test]
async fn compressed_measurements_are_stored() {
    let (account, _place) = account(&[]).await;
    let data: String = (1..=400)
        .map(|n| format!("&MetricData.member.{n}.MetricName=m{n}&MetricData.member.{n}.Value={n}"))
        .collect();
    let form = format!("Action=PutMetricData&Version=2010-08-01&Namespace=N{data}");
    assert!(form.len() > 10_240);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, form.as_bytes()).unwrap();
    let body = encoder.finish().unwrap();
    let more = format!(
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Encoding: gzip\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(account.address()).await.unwrap();
    let request = [head("monitoring", &more).as_bytes(), &body].concat();
    stream.write_all(&request).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let list = "Action=ListMetrics&Version=2010-08-01&Namespace=N&MetricName=m400";
    let listed = ask(&account, &whole("monitoring", form, list), false).await;
    assert!(listed.contains("<MetricName>m400</MetricName>"), "{listed}");
    account.shutdown().await;
}
