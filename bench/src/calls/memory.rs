//! Memory of open calls.

use std::io::Write;

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::connect::{ConnectSetup, finish};

/// Memory of a process with calls that wait for their PIN at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OpenCalls {
    pub calls: usize,
    /// Memory before the first call, in MiB.
    pub before_mib: f64,
    /// Memory with all calls open, in MiB.
    pub open_mib: f64,
    /// The process's peak memory, in MiB.
    pub peak_mib: f64,
}

/// Measures open calls in a process of their own, because a process does not always return freed memory.
pub(super) async fn of_open_calls(content: &str, calls: usize) -> anyhow::Result<OpenCalls> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["hold-open", &calls.to_string()])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child
        .stdin
        .take()
        .context("the child process must have a standard input")?;
    stdin.write_all(content.as_bytes()).await?;
    drop(stdin);
    let output = child.wait_with_output().await?;
    ensure!(output.status.success(), "holding {calls} calls open failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Runs in the child process: reads a flow, opens calls, finishes them and prints the memory.
///
/// # Errors
/// When a call does not end after a message was sent.
pub async fn hold_open(calls: usize) -> anyhow::Result<()> {
    let content = std::io::read_to_string(std::io::stdin())?;
    let setup = ConnectSetup::new(&content).await?;
    let before_mib = now("VmRSS")?;
    let mut open = Vec::with_capacity(calls);
    for caller in 0..calls {
        open.push(setup.dial(caller).await?);
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

/// Returns a field of this process's `/proc` status in MiB.
pub(super) fn now(name: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .and_then(|line| line.split_whitespace().next()?.parse().ok())
        .with_context(|| format!("/proc/self/status must have {name}"))?;
    Ok(kib / 1024.0)
}
