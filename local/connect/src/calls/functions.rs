//! Invokes functions as Connect does: with Connect as the principal, within the block's time limit,
//! and with retries when Lambda throttles or fails.

use std::time::Duration;

use connect_flow::{FunctionCall, FunctionFailure};
use local_wire::{ACCOUNT_ID, Fault, FunctionAnswer, InvocationType, InvokeRequest, Principal};
use tokio::time::{Instant, timeout};

use crate::{ConnectPorts, InstanceFacts};

/// A throttled invocation, or one that met a failure of the Lambda service, is retried up to three
/// times. (AWS documentation, which does not mention the pauses. An error of the function itself
/// does not count as a failure of the service and is not retried here; some reports say otherwise,
/// see `Failure` of the function.)
const RETRIES: usize = 3;
const PAUSE_BEFORE_RETRY: Duration = Duration::from_millis(100);

/// Invokes a function, and returns its answer and the time that the caller waited.
pub(super) async fn invoke(
    ports: &ConnectPorts,
    instance: &InstanceFacts,
    call: FunctionCall,
    trace_id: Option<String>,
) -> (Result<Vec<u8>, FunctionFailure>, Duration) {
    let started = Instant::now();
    let request = InvokeRequest {
        function_arn: call.function_arn,
        payload: call.event.to_string().into(),
        principal: Principal::Service {
            name: "connect.amazonaws.com".into(),
            source_arn: instance.arn.clone(),
            source_account: ACCOUNT_ID.into(),
        },
        invocation_type: if call.asynchronous {
            InvocationType::Asynchronous
        } else {
            InvocationType::Synchronous
        },
        trace_id,
    };
    let limit = ports.time_limits.then_some(call.time_limit);
    let answer = within(limit, attempts(ports, &request)).await;
    (answer, started.elapsed())
}

/// Waits for an answer within a limit, if there is one.
async fn within(
    limit: Option<Duration>,
    attempts: impl Future<Output = Result<Vec<u8>, FunctionFailure>>,
) -> Result<Vec<u8>, FunctionFailure> {
    match limit {
        Some(limit) => timeout(limit, attempts)
            .await
            .unwrap_or(Err(FunctionFailure::TimedOut)),
        None => attempts.await,
    }
}

async fn attempts(
    ports: &ConnectPorts,
    request: &InvokeRequest,
) -> Result<Vec<u8>, FunctionFailure> {
    let mut retries = 0;
    loop {
        match ports.invoker.invoke(request.clone()).await {
            Ok(answer) => return payload(answer),
            Err(fault) if retries < RETRIES && is_transient(&fault) => {
                retries += 1;
                tokio::time::sleep(PAUSE_BEFORE_RETRY).await;
            }
            Err(fault) => {
                return Err(FunctionFailure::Refused {
                    status: fault.status,
                    code: fault.code,
                    request_id: uuid::Uuid::new_v4().to_string(),
                });
            }
        }
    }
}

fn is_transient(fault: &Fault) -> bool {
    fault.status == 429 || fault.status >= 500
}

fn payload(answer: FunctionAnswer) -> Result<Vec<u8>, FunctionFailure> {
    match answer.function_error {
        Some(_) => Err(FunctionFailure::FunctionError),
        None => Ok(answer.payload.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn slow() -> Result<Vec<u8>, FunctionFailure> {
        tokio::time::sleep(Duration::from_secs(60)).await;
        Ok(b"{}".to_vec())
    }

    /// The maximum of `InvocationTimeLimitSeconds` is 8.
    #[tokio::test(start_paused = true)]
    async fn a_call_waits_for_a_function_up_to_the_blocks_limit_or_without_one() {
        let limited = within(Some(Duration::from_secs(8)), slow()).await;
        assert_eq!(limited, Err(FunctionFailure::TimedOut));
        assert_eq!(within(None, slow()).await, Ok(b"{}".to_vec()));
    }
}
