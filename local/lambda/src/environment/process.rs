//! The process of an environment: start, memory and end.

use std::{
    ffi::OsString,
    fs, io,
    os::fd::OwnedFd,
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use local_process::{Launch, Supervised};
use rustix::process::{Pid, Signal, kill_process_group};

use super::{
    FunctionSpec,
    interpreters::{Interpreter, Interpreters, Unavailable},
    pipe::PipeReader,
    processes::{Depth, Families},
    runtime_api::{RuntimeApi, RuntimeEvent},
    variables::variables,
};
use crate::{logs::LogStream, runtime::Runtime};

/// "File descriptors: 1,024", in the table of Lambda's quotas.
const OPEN_FILES: u64 = 1024;
/// The number of attempts to start a busy executable, and the pause between them.
const BUSY_TRIES: u32 = 100;
const BUSY_PAUSE: Duration = Duration::from_millis(10);
/// The number of checks whether killed processes have ended, and the pause between them.
const GONE_LOOKS: u32 = 200;
const GONE_PAUSE: Duration = Duration::from_millis(5);

/// Why a process could not be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The package cannot be run; Lambda's message.
    #[error("{0}")]
    InvalidEntrypoint(String),
    /// An error of this machine, unrelated to the function.
    #[error("cannot {0}")]
    Machine(&'static str, #[source] io::Error),
}

/// A running `bootstrap` or interpreter, its children, and the Runtime API that it polls.
pub(super) struct RuntimeProcess {
    /// The Runtime API that the process polls.
    pub(super) api: RuntimeApi,
    program: Supervised,
    /// The process group that the process leads, if its remaining members must be killed through the
    /// group.
    group: Option<Pid>,
    pipes: [PipeReader; 2],
    peak_kb: u64,
}

impl RuntimeProcess {
    /// Starts the function's `bootstrap`, or the interpreter of its runtime.
    pub(super) async fn spawn(
        spec: &FunctionSpec,
        log: &LogStream,
        families: &Families,
        interpreters: &Interpreters,
    ) -> Result<Self, StartError> {
        check_architecture(&spec.architecture)?;
        let entry = Entry::of(spec, interpreters).await?;
        let api = RuntimeApi::start(families, &spec.code.directory)
            .await
            .map_err(|error| StartError::Machine("listen for the Runtime API", error))?;
        let environment = variables(
            spec,
            entry.interpreter(),
            &api.address.to_string(),
            &log.name,
        );
        let mut program = start(|| {
            let mut launch = Launch::supervising_program(entry.program(), Some(OPEN_FILES))?;
            launch
                .command()
                .args(entry.arguments(spec))
                .current_dir(&spec.code.directory)
                .env_clear()
                .envs(environment.iter().map(|(name, value)| (name, value)))
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                // A group of its own, so that the function's children can be killed with it.
                .process_group(0);
            Ok(launch)
        })
        .await
        .map_err(|error| entry.not_started(error))?;
        let id = program.program_id();
        let supervisor = program.supervisor_id();
        if let Some(id) = id {
            api.family.begin(id, supervisor);
        }
        let group = id
            .filter(|_| supervisor.is_none())
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        let pipes = pipes(&mut program, log)
            .map_err(|error| StartError::Machine("read the function's output", error))?;
        Ok(Self {
            api,
            program,
            group,
            pipes,
            peak_kb: 0,
        })
    }

    /// Returns the next event of the runtime, or the end of the process. Dropping the future loses
    /// nothing.
    pub(super) async fn next(&mut self) -> Result<RuntimeEvent, ExitStatus> {
        tokio::select! {
            // Events before the end come first.
            biased;
            Some(event) = self.api.events.recv() => Ok(event),
            status = self.program.wait() => Err(exit_status(status)),
        }
    }

    /// Returns the process id while the process runs.
    pub(super) fn id(&self) -> Option<u32> {
        self.program.program_id()
    }

    /// Waits for the process to end by itself.
    async fn exited(&mut self) -> ExitStatus {
        exit_status(self.program.wait().await)
    }

    /// Reports whether the process still runs.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.program.try_wait(), Ok(None))
    }

    /// Measures the memory of all the environment's processes together. Returns the peak so far, in kB.
    pub(super) async fn sample_memory(&mut self, depth: Depth, limit_kb: u64) -> u64 {
        let family = Arc::clone(&self.api.family);
        let look = tokio::task::spawn_blocking(move || family.memory_kb(depth, limit_kb));
        // The measurement is interrupted only when everything ends.
        self.peak_kb = self.peak_kb.max(look.await.unwrap_or_default());
        self.peak_kb
    }

    /// Returns the peak of memory so far, in MB as `REPORT` prints it.
    pub(super) fn peak_mb(&self) -> u64 {
        self.peak_kb.div_ceil(1024)
    }

    /// Waits until all output so far is in the log.
    pub(super) async fn drain(&self) {
        for pipe in &self.pipes {
            pipe.drain().await;
        }
    }

    /// Kills the process and everything that it has started, wherever it is in the process tree by now,
    /// and waits for the processes to end.
    pub(super) async fn kill(&mut self) {
        let family = Arc::clone(&self.api.family);
        // Before the first process dies, because its children could no longer be identified.
        if let Err(error) = tokio::task::spawn_blocking(move || family.kill()).await {
            tracing::warn!(%error, "killing a function's processes was interrupted");
        }
        self.kill_group();
        self.program.end();
        self.exited().await;
        self.gone().await;
        self.drain().await;
    }

    /// Waits for the end of processes that are not children of this one. The wait is short, because the
    /// system cannot end some processes yet, such as one that waits for a disk.
    async fn gone(&self) {
        for _ in 0..GONE_LOOKS {
            let family = Arc::clone(&self.api.family);
            match tokio::task::spawn_blocking(move || family.is_gone()).await {
                Ok(false) => tokio::time::sleep(GONE_PAUSE).await,
                Ok(true) | Err(_) => return,
            }
        }
        tracing::warn!("processes of a function were killed but have not ended");
    }

    fn kill_group(&self) {
        if let Some(group) = self.group
            && let Err(error) = kill_process_group(group, Signal::KILL)
            && error != rustix::io::Errno::SRCH
        {
            tracing::warn!(%error, "cannot kill a function's processes");
        }
    }
}

