//! The settings of AWS's SDK that the clients share (time-outs, retries, interceptors), and the
//! interpretation of its errors.

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

/// The time-out for connecting.
const CONNECT: Duration = Duration::from_secs(1);

/// Returns the time-outs of a request. The SDK's defaults are much longer, or absent.
///
/// A flow waits at most 8 seconds. Requests also end at the invocation's deadline.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(Duration::from_millis(1500))
        .operation_timeout(Duration::from_secs(3))
        .build()
}

/// Returns few and early retries, for requests that may be repeated.
pub(crate) fn harmless_retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50))
}

/// Returns no retries, for requests that must not be sent twice.
pub(crate) fn no_retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(1)
}

/// Returns the time-outs of the request that sends a message, which is never retried. A time-out of a slow
/// service would leave it unknown whether the message was sent, and the caller would call again for a second
/// one, so only the invocation's deadline ends the request. Connecting may time out, since nothing has been
/// sent then.
pub(crate) fn message_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .disable_operation_attempt_timeout()
        .disable_operation_timeout()
        .build()
}

/// Records that a request was handed to a connection. Before that, nothing can have left this machine.
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

/// Counts how often the SDK sends a request, including retries.
#[derive(Clone, Debug, Default)]
pub(crate) struct SendCount(Arc<AtomicU32>);

impl SendCount {
    /// Returns whether the SDK has retried, so that an earlier request may still arrive.
    pub(crate) fn has_retried(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 1
    }
}

#[dyn_dispatch_hint]
impl Intercept for SendCount {
    fn name(&self) -> &'static str {
        "SendCount"
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

/// Returns whether a request failed before there was a connection: no credentials, an endpoint without an
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

/// Returns the service's code and message, or the chain of errors when there was no response.
///
/// The SDK's `DisplayErrorContext` will not do: it prints the whole response, which may repeat the request.
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

/// Returns the result of a message whose request failed.
///
/// With a client error, the service has read the request and will not carry it out, permanently (refused) or
/// for now (throttled). A request that never left this machine sent nothing either. After any other error the
/// message may have been sent.
///
/// The code is checked as well as the status: `Publish` reports throttling with 400 as well as with 429, and
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

/// Returns whether a service's error code reports too many requests.
pub(crate) fn is_throttling(code: &str) -> bool {
    code.contains("Throttl")
        || matches!(
            code,
            "ProvisionedThroughputExceededException" | "RequestLimitExceeded" | "SlowDown"
        )
}
