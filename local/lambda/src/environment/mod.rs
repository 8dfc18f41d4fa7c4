//! Execution environments: the processes that run functions, and nothing of Lambda's REST API.
//!
//! An environment is one process with what it starts, one Runtime API of its own on a loopback
//! address of its own, and one log stream. It runs one invocation at a time and is kept for the
//! next one, for a while. When it ends, all of its processes end.
//!
//! An answer is passed on as the runtime wrote it, JSON or not: Lambda does not look into it
//! either (its guide's tutorial for custom runtimes answers with plain text).

mod address;
mod connections;
mod hosting;
mod idle;
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
pub(crate) use pool::{Admission, Concurrency, Executor, Refusal};
pub(crate) use spec::{Credentials, FunctionSpec};
pub(crate) use variables::RESERVED;

/// What is handed to a function.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    /// Its id; kept when an asynchronous invocation is tried again.
    pub(crate) request_id: String,
    /// The ARN as the caller gave it, with its qualifier.
    pub(crate) invoked_arn: String,
    /// The event.
    pub(crate) payload: Bytes,
    /// `X-Amzn-Trace-Id`: the caller's until it is run, then the one the function is given.
    pub(crate) trace_id: String,
    /// Decoded `X-Amz-Client-Context`.
    pub(crate) client_context: Option<String>,
}

/// What a function answered.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// Its answer, or an error object.
    pub(crate) payload: Bytes,
    /// Whether the payload is an error.
    pub(crate) failed: bool,
    /// How long it ran, without the time its environment took to come up.
    pub(crate) duration: Duration,
    /// The last lines of the invocation's log.
    pub(crate) log_tail: String,
    /// How long the environment took to come up, when it did so for this invocation.
    pub(crate) init: Option<Duration>,
}