impl Drop for RuntimeProcess {
    fn drop(&mut self) {
        // After an orderly end, the id may belong to another process.
        if self.program.program_id().is_some() {
            self.api.family.kill();
            self.kill_group();
        }
    }
}

/// The program of a function.
enum Entry {
    /// The package's own.
    Bootstrap(PathBuf),
    /// The interpreter of its runtime.
    Interpreter(Arc<Interpreter>),
}

impl Entry {
    async fn of(spec: &FunctionSpec, interpreters: &Interpreters) -> Result<Self, StartError> {
        if let Some(runtime) = Runtime::managed(&spec.runtime) {
            return match interpreters.find(runtime).await {
                Ok(interpreter) => Ok(Self::Interpreter(interpreter)),
                Err(Unavailable::Missing(sentence)) => Err(StartError::InvalidEntrypoint(sentence)),
                Err(Unavailable::Machine(error)) => Err(StartError::Machine(
                    "store the program that runs handlers",
                    error,
                )),
            };
        }
        let bootstrap = spec.code.directory.join("bootstrap");
        match tokio::fs::try_exists(&bootstrap).await {
            Ok(true) => Ok(Self::Bootstrap(bootstrap)),
            Ok(false) => Err(StartError::InvalidEntrypoint(
                "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]".into(),
            )),
            Err(error) => Err(StartError::Machine("look for bootstrap", error)),
        }
    }

    fn interpreter(&self) -> Option<&Interpreter> {
        match self {
            Self::Bootstrap(_) => None,
            Self::Interpreter(interpreter) => Some(interpreter),
        }
    }

