//! Command lines, output and exit codes of the commands.
//!
//! The printing macros panic when the reader of a pipe has ended or a disk is full. Here a line
//! that cannot be written is an error ([`Unwritten`]), which ends the command like any other: with
//! one sentence, or, if the reader has ended, silently and with the exit code of other Unix
//! programs ([`fail`]).

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::{Command, Parser};

/// The exit code that a shell reports for a program that was ended by SIGPIPE: 128 plus the
/// signal's number.
const BROKEN_PIPE: u8 = 128 + 13;

/// A line that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output: {0}")]
pub struct Unwritten(#[source] io::Error);

impl Unwritten {
    /// Reports whether the reader of the output has ended, as it does in a pipe into `head`.
    #[must_use]
    pub fn reader_has_ended(&self) -> bool {
        self.0.kind() == ErrorKind::BrokenPipe
    }
}

/// Prints a line on standard output. Colors are removed if that is not a terminal, or if `NO_COLOR`
/// is set.
///
/// # Errors
///
/// When the line cannot be written.
pub fn print(line: impl Display) -> Result<(), Unwritten> {
    let mut output = anstream::stdout().lock();
    writeln!(output, "{line}")
        .and_then(|()| output.flush())
        .map_err(Unwritten)
}

/// Prints a line on standard error, with colors as in [`print`]. If that fails, there is nowhere to
/// report it.
pub fn tell(line: impl Display) {
    drop(writeln!(anstream::stderr().lock(), "{line}"));
}

/// Returns the writer of one log line: standard error, with colors as in [`print`].
#[must_use]
pub fn log_line() -> impl Write {
    anstream::stderr().lock()
}

/// Prints a prompt on standard error, without a line end.
pub fn ask(question: impl Display) {
    let mut output = anstream::stderr().lock();
    drop(write!(output, "{question}").and_then(|()| output.flush()));
}

/// Parses the options of the command line.
///
/// # Errors
///
/// The exit code, if there is nothing to do: because help was printed, or because the command line
/// is wrong, which has been reported.
pub fn parse<Options: Parser>() -> Result<Options, ExitCode> {
    parse_as(Options::command())
}

/// Parses the options of the command line by a command of these options, which may have another help.
///
/// # Errors
///
/// See [`parse`].
pub fn parse_as<Options: Parser>(mut command: Command) -> Result<Options, ExitCode> {
    let matches = command.try_get_matches_from_mut(std::env::args_os());
    let options = matches.and_then(|mut matches| {
        Options::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
    });
    options.map_err(|error| {
        let printed = error.print().and_then(|()| io::stdout().flush());
        match printed {
            // Help and version go to standard output, and are the whole output.
            Err(unwritten) if !error.use_stderr() => fail(&Unwritten(unwritten).into()),
            _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
        }
    })
}

/// Reports why a command failed, and returns its exit code. If the reader of its output has ended,
/// nothing is reported.
#[must_use]
pub fn fail(error: &anyhow::Error) -> ExitCode {
    let unwritten = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<Unwritten>());
    if unwritten.is_some_and(Unwritten::reader_has_ended) {
        return ExitCode::from(BROKEN_PIPE);
    }
    tell(format_args!("error: {}", chain(error)));
    ExitCode::FAILURE
}

/// Returns a text from outside as it may be printed on a terminal: control characters are escaped, since
/// a terminal would follow them, and beyond `limit` characters the text is cut, which an ellipsis shows.
#[must_use]
pub fn shown(text: &str, limit: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(limit));
    for (index, character) in text.chars().enumerate() {
        if index == limit {
            shown.push('…');
            break;
        }
        match is_unsafe(character) {
            true => shown.extend(character.escape_default()),
            false => shown.push(character),
        }
    }
    shown
}

/// Reports whether a character could change the rest of a terminal's output: control characters, the mark of
/// the byte order, and the marks that change the direction of the text behind them (Unicode Standard Annex 9,
/// "Directional Formatting Characters").
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}'
        )
}

/// Returns the error and its causes, each once: some messages already contain their cause.
#[must_use]
pub fn chain(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str("\n  because: ");
            text.push_str(&cause);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn causes_are_reported_once() {
        let full = || io::Error::from_raw_os_error(28);
        let error = anyhow::Error::from(Unwritten(full()));
        assert_eq!(
            chain(&error),
            "cannot write to standard output: No space left on device (os error 28)"
        );
        let error: anyhow::Result<()> = Err(full()).context("cannot save");
        assert_eq!(
            chain(&error.unwrap_err()),
            "cannot save\n  because: No space left on device (os error 28)"
        );
    }

    #[test]
    fn a_text_from_outside_cannot_command_the_terminal() {
        assert_eq!(shown("\u{1b}[2Jhi\r\n", 80), "\\u{1b}[2Jhi\\r\\n");
        assert_eq!(shown("a\u{202e}b", 80), "a\\u{202e}b");
        assert_eq!(shown("キャンペーン", 4), "キャンペ…");
        assert_eq!(shown("abcd", 4), "abcd");
    }

    #[test]
    fn only_a_broken_pipe_ends_a_command_silently() {
        let kinds = [ErrorKind::BrokenPipe, ErrorKind::StorageFull];
        assert_eq!(
            kinds.map(|kind| Unwritten(kind.into()).reader_has_ended()),
            [true, false]
        );
    }
}
