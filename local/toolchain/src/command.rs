//! Runs child processes to their end, and makes their failures readable.

use std::collections::VecDeque;
use std::process::{ExitStatus, Stdio};

use local_process::{Launch, Supervised};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use crate::error::{CommandError, Error, Result};
use crate::progress::Progress;

/// The number of lines of a failed child's output in an error.
const TAIL_LINES: usize = 40;

/// The part of a child's output in an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// The end, where most programs report the cause.
    Tail,
    /// All of it.
    Everything,
}

/// Returns the command line as a person would type it.
pub(crate) fn display(command: &Command) -> String {
    let command = command.as_std();
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|part| quote(&part.to_string_lossy()))
        .collect::<Vec<_>>()
        .join(" ")
}

fn quote(part: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@+%".contains(c);
    if !part.is_empty() && part.chars().all(plain) {
        part.to_owned()
    } else {
        format!("'{}'", part.replace('\'', r"'\''"))
    }
}

/// The last lines of a long output.
#[derive(Debug)]
pub(crate) struct Tail {
    lines: VecDeque<String>,
    keep: Keep,
}

impl Tail {
    pub(crate) fn new(keep: Keep) -> Self {
        Self {
            lines: VecDeque::new(),
            keep,
        }
    }

    pub(crate) fn push(&mut self, line: &str) {
        if self.keep == Keep::Tail && self.lines.len() == TAIL_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line.to_owned());
    }

    /// Returns the text, or that of another tail if this one is empty.
    pub(crate) fn text_or(&self, other: &Self) -> String {
        match self.lines.is_empty() {
            true => other.text(),
            false => self.text(),
        }
    }

    pub(crate) fn text(&self) -> String {
        self.lines
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Reads a stream line by line, and passes each line to `hear`.
pub(crate) async fn lines(
    stream: Option<impl AsyncRead + Unpin>,
    mut hear: impl FnMut(&str),
) -> std::io::Result<()> {
    let Some(stream) = stream else { return Ok(()) };
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).await? > 0 {
        hear(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
        line.clear();
    }
    Ok(())
}

/// A child's output and exit status.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) command: String,
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) tail: String,
}

impl Output {
    /// Returns the standard output if the child succeeded.
    pub(crate) fn success(self) -> Result<String> {
        if self.status.success() {
            Ok(self.stdout)
        } else {
            Err(self.failure())
        }
    }

    /// Returns the error of a child that failed.
    pub(crate) fn failure(self) -> Error {
        Error::from(self.command_error())
    }

    /// Returns the failure of a child, as the cause of another error.
    pub(crate) fn command_error(self) -> Box<CommandError> {
        let Self {
            command,
            status,
            tail,
            ..
        } = self;
        Box::new(CommandError::Failed {
            command,
            status,
            tail,
        })
    }
}

/// Runs a child to its end. It is killed with all its descendants when the future is dropped or this
/// program ends.
///
/// Its standard output is returned. Its standard error goes line by line to `progress`, and if the child
/// fails, the last lines go into the error (those of the standard output if there are none).
pub(crate) async fn run(command: Command, progress: &dyn Progress) -> Result<Output> {
    run_keeping(command, Keep::Tail, progress).await
}

/// Runs a child as [`run`] does, but keeps more of its output.
pub(crate) async fn run_keeping(
    command: Command,
    keep: Keep,
    progress: &dyn Progress,
) -> Result<Output> {
    let text = display(&command);
    let mut child = start(&command, |_| {}).await?;
    let (out, err) = (child.take_stdout(), child.take_stderr());
    let (mut stdout, mut out_tail, mut err_tail) =
        (String::new(), Tail::new(keep), Tail::new(keep));
    let ended = tokio::try_join!(
        lines(out, |line| {
            stdout.push_str(line);
            stdout.push('\n');
            out_tail.push(line);
        }),
        lines(err, |line| {
            tracing::trace!(line);
            progress.detail(line);
            err_tail.push(line);
        }),
        child.wait(),
    );
    match ended {
        Ok(((), (), status)) => {
            let tail = err_tail.text_or(&out_tail);
            Ok(Output {
                command: text,
                status,
                stdout,
                tail,
            })
        }
        Err(source) => Err(Box::new(CommandError::Wait {
            command: text,
            source,
        })
        .into()),
    }
}

/// Starts a program with piped output, after `change` has adjusted the start.
pub(crate) async fn start(
    command: &Command,
    change: impl FnOnce(&mut Command),
) -> Result<Supervised> {
    let text = display(command);
    tracing::debug!(command = %text, "starting");
    let started = async {
        let mut launch = Launch::supervising(command)?;
        launch
            .command()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        change(launch.command());
        launch.spawn_supervised().await
    };
    started.await.map_err(|source| {
        Error::from(Box::new(CommandError::Start {
            command: text,
            source,
        }))
    })
}

/// Runs a child that must succeed, and returns its standard output.
pub(crate) async fn succeed(command: Command, progress: &dyn Progress) -> Result<String> {
    run(command, progress).await?.success()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn the_output_of_a_success_is_returned() {
        let text = succeed(shell("echo one; echo two >&2"), &Silent)
            .await
            .unwrap();
        assert_eq!(text, "one\n");
    }

    #[tokio::test]
    async fn a_failure_shows_the_command_and_the_tail() {
        let script = "i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo line $i >&2; done; exit 3";
        let error = succeed(shell(script), &Silent).await.unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("`sh -c 'i=0;"), "{text}");
        assert!(text.contains("exit status: 3"), "{text}");
        assert!(
            text.contains("line 61\n") && text.ends_with("line 100"),
            "{text}"
        );
        assert!(!text.contains("line 60\n"), "{text}");
        assert!(error.child_output().unwrap().ends_with("line 100"));
    }

    #[tokio::test]
    async fn a_missing_program_keeps_its_cause() {
        let error = succeed(Command::new("/no/such/program"), &Silent)
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "cannot start `/no/such/program`");
        assert!(std::error::Error::source(&error).is_some());
    }

    #[test]
    fn arguments_that_a_shell_would_split_are_quoted() {
        assert_eq!(quote("-var=a b"), "'-var=a b'");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote("plain"), "plain");
    }
}
