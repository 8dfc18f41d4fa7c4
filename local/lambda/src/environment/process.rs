//! The process of an environment: its start, its memory, its end.

use std::{
    io,
    os::fd::OwnedFd,
    os::unix::process::ExitStatusExt,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

use super::{
    FunctionSpec,
    pipe::PipeReader,
    runtime_api::{RuntimeApi, RuntimeEvent},
    variables::variables,
};
use crate::logs::LogStream;

/// How often, and for how long in total, a busy executable is tried again.
const BUSY_TRIES: u32 = 100;
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// Why there is no process.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The package cannot be run; Lambda's sentence.
    #[error("{0}")]
    InvalidEntrypoint(String),
    /// This machine refused something that has nothing to do with the function.
    #[error("cannot {0}")]
    Machine(&'static str, #[source] io::Error),
}

/// A running `bootstrap` and the Runtime API it polls.
pub(super) struct RuntimeProcess {
    /// What the runtime polls.
    pub(super) api: RuntimeApi,
    child: Child,
    pid: Option<Pid>,
    pipes: [PipeReader; 2],
    peak_kb: u64,
}

impl RuntimeProcess {
    /// Starts the function's `bootstrap`.
    pub(super) async fn spawn(spec: &FunctionSpec, log: &LogStream) -> Result<Self, StartError> {
        check_architecture(&spec.architecture)?;
        let bootstrap = spec.code.directory.join("bootstrap");
        if !tokio::fs::try_exists(&bootstrap)
            .await
            .map_err(|error| StartError::Machine("look for bootstrap", error))?
        {
            return Err(StartError::InvalidEntrypoint(
                "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]".into(),
            ));
        }
        let api = RuntimeApi::start()
            .await
            .map_err(|error| StartError::Machine("listen for the Runtime API", error))?;
        let mut command = Command::new(&bootstrap);
        command
            .current_dir(&spec.code.directory)
            .env_clear()
            .envs(variables(spec, &api.address.to_string(), &log.name))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that what the function starts dies with it.
            .process_group(0)
            .kill_on_drop(true);
        let mut child = spawn(&mut command).await?;
        let pid = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        let pipes = pipes(&mut child, log)
            .map_err(|error| StartError::Machine("read the function's output", error))?;
        Ok(Self {
            api,
            child,
            pid,
            pipes,
            peak_kb: 0,
        })
    }

    /// The next thing the runtime says, or the end of the process. Nothing is lost when the
    /// future is dropped.
    pub(super) async fn next(&mut self) -> Result<RuntimeEvent, ExitStatus> {
        tokio::select! {
            // What the runtime said before it ended comes first.
            biased;
            Some(event) = self.api.events.recv() => Ok(event),
            status = self.child.wait() => Err(exit_status(status)),
        }
    }

    /// The process's id, while it runs.
    pub(super) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for the process to end by itself.
    async fn exited(&mut self) -> ExitStatus {
        exit_status(self.child.wait().await)
    }

    /// Whether the process still runs.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Reads the memory use; the most so far, in kB.
    pub(super) async fn sample_memory(&mut self) -> u64 {
        if let Some(pid) = self.pid
            && let Ok(status) =
                tokio::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).await
            && let Some(peak) = peak_kb(&status)
        {
            self.peak_kb = self.peak_kb.max(peak);
        }
        self.peak_kb
    }

    /// The most memory seen so far, in MB as `REPORT` prints it.
    pub(super) fn peak_mb(&self) -> u64 {
        self.peak_kb.div_ceil(1024)
    }

    /// Moves all that the process has written so far to the log.
    pub(super) async fn drain(&self) {
        for pipe in &self.pipes {
            pipe.drain().await;
        }
    }

    /// Kills the process and all it started, and waits for its end.
    pub(super) async fn kill(&mut self) {
        self.kill_group();
        self.exited().await;
        self.drain().await;
    }

    fn kill_group(&self) {
        if let Some(pid) = self.pid
            && let Err(error) = kill_process_group(pid, Signal::KILL)
            && error != rustix::io::Errno::SRCH
        {
            tracing::warn!(%error, "cannot kill a function's processes");
        }
    }
}

