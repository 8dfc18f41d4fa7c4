//! A client of the `/_local/` interface of an account in another process.

use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request, StatusCode};
use bytes::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use local_connect::{CallSummary, ClaimedNumber, JudgedTest, TestRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use super::model::{
    CallReport, CallRequest, CallStep, CallTurn, ChatRequest, OptOutRequest, SandboxRequest,
    SpendQuotaRequest,
};
use crate::authorization::AuthorizationRecord;
use crate::faults::{FaultReport, FaultRule};
use crate::requests::RequestRecord;
use crate::sms::SentMessage;

/// The largest response that is read. The account's own responses are far smaller.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Why a request to the account failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No account responded.
    #[error(
        "no local account answers at {endpoint_url}. Start one with `connect-local up`, in a \
         checkout with `cargo run -- up`, or give its address with --endpoint-url"
    )]
    Unreachable {
        /// The URL that was tried.
        endpoint_url: String,
        /// The connection error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The account refused the request and gave this reason.
    #[error("{0}")]
    Refused(String),
    /// Something responded, but not as an account does.
    #[error(
        "{endpoint_url} must be the address of a local account, but its response is not that of \
         one; check the address"
    )]
    NotAnAccount {
        endpoint_url: String,
        /// Why the response could not be read.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// An operation of an AWS service, in that service's protocol.
#[derive(Debug, Clone)]
pub struct AwsCall<'a> {
    /// Signing name, such as `dynamodb`.
    pub service: &'a str,
    /// The Region, such as `ap-northeast-1`.
    pub region: &'a str,
    pub method: Method,
    /// The path and query.
    pub path: &'a str,
    /// The `X-Amz-Target` header of JSON services.
    pub target: Option<&'a str>,
    pub content_type: &'a str,
    pub body: String,
}

/// A client that places calls and reads messages over HTTP.
pub struct LocalClient {
    endpoint_url: String,
    access_key_id: String,
    client: Client<HttpConnector, Body>,
}

