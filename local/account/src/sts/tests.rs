//! Sessions through the account's address, whose end the test's clock decides.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use local_lambda::Hosting;
use local_wire::query;
use serde_json::json;
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::account::{Account, AccountConfig, TestOverrides};

const BEGIN: i64 = 1_800_000_000;

struct World {
    account: Account,
    now: Arc<AtomicI64>,
    _place: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let place = tempfile::tempdir().unwrap();
        let config = AccountConfig::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), place.path());
        let now = Arc::new(AtomicI64::new(BEGIN));
        let clock = Arc::clone(&now);
        let overrides = TestOverrides {
            clock: Some(Arc::new(move || {
                OffsetDateTime::from_unix_timestamp(clock.load(Ordering::Relaxed)).unwrap()
            })),
            ..TestOverrides::default()
        };
        let account = Account::start_with(config, Hosting::default(), overrides);
        Self {
            account: account.await.unwrap(),
            now,
            _place: place,
        }
    }

    /// Sends a form; returns the response's status and text.
    async fn ask(&self, key: &str, service: &str, pairs: &[(&str, &str)]) -> (u16, String) {
        let form = "Content-Type: application/x-www-form-urlencoded\r\n";
        self.send(key, service, form, query::form(pairs)).await
    }

    async fn send(&self, key: &str, service: &str, headers: &str, body: String) -> (u16, String) {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: \
             AWS4-HMAC-SHA256 Credential={key}/20261126/eu-west-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=00\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(self.account.address()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap();
        (status.parse().unwrap(), body.to_owned())
    }

    /// Creates a role that trusts the account and may call `iam:GetRole`.
    async fn create_role(&self, name: &str) -> String {
        let trust = json!({ "Statement": {
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": "123456789012" },
        }});
        let policy = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "iam:GetRole", "Resource": "*",
        }});
        let (trust, policy) = (trust.to_string(), policy.to_string());
        let create = [
            ("Action", "CreateRole"),
            ("RoleName", name),
            ("AssumeRolePolicyDocument", trust.as_str()),
        ];
        let put = [
            ("Action", "PutRolePolicy"),
            ("RoleName", name),
            ("PolicyName", "read"),
            ("PolicyDocument", policy.as_str()),
        ];
        for pairs in [&create[..], &put[..]] {
            let (status, answer) = self.ask("local", "iam", pairs).await;
            assert_eq!(status, 200, "{answer}");
        }
        format!("arn:aws:iam::123456789012:role/{name}")
    }
}

fn between<'a>(text: &'a str, element: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("<{element}>")).unwrap();
    rest.split_once("</").unwrap().0
}

/// Codes and words: "Common Error Types" in the API references of IAM and CloudWatch Logs.
#[tokio::test]
async fn a_session_is_held_to_its_role_until_it_expires() {
    let world = World::start().await;
    let role = world.create_role("reader").await;
    let assume = [
        ("Action", "AssumeRole"),
        ("RoleArn", role.as_str()),
        ("RoleSessionName", "operator"),
        ("DurationSeconds", "900"),
    ];
    let (status, session) = world.ask("local", "sts", &assume).await;
    assert_eq!(status, 200, "{session}");
    // 900 seconds after the test's time.
    assert_eq!(between(&session, "Expiration"), "2027-01-15T08:15:00Z");
    let key = between(&session, "AccessKeyId");

    let get = [("Action", "GetRole"), ("RoleName", "reader")];
    world.now.store(BEGIN + 899, Ordering::Relaxed);
    let (status, got) = world.ask(key, "iam", &get).await;
    assert_eq!(status, 200, "{got}");
    let list = [("Action", "ListRoles")];
    let (status, refused) = world.ask(key, "iam", &list).await;
    assert_eq!(status, 403, "{refused}");
    let sentence = "User: arn:aws:sts::123456789012:assumed-role/reader/operator is not authorized \
                    to perform: iam:ListRoles on resource: * because no identity-based policy allows \
                    the iam:ListRoles action";
    assert!(refused.contains(sentence), "{refused}");

    world.now.store(BEGIN + 900, Ordering::Relaxed);
    let (status, ended) = world.ask(key, "iam", &get).await;
    assert_eq!((status, between(&ended, "Code")), (403, "ExpiredToken"));
    let target = "X-Amz-Target: Logs_20140328.DescribeLogGroups\r\n";
    let (status, ended) = world.send(key, "logs", target, "{}".into()).await;
    assert_eq!(status, 400);
    assert!(ended.contains("ExpiredTokenException"), "{ended}");
    let (status, ended) = world
        .ask(key, "sts", &[("Action", "GetCallerIdentity")])
        .await;
    assert_eq!((status, between(&ended, "Code")), (403, "ExpiredToken"));
    world.account.shutdown().await;
}

/// The constraints of the API's model and the errors of its reference, "AssumeRole".
#[tokio::test]
async fn invalid_sessions_are_refused() {
    let world = World::start().await;
    let role = world.create_role("reader").await;
    let wide = "x".repeat(2_049);
    for (name, value, code, words) in [
        ("RoleSessionName", "a b", "ValidationError", r"[\w+=,.@-]*"),
        ("RoleSessionName", "a", "ValidationError", "equal to 2"),
        ("ExternalId", "a b", "ValidationError", "externalId"),
        ("DurationSeconds", "899", "ValidationError", "equal to 900"),
        (
            "DurationSeconds",
            "3601",
            "ValidationError",
            "exceeds the MaxSessionDuration set for this role",
        ),
        (
            "RoleArn",
            "reader-reader-reader-reader",
            "ValidationError",
            "is invalid",
        ),
        (
            "RoleArn",
            "arn:aws:iam::123456789012:role/absent",
            "AccessDenied",
            "is not authorized to perform: sts:AssumeRole on resource: \
             arn:aws:iam::123456789012:role/absent",
        ),
        ("Policy", "{}", "MalformedPolicyDocument", "Statement"),
        ("Policy", wide.as_str(), "PackedPolicyTooLarge", "2048"),
        ("SourceIdentity", "me", "NotImplemented", "SourceIdentity"),
    ] {
        let mut pairs = vec![
            ("Action", "AssumeRole"),
            ("RoleArn", role.as_str()),
            ("RoleSessionName", "operator"),
        ];
        pairs.retain(|(other, _)| *other != name);
        pairs.push((name, value));
        let (_, refused) = world.ask("local", "sts", &pairs).await;
        assert_eq!(between(&refused, "Code"), code, "{name} {value}: {refused}");
        assert!(refused.contains(words), "{name} {value}: {refused}");
    }
    world.account.shutdown().await;
}
