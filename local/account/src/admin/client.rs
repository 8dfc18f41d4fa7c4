//! Speaks the `/_local/` interface to an account in another process.

use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request, StatusCode};
use bytes::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use super::model::{CallRequest, CallStep, CallTurn, OptOutRequest, SandboxRequest};
use crate::authorization::AuthorizationRecord;
use crate::faults::{FaultReport, FaultRule};
use crate::requests::RequestRecord;
use crate::sms::SentMessage;

/// Answers are small; anything larger is no account of ours.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Why the account did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nothing answers there.
    #[error(
        "no local account answers at {endpoint_url}. Start one with `cargo run -- up`, or name its address with --endpoint-url"
    )]
    Unreachable {
        /// Where it was looked for.
        endpoint_url: String,
        /// What the connection said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The account refused, with a sentence.
    #[error("{0}")]
    Refused(String),
    /// Something answers, but not as an account does.
    #[error("{endpoint_url} answered something that no local account answers")]
    NotAnAccount {
        /// Where.
        endpoint_url: String,
        /// Why it could not be read.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// An operation of an AWS service, in the protocol of that service.
#[derive(Debug, Clone)]
pub struct AwsCall<'a> {
    /// Signing name, such as `dynamodb`.
    pub service: &'a str,
    /// Such as `ap-northeast-1`.
    pub region: &'a str,
    /// HTTP method.
    pub method: Method,
    /// Path and query.
    pub path: &'a str,
    /// `X-Amz-Target` of JSON-RPC services.
    pub target: Option<&'a str>,
    /// Content type of the body.
    pub content_type: &'a str,
    /// The body.
    pub body: String,
}

/// A telephone and an outbox at a distance.
pub struct LocalClient {
    endpoint_url: String,
    access_key_id: String,
    client: Client<HttpConnector, Body>,
}

impl LocalClient {
    /// For the account at this URL, such as `http://127.0.0.1:4566`.
    pub fn new(endpoint_url: impl Into<String>) -> Self {
        Self {
            endpoint_url: endpoint_url.into().trim_end_matches('/').to_owned(),
            access_key_id: "local".to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// The same with an access key id: an account that other machines reach wants its token there.
    #[must_use]
    pub fn signing_as(mut self, access_key_id: impl Into<String>) -> Self {
        self.access_key_id = access_key_id.into();
        self
    }

    /// The numbers that can be dialled.
    ///
    /// # Errors
    /// When no account answers.
    pub async fn numbers(&self) -> Result<Vec<String>, ClientError> {
        self.send(Method::GET, "/_local/numbers", &()).await
    }

    /// The text messages that were sent, oldest first.
    ///
    /// # Errors
    /// When no account answers.
    pub async fn messages(&self) -> Result<Vec<SentMessage>, ClientError> {
        self.send(Method::GET, "/_local/messages", &()).await
    }

    /// Places a call.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the number is not answered.
    pub async fn dial(&self, request: &CallRequest) -> Result<CallTurn, ClientError> {
        self.send(Method::POST, "/_local/calls", request).await
    }

    /// Does something in a call.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the call is over or the keys are none.
    pub async fn step(&self, call: &str, step: &CallStep) -> Result<CallTurn, ClientError> {
        self.send(Method::POST, &format!("/_local/calls/{call}"), step)
            .await
    }

    /// Puts a number on a Region's opt-out list, as a STOP reply does.
    ///
    /// # Errors
    /// When no account answers.
    pub async fn opt_out(&self, region: &str, phone_number: &str) -> Result<(), ClientError> {
        let request = OptOutRequest {
            region: region.to_owned(),
            phone_number: phone_number.to_owned(),
        };
        self.send(Method::PUT, "/_local/sms/opt-out", &request)
            .await
    }

    /// Moves a Region into the SMS sandbox, where only verified numbers are reached, or out of it.
    ///
    /// # Errors
    /// When no account answers.
    pub async fn set_sandbox(&self, region: &str, inside: bool) -> Result<(), ClientError> {
        let request = SandboxRequest {
            region: region.to_owned(),
            inside,
        };
        self.send(Method::PUT, "/_local/sms/sandbox", &request)
            .await
    }

    /// The fault rules and what they have done so far.
    ///
    /// # Errors
    /// When no account answers.
    pub async fn faults(&self) -> Result<Vec<FaultReport>, ClientError> {
        self.send(Method::GET, "/_local/faults", &()).await
    }

    /// Puts these fault rules in the place of all others.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the account has no such service or operation.
    pub async fn set_faults(&self, rules: &[FaultRule]) -> Result<Vec<FaultReport>, ClientError> {
        self.send(Method::PUT, "/_local/faults", &rules).await
    }

    /// Takes all fault rules away.
    ///
    /// # Errors
    /// When no account answers.
    pub async fn clear_faults(&self) -> Result<(), ClientError> {
        self.send(Method::DELETE, "/_local/faults", &()).await
    }

    /// The latest requests that were made of the account's services, in their order.
    ///
    /// # Errors
    /// When no account answers.
    pub async fn requests(&self) -> Result<Vec<RequestRecord>, ClientError> {
        self.send(Method::GET, "/_local/requests", &()).await
    }

    /// Forgets the requests that were made so far.
    ///
    /// # Errors
    /// When no account answers.
    pub async fn clear_requests(&self) -> Result<(), ClientError> {
        self.send(Method::DELETE, "/_local/requests", &()).await
    }

    /// Which rights functions used and lacked: of one role, by its name or ARN, or of all.
    ///
    /// # Errors
    /// When no account answers.
    pub async fn authorizations(
        &self,
        role: Option<&str>,
    ) -> Result<Vec<AuthorizationRecord>, ClientError> {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(role.map(|role| ("role", role)))
            .finish();
        let path = format!("/_local/authorizations?{query}");
        self.send(Method::GET, &path, &()).await
    }

    /// Forgets which rights were used so far.
    ///
    /// # Errors
    /// When no account answers.
    pub async fn clear_authorizations(&self) -> Result<(), ClientError> {
        self.send(Method::DELETE, "/_local/authorizations", &())
            .await
    }

    /// Calls an operation of an AWS service and returns its answer as it is, for what the command
    /// line needs without an SDK.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the whole answer when its status is no success.
    pub async fn aws(&self, call: AwsCall<'_>) -> Result<String, ClientError> {
        self.aws_as(&self.access_key_id, call).await
    }

    /// The same with an access key, such as a function's: what it may do is what its role may do.
    ///
    /// # Errors
    /// As [`LocalClient::aws`].
    pub async fn aws_as(&self, access_key: &str, call: AwsCall<'_>) -> Result<String, ClientError> {
        let (authorization, time) = signature(access_key, call.region, call.service);
        let mut request = Request::builder()
            .method(call.method)
            .uri(format!("{}{}", self.endpoint_url, call.path))
            .header(AUTHORIZATION, authorization)
            .header("x-amz-date", time)
            .header(CONTENT_TYPE, call.content_type);
        if let Some(target) = call.target {
            request = request.header("x-amz-target", target);
        }
        let request = request
            .body(Body::from(call.body))
            .map_err(|error| self.unreachable(error.into()))?;
        let (status, body) = self.exchange(request).await?;
        let body = String::from_utf8_lossy(&body).into_owned();
        if status.is_success() {
            Ok(body)
        } else {
            Err(ClientError::Refused(format!("{status}: {body}")))
        }
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let body = if method == Method::GET {
            Body::empty()
        } else {
            let body = serde_json::to_vec(body).map_err(|e| self.not_an_account(e.into()))?;
            Body::from(body)
        };
        // The account's own interface is of no Region and no service.
        let (authorization, time) = signature(&self.access_key_id, "local", "local");
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.endpoint_url))
            .header(AUTHORIZATION, authorization)
            .header("x-amz-date", time)
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|error| self.unreachable(error.into()))?;
        let (status, body) = self.exchange(request).await?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|e| self.not_an_account(e.into()));
        }
        let refusal: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        Err(ClientError::Refused(
            refusal["message"]
                .as_str()
                .map_or_else(|| format!("the account answered {status}"), str::to_owned),
        ))
    }

    async fn exchange(&self, request: Request<Body>) -> Result<(StatusCode, Bytes), ClientError> {
        let answer = self
            .client
            .request(request)
            .await
            .map_err(|error| self.unreachable(error.into()))?;
        let status = answer.status();
        let body = to_bytes(Body::new(answer.into_body()), MAX_ANSWER_BYTES)
            .await
            .map_err(|error| self.not_an_account(error.into()))?;
        Ok((status, body))
    }

    fn unreachable(&self, source: Box<dyn std::error::Error + Send + Sync>) -> ClientError {
        ClientError::Unreachable {
            endpoint_url: self.endpoint_url.clone(),
            source,
        }
    }

    fn not_an_account(&self, source: Box<dyn std::error::Error + Send + Sync>) -> ClientError {
        ClientError::NotAnAccount {
            endpoint_url: self.endpoint_url.clone(),
            source,
        }
    }
}

/// Authorization and date of a request as Signature Version 4 has them: whole in form, for services
/// that look. The account checks no signature.
fn signature(access_key_id: &str, region: &str, service: &str) -> (String, String) {
    let now = OffsetDateTime::now_utc();
    let date = format!(
        "{:04}{:02}{:02}",
        now.year(),
        u8::from(now.month()),
        now.day()
    );
    let time = format!("{:02}{:02}{:02}", now.hour(), now.minute(), now.second());
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={access_key_id}/{date}/{region}/{service}/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=unchecked"
    );
    (authorization, format!("{date}T{time}Z"))
}
