//! An account and an HTTP client for it that also sends requests that no SDK sends.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use local_account::{Account, AccountConfig};
use serde_json::{Value, json};

/// The Region of all requests.
pub(crate) const REGION: &str = "eu-west-1";
/// The content type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) struct TestWorld {
    account: Account,
    client: Client<HttpConnector, Body>,
    work_dir: PathBuf,
}

/// A request to a service.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) service: &'static str,
    pub(crate) region: String,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

/// The response to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) body: String,
}

impl Ask {
    pub(crate) fn new(
        service: &'static str,
        method: &'static str,
        path: impl Into<String>,
    ) -> Self {
        Self {
            service,
            region: REGION.into(),
            method,
            path: path.into(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// Creates a request with a target and a body that is JSON, valid or not.
    pub(crate) fn json(service: &'static str, target: &str, body: impl Into<Bytes>) -> Self {
        Self::new(service, "POST", "/")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", target)
            .body(body)
    }

    /// Creates a request with a form.
    pub(crate) fn form(service: &'static str, pairs: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        Self::new(service, "POST", "/")
            .header("content-type", FORM)
            .body(body)
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}

impl TestWorld {
    pub(crate) async fn start() -> Self {
        let work_dir = std::env::temp_dir().join(format!("local-account-{}", uuid::Uuid::new_v4()));
        let listen: SocketAddr = ([127, 0, 0, 1], 0).into();
        let account = Account::start(AccountConfig::new(listen, &work_dir))
            .await
            .unwrap();
        Self {
            account,
            client: Client::builder(TokioExecutor::new()).build_http(),
            work_dir,
        }
    }

    /// Sends a signed request; `Err` is an error of the connection.
    pub(crate) async fn send(&self, ask: &Ask) -> Result<Answer, String> {
        let credential = format!(
            "AWS4-HMAC-SHA256 Credential=local/20260101/{}/{}/aws4_request, SignedHeaders=host, \
             Signature=00",
            ask.region, ask.service
        );
        self.send_with(ask, Some(&credential)).await
    }

    /// Sends a request with the given `Authorization` header, or with none.
    pub(crate) async fn send_with(
        &self,
        ask: &Ask,
        credential: Option<&str>,
    ) -> Result<Answer, String> {
        let url = format!("http://{}{}", self.account.address(), ask.path);
        let mut request = Request::builder().method(ask.method).uri(url);
        if let Some(credential) = credential {
            request = request.header("authorization", credential);
            request = request.header("x-amz-date", "20260101T000000Z");
        }
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        let request = request.body(Body::from(ask.body.clone())).unwrap();
        let answer = self
            .client
            .request(request)
            .await
            .map_err(|error| format!("{error:?}"))?;
        let (parts, body) = answer.into_parts();
        let body = to_bytes(Body::new(body), 512 * 1_024 * 1_024)
            .await
            .map_err(|error| format!("{error:?}"))?;
        let kind = parts.headers.get("content-type");
        Ok(Answer {
            status: parts.status.as_u16(),
            kind: kind.map_or_else(String::new, |kind| kind.to_str().unwrap().to_owned()),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    /// Sends a request that must succeed; returns the response.
    pub(crate) async fn done(&self, ask: &Ask) -> Answer {
        let answer = self.send(ask).await.unwrap();
        assert!((200..300).contains(&answer.status), "{ask:?}: {answer:?}");
        answer
    }

    /// Creates a log group and a stream in it.
    pub(crate) async fn make_log_stream(&self, group: &str, stream: &str) {
        let group = json!({ "logGroupName": group });
        let mut in_group = group.clone();
        in_group["logStreamName"] = stream.into();
        for (operation, body) in [("CreateLogGroup", group), ("CreateLogStream", in_group)] {
            let target = format!("Logs_20140328.{operation}");
            self.done(&Ask::json("logs", &target, body.to_string()))
                .await;
        }
    }

    /// Fails unless the account reports that it is healthy.
    pub(crate) async fn must_be_well(&self) {
        let url = format!("http://{}/_local/health", self.account.address());
        let request = Request::get(url).body(Body::empty()).unwrap();
        let answer = self.client.request(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }

    pub(crate) async fn stop(self) {
        self.account.shutdown().await;
        match std::fs::remove_dir_all(&self.work_dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
            _ => {}
        }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Returns the kilobytes of memory of this process; `None` if the system does not report them.
#[allow(dead_code, reason = "not every test measures memory")]
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
