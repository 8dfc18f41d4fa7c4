//! How the commands read their options, print, and end.
//!
//! The macros that print panic when nobody reads any more or a disk is full. Here what cannot be printed
//! is an error ([`Unwritten`]), which ends a command as any other does: with one sentence, or, where the
//! reader has gone, without a word and with the exit code of other Unix programs ([`fail`]).

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;

/// What a shell says of a program that was ended by SIGPIPE: 128 and the signal's number.
const NOBODY_READS: u8 = 128 + 13;

/// Something could not be printed.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output: {0}")]
pub struct Unwritten(#[source] io::Error);

impl Unwritten {
    /// Whether whoever read the output has gone, which is how a pipe into `head` ends.
    #[must_use]
    pub fn nobody_reads(&self) -> bool {
        self.0.kind() == ErrorKind::BrokenPipe
    }
}

/// Prints a line on standard output. Colours are left out when that is no terminal, and when `NO_COLOR`
/// is set.
///
/// # Errors
///
/// When it cannot be written.
pub fn print(line: impl Display) -> Result<(), Unwritten> {
    let mut output = anstream::stdout().lock();
    writeln!(output, "{line}")
        .and_then(|()| output.flush())
        .map_err(Unwritten)
}

/// Prints a line on standard error, with colours as [`print`]. Where it cannot be written there is
/// nowhere left to say so.
pub fn tell(line: impl Display) {
    drop(writeln!(anstream::stderr().lock(), "{line}"));
}

/// Asks for a line to be typed, on standard error.
pub fn ask(question: impl Display) {
    let mut output = anstream::stderr().lock();
    drop(write!(output, "{question}").and_then(|()| output.flush()));
}

/// The options of the command line.
///
/// # Errors
///
/// The exit code where there is nothing to do, because help was asked for and printed or because the
/// command line is not right, which was said then.
pub fn parse<Options: Parser>() -> Result<Options, ExitCode> {
    Options::try_parse().map_err(|error| {
        let printed = error.print().and_then(|()| io::stdout().flush());
        match printed {
            // Help and the version go to standard output, and are all that was asked for.
            Err(unwritten) if !error.use_stderr() => fail(&Unwritten(unwritten).into()),
            _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
        }
    })
}

/// Says why a command failed; its exit code. Where nobody reads its output any more nothing is said.
#[must_use]
pub fn fail(error: &anyhow::Error) -> ExitCode {
    let unwritten = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<Unwritten>());
    if unwritten.is_some_and(Unwritten::nobody_reads) {
        return ExitCode::from(NOBODY_READS);
    }
    tell(format_args!("error: {}", chain(error)));
    ExitCode::FAILURE
}

/// The error and its causes, each once: some messages already hold their cause.
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
    fn causes_are_told_once() {
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
    fn only_a_reader_that_has_gone_is_no_news() {
        let kinds = [ErrorKind::BrokenPipe, ErrorKind::StorageFull];
        assert_eq!(
            kinds.map(|kind| Unwritten(kind.into()).nobody_reads()),
            [true, false]
        );
    }
}
