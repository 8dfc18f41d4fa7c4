//! What the adapters share: how long to wait, how often to try, and what to say when it was in
//! vain.

use std::error::Error;
use std::time::Duration;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::cause::Cause;
use crate::ports::Handover;

/// How long a call to AWS may take. The SDK's own limits are much longer, or not there at all.
///
/// A flow waits 8 seconds at most. An invocation has its own deadline besides, which cuts short what
/// would come after it.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_millis(1500))
        .operation_timeout(Duration::from_secs(3))
        .build()
}

/// For requests that change nothing: soon, but not often.
pub(crate) fn harmless_retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50))
}

/// For requests that must not be made twice.
pub(crate) fn no_retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(1)
}

/// The service's code and message, or else the chain of reasons why there was no answer.
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

/// What an error of a service that sends means for the message.
///
/// A refusal is an answer of the service: it has read the request and will not do it, for good (4xx)
/// or for now. Everything else may have come after the message went.
///
/// The code counts beside the status: `Publish` reports throttling with 400 as well as with 429, and
/// has no typed error for either.
pub(crate) fn handover_error<E>(error: &SdkError<E, HttpResponse>) -> Handover
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let cause = cause(error);
    let SdkError::ServiceError(answer) = error else {
        return Handover::Unclear(cause);
    };
    let status = answer.raw().status();
    let code = answer.err().code().unwrap_or_default();
    let timed_out = status.as_u16() == 408 || code == "RequestTimeout";
    if !status.is_client_error() || timed_out {
        return Handover::Unclear(cause);
    }
    let too_fast = status.as_u16() == 429
        || code.contains("Throttl")
        || matches!(code, "RequestLimitExceeded" | "SlowDown");
    if too_fast {
        Handover::Throttled(cause)
    } else {
        Handover::Refused(cause)
    }
}
