//! What both adapters share: how long to wait, and what to say when it was in vain.

use std::error::Error;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::cause::Cause;

/// How long a call to AWS may take. The SDK's own limits are much longer, or not there at all.
///
/// A flow waits 8 seconds at most, and the longest invocation makes two calls.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_millis(1500))
        .operation_timeout(Duration::from_secs(3))
        .build()
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