impl LocalClient {
    /// Creates a client of the account at this URL, such as `http://127.0.0.1:4566`.
    pub fn new(endpoint_url: impl Into<String>) -> Self {
        Self {
            endpoint_url: endpoint_url.into().trim_end_matches('/').to_owned(),
            access_key_id: "local".to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Sets the access key id. An account that other machines can reach requires its token there.
    #[must_use]
    pub fn signing_as(mut self, access_key_id: impl Into<String>) -> Self {
        self.access_key_id = access_key_id.into();
        self
    }

    /// Returns the phone numbers that can be dialed, each with the line that answers it.
    ///
    /// # Errors
    /// If no account responds.
    pub async fn numbers(&self) -> Result<Vec<ClaimedNumber>, ClientError> {
        self.send(Method::GET, "/_local/numbers", &()).await
    }

    /// Returns the accepted text messages, oldest first.
    ///
    /// # Errors
    /// If no account responds.
    pub async fn messages(&self) -> Result<Vec<SentMessage>, ClientError> {
        self.send(Method::GET, "/_local/messages", &()).await
    }

    /// Places a call.
    ///
    /// # Errors
    /// [`ClientError::Refused`] if the number does not answer.
    pub async fn dial(&self, request: &CallRequest) -> Result<CallTurn, ClientError> {
        self.send(Method::POST, "/_local/calls", request).await
    }

    /// Returns the heads of the latest calls, oldest first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn calls(&self) -> Result<Vec<CallSummary>, ClientError> {
        self.send(Method::GET, "/_local/calls", &()).await
    }

    /// Returns the record of a call by the id of one of its contacts.
    ///
    /// # Errors
    /// [`ClientError`], also when no call on record has this contact.
    pub async fn call_report(&self, contact_id: &str) -> Result<CallReport, ClientError> {
        self.send(Method::GET, &format!("/_local/calls/{contact_id}"), &())
            .await
    }

    /// Starts a chat.
    ///
    /// # Errors
    /// [`ClientError::Refused`] if its flow is not one published inbound flow.
    pub async fn chat(&self, request: &ChatRequest) -> Result<CallTurn, ClientError> {
        self.send(Method::POST, "/_local/chats", request).await
    }

    /// Carries out a step of the caller.
    ///
    /// # Errors
    /// [`ClientError::Refused`] if the call has ended or the keys are not telephone keys.
    pub async fn step(&self, call: &str, step: &CallStep) -> Result<CallTurn, ClientError> {
        self.send(Method::POST, &format!("/_local/calls/{call}"), step)
            .await
    }

    /// Runs a test case of Amazon Connect against the account, to its end.
    ///
    /// # Errors
    /// [`ClientError::Refused`] if the test case cannot be run. A failed test is an outcome.
    pub async fn run_test(&self, request: &TestRequest) -> Result<JudgedTest, ClientError> {
        self.send(Method::POST, "/_local/test-cases/run", request)
            .await
    }

    /// Adds a number to a Region's opt-out list, as a STOP reply does.
    ///
    /// # Errors
    /// If no account responds.
    pub async fn opt_out(&self, region: &str, phone_number: &str) -> Result<(), ClientError> {
        let request = OptOutRequest {
            region: region.to_owned(),
            phone_number: phone_number.to_owned(),
        };
        self.send(Method::PUT, "/_local/sms/opt-out", &request)
            .await
    }

    /// Sets what a Region may spend on text messages in a month, in US dollars. Beyond it, messages are
    /// accepted and not sent.
    ///
    /// # Errors
    /// If no account responds, or AWS has no such Region.
    pub async fn set_spend_quota(&self, region: &str, dollars: u64) -> Result<(), ClientError> {
        let request = SpendQuotaRequest {
            region: region.to_owned(),
            dollars,
        };
        self.send(Method::PUT, "/_local/sms/spend-quota", &request)
            .await
    }

    /// Moves a Region into the SMS sandbox, where only verified numbers are reached, or out of it.
    ///
    /// # Errors
    /// If no account responds.
    pub async fn set_sandbox(&self, region: &str, inside: bool) -> Result<(), ClientError> {
        let request = SandboxRequest {
            region: region.to_owned(),
            inside,
        };
        self.send(Method::PUT, "/_local/sms/sandbox", &request)
            .await
    }

    /// Returns the fault rules with their counters.
    ///
    /// # Errors
    /// If no account responds.
    pub async fn faults(&self) -> Result<Vec<FaultReport>, ClientError> {
        self.send(Method::GET, "/_local/faults", &()).await
    }

    /// Replaces all fault rules.
    ///
    /// # Errors
    /// [`ClientError::Refused`] if the account does not have the service or operation of a rule.
    pub async fn set_faults(&self, rules: &[FaultRule]) -> Result<Vec<FaultReport>, ClientError> {
        self.send(Method::PUT, "/_local/faults", &rules).await
    }

    /// Removes all fault rules.
    ///
    /// # Errors
    /// If no account responds.
    pub async fn clear_faults(&self) -> Result<(), ClientError> {
        self.send(Method::DELETE, "/_local/faults", &()).await
    }

    /// Returns the latest requests to the account's services, in order of arrival.
    ///
    /// # Errors
    /// If no account responds.
    pub async fn requests(&self) -> Result<Vec<RequestRecord>, ClientError> {
        self.send(Method::GET, "/_local/requests", &()).await
    }

    /// Clears the recorded requests.
    ///
    /// # Errors
    /// If no account responds.
    pub async fn clear_requests(&self) -> Result<(), ClientError> {
        self.send(Method::DELETE, "/_local/requests", &()).await
    }

    /// Returns the permissions that functions used and lacked: of one role, given by name or ARN,
    /// or of all roles.
    ///
    /// # Errors
    /// If no account responds.
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

    /// Clears the recorded permissions.
    ///
    /// # Errors
    /// If no account responds.
    pub async fn clear_authorizations(&self) -> Result<(), ClientError> {
        self.send(Method::DELETE, "/_local/authorizations", &())
            .await
    }

    /// Requests an operation of an AWS service and returns the response body, so that the command
    /// line needs no SDK.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the whole response if its status is not a success.
    pub async fn aws(&self, call: AwsCall<'_>) -> Result<String, ClientError> {
        self.aws_as(&self.access_key_id, call).await
    }

    /// Requests an operation with a given access key. With a function's key, the permissions of its
    /// role apply.
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
        // The account's own interface belongs to no Region and no service.
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
            refusal["message"].as_str().map_or_else(
                || format!("the account responded with status {status}"),
                str::to_owned,
            ),
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

/// Returns the `Authorization` header and date of a request in the form of Signature Version 4,
/// complete for services that parse it. The account verifies no signature.
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
