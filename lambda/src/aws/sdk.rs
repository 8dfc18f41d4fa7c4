//! The settings of AWS's SDK that the clients share (time-outs, retries, interceptors), and the reading
//! of its errors.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use crate::rules::cause::Cause;
use crate::rules::ports::Handover;

/// The time-out of a connection.
const CONNECT: Duration = Duration::from_secs(1);

/// The time-outs of a request. The SDK's own are much longer, or absent.
///
/// A flow waits 8 seconds at most. Beside these, an invocation's deadline ends the requests that would
/// outlast it.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(Duration::from_millis(1500))
        .operation_timeout(Duration::from_secs(3))
        .build()
}

/// The retries of requests that may be repeated: soon, but few.
pub(crate) fn harmless_retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50))
}

/// No retries, for requests that must not be made twice.
pub(crate) fn no_retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(1)
}

/// The time-outs of the message, which is tried once. A time-out of a slow service would leave open
/// whether the message went, and the caller would call again for a second one, so only the invocation's
/// deadline ends the request. A connection may time out: nothing was sent then.
pub(crate) fn message_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .disable_operation_attempt_timeout()
        .disable_operation_timeout()
        .build()
}

/// Marks that a request was handed to a connection: before that, nothing can have left this machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct TransmitMarker(Arc<AtomicBool>);

impl TransmitMarker {
    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[dyn_dispatch_hint]
impl Intercept for TransmitMarker {
    fn name(&self) -> &'static str {
        "TransmitMarker"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Counts the tries of a request, the SDK's retries included.
#[derive(Clone, Debug, Default)]
pub(crate) struct TryCount(Arc<AtomicU32>);

impl TryCount {
    /// Whether an earlier try may still be on its way.
    pub(crate) fn were_several(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 1
    }
}

#[dyn_dispatch_hint]
impl Intercept for TryCount {
    fn name(&self) -> &'static str {
        "TryCount"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Whether a request failed before there was a connection: no credentials, an endpoint without an
/// address, a refused connection, a TLS handshake that failed, or a time-out of one of these.
fn never_left(error: &(dyn Error + 'static), marker: &TransmitMarker) -> bool {
    if !marker.is_set() {
        return true;
    }
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(client) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return client.is_connect();
        }
        next = error.source();
    }
    false
}

/// The service's code and message, or the chain of errors when there was no answer.
///
/// Not the SDK's `DisplayErrorContext`: it prints the whole answer, which may repeat the request.
pub(crate) fn cause<E, R>(error: &SdkError<E, R>) -> Cause
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug,
{
    if let SdkError::ServiceError(answer) = error {
        let answer = answer.err();
        return Cause::scrubbed(format_args!(
            "{}: {}",
            answer.code().unwrap_or("no code"),
            answer.message().unwrap_or("no message")
        ));
    }
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(reason) = source {
        text.push_str(": ");
        text.push_str(&reason.to_string());
        source = reason.source();
    }
    Cause::scrubbed(text)
}

/// The result of handing over a message whose request failed.
///
/// A refusal is an answer of the service: it has read the request and will not carry it out, for good
/// (4xx) or for now. A request that never left this machine sent nothing either. Any other error may have
/// come after the message went.
///
/// The code counts beside the status: `Publish` reports throttling with 400 as well as with 429, and
/// has no typed error for either.
pub(crate) fn handover_error<E>(
    error: &SdkError<E, HttpResponse>,
    marker: &TransmitMarker,
) -> Handover
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let cause = cause(error);
    let SdkError::ServiceError(answer) = error else {
        return if never_left(error, marker) {
            Handover::NotReached(cause)
        } else {
            Handover::Unclear(cause)
        };
    };
    let status = answer.raw().status();
    let code = answer.err().code().unwrap_or_default();
    let timed_out = status.as_u16() == 408 || code == "RequestTimeout";
    if !status.is_client_error() || timed_out {
        return Handover::Unclear(cause);
    }
    if status.as_u16() == 429 || is_throttling(code) {
        Handover::Throttled(cause)
    } else {
        Handover::Refused(cause)
    }
}

/// Whether a service's error code reports too many requests.
pub(crate) fn is_throttling(code: &str) -> bool {
    code.contains("Throttl")
        || matches!(
            code,
            "ProvisionedThroughputExceededException" | "RequestLimitExceeded" | "SlowDown"
        )
}