    fn program(&self) -> &Path {
        match self {
            Self::Bootstrap(bootstrap) => bootstrap,
            Self::Interpreter(interpreter) => &interpreter.program,
        }
    }

    fn arguments(&self, spec: &FunctionSpec) -> Vec<OsString> {
        self.interpreter()
            .map(|interpreter| interpreter.arguments(spec))
            .unwrap_or_default()
    }

    /// Maps a system error on starting the program to its meaning for the function.
    fn not_started(&self, error: io::Error) -> StartError {
        match self {
            Self::Bootstrap(bootstrap) => not_started(error, bootstrap),
            Self::Interpreter(_) => {
                StartError::Machine("start the interpreter of the function's runtime", error)
            }
        }
    }
}

fn exit_status(status: io::Result<ExitStatus>) -> ExitStatus {
    status.unwrap_or_else(|error| {
        // A child that cannot be waited for counts as ended.
        tracing::error!(%error, "cannot wait for a function's process");
        ExitStatus::from_raw(Signal::KILL.as_raw())
    })
}

/// Describes an exit in Lambda's words, such as `exit status 1` or `signal: killed`. Returns `None` for
/// exit status 0.
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

/// Starts a program, with retries while its file is busy.
async fn start(launch: impl Fn() -> io::Result<Launch>) -> io::Result<Supervised> {
    let mut tries = 0;
    loop {
        match launch()?.spawn_supervised().await {
            // A process that another thread forked while the file was being unpacked holds it open for
            // writing until it executes its own program: a few milliseconds.
            Err(error)
                if error.kind() == io::ErrorKind::ExecutableFileBusy && tries < BUSY_TRIES =>
            {
                tries += 1;
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            result => return result,
        }
    }
}

/// Maps a system error on starting `bootstrap` to its meaning for the function.
fn not_started(error: io::Error, bootstrap: &Path) -> StartError {
    let invalid = |words: &str| {
        StartError::InvalidEntrypoint(format!("fork/exec /var/task/bootstrap: {words}"))
    };
    match error.kind() {
        io::ErrorKind::PermissionDenied if may_be_executed(bootstrap) && is_noexec(bootstrap) => {
            tracing::error!(
                bootstrap = %bootstrap.display(),
                "the file system that functions are unpacked to is mounted noexec"
            );
            StartError::Machine(
                "start bootstrap: this machine's directory for functions is mounted noexec, so programs \
                 in it cannot be started. Set TMPDIR to a directory on another file system",
                error,
            )
        }
        io::ErrorKind::PermissionDenied => invalid("permission denied"),
        // A script whose interpreter is missing.
        io::ErrorKind::NotFound => invalid("no such file or directory"),
        _ if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => {
            invalid("exec format error")
        }
        _ => StartError::Machine("start bootstrap", error),
    }
}

/// Reports whether the package marks the file as executable.
fn may_be_executed(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o100 != 0)
}

/// Reports whether the file is on a file system without executables.
#[cfg(target_os = "linux")]
fn is_noexec(file: &Path) -> bool {
    use rustix::fs::{StatVfsMountFlags, statvfs};
    statvfs(file).is_ok_and(|system| system.f_flag.contains(StatVfsMountFlags::NOEXEC))
}

/// Other systems do not report it.
#[cfg(not(target_os = "linux"))]
fn is_noexec(_file: &Path) -> bool {
    false
}

fn pipes(program: &mut Supervised, log: &LogStream) -> io::Result<[PipeReader; 2]> {
    let missing = || io::Error::other("the process has no pipe");
    let stdout: OwnedFd = program.take_stdout().ok_or_else(missing)?.into_owned_fd()?;
    let stderr: OwnedFd = program.take_stderr().ok_or_else(missing)?.into_owned_fd()?;
    Ok([
        PipeReader::start(stdout, log.clone())?,
        PipeReader::start(stderr, log.clone())?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exits_are_described_as_lambda_describes_them() {
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
}
