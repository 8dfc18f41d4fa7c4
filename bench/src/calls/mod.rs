//! Calls of the shipped flow: how many a second, and what an open one costs.
//!
//! Three depths: the flow engine alone, driven by hand; Amazon Connect of the local account with a
//! function that answers in process; and the whole line, deployed by Terraform, with the function's
//! own processes.

mod engine;
mod exchange;
mod function;
mod line;
mod memory;

use std::path::Path;

use local_toolchain::{Progress, Toolchain};
use serde::{Deserialize, Serialize};

use crate::statistics::Summary;

pub use line::{LineFigures, TerraformFigures};
pub use memory::{OpenCalls, hold_open};

/// The PIN that callers key in.
const PIN: &str = "123456";

/// Calls on one thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Throughput {
    /// How many calls one measurement makes.
    pub calls: usize,
    /// Calls per second of processor time, one summary of all measurements.
    pub per_second: Summary,
}

/// What was found of calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallFigures {
    /// The flow engine alone, by how many calls follow each other.
    pub engine: Vec<Throughput>,
    /// Amazon Connect of the account with a function in process.
    pub connect: Vec<Throughput>,
    /// Calls open at once, each number in a process of its own.
    pub open: Vec<OpenCalls>,
    /// The whole line.
    pub line: LineFigures,
}

/// How much is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effort {
    /// Numbers of calls.
    pub calls: Vec<usize>,
    /// Measurements of each.
    pub repetitions: usize,
    /// Times that the example is applied and destroyed.
    pub applies: usize,
}

impl Effort {
    /// Enough for figures that hold.
    pub fn full() -> Self {
        Self {
            calls: vec![1, 10, 100, 1_000, 10_000],
            repetitions: 7,
            applies: 3,
        }
    }

    /// Enough to see that everything works.
    pub fn quick() -> Self {
        Self {
            calls: vec![1, 10],
            repetitions: 2,
            applies: 1,
        }
    }
}

/// Measures calls at all depths.
///
/// # Errors
/// When a call does not end as it should, or the line cannot be deployed.
pub async fn run(
    toolchain: &Toolchain,
    repository: &Path,
    effort: &Effort,
    progress: &dyn Progress,
) -> anyhow::Result<CallFigures> {
    progress.step("The whole line");
    let (line, content) = line::run(toolchain, repository, effort, progress).await?;
    progress.step("Calls of the flow engine");
    let engine = engine::throughput(&content, effort)?;
    progress.step("Calls of Amazon Connect, with a function in process");
    // One thread: what it makes of one processor is the question.
    let connect = {
        let (content, effort) = (content.clone(), effort.clone());
        tokio::task::spawn_blocking(move || exchange::throughput(&content, &effort)).await??
    };
    progress.step("Open calls");
    let mut open = Vec::new();
    for calls in &effort.calls {
        open.push(memory::of_open_calls(&content, *calls).await?);
    }
    Ok(CallFigures {
        engine,
        connect,
        open,
        line,
    })
}

/// Processor time of this thread in seconds.
fn thread_time() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}
