//! A running Terraform that is asked to stop rather than killed.
//!
//! Terraform killed in the middle of an `apply` leaves resources its state does not know. On
//! SIGINT it finishes what it is doing and writes its state; on a second SIGINT it gives up at
//! once. So it runs in a process group of its own, where a terminal's Ctrl-C does not reach it,
//! and gets exactly one SIGINT from here.

use std::pin::pin;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use local_process::Supervised;
use tokio::io::AsyncRead;
use tokio::process::{ChildStderr, ChildStdout, Command};
use tokio::sync::mpsc;

use crate::command::{Keep, Output, Tail, display, lines, start};
use crate::error::{CommandError, Error, Result};
use crate::progress::Progress;
use crate::work::WorkDirectory;

/// How long Terraform may take to write its state after it was asked to stop.
const GRACE: Duration = Duration::from_secs(30);

/// Children that have not ended, abandoned ones included.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Waits until every Terraform that was asked to stop has ended, at most `limit`; true if so.
///
/// To be called before the program ends after a call of [`Terraform`](super::Terraform) was
/// given up, and before the local account it talks to is stopped.
pub async fn settle(limit: Duration) -> bool {
    let ended = async {
        while RUNNING.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    tokio::time::timeout(limit, ended).await.is_ok()
}

/// One of the children that have not ended.
struct Running;

impl Running {
    fn new() -> Self {
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What belongs to a running child and goes when it has ended.
struct Belongings {
    _running: Running,
    /// Its temporary files.
    _scratch: WorkDirectory,
}

/// A child that is asked to stop when nobody waits for it any more.
struct Guarded {
    /// None once it was taken to its end elsewhere.
    child: Option<(Supervised, Belongings)>,
    /// Whether it was asked to stop: asked twice, Terraform gives up without writing its state.
    asked: bool,
}

impl Guarded {
    fn ask_to_stop(&mut self) {
        if let Some((child, _)) = &self.child
            && !self.asked
        {
            self.asked = true;
            child.ask_to_stop();
        }
    }

    /// Waits for the end; one that was asked to stop is not waited for for ever.
    async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        match self.child.as_mut() {
            Some((child, _)) if self.asked => end(child).await,
            Some((child, _)) => child.wait().await,
            None => Err(std::io::Error::other("the child is gone")),
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // At once rather than in the task: the program may be about to end.
        self.ask_to_stop();
        let Some((mut child, belongings)) = self.child.take() else {
            return;
        };
        if let Ok(Some(_)) = child.try_wait() {
            return;
        }
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    if let Err(error) = end(&mut child).await {
                        tracing::debug!(%error, "cannot wait for Terraform");
                    }
                    drop(belongings);
                });
            }
            // The runtime is gone and soon the process is, too.
            Err(_) => child.leave(),
        }
    }
}

/// Waits for a child that was asked to stop and, after a while, ends it with its providers.
async fn end(child: &mut Supervised) -> std::io::Result<ExitStatus> {
    if let Ok(ended) = tokio::time::timeout(GRACE, child.wait()).await {
        return ended;
    }
    child.end();
    child.wait().await
}

/// Which of the child's streams a line came from.
#[derive(Debug, Clone, Copy)]
enum Stream {
    Out,
    Err,
}

/// Passes on what a stream says, and reads on when nobody wants to know any more: a broken pipe
/// would end Terraform before it has written its state.
fn listen(
    stream: Option<impl AsyncRead + Unpin + Send + 'static>,
    kind: Stream,
    sender: mpsc::UnboundedSender<(Stream, String)>,
) {
    tokio::spawn(async move {
        let pass = |line: &str| drop(sender.send((kind, line.to_owned())));
        if let Err(error) = lines(stream, pass).await {
            tracing::debug!(%error, "cannot read what Terraform says");
        }
    });
}

