//! Starts programs from a single thread, directly or through this program.

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

/// The interval at which ended orphans are reaped.
const REAP_PERIOD: Duration = Duration::from_secs(1);

static THROUGH_ITSELF: AtomicBool = AtomicBool::new(false);

/// From now on, starts each [`Launch`] of this process through the program itself, so that what it starts
/// ends with it. The process also becomes the parent of all orphans below it (their *subreaper*), so that
/// they can be found. Only for programs that call [`serve_subcommand`](crate::serve_subcommand) first and
/// start all others with [`Launch`]. On systems other than Linux this has no effect.
///
/// # Errors
///
/// When the system rejects it, or there is no `/proc`.
pub fn start_through_itself() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        std::fs::metadata(ITSELF)?;
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
        THROUGH_ITSELF.store(true, Ordering::Release);
    }
    Ok(())
}

/// The way in which this program starts another one through itself.
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
    /// The pipe on which the child reports whether it could start the program.
    report: Option<PipeReader>,
    manner: Manner,
    /// The program's limit of open files, if the child does not set it.
    open_files: Option<u64>,
}

impl Launch {
    /// Prepares the start of `program` with a supervisor and this limit of open files (by default it
    /// inherits this process's limit), without arguments and in this process's environment. Set
    /// everything else on [`Launch::command`]. A program that is to lead a process group leads one of its
    /// own, and its supervisor another one.
    ///
    /// # Errors
    ///
    /// When this process has too many open files.
    pub fn supervising_program(
        program: impl AsRef<OsStr>,
        open_files: Option<u64>,
    ) -> io::Result<Self> {
        Self::prepare(program.as_ref(), Manner::Supervise, open_files)
    }

    /// Prepares the start of the program of `like`, with its arguments, changed variables and directory.
    /// Its standard streams, process group and kill-on-drop have to be set again, and so has a cleared
    /// environment: a command does not reveal them.
    ///
    /// # Errors
    ///
    /// When this process has too many open files.
    pub fn like(like: &Command) -> io::Result<Self> {
        Self::prepare_like(like, Manner::Become)
    }

    /// Does the same for [`spawn_supervised`](Self::spawn_supervised).
    ///
    /// # Errors
    ///
    /// When this process has too many open files.
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
            // The name that process lists show.
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
            // The child sets it before it starts the program.
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

    /// Returns the command that is started. Added arguments go to the program; standard input must not be
    /// changed.
    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Starts it from the single thread that lives as long as this process.
    ///
    /// # Errors
    ///
    /// The system's error if the program cannot be started, for example because it does not exist.
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

    /// Starts it with a supervisor, from the same thread. The program and all its descendants end when
    /// the result is dropped, and when this process ends.
    ///
    /// # Errors
    ///
    /// The system's error if the program cannot be started, for example because it does not exist.
    pub async fn spawn_supervised(self) -> io::Result<Supervised> {
        let supervisor = self.manner == Manner::Supervise && self.report.is_some();
        // Wrapped immediately, so that the program ends if the caller has stopped waiting.
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

/// Returns the child's report of the start, if it sends one.
async fn heard(report: Option<PipeReader>) -> io::Result<Option<Reported>> {
    let Some(report) = report else {
        return Ok(None);
    };
    let mut said = String::new();
    // Ends when the child has started the program or has ended.
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
        // If the caller has stopped waiting, the child is dropped, which ends it if it is supervised.
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
    // If another thread was faster, its starter is used, and this one ends without a job.
    Ok(STARTER.get_or_init(|| sender))
}

/// Starts programs and regularly reaps orphans, in the same thread: a child is then registered before it
/// could be taken for an orphan.
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
                tracing::debug!(%error, "cannot reap an orphan");
            }
            reaped = Instant::now();
        }
    }
}

/// Starts a program and returns its process id.
fn start(mut job: Job) -> Option<u32> {
    let child = {
        let _runtime = job.runtime.enter();
        job.command.spawn()
    };
    // Closes the child's end of the pipe here; otherwise the end of its report would not be noticed.
    drop(job.command);
    let id = child.as_ref().ok().and_then(Child::id);
    if let (Some(id), Some(count)) = (id, job.open_files)
        && let Err(error) = limit_child(id, count)
    {
        // It may have ended already.
        tracing::debug!(%error, "cannot limit the open files of a program");
    }
    (job.reply)(child);
    id
}

fn starter_is_gone() -> io::Error {
    io::Error::other("the thread that starts programs has ended")
}
