//! Runs functions: `Invoke`, synchronous and asynchronous.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::FutureExt;
use http::HeaderMap;
use local_wire::Serve::Later;
use local_wire::{
    Answer, ApiRequest, Declared, Fault, FunctionAnswer, InvocationType, InvokeRequest, Principal,
    Serve, TraceHeader, post, request_id,
};
use serde::de::IgnoredAny;

use super::{Api, named};
use crate::{
    environment::{Admission, Concurrency, FunctionSpec, Invocation, Outcome, Refusal},
    faults,
    metrics::{self, Run},
    names::FunctionRef,
};

/// The operations that this file serves.
pub(super) const OPERATIONS: &[Declared<Serve<Arc<Api>>>] = &[post(
    "Invoke",
    "/2015-03-31/functions/{FunctionName}/invocations",
    Later(|api, request| api.invoke(request).boxed()),
)];

/// The response header with the version that ran.
const EXECUTED_VERSION: &str = "x-amz-executed-version";
/// The payload limit of a synchronous invocation.
const SYNCHRONOUS_LIMIT: usize = 6 * 1024 * 1024;
/// The payload limit of an asynchronous invocation.
const ASYNCHRONOUS_LIMIT: usize = 1024 * 1024;
/// The memory limit of all queued events in bytes, and the overhead of each event on top of its payload.
/// AWS queues any number of events; this process keeps them in memory.
pub(super) const EVENTS: usize = 128 * 1024 * 1024;
const EVENT: usize = 1024;
/// The pauses before the retries of a failed asynchronous invocation, as in AWS.
const RETRIES: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];
/// The shortest and the longest pause before the retry of a throttled event; it doubles with each
/// attempt.
const THROTTLE_PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
/// The age at which an event is dropped.
const EVENT_AGE: Duration = Duration::from_secs(6 * 60 * 60);

impl Api {
    /// Invokes a function. The request id is also that of the invocation in the function's log.
    async fn invoke(self: &Arc<Self>, request: &ApiRequest) -> Result<Answer, Fault> {
        let name = named(request)?;
        let header = |name: &str| text(&request.headers, name);
        let kind = header("x-amz-invocation-type").unwrap_or("RequestResponse");
        let invocation = Invocation {
            request_id: request.id.clone(),
            invoked_arn: name.qualified_arn(),
            payload: request.body.clone(),
            trace_id: header("x-amzn-trace-id")
                .map_or_else(|| TraceHeader::fresh().to_string(), str::to_owned),
            client_context: client_context(header("x-amz-client-context"))?,
        };
        let principal = Principal::Account;
        match kind {
            "DryRun" => {
                self.prepare(&name, &principal)?;
                Ok(Answer::nothing().with_status(204))
            }
            "Event" => {
                let (spec, invocation) =
                    self.accept(&name, &principal, invocation, ASYNCHRONOUS_LIMIT)?;
                self.spawn_event(name, invocation)?;
                Answer::nothing()
                    .with_status(202)
                    .with_header(EXECUTED_VERSION, &spec.version)
            }
            "RequestResponse" => {
                let (spec, invocation) =
                    self.accept(&name, &principal, invocation, SYNCHRONOUS_LIMIT)?;
                let outcome = self.run(&name, Arc::clone(&spec), invocation).await?;
                let mut answer = Answer::content("application/json", outcome.payload)
                    .with_header(EXECUTED_VERSION, &spec.version)?;
                if outcome.failed {
                    answer = answer.with_header("x-amz-function-error", "Unhandled")?;
                }
                if header("x-amz-log-type") == Some("Tail") {
                    let tail = STANDARD.encode(outcome.log_tail);
                    answer = answer.with_header("x-amz-log-result", &tail)?;
                }
                Ok(answer)
            }
            other => Err(faults::constraint(
                other,
                "invocationType",
                "Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
            )),
        }
    }

