//! What calls cost that are open at once.

use std::io::Write;

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::exchange::{Exchange, finish};

/// Calls that wait for their PIN, all at the same time, in a process with nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OpenCalls {
    /// How many.
    pub calls: usize,
    /// Memory of the process before the first, MiB.
    pub before_mib: f64,
    /// And with all of them open.
    pub open_mib: f64,
    /// The most the process ever held.
    pub peak_mib: f64,
}

/// In a process of its own: memory that was used once is not always given back.
pub(super) async fn of_open_calls(content: &str, calls: usize) -> anyhow::Result<OpenCalls> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["hold-open", &calls.to_string()])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().context("the child has no input")?;
    stdin.write_all(content.as_bytes()).await?;
    drop(stdin);
    let output = child.wait_with_output().await?;
    ensure!(output.status.success(), "holding {calls} calls open failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The child's part: reads a flow, opens calls, writes down what they cost, and finishes each.
///
/// # Errors
/// When a call does not end as it should.
pub async fn hold_open(calls: usize) -> anyhow::Result<()> {
    let content = std::io::read_to_string(std::io::stdin())?;
    let exchange = Exchange::new(&content).await?;
    let before_mib = now("VmRSS")?;
    let mut open = Vec::with_capacity(calls);
    for caller in 0..calls {
        open.push(exchange.dial(caller).await?);
    }
    let open_mib = now("VmRSS")?;
    for call in &mut open {
        finish(call).await?;
    }
    let found = OpenCalls {
        calls,
        before_mib,
        open_mib,
        peak_mib: now("VmHWM")?,
    };
    std::io::stdout().write_all(&serde_json::to_vec(&found)?)?;
    Ok(())
}

/// MiB of this process.
pub(super) fn now(name: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .and_then(|line| line.split_whitespace().next()?.parse().ok())
        .with_context(|| format!("the system tells no {name}"))?;
    Ok(kib / 1024.0)
}
