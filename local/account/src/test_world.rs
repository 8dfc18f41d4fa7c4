//! An account for tests of callers, reached through its address.

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

/// The time at which the account starts.
pub(crate) const BEGIN: i64 = 1_800_000_000;

/// An account whose clock is the test's.
pub(crate) struct World {
    pub(crate) account: Account,
    pub(crate) now: Arc<AtomicI64>,
    _place: tempfile::TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(false).await
    }

    /// Starts an account that may hold every caller to its policies.
    pub(crate) async fn start_with(enforce_iam: bool) -> Self {
        let place = tempfile::tempdir().unwrap();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let config = AccountConfig {
            enforce_iam,
            ..AccountConfig::new(listen, place.path())
        };
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
    pub(crate) async fn ask(
        &self,
        key: &str,
        service: &str,
        pairs: &[(&str, &str)],
    ) -> (u16, String) {
        let form = "Content-Type: application/x-www-form-urlencoded\r\n";
        self.send(key, service, form, query::form(pairs)).await
    }

    pub(crate) async fn send(
        &self,
        key: &str,
        service: &str,
        headers: &str,
        body: String,
    ) -> (u16, String) {
        self.send_to("/", key, service, headers, body).await
    }

    /// Sends a request to a path, with POST if it has headers or a body, otherwise with GET.
    pub(crate) async fn send_to(
        &self,
        path: &str,
        key: &str,
        service: &str,
        headers: &str,
        body: String,
    ) -> (u16, String) {
        let method = match headers.is_empty() && body.is_empty() {
            true => "GET",
            false => "POST",
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: \
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
    pub(crate) async fn create_role(&self, name: &str) -> String {
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

/// Returns the text of the first element of a name.
pub(crate) fn between<'a>(text: &'a str, element: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("<{element}>")).unwrap();
    rest.split_once("</").unwrap().0
}

impl World {
    /// Sends a form of IAM with the root user's key, which must succeed.
    pub(crate) async fn iam(&self, pairs: &[(&str, &str)]) -> String {
        let (status, answer) = self.ask("local", "iam", pairs).await;
        assert_eq!(status, 200, "{pairs:?}: {answer}");
        answer
    }

    /// Creates a user without policies, and returns an access key.
    pub(crate) async fn create_user(&self, name: &str) -> String {
        self.iam(&[("Action", "CreateUser"), ("UserName", name)])
            .await;
        let key = self
            .iam(&[("Action", "CreateAccessKey"), ("UserName", name)])
            .await;
        between(&key, "AccessKeyId").to_owned()
    }

    /// Sets the user's inline policy.
    pub(crate) async fn put_user_policy(&self, name: &str, statement: serde_json::Value) {
        let policy = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        self.iam(&[
            ("Action", "PutUserPolicy"),
            ("UserName", name),
            ("PolicyName", "inline"),
            ("PolicyDocument", &policy),
        ])
        .await;
    }
}
