//! One invocation in one environment, from the first line of its log to the last.

use std::{
    process::ExitStatus,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use serde_json::json;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval_at, sleep_until},
};

use super::{
    FunctionSpec, Invocation, Outcome,
    hosting::Hosting,
    interpreters::Interpreters,
    process::{RuntimeProcess, StartError, describe},
    processes::{Depth, Families},
    runtime_api::{RESPONSE_LIMIT, RuntimeEvent, Work},
};
use crate::{
    logs::{LogStream, Logs},
    platform::{PlatformEvent, Status},
};

/// The interval between memory measurements of a running function.
const MEMORY_PERIOD: Duration = Duration::from_millis(20);
/// Every `BELOW`th measurement includes the processes below the first one, and every `ALL`th those that
/// have lost their parents.
const BELOW: u32 = 5;
const ALL: u32 = 25;

const EXIT: &str = "Runtime.ExitError";

/// An environment that waits for its next invocation.
pub(super) struct Environment {
    /// The version that it runs.
    pub(super) spec: Arc<FunctionSpec>,
    log: LogStream,
    process: RuntimeProcess,
}

impl Environment {
    /// Reports whether the process still runs.
    pub(super) fn is_alive(&mut self) -> bool {
        self.process.is_alive()
    }

    /// Ends the process and writes the rest of its log.
    pub(super) async fn stop(mut self) {
        self.process.kill().await;
        self.log.flush().await;
    }
}

/// The result of an invocation.
struct Ended {
    /// The response, or an error object.
    answer: Result<Bytes, Bytes>,
    status: Status,
    /// Lambda's description of a failure.
    problem: Option<String>,
    /// Whether the process can run further invocations.
    reusable: bool,
}

impl Ended {
    fn failed(request_id: &str, status: Status, problem: String) -> Self {
        let kind = match status {
            Status::Error(kind) => kind,
            Status::Success | Status::Timeout => "Sandbox.Timedout",
        };
        Self {
            answer: Err(error_object(
                kind,
                &format!("RequestId: {request_id} Error: {problem}"),
            )),
            status,
            problem: Some(problem),
            reusable: false,
        }
    }
}

/// Why an initialization did not end with a runtime that waits for invocations.
enum InitFailure {
    /// The runtime reported the failure.
    Reported(Bytes),
    /// Lambda detected the failure.
    Failed(Status, String),
}

/// The parts that all environments share.
pub(super) struct Host {
    /// Options for running functions.
    pub(super) hosting: Hosting,
    /// The logs that the environments write to.
    pub(super) logs: Arc<Logs>,
    pub(super) families: Families,
    /// The interpreters of managed runtimes.
    pub(super) interpreters: Interpreters,
}

