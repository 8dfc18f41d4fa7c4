//! What one service needs of another, named for the purpose.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use crate::Fault;

/// Who asks for a function to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Credentials of this account: the API's `Invoke`.
    Account,
    /// An AWS service acting for a resource; the function's resource policy must allow it.
    Service {
        /// Such as `connect.amazonaws.com`.
        name: String,
        /// ARN of the resource that causes the call, such as the Connect instance.
        source_arn: String,
        /// Account of that resource.
        source_account: String,
    },
}

/// Whether the caller waits for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvocationType {
    /// `RequestResponse`.
    Synchronous,
    /// `Event`: accepted at once, run later, answer dropped.
    Asynchronous,
}

/// A request to run a function.
#[derive(Debug, Clone)]
pub struct InvokeRequest {
    /// The function's ARN; a version or alias may follow the name.
    pub function_arn: String,
    /// The event, JSON.
    pub payload: Bytes,
    /// Who asks.
    pub principal: Principal,
    /// Whether to wait.
    pub invocation_type: InvocationType,
}

/// What `Invoke` answers with status 200 (or 202, with an empty payload).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionAnswer {
    /// The function's answer, or Lambda's error object.
    pub payload: Bytes,
    /// `Unhandled` when the function failed, as in `X-Amz-Function-Error`.
    pub function_error: Option<String>,
    /// The version that ran, as in `X-Amz-Executed-Version`.
    pub executed_version: String,
}

/// Runs functions. Implemented by the Lambda service, used by Connect.
pub trait FunctionInvoker: Send + Sync + 'static {
    /// Runs the function and waits for its answer.
    ///
    /// # Errors
    /// The fault Lambda's API would answer: 403 `AccessDeniedException`, 404
    /// `ResourceNotFoundException`, 429 `TooManyRequestsException`, or a 5xx.
    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>>;
}

/// Statements that a service adds to a function's resource policy on its own account, as Connect
/// does when a function is associated with an instance.
pub trait FunctionPolicies: Send + Sync + 'static {
    /// Lets `principal` invoke the function. Granting the same `statement_id` twice is no error.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is no such function.
    fn grant_invoke(
        &self,
        function_arn: &str,
        statement_id: &str,
        principal: &Principal,
    ) -> Result<(), Fault>;

    /// Takes the statement back. Absent function or statement: nothing to do.
    fn revoke_invoke(&self, function_arn: &str, statement_id: &str);
}

/// One line of a log stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// Milliseconds since the epoch.
    pub timestamp_ms: i64,
    /// The line, without its line end.
    pub message: String,
}

/// Why lines could not be written.
#[derive(Debug, thiserror::Error)]
pub enum LogSinkError {
    /// The group does not exist, and services of this account do not make one on their own
    /// when they write (neither does AWS without `logs:CreateLogGroup`).
    #[error("log group {0} does not exist")]
    NoSuchGroup(String),
    /// CloudWatch Logs refused.
    #[error("CloudWatch Logs refused to write to {group}: {answer}")]
    Refused {
        /// The group.
        group: String,
        /// What it said.
        answer: String,
    },
}

/// Writes to CloudWatch Logs. Implemented by the CloudWatch Logs of the account.
pub trait LogSink: Send + Sync + 'static {
    /// Makes the group unless it exists.
    fn ensure_group<'a>(
        &'a self,
        region: &'a str,
        group: &'a str,
    ) -> BoxFuture<'a, Result<(), LogSinkError>>;

    /// Appends lines, making the stream when it is new.
    ///
    /// # Errors
    /// [`LogSinkError::NoSuchGroup`] when the group is absent: it is not made by writing.
    fn append<'a>(
        &'a self,
        region: &'a str,
        group: &'a str,
        stream: &'a str,
        events: Vec<LogEvent>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>>;
}

/// One value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricDatum {
    /// Such as `AWS/Lambda`.
    pub namespace: String,
    /// Such as `Errors`.
    pub name: String,
    /// Name and value of each dimension. Other dimensions make another metric.
    pub dimensions: BTreeMap<String, String>,
    /// In `unit`.
    pub value: f64,
    /// CloudWatch's name of the unit, such as `Count` or `Milliseconds`.
    pub unit: String,
    /// Milliseconds since the epoch.
    pub timestamp_ms: i64,
}

/// Takes metrics, as services of AWS publish them on their own account. Implemented by the
/// account's CloudWatch.
pub trait MetricSink: Send + Sync + 'static {
    /// Keeps the values. Publishing cannot fail for whoever is measured.
    fn publish(&self, region: &str, data: Vec<MetricDatum>);
}

/// Reads objects of S3. Implemented by the account's S3, used by Lambda.
pub trait ObjectStore: Send + Sync + 'static {
    /// The content of an object; of its latest version when none is given.
    ///
    /// # Errors
    /// S3's own code and sentence: `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, and
    /// `PermanentRedirect` for a bucket of another Region.
    fn get(
        &self,
        region: &str,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Bytes, Fault>;
}
