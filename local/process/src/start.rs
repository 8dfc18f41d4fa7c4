//! Starting programs from one thread, directly or through this program.

use std::ffi::OsStr;
use std::io::{self, PipeReader};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::SUBCOMMAND;

/// This program, also when its file has been replaced meanwhile.
const ITSELF: &str = "/proc/self/exe";

static THROUGH_ITSELF: AtomicBool = AtomicBool::new(false);

/// From now on every [`Launch`] of this process goes through the program itself, so that what it
/// starts dies with it. The process also becomes the parent of all orphans below it (their
/// *subreaper*), so that what its children leave can be found. For programs that serve
/// [`SUBCOMMAND`] alone. On systems other than Linux it changes nothing.
///
/// # Errors
///
/// When the system refuses.
pub fn start_through_itself() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
        THROUGH_ITSELF.store(true, Ordering::Release);
    }
    Ok(())
}

/// A program that is about to be started. It has no standard input.
pub struct Launch {
    command: Command,
    /// Where a child that could not become the program says why.
    report: Option<PipeReader>,
}

impl Launch {
    /// Prepares a start of `program`, without arguments, in this process's environment. What else
    /// it needs is set on [`Launch::command`].
    ///
    /// # Errors
    ///
    /// When this process may open no more files.
    pub fn of(program: impl AsRef<OsStr>) -> io::Result<Self> {
        if !THROUGH_ITSELF.load(Ordering::Acquire) {
            let mut command = Command::new(program);
            command.stdin(Stdio::null());
            return Ok(Self {
                command,
                report: None,
            });
        }
        let (report, reported) = io::pipe()?;
        let mut command = Command::new(ITSELF);
        command
            .arg(SUBCOMMAND)
            .arg(std::process::id().to_string())
            .arg(program)
            .stdin(Stdio::from(reported));
        Ok(Self {
            command,
            report: Some(report),
        })
    }

    /// Prepares a start of the program that `like` names, with its arguments, its changes of the
    /// environment and its directory. How it treats standard streams, groups and drops has to be set
    /// again: a command does not tell.
    ///
    /// # Errors
    ///
    /// When this process may open no more files.
    pub fn like(like: &Command) -> io::Result<Self> {
        let like = like.as_std();
        let mut launch = Self::of(like.get_program())?;
        launch.command.args(like.get_args());
        for (name, value) in like.get_envs() {
            match value {
                Some(value) => launch.command.env(name, value),
                None => launch.command.env_remove(name),
            };
        }
        if let Some(directory) = like.get_current_dir() {
            launch.command.current_dir(directory);
        }
        Ok(launch)
    }

    /// What is started. Arguments that are added are the program's; standard input must be left
    /// alone.
    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Starts it, from the one thread that lives as long as this process.
    ///
    /// # Errors
    ///
    /// What the system says of a program that cannot be started, such as that it is absent.
    pub async fn spawn(self) -> io::Result<Child> {
        let Self { command, report } = self;
        let (reply, started) = oneshot::channel();
        starter()?
            .send(Job {
                command,
                runtime: Handle::current(),
                reply,
            })
            .map_err(|_| starter_is_gone())?;
        let mut child = started.await.map_err(|_| starter_is_gone())??;
        let Some(report) = report else {
            return Ok(child);
        };
        let mut said = String::new();
        // Ends when the child has become the program, or has ended.
        Receiver::from_owned_fd(OwnedFd::from(report))?
            .read_to_string(&mut said)
            .await?;
        match said.parse() {
            Ok(number) => {
                child.wait().await?;
                Err(io::Error::from_raw_os_error(number))
            }
            Err(_) => Ok(child),
        }
    }
}

/// A start, with the runtime that waits for the child's end.
struct Job {
    command: Command,
    runtime: Handle,
    reply: oneshot::Sender<io::Result<Child>>,
}

fn starter() -> io::Result<&'static mpsc::Sender<Job>> {
    static STARTER: OnceLock<mpsc::Sender<Job>> = OnceLock::new();
    if let Some(starter) = STARTER.get() {
        return Ok(starter);
    }
    let (sender, jobs) = mpsc::channel::<Job>();
    thread::Builder::new()
        .name("starter".into())
        .spawn(move || jobs.into_iter().for_each(start))?;
    // Where another thread was faster, its starter is used and this one ends without a job.
    Ok(STARTER.get_or_init(|| sender))
}

fn start(mut job: Job) {
    let child = {
        let _runtime = job.runtime.enter();
        job.command.spawn()
    };
    // The pipe's end that the child has got is closed here, or its silence would not be heard.
    drop(job.command);
    // Nobody waits any more: the child is dropped, and killed if its command says so.
    drop(job.reply.send(child));
}

fn starter_is_gone() -> io::Error {
    io::Error::other("the thread that starts programs is gone")
}
