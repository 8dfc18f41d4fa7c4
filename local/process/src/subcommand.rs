//! The hidden subcommands: a process that dies with its parent, and becomes or supervises a program.

use std::convert::Infallible;
use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::iter;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use nix::unistd::execv;
use rustix::process::{Pid, Signal};
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::supervisor;

/// The first argument of a process that is to become another program.
pub(crate) const BECOME: &str = "__become";

/// The first argument of a process that is to supervise another program.
pub(crate) const SUPERVISE: &str = "__supervise";

/// The exit code where the program could not be started, as in a shell. Nobody sees it: the report
/// says why.
const NOT_STARTED: u8 = 127;

/// Does what a hidden subcommand asks for, if the arguments begin with one: what [`Launch`] starts.
/// To be called before anything else in `main`; returns `None` for every other command line, and
/// otherwise the exit code.
///
/// The arguments are the subcommand, the parent's process id, the program, and its own arguments.
/// Standard input is where a failure is reported; the program itself finds nothing there.
///
/// [`Launch`]: crate::Launch
#[must_use]
pub fn serve_subcommand() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let subcommand = arguments.next()?;
    let serve = if subcommand == BECOME {
        become_program
    } else if subcommand == SUPERVISE {
        supervisor::supervise
    } else {
        return None;
    };
    let report = match Report::take() {
        Ok(report) => report,
        Err(error) => {
            tracing::debug!(%error, "cannot report whether a program was started");
            return Some(ExitCode::from(NOT_STARTED));
        }
    };
    let Some(order) = Order::read(arguments) else {
        report.failed(&io::ErrorKind::InvalidInput.into());
        return Some(ExitCode::from(NOT_STARTED));
    };
    Some(serve(order, report))
}

/// What the arguments say.
pub(crate) struct Order {
    /// Who gave it.
    pub(crate) parent: i32,
    /// The program to start.
    pub(crate) program: OsString,
    /// Its arguments.
    pub(crate) arguments: Vec<OsString>,
}

impl Order {
    fn read(mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        Some(Self {
            parent: arguments.next()?.to_str()?.parse().ok()?,
            program: arguments.next()?,
            arguments: arguments.collect(),
        })
    }
}

/// Where the parent listens: the number of the system's error, or an end without a word, which means
/// that the program was started.
pub(crate) struct Report(File);

impl Report {
    /// Moves the report away from standard input, to where `exec` closes it.
    fn take() -> io::Result<Self> {
        let report = rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3)?;
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        Ok(Self(File::from(report)))
    }

    /// Says why the program was not started; the exit code for it.
    pub(crate) fn failed(mut self, error: &io::Error) -> ExitCode {
        let number = error.raw_os_error().unwrap_or_default();
        // Nobody listens any more when the parent is gone.
        if let Err(error) = self.0.write_all(number.to_string().as_bytes()) {
            tracing::debug!(%error, "cannot report that a program was not started");
        }
        ExitCode::from(NOT_STARTED)
    }
}

/// Returns only when the program could not be started.
fn become_program(order: Order, report: Report) -> ExitCode {
    let begun = signal_at_the_end_of(order.parent, Signal::KILL);
    let error = begun.and_then(|()| match is_path(&order.program) {
        true => become_file(order),
        false => Err(Command::new(order.program).args(order.arguments).exec()),
    });
    match error {
        Ok(never) => match never {},
        Err(error) => report.failed(&error),
    }
}

/// Whether a program is named by its place, and not looked for on the search path.
fn is_path(program: &OsStr) -> bool {
    program.as_bytes().contains(&b'/')
}

/// Becomes the program of a file, or says what the system says of it. The library's `exec` has a shell
/// run a file that is no program, such as one for another processor; a child that is started directly
/// fails then.
fn become_file(order: Order) -> io::Result<Infallible> {
    let words = iter::once(order.program).chain(order.arguments);
    let words: Vec<CString> = words
        .map(|word| CString::new(word.into_vec()))
        .collect::<Result<_, _>>()?;
    let [program, ..] = &words[..] else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    // Rust's programs ignore this signal, and what is ignored stays so. What is listened to does not.
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let _listening = {
        let _runtime = runtime.enter();
        signal(SignalKind::pipe())?
    };
    Ok(execv(program, &words)?)
}

/// Asks for a signal when the parent ends. It may have ended before this was asked for.
pub(crate) fn signal_at_the_end_of(parent: i32, signal: Signal) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(signal))?;
    #[cfg(not(target_os = "linux"))]
    let _ = signal;
    let now = rustix::process::getppid().map(Pid::as_raw_pid);
    match now == Some(parent) {
        true => Ok(()),
        false => Err(rustix::io::Errno::SRCH.into()),
    }
}
