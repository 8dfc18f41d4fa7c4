//! Invokes functions as Connect does: as itself, within the block's limit, again when Lambda
//! throttles or fails.

use std::time::Duration;

use connect_flow::{FunctionCall, FunctionFailure};
use local_aws::{ACCOUNT_ID, Fault, FunctionAnswer, InvocationType, InvokeRequest, Principal};
use tokio::time::{Instant, timeout};

use crate::{ConnectPorts, InstanceFacts};

/// A throttled call, or one that met a failure of the Lambda service, is made again up to three
/// times. (AWS documentation; it says nothing of the pauses. Here an error of the function itself is
/// no failure of the service and is not retried; `Failure` of the function says what others write.)
const RETRIES: usize = 3;
const PAUSE_BEFORE_RETRY: Duration = Duration::from_millis(100);

/// The answer and how long the caller waited for it.
pub(super) async fn invoke(
    ports: &ConnectPorts,
    instance: &InstanceFacts,
    call: FunctionCall,
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
    };
    let answer = timeout(call.time_limit, attempts(ports, &request))
        .await
        .unwrap_or(Err(FunctionFailure::TimedOut));
    (answer, started.elapsed())
}

async fn attempts(
    ports: &ConnectPorts,
    request: &InvokeRequest,
) -> Result<Vec<u8>, FunctionFailure> {
    let mut retries = 0;
    loop {
        match ports.invoker.invoke(request.clone()).await {
            Ok(answer) => return judge(answer),
            Err(fault) if retries < RETRIES && passing(&fault) => {
                retries += 1;
                tokio::time::sleep(PAUSE_BEFORE_RETRY).await;
            }
            Err(fault) => {
                return Err(FunctionFailure::Refused {
                    status: fault.status,
                    code: fault.code,
                });
            }
        }
    }
}

fn passing(fault: &Fault) -> bool {
    fault.status == 429 || fault.status >= 500
}

fn judge(answer: FunctionAnswer) -> Result<Vec<u8>, FunctionFailure> {
    match answer.function_error {
        Some(_) => Err(FunctionFailure::FunctionError),
        None => Ok(answer.payload.to_vec()),
    }
}