/// Starts Terraform in a process group of its own. It is asked to stop also where nobody waits for its
/// start any more.
async fn begin(command: Command, scratch: WorkDirectory) -> Result<(Guarded, Streams)> {
    let running = Running::new();
    let text = display(&command);
    let started = tokio::spawn(async move {
        let mut child = start(&command, |command| {
            command.process_group(0);
        })
        .await?;
        let streams = (child.take_stdout(), child.take_stderr());
        let belongings = Belongings {
            _running: running,
            _scratch: scratch,
        };
        let guarded = Guarded {
            child: Some((child, belongings)),
            asked: false,
        };
        Ok((guarded, streams))
    });
    match started.await {
        Ok(started) => started,
        Err(error) => Err(Box::new(CommandError::Start {
            command: text,
            source: error.into(),
        })
        .into()),
    }
}

type Streams = (Option<ChildStdout>, Option<ChildStderr>);

/// Runs Terraform to its end; `scratch` is where it puts temporary files.
///
/// Dropping the future, or Ctrl-C, asks Terraform to stop. After Ctrl-C the call returns
/// [`Error::Interrupted`] when Terraform has ended.
pub(super) async fn run(
    mut command: Command,
    scratch: WorkDirectory,
    progress: &dyn Progress,
) -> Result<Output> {
    command.env("TMPDIR", scratch.path());
    let text = display(&command);
    let failed = |source| {
        Error::from(Box::new(CommandError::Wait {
            command: text.clone(),
            source,
        }))
    };
    let (mut guarded, (out, err)) = begin(command, scratch).await?;

    let (sender, mut said) = mpsc::unbounded_channel();
    listen(out, Stream::Out, sender.clone());
    listen(err, Stream::Err, sender);
    let (mut stdout, mut out_tail, mut err_tail) =
        (String::new(), Tail::new(Keep::Tail), Tail::new(Keep::Tail));
    let interrupted = {
        let streams = async {
            while let Some((stream, line)) = said.recv().await {
                progress.detail(&line);
                match stream {
                    Stream::Out => {
                        out_tail.push(&line);
                        stdout.push_str(&line);
                        stdout.push('\n');
                    }
                    Stream::Err => err_tail.push(&line),
                }
            }
        };
        let mut streams = pin!(streams);
        tokio::select! {
            () = &mut streams => false,
            Ok(()) = tokio::signal::ctrl_c() => {
                guarded.ask_to_stop();
                let _ = tokio::time::timeout(GRACE, streams).await;
                true
            }
        }
    };
    let status = guarded.wait().await.map_err(failed)?;
    if interrupted {
        return Err(Error::Interrupted { command: text });
    }
    let tail = if err_tail.is_empty() {
        out_tail.text()
    } else {
        err_tail.text()
    };
    Ok(Output {
        command: text,
        status,
        stdout,
        tail,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::progress::Silent;

    /// A stand-in that, as Terraform does, needs a moment to write its state when interrupted.
    fn slow(directory: &Path) -> Command {
        let mut command = Command::new("sh");
        command.current_dir(directory).args([
            "-c",
            "trap 'sleep 0.3; echo stopping; echo whole > state; exit 1' INT; echo $$ > pid; \
             while :; do sleep 0.05; done",
        ]);
        command
    }

    fn scratch() -> WorkDirectory {
        WorkDirectory::new().unwrap()
    }

    async fn exists(path: &Path) {
        let appears = async {
            while !path.exists() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), appears)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_dropped_call_lets_the_child_write_its_state() {
        let directory = tempfile::tempdir().unwrap();
        let pid = directory.path().join("pid");
        tokio::select! {
            ended = run(slow(directory.path()), scratch(), &Silent) => panic!("ended: {ended:?}"),
            () = exists(&pid) => {}
        }
        let state = directory.path().join("state");
        assert!(!state.exists(), "the child was killed or had ended");
        assert!(settle(Duration::from_secs(10)).await);
        assert_eq!(std::fs::read_to_string(&state).unwrap(), "whole\n");
    }

    #[tokio::test]
    async fn a_child_that_ends_is_not_counted() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 2"]);
        let output = run(command, scratch(), &Silent).await.unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(
            (output.stdout.as_str(), output.tail.as_str()),
            ("out\n", "err")
        );
        assert!(settle(Duration::from_secs(10)).await);
    }
}
