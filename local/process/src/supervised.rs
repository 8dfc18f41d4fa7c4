//! A program with a supervisor, from the view of the process that started it.

use std::io;
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, getpgid, kill_process, kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdout};

use crate::supervisor::END;

/// A running program that [`Launch::supervising`](crate::Launch::supervising) has started. Dropping it
/// ends the program and all its descendants.
#[derive(Debug)]
pub struct Supervised {
    child: Child,
    /// Whether the child is a supervisor, and not the program itself.
    supervisor: bool,
    /// The program's process id, if a supervisor has reported it.
    program: Option<u32>,
    /// Whether the program continues when this is dropped.
    left: bool,
}

impl Supervised {
    pub(crate) fn new(child: Child, supervisor: bool) -> Self {
        Self {
            child,
            supervisor,
            program: None,
            left: false,
        }
    }

    /// Registers the process id of the program.
    pub(crate) fn supervises(&mut self, program: u32) {
        self.program = Some(program);
    }

    /// Returns the program's process id; `None` once its end was waited for.
    #[must_use]
    pub fn program_id(&self) -> Option<u32> {
        let child = self.child.id()?;
        match self.supervisor {
            true => self.program,
            false => Some(child),
        }
    }

    /// Returns the process id of the supervisor, whose children are the program and the orphans below it.
    /// Returns `None` once its end was waited for, and if the program was started directly.
    #[must_use]
    pub fn supervisor_id(&self) -> Option<u32> {
        self.child.id().filter(|_| self.supervisor)
    }

    /// Takes the program's standard output, if it is piped and was not taken yet.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Takes the program's standard error, if it is piped and was not taken yet.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Waits for the program to end.
    ///
    /// # Errors
    ///
    /// When the system cannot wait for it.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Returns the program's exit status if it has ended.
    ///
    /// # Errors
    ///
    /// When the system cannot report it.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Asks the program to stop, as Ctrl-C does.
    pub fn ask_to_stop(&self) {
        self.signal(Signal::INT, kill_process);
    }

    /// Kills the program and all its descendants. [`wait`](Self::wait) returns when that is done.
    pub fn end(&self) {
        if self.supervisor {
            self.signal(END, kill_process);
            return;
        }
        let leads = |id| getpgid(Some(id)).is_ok_and(|group| group == id);
        match self.id() {
            Some(id) if leads(id) => self.signal(Signal::KILL, kill_process_group),
            _ => self.signal(Signal::KILL, kill_process),
        }
    }

    /// Lets the program continue without this handle.
    pub fn leave(mut self) {
        self.left = true;
    }

    /// Returns the process id; `None` once the end was waited for, so that no signal reaches another
    /// process.
    fn id(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.id()?).ok()?)
    }

    fn signal(&self, signal: Signal, send: impl Fn(Pid, Signal) -> rustix::io::Result<()>) {
        let sent = self.id().map_or(Ok(()), |id| send(id, signal));
        // It may have ended in the meantime.
        if let Err(error) = sent
            && error != rustix::io::Errno::SRCH
        {
            tracing::warn!(%error, "cannot signal a program");
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        if !self.left && matches!(self.child.try_wait(), Ok(None)) {
            self.end();
        }
    }
}
