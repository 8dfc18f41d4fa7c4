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

/// The first argument of a process that is to become another program.
pub(crate) const BECOME: &str = "__become";

/// The first argument of a process that is to supervise another program.
pub(crate) const SUPERVISE: &str = "__supervise";

/// The first argument of a process that is to end by a signal, whose number follows.
const END_BY: &str = "__end_by";

/// This program, also when its file has been replaced meanwhile.
pub(crate) const ITSELF: &str = "/proc/self/exe";

/// What stands before a process id in a [`Report`].
const STARTED: &str = "started ";

/// Stands for the limit of open files where a program is to inherit it.
pub(crate) const INHERITED: &str = "-";

/// A shell's exit code for an end by a signal is this and the signal's number.
const BY_SIGNAL: i32 = 128;

/// The exit code where the program could not be started, as in a shell. Nobody sees it: the report
/// says why.
const NOT_STARTED: u8 = 127;

/// Does what a hidden subcommand asks for, if the arguments begin with one: what [`Launch`] starts.
/// To be called before anything else in `main`; returns `None` for every other command line, and
/// otherwise the exit code.
///
/// The arguments are the subcommand, the parent's process id, how many files the program may have open,
/// the program, and its own arguments. Standard input is where the start is reported; the program itself
/// finds nothing there.
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

/// What the arguments say.
pub(crate) struct Order {
    /// The process that gave it.
    pub(crate) parent: i32,
    /// How many files the program may have open; `None` where it inherits the limit.
    pub(crate) open_files: Option<u64>,
    /// The program to start.
    pub(crate) program: OsString,
    /// Its arguments.
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

/// Where the parent listens: the number of the system's error, or an end without one, which means that
/// the program was started. A supervisor says before that which process the program is.
pub(crate) struct Report(File);

impl Report {
    /// Moves the report away from standard input, to where `exec` closes it.
    fn take() -> io::Result<Self> {
        let report = rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3)?;
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        Ok(Self(File::from(report)))
    }

    /// Says why the program was not started; the exit code for it.
    pub(crate) fn failed(self, error: &io::Error) -> ExitCode {
        self.say(Reported::Failed(error.raw_os_error().unwrap_or_default()));
        ExitCode::from(NOT_STARTED)
    }

    /// Says which process the program is.
    pub(crate) fn started(self, program: Option<u32>) {
        if let Some(id) = program {
            self.say(Reported::Started(id));
        }
    }

    fn say(mut self, reported: Reported) {
        // The parent, which listens, may be gone.
        if let Err(error) = self.0.write_all(reported.to_string().as_bytes()) {
            tracing::debug!(%error, "cannot report whether a program was started");
        }
    }
}

/// What is said in a [`Report`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reported {
    /// The program was not started; the number of the system's error.
    Failed(i32),
    /// The program runs under this process id.
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
    /// Reads it; `None` for an end without a word.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix(STARTED) {
            Some(id) => id.parse().ok().map(Self::Started),
            None => text.parse().ok().map(Self::Failed),
        }
    }
}

/// Returns only when the program could not be started.
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

/// Ends this process by a signal, whatever it does at that signal: the program that it becomes by `exec`
/// listens to none. Returns, with the exit code that shells have for it, where the signal ends nothing.
pub(crate) fn end_by_signal(number: i32) -> ExitCode {
    let error = Command::new(ITSELF)
        .args([END_BY, &number.to_string()])
        .exec();
    tracing::debug!(%error, "cannot end by a signal");
    exit_code_of(number)
}

/// Sends this process a signal; returns where that does not end it.
fn raise(number: i32) -> ExitCode {
    if let Some(signal) = Signal::from_named_raw(number)
        && let Err(error) = kill_process(getpid(), signal)
    {
        tracing::debug!(%error, "cannot end by a signal");
    }
    exit_code_of(number)
}

fn exit_code_of(number: i32) -> ExitCode {
    ExitCode::from(u8::try_from(BY_SIGNAL + number).unwrap_or(u8::MAX))
}
