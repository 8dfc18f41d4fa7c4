//! Measures calls of the shipped flow: calls per second, and the memory of an open call.
//!
//! There are three levels: the flow engine alone; the local account's Amazon Connect with a function in this
//! process; and the whole line, deployed by Terraform, with the function's own processes.

mod connect;
mod engine;
mod function;
mod line;
mod memory;

use std::path::Path;

use local_toolchain::{Progress, Toolchain};
use serde::{Deserialize, Serialize};

use crate::statistics::Summary;

pub use line::{LineFigures, TerraformFigures};
pub use memory::{OpenCalls, hold_open};

/// The PIN of all callers.
const PIN: &str = "123456";

/// Throughput of calls on one thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Throughput {
    /// The calls of one measurement.
    pub calls: usize,
    /// Calls per second of processor time.
    pub per_second: Summary,
}

/// The figures of calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallFigures {
    /// The flow engine alone, by the number of consecutive calls.
    pub engine: Vec<Throughput>,
    /// Amazon Connect with a function in this process.
    pub connect: Vec<Throughput>,
    /// Open calls, each number of calls in a process of its own.
    pub open: Vec<OpenCalls>,
    pub line: LineFigures,
}

/// The extent of a measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effort {
    /// The numbers of calls to measure.
    pub calls: Vec<usize>,
    /// The measurements of each number.
    pub repetitions: usize,
    /// The number of applies and destroys of the example.
    pub applies: usize,
}

impl Effort {
    /// Returns the extent for reliable figures.
    pub fn full() -> Self {
        Self {
            calls: vec![1, 10, 100, 1_000, 10_000],
            repetitions: 7,
            applies: 3,
        }
    }

    /// Returns the smallest extent, which shows only that everything works.
    pub fn quick() -> Self {
        Self {
            calls: vec![1, 10],
            repetitions: 2,
            applies: 1,
        }
    }
}

/// Measures calls at all three levels.
///
/// # Errors
/// When a call does not end after a message was sent, or the line cannot be deployed.
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
    // One thread, because the throughput of one processor is measured.
    let connect = {
        let (content, effort) = (content.clone(), effort.clone());
        tokio::task::spawn_blocking(move || connect::throughput(&content, &effort)).await??
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

/// Returns the processor time of this thread in seconds.
fn thread_time() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}
