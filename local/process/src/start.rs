//! Starting programs from one thread, directly or through this program.

use std::ffi::OsStr;
use std::io::{self, PipeReader};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::below::Awaited;
use crate::open_files::limit_child;
use crate::subcommand::{BECOME, INHERITED, ITSELF, Reported, SUPERVISE};
use crate::supervised::Supervised;

/// How often ended processes that were handed to this one are waited for.
const REAP_PERIOD: Duration = Duration::from_secs(5);

static THROUGH_ITSELF: AtomicBool = AtomicBool::new(false);

/// From now on every [`Launch`] of this process goes through the program itself, so that what it
/// starts ends with it. The process also becomes the parent of all orphans below it (their
/// *subreaper*), so that what its children leave can be found. For programs that call
/// [`serve_subcommand`](crate::serve_subcommand) first, and that start nothing but by [`Launch`]. On
/// systems other than Linux it changes nothing.
///
/// # Errors
///
/// When the system refuses, or there is no `/proc`.
pub fn start_through_itself() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        std::fs::metadata(ITSELF)?;
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
        THROUGH_ITSELF.store(true, Ordering::Release);
    }
    Ok(())
}

/// How this program starts another one through itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// The child becomes the program.
    Become,
    /// The child stays, as the supervisor of the program.
    Supervise,
}

/// A program that is about to be started. It has no standard input.
#[derive(Debug)]
pub struct Launch {
    command: Command,
    /// Where a child that starts the program says whether it could.
    report: Option<PipeReader>,
    manner: Manner,
    /// How many files the program may have open, where the child does not see to that.
    open_files: Option<u64>,
}

impl Launch {
    /// Prepares a start of `program` that has a supervisor and may have so many files open (it inherits
    /// this process's limit otherwise), without arguments, in this process's environment. What else it
    /// needs is set on [`Launch::command`]: a program that is to lead a process group leads one of its
    /// own, and its supervisor another one.
    ///
    /// # Errors
    ///
    /// When this process may open no more files.
    pub fn supervising_program(
        program: impl AsRef<OsStr>,
        open_files: Option<u64>,
    ) -> io::Result<Self> {
        Self::prepare(program.as_ref(), Manner::Supervise, open_files)
    }

    /// Prepares a start of the program that `like` names, with its arguments, its changes of the
    /// environment and its directory. How it treats standard streams, groups and drops has to be set
    /// again, and so has an environment that was cleared: a command does not tell.
    ///
    /// # Errors
    ///
    /// When this process may open no more files.
    pub fn like(like: &Command) -> io::Result<Self> {
        Self::prepare_like(like, Manner::Become)
    }

    /// The same for [`spawn_supervised`](Self::spawn_supervised).
    ///
    /// # Errors
    ///
    /// When this process may open no more files.
    pub fn supervising(like: &Command) -> io::Result<Self> {
        Self::prepare_like(like, Manner::Supervise)
    }

    pub(crate) fn prepare(
        program: &OsStr,
        manner: Manner,
        open_files: Option<u64>,
    ) -> io::Result<Self> {
        if !THROUGH_ITSELF.load(Ordering::Acquire) {
            let mut command = Command::new(program);
            command.stdin(Stdio::null());
            return Ok(Self {
                command,
                report: None,
                manner,
                open_files,
            });
        }
        let (report, reported) = io::pipe()?;
        let mut command = Command::new(ITSELF);
        if let Some(name) = std::env::args_os().next() {
            // What lists of processes show.
            command.arg0(name);
        }
        let subcommand = match manner {
            Manner::Become => BECOME,
            Manner::Supervise => SUPERVISE,
        };
        command
            .arg(subcommand)
            .arg(std::process::id().to_string())
            .arg(open_files.map_or_else(|| INHERITED.to_owned(), |count| count.to_string()))
            .arg(program)
            .stdin(Stdio::from(reported));
        Ok(Self {
            command,
            report: Some(report),
            manner,
            // The child sets it, before the program begins.
            open_files: None,
        })
    }

    fn prepare_like(like: &Command, manner: Manner) -> io::Result<Self> {
        let like = like.as_std();
        let mut launch = Self::prepare(like.get_program(), manner, None)?;
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
        let mut child = start_in_thread(self.command, self.open_files, |child| child).await?;
        match heard(self.report).await? {
            Some(Reported::Failed(number)) => {
                child.wait().await?;
                Err(io::Error::from_raw_os_error(number))
            }
            Some(Reported::Started(_)) | None => Ok(child),
        }
    }