    /// Runs a function on behalf of another service of the account.
    pub(crate) async fn invoke_for(
        self: &Arc<Self>,
        request: InvokeRequest,
    ) -> Result<FunctionAnswer, Fault> {
        let region = FunctionRef::region_of(&request.function_arn).ok_or_else(|| {
            faults::invalid(format!(
                "the function must be given by its ARN, but was given as '{}'",
                request.function_arn
            ))
        })?;
        let name = FunctionRef::parse(&request.function_arn, None, region)?;
        let invocation = Invocation {
            request_id: request_id(),
            invoked_arn: name.qualified_arn(),
            payload: request.payload,
            trace_id: request
                .trace_id
                .map_or_else(TraceHeader::fresh, TraceHeader::of)
                .to_string(),
            client_context: None,
        };
        let limit = match request.invocation_type {
            InvocationType::Synchronous => SYNCHRONOUS_LIMIT,
            InvocationType::Asynchronous => ASYNCHRONOUS_LIMIT,
        };
        let (spec, invocation) = self.accept(&name, &request.principal, invocation, limit)?;
        let executed_version = spec.version.clone();
        match request.invocation_type {
            InvocationType::Synchronous => {
                let outcome = self.run(&name, spec, invocation).await?;
                Ok(FunctionAnswer {
                    payload: outcome.payload,
                    function_error: outcome.failed.then(|| "Unhandled".into()),
                    executed_version,
                })
            }
            InvocationType::Asynchronous => {
                self.spawn_event(name, invocation)?;
                Ok(FunctionAnswer {
                    payload: Bytes::new(),
                    function_error: None,
                    executed_version,
                })
            }
        }
    }

    /// Returns the version to run, if the principal may run it.
    fn prepare(
        &self,
        name: &FunctionRef,
        principal: &Principal,
    ) -> Result<Arc<FunctionSpec>, Fault> {
        let mut functions = self.functions();
        let function = functions.qualified(name)?;
        Self::authorize(function, name, principal)?;
        function
            .version_to_run(name.qualifier.as_deref())
            .ok_or_else(|| faults::function_not_found(&name.qualified_arn()))?
            .spec
            .clone()
            .ok_or_else(|| {
                Fault::new(
                    501,
                    "NotImplementedException",
                    format!(
                        "The local account does not run container images, and {} is one. Deploy a \
                         zip to call it here.",
                        name.name
                    ),
                )
            })
    }

    fn accept(
        &self,
        name: &FunctionRef,
        principal: &Principal,
        mut invocation: Invocation,
        limit: usize,
    ) -> Result<(Arc<FunctionSpec>, Invocation), Fault> {
        let spec = self.prepare(name, principal)?;
        if invocation.payload.len() > limit {
            return Err(faults::too_large(limit, "InvokeFunction"));
        }
        if invocation.payload.is_empty() {
            // The event of an invocation without a payload.
            invocation.payload = Bytes::from_static(b"{}");
        }
        if let Err(error) = serde_json::from_slice::<IgnoredAny>(&invocation.payload) {
            return Err(Fault::new(
                400,
                "InvalidRequestContentException",
                format!("Could not parse request body into json: {error}"),
            ));
        }
        Ok((spec, invocation))
    }

    async fn run(
        &self,
        name: &FunctionRef,
        spec: Arc<FunctionSpec>,
        invocation: Invocation,
    ) -> Result<Outcome, Fault> {
        self.attempt(name, spec, invocation).await.map_err(refused)
    }

    /// Runs an invocation immediately and publishes its metrics.
    async fn attempt(
        &self,
        name: &FunctionRef,
        spec: Arc<FunctionSpec>,
        invocation: Invocation,
    ) -> Result<Outcome, Refusal> {
        let mut concurrent = 0;
        let result = match self.admit(name, &spec) {
            Ok(admission) => {
                concurrent = admission.concurrent();
                self.executor.run(spec, admission, invocation).await
            }
            Err(refusal) => Err(refusal),
        };
        let run = match &result {
            Ok(outcome) => Some(Run::Ended {
                failed: outcome.failed,
                duration: outcome.duration,
                concurrent,
            }),
            Err(Refusal::Throttled(_)) => Some(Run::Throttled),
            // A failure of this machine does not count as the function's.
            Err(_) => None,
        };
        if let Some(run) = run {
            metrics::publish(&*self.metrics, &name.region, &name.name, run);
        }
        result
    }

