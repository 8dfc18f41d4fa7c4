//! The hidden subcommand: a process that asks to die with its parent and becomes another program.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// The first argument of a program that is to become another one.
pub const SUBCOMMAND: &str = "__become";

/// The exit code where the program could not be started, as in a shell. Nobody sees it: the report
/// says why.
const NOT_STARTED: u8 = 127;

/// Becomes the program that the arguments name, if they begin with [`SUBCOMMAND`]: what
/// [`Launch`](crate::Launch) starts. To be called before anything else in `main`; returns `None` for
/// every other command line, and the exit code where the program cannot be started.
///
/// The arguments are the subcommand, the parent's process id, the program, and its own arguments.
/// Standard input is where a failure is reported; the program itself finds nothing there.
#[must_use]
pub fn serve_subcommand() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != SUBCOMMAND {
        return None;
    }
    let failure = match report_channel() {
        Ok(mut report) => {
            let error = become_program(arguments);
            // The parent reads the number of the system's error; when it is gone, nobody does.
            let number = error.raw_os_error().unwrap_or_default();
            report.write_all(number.to_string().as_bytes()).err()
        }
        Err(error) => Some(error),
    };
    if let Some(error) = failure {
        tracing::debug!(%error, "cannot report that a program was not started");
    }
    Some(ExitCode::from(NOT_STARTED))
}

/// Moves the report away from standard input, to where `exec` closes it: its end without a word means
/// success.
fn report_channel() -> io::Result<File> {
    let report = rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    Ok(File::from(report))
}

/// Returns only with an error.
fn become_program(mut arguments: impl Iterator<Item = OsString>) -> io::Error {
    let parent = arguments.next().and_then(|id| id.to_str()?.parse().ok());
    let (Some(parent), Some(program)) = (parent, arguments.next()) else {
        return io::ErrorKind::InvalidInput.into();
    };
    match die_with(parent) {
        Ok(()) => Command::new(program).args(arguments).exec(),
        Err(error) => error,
    }
}

/// Asks for SIGKILL when the parent ends. It may have ended before this was asked for.
fn die_with(parent: i32) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    let now = rustix::process::getppid().map(rustix::process::Pid::as_raw_pid);
    match now == Some(parent) {
        true => Ok(()),
        false => Err(rustix::io::Errno::SRCH.into()),
    }
}