    /// Starts it with a supervisor, from the same thread. The program, and all that it starts, ends
    /// when the result is dropped, and when this process ends.
    ///
    /// # Errors
    ///
    /// What the system says of a program that cannot be started, such as that it is absent.
    pub async fn spawn_supervised(self) -> io::Result<Supervised> {
        let supervisor = self.manner == Manner::Supervise && self.report.is_some();
        // From the first moment on, so that one that nobody waits for any more ends.
        let supervised = move |child| Supervised::new(child, supervisor);
        let mut program = start_in_thread(self.command, self.open_files, supervised).await?;
        match heard(self.report).await? {
            Some(Reported::Failed(number)) => {
                program.wait().await?;
                Err(io::Error::from_raw_os_error(number))
            }
            Some(Reported::Started(id)) => {
                program.supervises(id);
                Ok(program)
            }
            None => Ok(program),
        }
    }
}

/// What a child says of the start, where it reports.
async fn heard(report: Option<PipeReader>) -> io::Result<Option<Reported>> {
    let Some(report) = report else {
        return Ok(None);
    };
    let mut said = String::new();
    // Ends when the child has started the program, or has ended.
    Receiver::from_owned_fd(OwnedFd::from(report))?
        .read_to_string(&mut said)
        .await?;
    Ok(Reported::parse(&said))
}

/// A start, with the runtime that waits for the child's end.
struct Job {
    command: Command,
    open_files: Option<u64>,
    runtime: Handle,
    reply: Box<dyn FnOnce(io::Result<Child>) + Send>,
}

async fn start_in_thread<T: Send + 'static>(
    command: Command,
    open_files: Option<u64>,
    as_what: impl FnOnce(Child) -> T + Send + 'static,
) -> io::Result<T> {
    let (reply, started) = oneshot::channel();
    let job = Job {
        command,
        open_files,
        runtime: Handle::current(),
        // Where nobody waits any more it is dropped, and ends if it is one that does so then.
        reply: Box::new(|child| drop(reply.send(child.map(as_what)))),
    };
    starter()?.send(job).map_err(|_| starter_is_gone())?;
    started.await.map_err(|_| starter_is_gone())?
}

fn starter() -> io::Result<&'static mpsc::Sender<Job>> {
    static STARTER: OnceLock<mpsc::Sender<Job>> = OnceLock::new();
    if let Some(starter) = STARTER.get() {
        return Ok(starter);
    }
    let (sender, jobs) = mpsc::channel::<Job>();
    thread::Builder::new()
        .name("starter".into())
        .spawn(move || serve(&jobs))?;
    // Where another thread was faster, its starter is used and this one ends without a job.
    Ok(STARTER.get_or_init(|| sender))
}

/// Starts what is asked for, and waits for orphans now and then: both in one thread, so that a child
/// is known before it can be taken for an orphan.
fn serve(jobs: &mpsc::Receiver<Job>) {
    let mut awaited = Awaited::default();
    let mut reaped = Instant::now();
    loop {
        match jobs.recv_timeout(REAP_PERIOD) {
            Ok(job) => {
                if let Some(id) = start(job) {
                    awaited.insert(id);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if THROUGH_ITSELF.load(Ordering::Acquire) && reaped.elapsed() >= REAP_PERIOD {
            if let Err(error) = awaited.reap_others() {
                tracing::debug!(%error, "cannot wait for a process that was handed over");
            }
            reaped = Instant::now();
        }
    }
}

/// Starts one; its process id.
fn start(mut job: Job) -> Option<u32> {
    let child = {
        let _runtime = job.runtime.enter();
        job.command.spawn()
    };
    // The pipe's end that the child has got is closed here, or its silence would not be heard.
    drop(job.command);
    let id = child.as_ref().ok().and_then(Child::id);
    if let (Some(id), Some(count)) = (id, job.open_files)
        && let Err(error) = limit_child(id, count)
    {
        // It may have ended already.
        tracing::debug!(%error, "cannot limit the files that a program may have open");
    }
    (job.reply)(child);
    id
}

fn starter_is_gone() -> io::Error {
    io::Error::other("the thread that starts programs is gone")
}