/// Runs an invocation in `idle` or in a new environment. Returns the environment if it can be reused.
pub(super) async fn execute(
    spec: Arc<FunctionSpec>,
    host: &Host,
    idle: Option<Environment>,
    invocation: Invocation,
    mut stop: watch::Receiver<bool>,
) -> Result<(Option<Environment>, Outcome), StartError> {
    let request_id = invocation.request_id.clone();
    let mut init = None;
    let (log, mut process) = match idle {
        Some(environment) => (environment.log, Some(environment.process)),
        None => {
            let log = host.logs.open(&spec);
            log.platform(PlatformEvent::InitStart {
                runtime_version: &spec.runtime_version(),
                runtime_version_arn: &spec.runtime_version_arn,
                function_name: &spec.name,
                function_version: &spec.version,
            });
            let started = Instant::now();
            let deadline = started + host.hosting.init_limit();
            let result = initialize(&spec, host, &log, deadline, &mut stop).await?;
            let duration = started.elapsed();
            let status = match &result {
                Ok(_) => Status::Success,
                Err(InitFailure::Reported(_)) => Status::Error("Runtime.Unknown"),
                Err(InitFailure::Failed(status, _)) => *status,
            };
            log.platform(PlatformEvent::InitReport { status, duration });
            init = result.is_ok().then_some(duration);
            (log, result.ok())
        }
    };

    log.begin();
    log.platform(PlatformEvent::Start {
        request_id: &request_id,
        version: &spec.version,
    });
    let started = Instant::now();
    let deadline = started + host.hosting.invocation_limit(&spec);
    // Lambda repeats a failed initialization as part of the invocation.
    let failure = match process {
        Some(_) => None,
        None => match initialize(&spec, host, &log, deadline, &mut stop).await? {
            Ok(new) => {
                process = Some(new);
                None
            }
            Err(failure) => Some(failure),
        },
    };
    let ended = match (&mut process, failure) {
        (Some(process), _) => run(&spec, process, invocation, deadline, &mut stop).await,
        (None, Some(InitFailure::Failed(Status::Timeout, _)) | None) => {
            timed_out(&spec, &request_id)
        }
        (None, Some(InitFailure::Failed(status, problem))) => {
            Ended::failed(&request_id, status, problem)
        }
        (None, Some(InitFailure::Reported(body))) => Ended {
            answer: Err(body),
            status: Status::Error("Runtime.Unknown"),
            problem: None,
            reusable: false,
        },
    };
    let duration = started.elapsed();

    let mut peak_mb = 0;
    if let Some(process) = &mut process {
        if ended.reusable {
            // The process has requested its next invocation, so all its output is in its pipes.
            process.drain().await;
        } else {
            process.kill().await;
        }
        peak_mb = process.peak_mb();
    }
    if let Some(problem) = &ended.problem {
        log.platform(PlatformEvent::Fault {
            request_id: &request_id,
            problem,
            status: ended.status,
        });
    }
    let (payload, failed) = match ended.answer {
        Ok(payload) => (payload, false),
        Err(payload) => (payload, true),
    };
    log.platform(PlatformEvent::RuntimeDone {
        request_id: &request_id,
        status: ended.status,
        duration,
        produced_bytes: payload.len(),
    });
    log.platform(PlatformEvent::Report {
        request_id: &request_id,
        status: ended.status,
        duration,
        init,
        memory_mb: spec.memory_mb,
        peak_mb,
    });
    let outcome = Outcome {
        payload,
        failed,
        duration,
        log_tail: log.flush().await,
        init,
    };
    let environment = process
        .filter(|_| ended.reusable)
        .map(|process| Environment { spec, log, process });
    Ok((environment, outcome))
}

/// Starts a process and waits until it requests an invocation. On a failure, the process has ended when
/// this returns.
async fn initialize(
    spec: &FunctionSpec,
    host: &Host,
    log: &LogStream,
    deadline: Instant,
    stop: &mut watch::Receiver<bool>,
) -> Result<Result<RuntimeProcess, InitFailure>, StartError> {
    let spawned = RuntimeProcess::spawn(spec, log, &host.families, &host.interpreters).await;
    let mut process = match spawned {
        Ok(process) => process,
        Err(StartError::InvalidEntrypoint(problem)) => {
            let status = Status::Error("Runtime.InvalidEntrypoint");
            return Ok(Err(InitFailure::Failed(status, problem)));
        }
        Err(error) => return Err(error),
    };
    host.hosting.tell(&spec.name, process.id());
    let failure = loop {
        break match wait(spec, &mut process, deadline, stop).await {
            Signal::Event(RuntimeEvent::Ready) => {
                // Output of the initialization comes before the first invocation.
                process.drain().await;
                return Ok(Ok(process));
            }
            Signal::Event(RuntimeEvent::InitError(body)) => InitFailure::Reported(body),
            // The Runtime API rejects responses while no invocation is running, so these cannot occur.
            Signal::Event(_) => continue,
            Signal::Exited(status) => {
                InitFailure::Failed(Status::Error(EXIT), exit_problem(status))
            }
            Signal::OutOfMemory | Signal::Stopped => {
                InitFailure::Failed(Status::Error(EXIT), killed())
            }
            Signal::Deadline => InitFailure::Failed(Status::Timeout, String::new()),
        };
    };
    process.kill().await;
    Ok(Err(failure))
}