    fn admit(&self, name: &FunctionRef, spec: &FunctionSpec) -> Result<Admission, Refusal> {
        let concurrency = {
            let mut functions = self.functions();
            Concurrency {
                // A function that was deleted in the meantime has no reservation.
                reserved: functions
                    .get(name)
                    .ok()
                    .and_then(|function| function.reserved_concurrency),
                unreserved: self
                    .concurrent_executions
                    .saturating_sub(functions.reserved(&name.region, None)),
            }
        };
        self.executor.admit(spec, concurrency)
    }

    /// Runs an event in the background, with AWS's retries, until the account shuts down. The event is
    /// rejected when too many are queued.
    fn spawn_event(
        self: &Arc<Self>,
        name: FunctionRef,
        invocation: Invocation,
    ) -> Result<(), Fault> {
        let room = u32::try_from(invocation.payload.len() + EVENT).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.events)
            .try_acquire_many_owned(room)
            .map_err(|_| throttled("CallerRateLimitExceeded"))?;
        let api = Arc::clone(self);
        tokio::spawn(async move {
            tokio::select! {
                () = api.executor.stopped() => {}
                () = api.run_event(&name, &invocation) => {}
            }
            drop(room);
        });
        Ok(())
    }

    async fn run_event(&self, name: &FunctionRef, invocation: &Invocation) {
        let accepted = tokio::time::Instant::now();
        let mut retries = RETRIES.iter();
        let mut pause = THROTTLE_PAUSES.0;
        loop {
            // Looked up for each attempt: the function may have been changed or deleted in the meantime.
            let Ok(spec) = self.prepare(name, &Principal::Account) else {
                tracing::warn!(
                    function = name.name,
                    request = invocation.request_id,
                    "the function of an event no longer exists; the event is dropped"
                );
                return;
            };
            let result = self.attempt(name, spec, invocation.clone()).await;
            let wait = match result {
                Ok(outcome) if !outcome.failed => return,
                Err(Refusal::Closed) => return,
                Err(Refusal::Throttled(_)) => {
                    let wait = pause;
                    pause = (pause * 2).min(THROTTLE_PAUSES.1);
                    Some(wait)
                }
                Ok(_) => retries.next().copied(),
                Err(error) => {
                    tracing::error!(
                        function = name.name,
                        error = &error as &dyn std::error::Error,
                        "an event could not be run"
                    );
                    retries.next().copied()
                }
            };
            match wait.filter(|wait| accepted.elapsed() + *wait < EVENT_AGE) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => {
                    tracing::warn!(
                        function = name.name,
                        request = invocation.request_id,
                        "an event failed in every attempt and is dropped"
                    );
                    return;
                }
            }
        }
    }
}

fn refused(refusal: Refusal) -> Fault {
    match &refusal {
        Refusal::Throttled(reason) => throttled(reason),
        Refusal::Closed | Refusal::Machine(_) | Refusal::Lost(_) => {
            let mut message = refusal.to_string();
            let mut source = std::error::Error::source(&refusal);
            while let Some(cause) = source {
                message.push_str(&format!(": {cause}"));
                source = cause.source();
            }
            tracing::error!(message, "an invocation could not be run");
            faults::internal(message)
        }
    }
}

fn throttled(reason: &'static str) -> Fault {
    Fault::new(429, "TooManyRequestsException", "Rate Exceeded.").with("Reason", reason.into())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn client_context(header: Option<&str>) -> Result<Option<String>, Fault> {
    let Some(header) = header else {
        return Ok(None);
    };
    STANDARD
        .decode(header)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(Some)
        .ok_or_else(|| {
            Fault::new(
                400,
                "InvalidRequestContentException",
                "Client context must be a valid Base64-encoded JSON object.",
            )
        })
}
