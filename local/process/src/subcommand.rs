//! The hidden subcommands: a process that dies with its parent, and becomes or supervises a program.

use std::convert::Infallible;
use std::ffi::{CString, OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::iter;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use nix::unistd::execv;
use rustix::process::{Pid, Signal, getpid, kill_process};
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::open_files::limit_this_process;
use crate::supervisor;

/// The first argument of a process that becomes another program.
pub(crate) const BECOME: &str = "__become";

/// The first argument of a process that supervises another program.
pub(crate) const SUPERVISE: &str = "__supervise";

/// The first argument of a process that ends itself by the signal whose number follows.
const END_BY: &str = "__end_by";

/// This program, even if its file has been replaced.
pub(crate) const ITSELF: &str = "/proc/self/exe";

/// The text before a process id in a [`Report`].
const STARTED: &str = "started ";

/// Used in place of the limit of open files when the program inherits it.
pub(crate) const INHERITED: &str = "-";

/// Shells report an end by a signal with this exit code plus the signal's number.
const BY_SIGNAL: i32 = 128;

/// The exit code when the program could not be started, as in a shell. Only the report is used.
const NOT_STARTED: u8 = 127;

/// Runs the hidden subcommand that [`Launch`] has started this process with, if there is one, and returns
/// its exit code. Returns `None` for every other command line. Call this before anything else in `main`.
///
/// The arguments are the subcommand, the parent's process id, the limit of open files, the program, and
/// its own arguments. The start is reported through standard input, which is empty for the program
/// itself.
///
/// [`Launch`]: crate::Launch
#[must_use]
pub fn serve_subcommand() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let subcommand = arguments.next()?;
    if subcommand == END_BY {
        let number = arguments.next()?.to_str()?.parse().ok()?;
        return Some(raise(number));
    }
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

/// The arguments of a hidden subcommand.
pub(crate) struct Order {
    /// The process that started this one.
    pub(crate) parent: i32,
    /// The program's limit of open files; `None` if it inherits the limit.
    pub(crate) open_files: Option<u64>,
    /// The program to start.
    pub(crate) program: OsString,
    pub(crate) arguments: Vec<OsString>,
}

impl Order {
    fn read(mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        Some(Self {
            parent: arguments.next()?.to_str()?.parse().ok()?,
            open_files: match arguments.next()?.to_str()? {
                INHERITED => None,
                count => Some(count.parse().ok()?),
            },
            program: arguments.next()?,
            arguments: arguments.collect(),
        })
    }
}

/// The pipe to the parent. It gets the number of the system's error, or is closed without one if the
/// program was started. A supervisor first sends the program's process id.
pub(crate) struct Report(File);

impl Report {
    /// Moves the pipe from standard input to a descriptor that `exec` closes.
    fn take() -> io::Result<Self> {
        let report = rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3)?;
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        Ok(Self(File::from(report)))
    }

    /// Reports why the program was not started, and returns the exit code for it.
    pub(crate) fn failed(self, error: &io::Error) -> ExitCode {
        self.say(Reported::Failed(error.raw_os_error().unwrap_or_default()));
        ExitCode::from(NOT_STARTED)
    }

    /// Reports the program's process id.
    pub(crate) fn started(self, program: Option<u32>) {
        if let Some(id) = program {
            self.say(Reported::Started(id));
        }
    }

    fn say(mut self, reported: Reported) {
        // The parent may have ended.
        if let Err(error) = self.0.write_all(reported.to_string().as_bytes()) {
            tracing::debug!(%error, "cannot report whether a program was started");
        }
    }
}

/// The contents of a [`Report`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reported {
    /// The program was not started; with the number of the system's error.
    Failed(i32),
    /// The program runs with this process id.
    Started(u32),
}

impl fmt::Display for Reported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(number) => write!(formatter, "{number}"),
            Self::Started(id) => write!(formatter, "{STARTED}{id}"),
        }
    }
}

impl Reported {
    /// Parses a report; `None` if it is empty.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix(STARTED) {
            Some(id) => id.parse().ok().map(Self::Started),
            None => text.parse().ok().map(Self::Failed),
        }
    }
}

/// Becomes the program. Returns only if it could not be started.
fn become_program(order: Order, report: Report) -> ExitCode {
    let begun = signal_at_the_end_of(order.parent, Signal::KILL);
    let begun = begun.and_then(|()| order.open_files.map_or(Ok(()), limit_this_process));
    let error = begun.and_then(|()| match is_path(&order.program) {
        true => become_file(order),
        false => Err(Command::new(order.program).args(order.arguments).exec()),
    });
    match error {
        Ok(never) => match never {},
        Err(error) => report.failed(&error),
    }
}

/// Reports whether a program is given by a path, and not looked up in `PATH`.
fn is_path(program: &OsStr) -> bool {
    program.as_bytes().contains(&b'/')
}

/// Becomes the program of a file, or returns the system's error. The library's `exec` lets a shell run a
/// file that is not a program, such as one for another processor; a child that is started directly fails
/// instead.
fn become_file(order: Order) -> io::Result<Infallible> {
    let words = iter::once(order.program).chain(order.arguments);
    let words: Vec<CString> = words
        .map(|word| CString::new(word.into_vec()))
        .collect::<Result<_, _>>()?;
    let [program, ..] = &words[..] else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    // Rust's programs ignore SIGPIPE, and `exec` keeps ignored signals but resets handled ones.
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let _listening = {
        let _runtime = runtime.enter();
        signal(SignalKind::pipe())?
    };
    Ok(execv(program, &words)?)
}

/// Requests a signal for the end of the parent, which may have ended before.
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

/// Ends this process by a signal, whatever its handlers are: it becomes a program without any by `exec`.
/// If the signal does not end it, returns the exit code that shells use for that signal.
pub(crate) fn end_by_signal(number: i32) -> ExitCode {
    let error = Command::new(ITSELF)
        .args([END_BY, &number.to_string()])
        .exec();
    tracing::debug!(%error, "cannot end this process by a signal");
    exit_code_of(number)
}

/// Sends this process a signal. Returns if the signal does not end it.
fn raise(number: i32) -> ExitCode {
    if let Some(signal) = Signal::from_named_raw(number)
        && let Err(error) = kill_process(getpid(), signal)
    {
        tracing::debug!(%error, "cannot end this process by a signal");
    }
    exit_code_of(number)
}

fn exit_code_of(number: i32) -> ExitCode {
    ExitCode::from(u8::try_from(BY_SIGNAL + number).unwrap_or(u8::MAX))
}
