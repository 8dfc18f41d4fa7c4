//! The ports between services, named for their purpose.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::Fault;

/// The principal that invokes a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Credentials of this account, through the API's `Invoke`.
    Account,
    /// An AWS service acting for a resource; the function's resource policy must allow it.
    Service {
        /// The service's name, such as `connect.amazonaws.com`.
        name: String,
        /// ARN of the resource that causes the invocation, such as the Connect instance.
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
    /// `Event`: accepted at once and run later, without an answer.
    Asynchronous,
}

/// A request to invoke a function.
#[derive(Debug, Clone)]
pub struct InvokeRequest {
    /// The function's ARN, with an optional version or alias.
    pub function_arn: String,
    /// The event, in JSON.
    pub payload: Bytes,
    pub principal: Principal,
    pub invocation_type: InvocationType,
    /// The id of the X-Ray trace, which the function's own requests name, too; `None` for a new one.
    pub trace_id: Option<String>,
}

/// The result of `Invoke` with status 200, or 202 with an empty payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionAnswer {
    /// The function's result, or Lambda's error object.
    pub payload: Bytes,
    /// `Unhandled` if the function failed, as in `X-Amz-Function-Error`.
    pub function_error: Option<String>,
    /// The version that ran, as in `X-Amz-Executed-Version`.
    pub executed_version: String,
}

/// Invokes functions. Implemented by the Lambda service, used by Connect.
pub trait FunctionInvoker: Send + Sync + 'static {
    /// Invokes the function and waits for its result.
    ///
    /// # Errors
    /// The fault of Lambda's API: 403 `AccessDeniedException`, 404 `ResourceNotFoundException`, 429
    /// `TooManyRequestsException`, or a 5xx.
    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>>;
}

/// Adds statements to a function's resource policy on behalf of a service, as Connect does when a
/// function is associated with an instance.
pub trait FunctionPolicies: Send + Sync + 'static {
    /// Allows `principal` to invoke the function. Granting the same `statement_id` again is not an
    /// error.
    ///
    /// # Errors
    /// `ResourceNotFoundException` if the function does not exist.
    fn grant_invoke(
        &self,
        function_arn: &str,
        statement_id: &str,
        principal: &Principal,
    ) -> Result<(), Fault>;

    /// Removes the statement. Does nothing if the function or the statement does not exist.
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

/// The reason why lines could not be written.
#[derive(Debug, thiserror::Error)]
pub enum LogSinkError {
    /// The group does not exist. Services of this account do not create one when they write
    /// (neither does AWS without `logs:CreateLogGroup`).
    #[error("log group {0} does not exist")]
    NoSuchGroup(String),
    /// CloudWatch Logs refused the request.
    #[error("CloudWatch Logs refused to write to {group}: {answer}")]
    Refused {
        group: String,
        /// The answer of CloudWatch Logs.
        answer: String,
    },
}

/// Writes to CloudWatch Logs. Implemented by the account's CloudWatch Logs.
pub trait LogSink: Send + Sync + 'static {
    /// Creates the group unless it exists.
    fn ensure_group<'a>(
        &'a self,
        region: &'a str,
        group: &'a str,
    ) -> BoxFuture<'a, Result<(), LogSinkError>>;

    /// Appends lines, and creates the stream if it does not exist.
    ///
    /// # Errors
    /// [`LogSinkError::NoSuchGroup`] if the group does not exist: writing does not create it.
    fn append<'a>(
        &'a self,
        region: &'a str,
        group: &'a str,
        stream: &'a str,
        events: Vec<LogEvent>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>>;
}

/// The rest of an account for a service that runs alone: every grant is accepted, and no log is kept.
#[derive(Debug, Clone, Copy)]
pub struct Alone;

impl FunctionPolicies for Alone {
    fn grant_invoke(&self, _: &str, _: &str, _: &Principal) -> Result<(), Fault> {
        Ok(())
    }

    fn revoke_invoke(&self, _: &str, _: &str) {}
}

impl LogSink for Alone {
    fn ensure_group<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        async { Ok(()) }.boxed()
    }

    fn append<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: &'a str,
        _: Vec<LogEvent>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        async { Ok(()) }.boxed()
    }
}

/// One value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricDatum {
    /// The namespace, such as `AWS/Lambda`.
    pub namespace: String,
    /// The metric's name, such as `Errors`.
    pub name: String,
    /// Name and value of each dimension. A value with other dimensions belongs to another metric.
    pub dimensions: BTreeMap<String, String>,
    pub value: f64,
    /// CloudWatch's name for the unit, such as `Count` or `Milliseconds`.
    pub unit: String,
    /// Milliseconds since the epoch.
    pub timestamp_ms: i64,
}

/// Stores metrics that AWS services publish on their own. Implemented by the account's CloudWatch.
pub trait MetricSink: Send + Sync + 'static {
    /// Stores the values. Publishing cannot fail, so that it never affects the measured service.
    fn publish(&self, region: &str, data: Vec<MetricDatum>);
}

/// Publishes messages to topics. Implemented by the account's SNS, used by End User Messaging.
pub trait TopicSink: Send + Sync + 'static {
    /// Publishes a message to each subscriber that the account delivers to.
    ///
    /// # Errors
    /// `NotFound` if the topic does not exist.
    fn publish<'a>(
        &'a self,
        region: &'a str,
        topic_arn: &'a str,
        message: String,
    ) -> BoxFuture<'a, Result<(), Fault>>;
}

/// Reads objects of S3. Implemented by the account's S3, used by Lambda.
pub trait ObjectStore: Send + Sync + 'static {
    /// Returns the content of an object; of its latest version if none is given.
    ///
    /// # Errors
    /// S3's own code and message: `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, and
    /// `PermanentRedirect` for a bucket of another Region.
    fn get(
        &self,
        region: &str,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Bytes, Fault>;
}