impl Drop for RuntimeProcess {
    fn drop(&mut self) {
        // After an orderly end the id is gone from the child and may be another process's.
        if self.child.id().is_some() {
            self.kill_group();
        }
    }
}

fn exit_status(status: io::Result<ExitStatus>) -> ExitStatus {
    status.unwrap_or_else(|error| {
        // A child that cannot be waited for is as good as gone.
        tracing::error!(%error, "cannot wait for a function's process");
        ExitStatus::from_raw(Signal::KILL.as_raw())
    })
}

/// `exit status 1`, `signal: killed`: as Lambda words an end. `None` for an exit with 0.
pub(super) fn describe(status: ExitStatus) -> Option<String> {
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(code), _) => Some(format!("exit status {code}")),
        (None, Some(signal)) => Some(match signal {
            6 => "signal: aborted".into(),
            9 => "signal: killed".into(),
            11 => "signal: segmentation fault".into(),
            15 => "signal: terminated".into(),
            other => format!("signal: {other}"),
        }),
        (None, None) => Some(status.to_string()),
    }
}

fn check_architecture(architecture: &str) -> Result<(), StartError> {
    let host = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    };
    if architecture == host {
        return Ok(());
    }
    Err(StartError::InvalidEntrypoint(format!(
        "the function is configured for {architecture}, but this machine is {host}: the local \
         account runs functions on the machine itself. Build and configure it for {host}"
    )))
}

async fn spawn(command: &mut Command) -> Result<Child, StartError> {
    let mut tries = 0;
    loop {
        let error = match command.spawn() {
            Ok(child) => return Ok(child),
            Err(error) => error,
        };
        match error.kind() {
            // A process forked by another thread while the file was unpacked holds it open for
            // writing until that process executes its own program: a matter of milliseconds.
            io::ErrorKind::ExecutableFileBusy if tries < BUSY_TRIES => {
                tries += 1;
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            io::ErrorKind::PermissionDenied => {
                return Err(StartError::InvalidEntrypoint(
                    "fork/exec /var/task/bootstrap: permission denied".into(),
                ));
            }
            // A script whose interpreter is missing.
            io::ErrorKind::NotFound => {
                return Err(StartError::InvalidEntrypoint(
                    "fork/exec /var/task/bootstrap: no such file or directory".into(),
                ));
            }
            _ if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => {
                return Err(StartError::InvalidEntrypoint(
                    "fork/exec /var/task/bootstrap: exec format error".into(),
                ));
            }
            _ => return Err(StartError::Machine("start bootstrap", error)),
        }
    }
}

fn pipes(child: &mut Child, log: &LogStream) -> io::Result<[PipeReader; 2]> {
    let missing = || io::Error::other("the process has no pipe");
    let stdout: OwnedFd = child.stdout.take().ok_or_else(missing)?.into_owned_fd()?;
    let stderr: OwnedFd = child.stderr.take().ok_or_else(missing)?.into_owned_fd()?;
    Ok([
        PipeReader::start(stdout, log.clone())?,
        PipeReader::start(stderr, log.clone())?,
    ])
}

/// `VmHWM` of `/proc/<pid>/status`: the peak, so that nothing is missed between two looks.
fn peak_kb(status: &str) -> Option<u64> {
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_worded_as_lambda_words_them() {
        assert_eq!(describe(ExitStatus::from_raw(0)), None);
        assert_eq!(
            describe(ExitStatus::from_raw(1 << 8)).as_deref(),
            Some("exit status 1")
        );
        assert_eq!(
            describe(ExitStatus::from_raw(9)).as_deref(),
            Some("signal: killed")
        );
    }

    #[test]
    fn the_peak_is_found() {
        let status = "Name:\tbootstrap\nVmHWM:\t   12345 kB\nVmRSS:\t  1 kB\n";
        assert_eq!(peak_kb(status), Some(12345));
        assert_eq!(peak_kb("Name:\tzombie\n"), None);
    }
}
