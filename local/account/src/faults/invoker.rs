//! Injects faults of Lambda into Amazon Connect's invocations. Connect invokes functions without an
//! HTTP request, so the gateway does not see these calls.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use local_wire::{Fault, FunctionAnswer, FunctionInvoker, InvokeRequest};

use super::{CalledBy, Effect, Faults, refusal};
use crate::background_work::BackgroundWork;

/// An invoker that applies the fault rules for `lambda` `Invoke`.
pub(crate) struct FaultyInvoker {
    inner: Arc<dyn FunctionInvoker>,
    faults: Arc<Faults>,
    background: BackgroundWork,
}

impl FaultyInvoker {
    pub(crate) fn new(
        inner: Arc<dyn FunctionInvoker>,
        faults: Arc<Faults>,
        background: BackgroundWork,
    ) -> Self {
        Self {
            inner,
            faults,
            background,
        }
    }
}

impl FunctionInvoker for FaultyInvoker {
    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>> {
        let Some(effect) = self.faults.strike("lambda", "Invoke", CalledBy::Connect) else {
            return self.inner.invoke(request);
        };
        let inner = Arc::clone(&self.inner);
        async move {
            // Connect stops waiting after a time-out; the function runs on.
            self.background
                .run(suffer(inner, request, effect))
                .await
                .unwrap_or_else(|| Err(broken_connection()))
        }
        .boxed()
    }
}

async fn suffer(
    inner: Arc<dyn FunctionInvoker>,
    request: InvokeRequest,
    effect: Effect,
) -> Result<FunctionAnswer, Fault> {
    match effect {
        Effect::Latency { ms } => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            inner.invoke(request).await
        }
        Effect::SlowAnswer { ms } => {
            let answer = inner.invoke(request).await;
            tokio::time::sleep(Duration::from_millis(ms)).await;
            answer
        }
        Effect::LostAnswer => {
            // The result is lost, whatever it was.
            drop(inner.invoke(request).await);
            Err(broken_connection())
        }
        Effect::WrongBody => Ok(FunctionAnswer {
            payload: Bytes::from_static(b"{\"outcome\": \"Succ"),
            function_error: None,
            executed_version: "$LATEST".into(),
        }),
        effect => Err(refusal(&effect, "lambda", "Invoke").unwrap_or_else(broken_connection)),
    }
}

/// Returns the error of a call whose connection was reset.
fn broken_connection() -> Fault {
    Fault::new(
        500,
        "ServiceException",
        "The connection to Lambda was reset (injected by a fault rule).",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::FaultRule;
    use local_wire::{InvocationType, Principal};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl FunctionInvoker for Counting {
        fn invoke(&self, _: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>> {
            self.0.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Ok(FunctionAnswer {
                payload: Bytes::from_static(b"{}"),
                function_error: None,
                executed_version: "1".into(),
            }))
            .boxed()
        }
    }

    fn request() -> InvokeRequest {
        InvokeRequest {
            function_arn: "arn:aws:lambda:eu-west-1:123456789012:function:pin".into(),
            payload: Bytes::new(),
            principal: Principal::Account,
            invocation_type: InvocationType::Synchronous,
            trace_id: None,
        }
    }

    #[tokio::test]
    async fn faults_of_lambda_reach_connect() {
        let faults = Arc::new(Faults::default());
        let counting = Arc::new(Counting::default());
        let (_alive, background) = BackgroundWork::new();
        let invoker = FaultyInvoker::new(
            Arc::clone(&counting) as Arc<dyn FunctionInvoker>,
            Arc::clone(&faults),
            background,
        );
        for (effect, code, runs) in [
            (Effect::Throttle, Some("TooManyRequestsException"), 0),
            (Effect::ServerError, Some("ServiceException"), 0),
            (Effect::Reset, Some("ServiceException"), 0),
            (Effect::LostAnswer, Some("ServiceException"), 1),
            (Effect::WrongBody, None, 0),
            (Effect::SlowAnswer { ms: 1 }, None, 1),
        ] {
            faults
                .set(vec![FaultRule::new("lambda", effect.clone())])
                .unwrap();
            counting.0.store(0, Ordering::SeqCst);
            let answer = invoker.invoke(request()).await;
            assert_eq!(answer.err().map(|fault| fault.code).as_deref(), code);
            assert_eq!(counting.0.load(Ordering::SeqCst), runs, "{effect}");
        }
        faults.clear();
        assert!(invoker.invoke(request()).await.is_ok());
    }

    #[tokio::test]
    async fn a_slow_function_runs_on_after_connects_time_out_until_the_account_ends() {
        let faults = Arc::new(Faults::default());
        faults
            .add(FaultRule::new("lambda", Effect::Latency { ms: 80 }))
            .unwrap();
        let counting = Arc::new(Counting::default());
        let (alive, background) = BackgroundWork::new();
        let invoker = FaultyInvoker::new(
            Arc::clone(&counting) as Arc<dyn FunctionInvoker>,
            faults,
            background,
        );
        let given_up =
            tokio::time::timeout(Duration::from_millis(10), invoker.invoke(request())).await;
        assert!(given_up.is_err());
        let started = Instant::now();
        while counting.0.load(Ordering::SeqCst) == 0 {
            assert!(started.elapsed() < Duration::from_secs(10));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(alive);
        let ended = invoker.invoke(request()).await;
        assert!(ended.is_err());
        assert_eq!(counting.0.load(Ordering::SeqCst), 1);
    }
}
