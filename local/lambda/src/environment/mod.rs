//! Execution environments: the processes that run functions. Nothing here belongs to Lambda's REST API.
//!
//! An environment is one process with its children, a Runtime API of its own on a loopback address of its
//! own, and a log stream. It runs one invocation at a time and is kept for a while for the next one. When
//! it ends, all its processes end.
//!
//! A response is passed on as the runtime wrote it, JSON or not: Lambda does not check it either (the
//! tutorial for custom runtimes in its guide responds with plain text).

mod address;
mod connections;
mod hosting;
mod idle;
mod interpreters;
mod pipe;
mod pool;
mod process;
mod processes;
mod run;
mod runtime_api;
mod runtime_state;
mod spec;
mod variables;

use std::time::Duration;

use bytes::Bytes;

pub use hosting::{Hosting, StartObserver};
pub use idle::IdleLimits;
pub(crate) use interpreters::{Interpreters, Unavailable};
pub(crate) use pool::{Admission, Concurrency, Executor, Refusal};
pub(crate) use spec::{Credentials, FunctionSpec};
pub(crate) use variables::RESERVED;

/// An invocation of a function.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    /// The request id; it stays the same when an asynchronous invocation is retried.
    pub(crate) request_id: String,
    /// The ARN that the caller used, with its qualifier.
    pub(crate) invoked_arn: String,
    /// The event.
    pub(crate) payload: Bytes,
    /// `X-Amzn-Trace-Id`: the caller's before the invocation runs, then the one that the function is
    /// given.
    pub(crate) trace_id: String,
    /// The decoded `X-Amz-Client-Context`.
    pub(crate) client_context: Option<String>,
}

/// The result of an invocation.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// The response, or an error object.
    pub(crate) payload: Bytes,
    /// Whether the payload is an error.
    pub(crate) failed: bool,
    /// The run time, without the initialization of its environment.
    pub(crate) duration: Duration,
    /// The last lines of the invocation's log.
    pub(crate) log_tail: String,
    /// The time of the initialization, if the environment was created for this invocation.
    pub(crate) init: Option<Duration>,
}