/// Passes the invocation to the process, and waits until it has responded and requests the next one.
async fn run(
    spec: &FunctionSpec,
    process: &mut RuntimeProcess,
    invocation: Invocation,
    deadline: Instant,
    stop: &mut watch::Receiver<bool>,
) -> Ended {
    let request_id = invocation.request_id.clone();
    let left = deadline.saturating_duration_since(Instant::now());
    let deadline_ms = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .saturating_add(left)
        .as_millis();
    process.api.offer(Work {
        invocation,
        deadline_ms,
    });
    let mut answer: Option<Result<Bytes, Bytes>> = None;
    let mut ended = loop {
        match wait(spec, process, deadline, stop).await {
            Signal::Event(RuntimeEvent::Response(body)) => answer = Some(Ok(body)),
            Signal::Event(RuntimeEvent::Error(body)) => answer = Some(Err(body)),
            Signal::Event(RuntimeEvent::Oversized) => answer = Some(Err(oversized())),
            Signal::Event(RuntimeEvent::Ready) => {
                if let Some(answer) = answer.take() {
                    break Ended {
                        answer,
                        status: Status::Success,
                        problem: None,
                        reusable: true,
                    };
                }
            }
            // Cannot occur: the Runtime API rejects it after the first request for an invocation.
            Signal::Event(RuntimeEvent::InitError(_)) => {}
            Signal::Exited(status) => {
                break Ended::failed(&request_id, Status::Error(EXIT), exit_problem(status));
            }
            Signal::OutOfMemory | Signal::Stopped => {
                break Ended::failed(&request_id, Status::Error(EXIT), killed());
            }
            Signal::Deadline => break timed_out(spec, &request_id),
        }
    };
    if process.sample_memory(Depth::Known, limit_kb(spec)).await > limit_kb(spec) && ended.reusable
    {
        // It exceeded the limit between two measurements: Lambda would have killed it.
        ended = Ended::failed(&request_id, Status::Error(EXIT), killed());
    } else if let Some(answer) = answer {
        // It failed after its response: the caller gets the response, and the process is not reused.
        ended.answer = answer;
    }
    ended
}

enum Signal {
    Event(RuntimeEvent),
    Exited(ExitStatus),
    Deadline,
    OutOfMemory,
    Stopped,
}

async fn wait(
    spec: &FunctionSpec,
    process: &mut RuntimeProcess,
    deadline: Instant,
    stop: &mut watch::Receiver<bool>,
) -> Signal {
    // A short invocation is not measured here, but once when it ends.
    let mut looks = interval_at(Instant::now() + MEMORY_PERIOD, MEMORY_PERIOD);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looked: u32 = 0;
    loop {
        tokio::select! {
            biased;
            () = stopped(stop) => return Signal::Stopped,
            event = process.next() => return match event {
                Ok(event) => Signal::Event(event),
                Err(status) => Signal::Exited(status),
            },
            () = sleep_until(deadline) => return Signal::Deadline,
            _ = looks.tick() => {
                looked += 1;
                let depth = match looked {
                    _ if looked.is_multiple_of(ALL) => Depth::All,
                    _ if looked.is_multiple_of(BELOW) => Depth::Below,
                    _ => Depth::Known,
                };
                if process.sample_memory(depth, limit_kb(spec)).await > limit_kb(spec) {
                    return Signal::OutOfMemory;
                }
            }
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // The executor has the sender: an error means that it was dropped, so stop as well.
    let _ = stop.wait_for(|stopped| *stopped).await;
}

fn limit_kb(spec: &FunctionSpec) -> u64 {
    u64::from(spec.memory_mb) * 1024
}

fn timed_out(spec: &FunctionSpec, request_id: &str) -> Ended {
    let problem = format!(
        "Task timed out after {:.2} seconds",
        spec.timeout.as_secs_f64()
    );
    Ended::failed(request_id, Status::Timeout, problem)
}

fn exit_problem(status: ExitStatus) -> String {
    match describe(status) {
        Some(end) => format!("Runtime exited with error: {end}"),
        None => "Runtime exited without providing a reason".into(),
    }
}

fn killed() -> String {
    "Runtime exited with error: signal: killed".into()
}

fn oversized() -> Bytes {
    error_object(
        "Function.ResponseSizeTooLarge",
        &format!(
            "Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
        ),
    )
}

fn error_object(kind: &str, message: &str) -> Bytes {
    Bytes::from(json!({ "errorType": kind, "errorMessage": message }).to_string())
}
