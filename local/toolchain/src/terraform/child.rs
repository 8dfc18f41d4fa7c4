//! Runs Terraform, which is asked to stop and not killed.
//!
//! If Terraform is killed during an `apply`, its state misses resources that exist. On SIGINT it finishes
//! its current operations and writes its state; on a second SIGINT it stops at once. So it runs in a
//! process group of its own, which a terminal's Ctrl-C does not reach, and this module sends it exactly
//! one SIGINT.

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

/// The time for Terraform to write its state after it was asked to stop.
const GRACE: Duration = Duration::from_secs(30);

/// The number of children that have not ended, including those whose callers have gone.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Waits until every interrupted Terraform has ended, at most `limit`. Returns whether all have.
///
/// Call this before the program ends if a call of [`Terraform`](super::Terraform) was cancelled, and
/// before the local account that it uses is stopped.
pub async fn settle(limit: Duration) -> bool {
    let ended = async {
        while RUNNING.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    tokio::time::timeout(limit, ended).await.is_ok()
}

/// The entry of a child in [`RUNNING`].
struct RunningEntry;

impl RunningEntry {
    fn new() -> Self {
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for RunningEntry {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The resources of a child, which are released when it has ended.
struct ChildResources {
    _running: RunningEntry,
    /// Its temporary files.
    _scratch: WorkDirectory,
}

/// A child that is asked to stop when its handle is dropped.
struct InterruptibleChild {
    /// `None` once another task waits for it.
    child: Option<(Supervised, ChildResources)>,
    /// Whether it was asked to stop: at a second request, Terraform stops without writing its state.
    asked: bool,
}

impl InterruptibleChild {
    fn ask_to_stop(&mut self) {
        if let Some((child, _)) = &self.child
            && !self.asked
        {
            self.asked = true;
            child.ask_to_stop();
        }
    }

    /// Waits for the end. If the child was asked to stop, the wait is limited.
    async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        match self.child.as_mut() {
            Some((child, _)) if self.asked => end(child).await,
            Some((child, _)) => child.wait().await,
            None => Err(std::io::Error::other("another task waits for the child")),
        }
    }
}

impl Drop for InterruptibleChild {
    fn drop(&mut self) {
        // Immediately and not in the task, because the program may be about to end.
        self.ask_to_stop();
        let Some((mut child, resources)) = self.child.take() else {
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
                    drop(resources);
                });
            }
            // The runtime has ended, and the process is about to.
            Err(_) => child.leave(),
        }
    }
}

/// Waits for a child that was asked to stop. After a while it kills the child and its providers.
async fn end(child: &mut Supervised) -> std::io::Result<ExitStatus> {
    if let Ok(ended) = tokio::time::timeout(GRACE, child.wait()).await {
        return ended;
    }
    child.end();
    child.wait().await
}

/// The stream of a line.
#[derive(Debug, Clone, Copy)]
enum Stream {
    Out,
    Err,
}

/// Passes on the lines of a stream. Continues to read after the receiver has gone, because a broken pipe
/// would end Terraform before it has written its state.
fn listen(
    stream: Option<impl AsyncRead + Unpin + Send + 'static>,
    kind: Stream,
    sender: mpsc::UnboundedSender<(Stream, String)>,
) {
    tokio::spawn(async move {
        let pass = |line: &str| drop(sender.send((kind, line.to_owned())));
        if let Err(error) = lines(stream, pass).await {
            tracing::debug!(%error, "cannot read Terraform's output");
        }
    });
}

/// Starts Terraform in a process group of its own. It is also asked to stop if the caller is cancelled
/// during the start.
async fn begin(command: Command, scratch: WorkDirectory) -> Result<(InterruptibleChild, Streams)> {
    let running = RunningEntry::new();
    let text = display(&command);
    let started = tokio::spawn(async move {
        let mut child = start(&command, |command| {
            command.process_group(0);
        })
        .await?;
        let streams = (child.take_stdout(), child.take_stderr());
        let resources = ChildResources {
            _running: running,
            _scratch: scratch,
        };
        let guarded = InterruptibleChild {
            child: Some((child, resources)),
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

/// Runs Terraform to its end. Its temporary files are in `scratch`.
///
/// Dropping the future or Ctrl-C asks Terraform to stop. After Ctrl-C, the call returns
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
    let tail = err_tail.text_or(&out_tail);
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

    /// A fake Terraform that needs a moment to write its state when interrupted.
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
